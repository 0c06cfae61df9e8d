"""What could have caused these failures. Each hypothesis says what it would take back, so that it can be tested.

A testable hypothesis holds the study as it would be without the cause: what no longer fails there is explained, what
fails there anew speaks against it. A hypothesis that can't be tested so (a disease, an organ removed) names the
patterns of rules that it explains.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from fmassist.evidence.facts import ComponentFacts
from fmassist.knowledge.namespaces import ST
from fmassist.reasoning.anatomy import Anatomy, Known
from fmassist.reasoning.context import Context
from fmassist.reasoning.evaluate import Row
from fmassist.reasoning.findings import RepairStep
from fmassist.reasoning.fragments import box_gap_mm
from fmassist.reasoning.judge import Judgement, structures_of
from fmassist.reasoning.transform import mirrored, renamed

VARIANT = "https://w3id.org/fmassist/variant/"
MOST = 0.6
"""A cause of the whole study is considered only when it would concern this share of what can show it (estimate: more
than half, with a margin for single errors beside it)."""
MIRROR_PLACE_COST = 3.0
"""A misplaced organ that lies at its own height and depth, but on the other side, is one misplacement in twenty
(estimate: ln 20; there are two other axes along which it could have gone, and all distances)."""
GROSS_COST = 2.3
"""What is grossly out of range is disease in one case of ten (estimate: ln 10; the gross limits lie beyond twice the
widest healthy range)."""
VARIABLE_ENDS = {("spine", 19), ("spine", 20), ("spine", 24), ("spine", 25), ("ribs", 12)}
"""Where a person may have one link more or less: at T12 and L1, at L5 and the sacrum, at the last rib (source:
10.1007/s13244-016-0468-7)."""
MAX_PAIRWISE = 4
"""Exchanges are tried between at most this many flagged segments, so that the number of trials stays bounded."""


BETWEEN = ("Direction", "PairOrder", "ChainOrder", "Contact", "Contained", "NotInside")
"""Patterns that hold labels against each other, whatever the image shows."""
ON_IMAGE = frozenset({"TissueIntensity", "LittleOtherTissue", "InsideBody"})
"""Patterns that fail besides where only the labels, and not the image, are turned."""
COHERENT = 0.08
"""Labels fit each other where fewer of those rules fail (estimate: one misplaced organ among ten fails a tenth of the
rules about it and its neighbours)."""
OFF_IMAGE = 0.1
"""Share of the rules about image and labels that fails where the two do not lie on each other (estimate: single wrong
outlines in a bad output fail a twentieth of them)."""
SEVERAL = 3
"""Structures that have to be concerned before one cause of the whole study is considered for them (estimate)."""

EVERYTHING = frozenset({"*"})
"""All patterns."""
CHAINS = frozenset({"ChainOrder", "ChainSpacing", "ChainComplete", "NeighbourSize", "RibAtItsVertebra"})
"""Patterns about numbered chains."""
TOUCHING_MM = 5.0
"""Two pieces this near to each other are neighbours (estimate: a voxel of 3 mm and the rounding of two boxes)."""
TOUCHING_GAIN = -1.6
"""A fragment that lies just where a neighbour's part is missing is no chance (estimate: −ln 5)."""
LONG = 1.4
"""Times its neighbours' volume from which a vertebra may hold two levels where one is missing (estimate: half-way, on a
logarithmic scale, between one and two)."""
A_QUARTER = 0.25
"""Of all structures has to be misplaced before the whole label map is doubted (estimate: fewer are single errors)."""
LAST_RIBS = 10
"""From this rib on a person with one vertebra or pair of ribs more or less may be counted otherwise (estimate: two
levels from the end)."""
MERGED = frozenset(
    ("NeighbourSize", "ChainSpacing", "ChainComplete", "SizeRange", "PairSize", "OnePiece", "NoFarFragment", "FewPieces")
)
"""Patterns that fail where one number stands for two levels."""
PIECES = ("OnePiece", "NoFarFragment", "FewPieces")
"""Patterns about pieces apart from the main one."""
BEYOND = frozenset({"SizeRange", "NoOverlap", "LittleOtherTissue", "Calibre", "StaysOnItsSide"})
"""Patterns that fail when an outline runs on into what lies beside it."""
MISPLACED = ("Direction", "LevelPlacement", "Contact", "Contained", "TissueIntensity", "SideOfMidline")
"""Patterns that fail when two structures bear each other's label."""


