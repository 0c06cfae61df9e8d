"""Causes at one structure: fragments, wrong places, absence, parts left out."""

from __future__ import annotations

import math
from collections.abc import Iterator

from fmassist.evidence.facts import SegmentFacts
from fmassist.knowledge.constants import constants
from fmassist.reasoning.chains import links
from fmassist.reasoning.evaluate import Row
from fmassist.reasoning.findings import RepairStep
from fmassist.reasoning.fragments import stray_pieces, strays
from fmassist.reasoning.hypotheses.numbers import VARIABLE_ENDS, left_out, smaller_of
from fmassist.reasoning.hypotheses.scene import EVERYTHING, Hypothesis, Scene, facets_of

STRAY = frozenset({"piece", "crossing", "beyond", "midline"})
"""What fails where stray pieces lie: apart, across, and on whatever tissue there is."""
MOVED = frozenset({"spacing", "order", "joint", "level", "direction", "midline"})
DISPLACED = frozenset(
    {"misplaced", "beside", "place", "side", "midline", "overlap", "containment", "contact", "joint", "spacing"}
)
"""What fails of a structure that is drawn somewhere else."""
LEAKED = frozenset({"beyond", "piece", "crossing", "overlap", "edge"})
"""What fails of an outline that runs on beyond its borders."""


def fragments(scene: Scene) -> Iterator[Hypothesis]:
    """Stray pieces, to be left out; those that may go on beyond the border stay."""
    for key in sorted({row.segments[0] for row in scene.showing(("piece", "crossing"))}):
        facts = scene.anatomy.evidence.segment(key)
        pieces = stray_pieces(facts)
        if not pieces:
            continue
        steps = tuple(RepairStep("drop", key, None, i) for i, _ in pieces)
        share, moved = strays(facts).share, _moved_mm(facts) > constants().segments.moved_mm
        doubt = (
            constants().segments.level_cost
            if scene.is_counted(key) and share >= constants().segments.level_share
            else 0.0
        )
        doubt += constants().segments.large_cost if share >= constants().segments.large_share else 0.0
        yield Hypothesis(
            "stray_fragment",
            f"stray fragments of {scene.name(key)}",
            (key,),
            explains_facets=STRAY | (MOVED if moved else frozenset()),
            explains_not=frozenset({"size"}) if share < constants().segments.large_share else frozenset(),
            steps=steps if share < constants().segments.large_share else (),
            leading=True,
            extra_cost=doubt,
        )
        if share >= constants().segments.large_share:
            # What is between two large pieces may be what is missing.
            label = f"{scene.name(key)} is segmented only in part: its pieces do not meet"
            facets = frozenset({"piece", "lacking"})
            yield Hypothesis("incomplete", label, (key,), explains_facets=facets, leading=True)


def _moved_mm(facts: SegmentFacts) -> float:
    """How far a segment's middle lies from that of its main piece."""
    if facts.centroid_ras_mm is None or not facts.components:
        return 0.0
    return math.dist(facts.centroid_ras_mm, facts.components[0].centroid_ras_mm)


def wrong_places(scene: Scene) -> Iterator[Hypothesis]:
    """One structure drawn where it isn't: everything about it goes when it goes."""
    wanted = ("misplaced", "beside", "nowhere", "overlap", "beyond", "side")
    rows = [row for row in scene.showing(wanted) if "chain" not in row.pattern.facets]
    for key in sorted({key for row in rows for key in row.segments}):
        mine = [row for row in rows if key in row.segments]
        shown = frozenset(facet for row in mine for facet in facets_of(row))
        if "nowhere" in shown or scene.is_out_of_view(key):
            yield _invented(scene, key, shown)
        if shown & {"misplaced", "containment", "beside"}:
            yield _displaced(scene, key, mine)
        if "beyond" in shown:
            label = f"{scene.name(key)} is drawn beyond its borders"
            yield Hypothesis(
                "leak", label, (key,), explains_facets=LEAKED, leading=True, extra_cost=scene.size_cost(key, -1.0)
            )


