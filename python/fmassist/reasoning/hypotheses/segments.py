"""Causes at one structure: fragments, wrong places, absence, parts left out, disease."""

from __future__ import annotations

import math
from collections.abc import Iterator

from fmassist.evidence.facts import SegmentFacts
from fmassist.reasoning.chains import links
from fmassist.reasoning.findings import RepairStep
from fmassist.reasoning.fragments import stray_pieces, strays
from fmassist.reasoning.hypotheses.leaks import BEYOND
from fmassist.reasoning.hypotheses.numbers import VARIABLE_ENDS
from fmassist.reasoning.hypotheses.scene import EVERYTHING, MIRROR_PLACE_COST, PIECES, Hypothesis, Scene
from fmassist.reasoning.judge import structures_of

GROSS_COST = 2.3
"""What is grossly out of range is disease in one case of ten (estimate: ln 10; the gross limits lie beyond twice the
widest healthy range)."""
MISCOUNT_COST = 2.3
"""A vertebra or rib at another level is miscounted in nine cases of ten, and drawn in the wrong place in one (estimate:
ln 10)."""
NO_GAP = 0.75
"""Of the spacing that leaves room for a number left out: below it nobody is missing, and the count may be the person's
own (estimate: half-way between one level of two, and two)."""
STRAY = frozenset({*PIECES, "LittleOtherTissue", "OwnTissueAtEdge", "BorderOnNeighbour", "StaysOnItsSide"})
"""Patterns that fail where stray pieces lie: apart, and on whatever tissue there is."""
MOVED = frozenset({"ChainSpacing", "ChainOrder", "RibAtItsVertebra", "LevelPlacement", "Direction", "SideOfMidline"})
MOVED_MM = 3.0
"""Patterns about a structure's middle, and how far stray pieces must move it to account for them (estimate: a voxel of
a usual scan; places are judged to a centimetre)."""
LEVEL_SHARE = 0.2
LEVEL_COST = 1.6
"""Of a vertebra or rib a fifth or more is seldom a stray piece, but one of the next level (estimates: the smallest rib
has a fifth of the volume of its neighbour; ln 5)."""


def fragments(scene: Scene) -> Iterator[Hypothesis]:
    """Stray pieces, to be left out; those that may go on beyond the border stay."""
    for key in sorted({row.segments[0] for row in scene.by_pattern(*PIECES)}):
        pieces = stray_pieces(scene.anatomy.evidence.segment(key))
        steps = tuple(RepairStep("drop", key, None, i) for i, _ in pieces)
        label = f"stray fragments of {scene.name(key)}"
        facts = scene.anatomy.evidence.segment(key)
        share, moved = strays(facts).share, _moved_mm(facts) > MOVED_MM
        doubt = LEVEL_COST if scene.is_counted(key) and share >= LEVEL_SHARE else 0.0
        yield Hypothesis(
            "stray_fragment",
            label,
            (key,),
            explains_patterns=STRAY | (MOVED if moved else set()),
            steps=steps,
            leading=True,
            extra_cost=doubt,
        )


def _moved_mm(facts: SegmentFacts) -> float:
    """How far a segment's middle lies from that of its main piece."""
    if facts.centroid_ras_mm is None or not facts.components:
        return 0.0
    return math.dist(facts.centroid_ras_mm, facts.components[0].centroid_ras_mm)