@dataclass(frozen=True)
class Hypothesis:
    """One possible cause, bound to this study."""

    cause: str
    """Short name of its definition in `Resources/causes/`."""
    label: str
    segments: tuple[str, ...]
    """Keys of the segments that it concerns; empty for the whole study."""
    anatomy: Anatomy | None = None
    """The study without the cause, when it can be tested."""
    context: Context | None = None
    explains_patterns: frozenset[str] = frozenset()
    """The patterns whose failures about `segments` it explains without a test."""
    screen: frozenset[str] | None = None
    """Patterns that say cheaply whether a test is worth while; None where it always is."""
    steps: tuple[RepairStep, ...] = ()
    is_global: bool = False
    extra_cost: float = 0.0
    """Nats beyond the prior: what makes this form of the cause less likely than others."""
    structures: tuple[str, ...] = ()
    """IRIs concerned, for a cause about structures that are absent."""
    leading: bool = False
    """Whether it makes one diagnosis of all that it explains, though it can't be tested."""

    @property
    def leads(self) -> bool:
        """Whether it makes one diagnosis of all that it explains, so that the worst finding stands for the others."""
        return self.leading or self.is_global or self.anatomy is not None or self.explains_patterns == EVERYTHING


@dataclass(frozen=True)
class Scene:
    """What the generators see."""

    judgement: Judgement
    context: Context
    failed: tuple[Row, ...]

    @property
    def anatomy(self) -> Anatomy:
        """The study as it was given."""
        return self.judgement.anatomy

    def by_pattern(self, *names: str) -> list[Row]:
        """Failures of these patterns."""
        return [row for row in self.failed if row.rule.pattern.rsplit("#", 1)[-1] in names]

    def share_failed(self, *names: str) -> float:
        """Failed over judged, for these patterns."""
        judged = [
            row
            for row in self.judgement.rows
            if row.rule.pattern.rsplit("#", 1)[-1] in names and row.outcome in ("passed", "failed")
        ]
        return sum(row.outcome == "failed" for row in judged) / len(judged) if judged else 0.0

    def flagged(self) -> list[Known]:
        """Segments that some failure names, most named first."""
        count: dict[str, int] = {}
        for row in self.failed:
            for key in row.segments:
                count[key] = count.get(key, 0) + 1
        known = {k.facts.key: k for k in self.anatomy.known}
        return [known[key] for key in sorted(count, key=lambda k: (-count[k], k)) if key in known]

    def chain_place(self, key: str) -> tuple[str, int]:
        """The kind of chain and the number of a segment."""
        structure = self.anatomy.knowledge.structures[self.anatomy.meanings[key]]
        return ("ribs" if (structure.chain or "").startswith("ribs") else "spine"), structure.chain_index or 0

    def name(self, key: str) -> str:
        """The label of a segment's structure."""
        return self.anatomy.knowledge.labels.get(self.anatomy.meanings.get(key, ""), key)


def about_the_study(judgement: Judgement, context: Context) -> list[Hypothesis]:
    """Causes that would concern the whole study."""
    scene = Scene(judgement, context, tuple(row for row in judgement.rows if row.outcome == "failed"))
    return [*_mirrors(scene), *_whole_study(scene)]


def about_segments(judgement: Judgement, context: Context, left: frozenset[str]) -> list[Hypothesis]:
    """Causes at single segments, suggested by the failures that no cause of the whole study explains.

    Args:
        left: identities of those failures.
    """
    failed = tuple(row for key, row in judgement.failures().items() if key in left)
    scene = Scene(judgement, context, failed)
    return [hypothesis for generator in _GENERATORS for hypothesis in generator(scene)]