def _invented(scene: Scene, key: str, shown: frozenset[str]) -> Hypothesis:
    label = f"{scene.name(key)} is drawn where there is none"
    # What the record or the body's outline rules out can be left out; a place alone may be another's label.
    steps = (RepairStep("drop", key),) if "record" in shown else ()
    return Hypothesis("invented", label, (key,), explains_facets=EVERYTHING, steps=steps)


def _displaced(scene: Scene, key: str, rows: list[Row]) -> Hypothesis:
    axes = [row.values.get("axis") for row in rows if "direction" in row.pattern.facets]
    sideways = bool(axes) and len(axes) == len(rows) and set(axes) == {"right"}
    doubt = constants().scene.mirror_place_cost if sideways else 0.0
    by_image = any("beside" in row.pattern.facets for row in rows)
    doubt += constants().segments.miscount_cost if scene.is_counted(key) and not by_image else 0.0
    lying, beside = scene.registration, sum("beside" in row.pattern.facets for row in rows)
    if beside:
        # The image tells it, where a typical body is too coarse.
        doubt -= constants().segments.beside_gain * min(beside, constants().segments.most_beside)
    elif lying is not None and lying.fits.get(key, constants().segments.well_placed) > constants().segments.well_placed:
        doubt += constants().segments.well_placed_cost
    label = f"{scene.name(key)} is drawn in the wrong place"
    return Hypothesis("displaced", label, (key,), explains_facets=DISPLACED, extra_cost=doubt, leading=True)


def parts(scene: Scene) -> Iterator[Hypothesis]:
    """What is too small, or has a part of the image's own organ outside it, was segmented only in part."""
    rows = [r for r in scene.about("lacking") if not r.pattern.facets & {"chain", "cavity"}]
    for key in sorted({smaller_of(row) for row in rows}):
        label = f"{scene.name(key)} is segmented only in part"
        yield Hypothesis(
            "incomplete",
            label,
            (key,),
            explains_facets=frozenset({"lacking", "contact", "piece"}),
            leading=True,
            extra_cost=scene.size_cost(key, 1.0),
        )


def levels_left_out(scene: Scene) -> Iterator[Hypothesis]:
    """Levels left out between two others, by the model or because the person has one less."""
    gaps: dict[tuple[str, ...], float] = {
        (link.upper.facts.key, link.lower.facts.key): link.spacing_mm / link.expected_mm
        for link in links(scene.anatomy)
        if link.uncertain is None and link.expected_mm > 0
    }
    for row in scene.about("gap"):
        missing = left_out(scene, row)
        label = f"{', '.join(m.label for m in missing) or 'a level'} was left out by the model"
        yield Hypothesis("level_missed", label, row.segments, explains_facets=frozenset({"gap"}))
        numbers = {scene.chain_place(key) for key in row.segments}
        closed = gaps.get(row.segments, 0.0) < constants().segments.no_gap
        if numbers & VARIABLE_ENDS and closed and len(missing) == 1:
            variant = "one vertebra or pair of ribs less than usual"
            yield Hypothesis("count_variant", variant, row.segments, explains_facets=frozenset({"gap"}))


def holes(scene: Scene) -> Iterator[Hypothesis]:
    """A hole is a part left out, whether a lesion or not; it can be filled."""
    for key in sorted({row.segments[0] for row in scene.about("cavity")}):
        label = f"a lesion or another part of {scene.name(key)} was left out"
        steps = (RepairStep("fill", key),)
        # Around a hole, too, the image goes on as inside.
        facets = frozenset({"cavity", "edge"})
        yield Hypothesis(
            "incomplete", label, (key,), explains_facets=facets, explains_not=frozenset({"beyond"}), steps=steps
        )


__all__ = ["fragments", "holes", "levels_left_out", "parts", "wrong_places"]