def wrong_places(scene: Scene) -> Iterator[Hypothesis]:
    """One structure drawn where it isn't: everything about it goes when it goes."""
    rows = scene.by_pattern(
        "Direction",
        "LevelPlacement",
        "Contact",
        "Contained",
        "InsideBody",
        "NotInside",
        "TissueIntensity",
        "LikeItsKin",
        "SexBound",
        "NotRemoved",
        "ExaminedPart",
        "ExaminedSide",
        "SideOfMidline",
        "SizeRange",
        "NoOverlap",
        "LittleOtherTissue",
        "Calibre",
        "StaysOnItsSide",
        "OwnTissueAtEdge",
        "BorderOnNeighbour",
    )
    for key in sorted({key for row in rows for key in row.segments}):
        mine = {row.rule.pattern.rsplit("#", 1)[-1] for row in rows if key in row.segments}
        against = mine & {"InsideBody", "SexBound", "NotRemoved", "ExaminedPart"}
        # Where most of it lies on another tissue it is elsewhere; a part of it may be beyond a border.
        place = mine & {"Direction", "LevelPlacement", "Contact", "Contained", "SideOfMidline", "TissueIntensity"}
        place |= mine & {"ExaminedSide", "LikeItsKin"}
        cause = "invented" if against else "leak" if not place and mine & BEYOND else "displaced"
        label = {
            "invented": f"{scene.name(key)} is drawn where there is none",
            "displaced": f"{scene.name(key)} is drawn in the wrong place",
            "leak": f"{scene.name(key)} is drawn beyond its borders",
        }[cause]
        too_small = any(
            row.rule.pattern.endswith("SizeRange")
            and float(row.values.get("value", 0)) < float(row.values.get("low", 0))
            for row in rows
            if key == row.segments[0]
        )
        if cause == "leak" and too_small:
            cause, label = "incomplete", f"{scene.name(key)} is segmented only in part"
        steps = (RepairStep("drop", key),) if cause == "invented" else ()
        sideways = all(r.rule.iri.endswith(("-left", "-right")) for r in rows if key in r.segments)
        doubt = MIRROR_PLACE_COST if sideways else 0.0
        if cause == "displaced" and scene.is_counted(key):
            doubt += MISCOUNT_COST
        # Were it not drawn, no rule would speak of it: that needs no test.
        yield Hypothesis(cause, label, (key,), explains_patterns=EVERYTHING, steps=steps, extra_cost=doubt)


def absences(scene: Scene) -> Iterator[Hypothesis]:
    """What is in view and not labelled was missed, or is not there."""
    gaps: dict[tuple[str, ...], float] = {
        (link.upper.facts.key, link.lower.facts.key): link.spacing_mm / link.expected_mm
        for link in links(scene.anatomy)
        if link.uncertain is None
    }
    for row in scene.by_pattern("PresentInView"):
        iri = structures_of(row, scene.anatomy)[0]
        name = scene.anatomy.knowledge.labels.get(iri, iri)
        for cause, label in (
            ("missed_by_model", f"{name} was missed by the model"),
            ("removed_or_absent", f"{name} was removed, or is absent from birth"),
        ):
            yield Hypothesis(cause, label, (), explains_patterns=frozenset({"PresentInView"}), structures=(iri,))
    for row in scene.by_pattern("ChainComplete"):
        label = f"{row.values.get('missing', 'a level')} was left out by the model"
        yield Hypothesis("level_missed", label, row.segments, explains_patterns=frozenset({"ChainComplete"}))
        numbers = {scene.chain_place(key) for key in row.segments}
        closed = gaps.get(row.segments, 0.0) < NO_GAP
        if numbers & VARIABLE_ENDS and closed and "," not in str(row.values.get("missing", "")):
            variant = "one vertebra or pair of ribs less than usual"
            yield Hypothesis("count_variant", variant, row.segments, explains_patterns=frozenset({"ChainComplete"}))


def holes(scene: Scene) -> Iterator[Hypothesis]:
    """A hole is a part left out, whether a lesion or not; it can be filled."""
    for key in sorted({row.segments[0] for row in scene.by_pattern("NoCavity")}):
        label = f"a lesion or another part of {scene.name(key)} was left out"
        steps = (RepairStep("fill", key),)
        # Around a hole, too, the image goes on as inside.
        patterns = frozenset({"NoCavity", "NothingLeftOutside"})
        yield Hypothesis("incomplete", label, (key,), explains_patterns=patterns, steps=steps)


def diseases(scene: Scene) -> Iterator[Hypothesis]:
    """An odd size, shape or tissue may be the patient's, and no error."""
    patterns = frozenset(
        {
            *(
                "TissueIntensity",
                "LittleOtherTissue",
                "SizeRange",
                "PairSize",
                "NoCavity",
                "NeighbourSize",
                "NoFlatCut",
            ),
            *("NothingLeftOutside", "OwnTissueAtEdge"),
        }
    )
    for key in sorted({row.segments[0] for row in scene.by_pattern(*patterns)}):
        label = f"disease, implant or earlier surgery at {scene.name(key)}"
        gross = any(row.is_gross for row in scene.by_pattern(*patterns) if row.segments[0] == key)
        yield Hypothesis(
            "pathology", label, (key,), explains_patterns=patterns, extra_cost=GROSS_COST if gross else 0.0
        )