def _mirrors(scene: Scene) -> Iterator[Hypothesis]:
    tests = (
        ("image_mirrored", 0, ("PairOrder",), "the image or its labels are mirrored left to right"),
        ("image_upside_down", 2, ("ChainOrder",), "the image or its labels are turned head to foot"),
    )
    for cause, axis, patterns, label in tests:
        if scene.share_failed(*patterns) >= MOST and len(scene.by_pattern(*patterns)) > 1:
            yield Hypothesis(
                cause,
                label,
                (),
                mirrored(scene.anatomy, axis),
                scene.context,
                explains_patterns=ON_IMAGE,
                is_global=True,
            )
    directions = [r for r in scene.by_pattern("Direction") if r.rule.iri.endswith(("-anterior", "-posterior"))]
    if len(directions) >= 3:
        label = "the image or its labels are turned front to back"
        yield Hypothesis(
            "image_front_to_back",
            label,
            (),
            mirrored(scene.anatomy, 1),
            scene.context,
            explains_patterns=ON_IMAGE,
            is_global=True,
        )
    sides = [r for r in scene.by_pattern("Direction") if r.rule.iri.endswith(("-left", "-right"))]
    if len(sides) >= 2:
        inverse = replace(scene.context, history=(*scene.context.history, VARIANT + "situs_inversus"))
        yield Hypothesis("situs_inversus", "situs inversus", (), scene.anatomy, inverse, is_global=True)


def _swaps(scene: Scene) -> Iterator[Hypothesis]:
    """Partners exchanged; then any two flagged segments exchanged."""
    seen = set()
    for row in scene.by_pattern("PairOrder"):
        seen.add(frozenset(row.segments))
        yield _swap(scene, "pair_swapped", *row.segments)
    misplaced = {key for row in scene.by_pattern(*MISPLACED) for key in row.segments}
    flagged = [known for known in scene.flagged() if known.facts.key in misplaced][:MAX_PAIRWISE]
    for i, first in enumerate(flagged):
        for second in flagged[i + 1 :]:
            keys = frozenset((first.facts.key, second.facts.key))
            if keys not in seen and first.structure.chain == second.structure.chain is None:
                yield _swap(scene, "labels_exchanged", first.facts.key, second.facts.key)


def _partly_swapped(scene: Scene) -> Iterator[Hypothesis]:
    """Pieces of both partners that lie where the other one is: a slab in which the two sides were exchanged."""
    rows = scene.by_pattern(*PIECES, "StaysOnItsSide")
    flagged = {row.segments[0] for row in rows}
    for known in scene.anatomy.known:
        partner = scene.anatomy.by_structure.get(known.structure.partner or "")
        if known.structure.side != "right" or partner is None:
            continue
        pair = (known.facts.key, partner.facts.key)
        if not set(pair) <= flagged:
            continue
        steps = tuple(
            RepairStep("relabel", mine.facts.key, other.structure.iri, i)
            for mine, other in ((known, partner), (partner, known))
            for i, piece in enumerate(mine.facts.components)
            if i and _nearer(piece, other, mine)
        )
        if len({step.segment for step in steps}) < 2 and not scene.by_pattern("StaysOnItsSide"):
            continue
        label = f"parts of {scene.name(pair[0])} and {scene.name(pair[1])} are exchanged"
        patterns = frozenset((*PIECES, "StaysOnItsSide"))
        yield Hypothesis("pair_swapped", label, pair, explains_patterns=patterns, steps=steps, leading=True)


def _nearer(piece: ComponentFacts, other: Known, mine: Known) -> bool:
    """Whether a piece lies nearer, from left to right, to the partner's main piece than to its own."""
    at = piece.centroid_ras_mm[0]
    theirs, own = other.facts.components[0].centroid_ras_mm[0], mine.facts.components[0].centroid_ras_mm[0]
    return abs(at - theirs) < abs(at - own)


def _swap(scene: Scene, cause: str, a: str, b: str) -> Hypothesis:
    meanings = scene.anatomy.meanings
    other = renamed(scene.anatomy, {a: meanings[b], b: meanings[a]})
    label = f"{scene.name(a)} and {scene.name(b)} are exchanged"
    return Hypothesis(cause, label, (a, b), other, scene.context, steps=(RepairStep("swap", a, b),))


def _shifts(scene: Scene) -> Iterator[Hypothesis]:
    """Runs of a chain, between the places where it looks wrong, numbered by one or two too high or too low."""
    suspicious = {
        key for row in scene.by_pattern("ChainSpacing", "ChainComplete", "ChainOrder") for key in row.segments
    }
    off = {row.segments[0] for row in scene.by_pattern("RibAtItsVertebra")}
    levels_off = {row.segments[-1] for row in scene.by_pattern("RibAtItsVertebra")}
    for members in scene.anatomy.knowledge.chains.values():
        present = [scene.anatomy.by_structure[m.iri] for m in members if m.iri in scene.anatomy.by_structure]
        present = [p for p in present if p.structure.iri != ST + "sacrum"]
        keys = {p.facts.key for p in present}
        if not keys & (suspicious | off | levels_off):
            continue
        by_index = {m.chain_index: m for m in members}
        breaks = _breaks(scene, present)
        bounds = sorted({0, len(present), *breaks})
        for i, start in enumerate(bounds):
            for end in bounds[i + 1 :]:
                for step in (-1, 1, -2, 2):
                    hypothesis = _shift(scene, present[start:end], by_index, present, step)
                    if hypothesis is not None:
                        yield hypothesis


def _breaks(scene: Scene, present: list[Known]) -> list[int]:
    """Positions before which the chain looks broken."""
    rows = scene.by_pattern("ChainSpacing", "ChainComplete", "ChainOrder")
    lower = {row.segments[-1] for row in rows if len(row.segments) == 2}
    return [i for i, known in enumerate(present) if known.facts.key in lower][:6]


def _shift(scene: Scene, run: list[Known], by_index: dict, present: list[Known], step: int) -> Hypothesis | None:  # type: ignore[type-arg]
    taken = {p.structure.chain_index for p in present if p not in run}
    new = {}
    for known in run:
        index = (known.structure.chain_index or 0) + step
        target = by_index.get(index)
        if target is None or index in taken or target.iri == ST + "sacrum":
            return None
        new[known.facts.key] = target.iri
    if not new:
        return None
    labels = scene.anatomy.knowledge.labels
    first, last = run[0], run[-1]
    label = f"{first.structure.label} is really {labels[new[first.facts.key]]}"
    if len(run) > 1:
        really = f"{labels[new[first.facts.key]]} to {labels[new[last.facts.key]]}"
        label = f"{first.structure.label} to {last.structure.label} are really {really}"
    steps = tuple(RepairStep("relabel", key, iri) for key, iri in new.items())
    other = renamed(scene.anatomy, new)
    # Of two runs that explain as much, the shorter one and the smaller step is the simpler slip.
    doubt = 0.05 * len(run) + abs(step)
    keys = tuple(new)
    return Hypothesis("run_shifted", label, keys, other, scene.context, steps=steps, extra_cost=doubt, screen=CHAINS)


def _fragments(scene: Scene) -> Iterator[Hypothesis]:
    for key in sorted({row.segments[0] for row in scene.by_pattern(*PIECES)}):
        pieces = scene.anatomy.evidence.segment(key).components
        steps = tuple(
            RepairStep("drop", key, None, i) for i, piece in enumerate(pieces) if i and not piece.border_faces
        )
        label = f"stray fragments of {scene.name(key)}"
        yield Hypothesis("stray_fragment", label, (key,), explains_patterns=frozenset(PIECES), steps=steps)


def _wrong_places(scene: Scene) -> Iterator[Hypothesis]:
    """One structure drawn where it isn't: everything about it goes when it goes."""
    rows = scene.by_pattern(
        "Direction",
        "LevelPlacement",
        "Contact",
        "Contained",
        "InsideBody",
        "NotInside",
        "TissueIntensity",
        "SexBound",
        "NotRemoved",
        "ExaminedPart",
        "SideOfMidline",
        "SizeRange",
        "NoOverlap",
        "LittleOtherTissue",
        "Calibre",
        "StaysOnItsSide",
    )
    for key in sorted({key for row in rows for key in row.segments}):
        mine = {row.rule.pattern.rsplit("#", 1)[-1] for row in rows if key in row.segments}
        against = mine & {"InsideBody", "SexBound", "NotRemoved", "ExaminedPart"}
        place = mine & {"Direction", "LevelPlacement", "Contact", "Contained", "SideOfMidline"}
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
        # Were it not drawn, no rule would speak of it: that needs no test.
        yield Hypothesis(cause, label, (key,), explains_patterns=EVERYTHING, steps=steps, extra_cost=doubt)


def _absences(scene: Scene) -> Iterator[Hypothesis]:
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
        if numbers & VARIABLE_ENDS and "," not in str(row.values.get("missing", "")):
            variant = "one vertebra or pair of ribs less than usual"
            yield Hypothesis("count_variant", variant, row.segments, explains_patterns=frozenset({"ChainComplete"}))


def _chains_otherwise(scene: Scene) -> Iterator[Hypothesis]:
    shrunk = [
        row
        for row in scene.by_pattern("NeighbourSize", "SizeRange", "PairSize", "NoFlatCut")
        if float(row.values.get("value", 1)) < 1 or not row.rule.pattern.endswith(("NeighbourSize", "SizeRange"))
    ]
    for key in sorted({row.segments[0] for row in shrunk}):
        label = f"{scene.name(key)} is segmented only in part"
        patterns = frozenset({"NeighbourSize", "PairSize", "NoFlatCut"})
        yield Hypothesis("incomplete", label, (key,), explains_patterns=patterns)
    broken = {key for row in scene.by_pattern("ChainComplete", "ChainSpacing") for key in row.segments}
    for row in scene.judgement.rows:
        ratio = row.values.get("value", 1.0) if row.rule.pattern.endswith("NeighbourSize") else 1.0
        is_long = row.outcome == "failed" or (bool(row.segments) and row.segments[0] in broken)
        if isinstance(ratio, float) and ratio >= LONG and is_long:
            label = f"{scene.name(row.segments[0])} holds two levels"
            yield Hypothesis("levels_merged", label, row.segments, explains_patterns=MERGED)
    # Where one region of the spine passes into the next, a person may have one level more or less than the numbers.
    rows = [
        row
        for row in scene.by_pattern("RibAtItsVertebra", "ChainSpacing", "Contact")
        if VARIANT + "vertebral_count" in row.rule.excused_by and _near_an_end(scene, row)
    ]
    if rows:
        keys = tuple(dict.fromkeys(key for row in rows for key in row.segments))
        label = "one vertebra or pair of ribs more or less than usual"
        patterns = frozenset({"RibAtItsVertebra", "ChainSpacing", "Contact"})
        yield Hypothesis("count_variant", label, keys, explains_patterns=patterns)


def _near_an_end(scene: Scene, row: Row) -> bool:
    """Whether a rib is so near the last one that a person's count, and not the model's, could be another."""
    return not row.rule.pattern.endswith("RibAtItsVertebra") or scene.chain_place(row.segments[0])[1] >= LAST_RIBS


def _merged(scene: Scene) -> Iterator[Hypothesis]:
    """Pieces of one link of a chain that lie where the next one is: two levels, or parts of two, under one number."""
    torn = {row.segments[0] for row in scene.by_pattern(*PIECES)}
    for members in scene.anatomy.knowledge.chains.values():
        for place, member in enumerate(members):
            mine = scene.anatomy.by_structure.get(member.iri)
            if mine is None or mine.facts.key not in torn:
                continue
            for other in members[max(0, place - 1) : place + 2]:
                theirs = scene.anatomy.by_structure.get(other.iri)
                if other is member or (theirs is None and not _is_missing(scene, mine.facts.key, other.iri)):
                    continue
                pieces = [
                    i
                    for i, piece in enumerate(mine.facts.components)
                    if i and piece.volume_ml >= 0.3 and _belongs_to(piece, mine, theirs)
                ]
                if not pieces:
                    continue
                keys = (mine.facts.key, *((theirs.facts.key,) if theirs else ()))
                # Only where the other number is free does a piece that takes it bring no new contradiction.
                steps = () if theirs else tuple(RepairStep("relabel", mine.facts.key, other.iri, i) for i in pieces)
                touching = theirs is None or any(_touches(mine.facts.components[i], theirs) for i in pieces)
                yield Hypothesis(
                    "levels_merged",
                    f"{mine.structure.label} holds {'part of ' if theirs else ''}{other.label}",
                    keys,
                    explains_patterns=MERGED,
                    steps=steps,
                    extra_cost=TOUCHING_GAIN if touching else 0.0,
                    leading=True,
                )


def _touches(piece: ComponentFacts, other: Known) -> bool:
    return box_gap_mm(piece.box_ras_mm, other.facts.components[0].box_ras_mm) <= TOUCHING_MM


def _is_missing(scene: Scene, key: str, iri: str) -> bool:
    """Whether a rule asks for a structure next to a segment."""
    label = scene.anatomy.knowledge.labels.get(iri, iri)
    return any(
        key in row.segments and label in str(row.values.get("missing", "")).split(", ")
        for row in scene.by_pattern("ChainComplete")
    )


def _belongs_to(piece: ComponentFacts, mine: Known, theirs: Known | None) -> bool:
    """Whether a piece lies nearer to another link's main piece than to its own."""
    own = box_gap_mm(piece.box_ras_mm, mine.facts.components[0].box_ras_mm)
    if theirs is None:
        return True
    return box_gap_mm(piece.box_ras_mm, theirs.facts.components[0].box_ras_mm) < own or (
        abs(piece.centroid_ras_mm[2] - theirs.facts.components[0].centroid_ras_mm[2])
        < abs(piece.centroid_ras_mm[2] - mine.facts.components[0].centroid_ras_mm[2])
    )


def _holes(scene: Scene) -> Iterator[Hypothesis]:
    """A hole is a part left out, whether a lesion or not; it can be filled."""
    for key in sorted({row.segments[0] for row in scene.by_pattern("NoCavity")}):
        label = f"a lesion or another part of {scene.name(key)} was left out"
        steps = (RepairStep("fill", key),)
        yield Hypothesis("incomplete", label, (key,), explains_patterns=frozenset({"NoCavity"}), steps=steps)


def _whole_study(scene: Scene) -> Iterator[Hypothesis]:
    if scene.by_pattern("ImageUnits"):
        label = "the image is not in Hounsfield units, or of another modality"
        patterns = ON_IMAGE | {"ImageUnits"}
        yield Hypothesis("wrong_intensity", label, (), explains_patterns=patterns, is_global=True)
    tissue = scene.by_pattern("TissueIntensity", "InsideBody")
    between = scene.by_pattern(*BETWEEN)
    misplaced = {key for row in between for key in row.segments}
    if scene.share_failed(*BETWEEN) < COHERENT:
        # The labels fit each other, and not the image.
        share = scene.share_failed("TissueIntensity", "InsideBody")
        if len({row.segments[0] for row in tissue}) >= SEVERAL and share >= OFF_IMAGE:
            seen = ON_IMAGE | {"ImageUnits"}
            label = "labels and image do not lie on each other"
            yield Hypothesis("labels_off_image", label, (), explains_patterns=seen, is_global=True)
    elif len(misplaced) >= max(SEVERAL, A_QUARTER * len(scene.anatomy.known)) and len(between) >= SEVERAL:
        everything = frozenset(row.rule.pattern.rsplit("#", 1)[-1] for row in scene.failed)
        label = "the labels were read with the wrong label map"
        yield Hypothesis(
            "wrong_label_map",
            label,
            (),
            explains_patterns=everything,
            is_global=True,
            extra_cost=MIRROR_PLACE_COST,
        )


def _diseases(scene: Scene) -> Iterator[Hypothesis]:
    patterns = frozenset(
        {"TissueIntensity", "LittleOtherTissue", "SizeRange", "PairSize", "NoCavity", "NeighbourSize", "NoFlatCut"}
    )
    for key in sorted({row.segments[0] for row in scene.by_pattern(*patterns)}):
        label = f"disease, implant or earlier surgery at {scene.name(key)}"
        gross = any(row.is_gross for row in scene.by_pattern(*patterns) if row.segments[0] == key)
        yield Hypothesis(
            "pathology", label, (key,), explains_patterns=patterns, extra_cost=GROSS_COST if gross else 0.0
        )


_GENERATORS: tuple[Callable[[Scene], Iterator[Hypothesis]], ...] = (
    _swaps,
    _partly_swapped,
    _shifts,
    _fragments,
    _wrong_places,
    _absences,
    _chains_otherwise,
    _merged,
    _holes,
    _diseases,
)
