"""Studies on paper: boxes with names, from which the evidence of a study is made without any voxel.

A curator writes down where a few structures lie, and what is odd about them; everything else is that of a normal
adult. What stands in a case is simple enough to be checked by eye.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any

from fmassist.errors import InputError
from fmassist.evidence.facts import (
    ApartFacts,
    Box,
    ComponentFacts,
    EdgeFacts,
    Evidence,
    IntensityFacts,
    PairFacts,
    Point,
    ScanFacts,
    SegmentFacts,
)
from fmassist.evidence.pairs import NEAR_MM
from fmassist.evidence.sections import SLAB_MM
from fmassist.knowledge.model import Knowledge
from fmassist.knowledge.namespaces import FMX, ST
from fmassist.resources import resource

SPACING_MM = 3.0
FIELD_OF_VIEW: Box = ((-250.0, -200.0, -600.0), (250.0, 200.0, 600.0))
FACES = {
    "left": (0, 0),
    "right": (0, 1),
    "posterior": (1, 0),
    "anterior": (1, 1),
    "inferior": (2, 0),
    "superior": (2, 1),
}
FACTS = {
    "cavity_ml",
    "outside_body_share",
    "flat_cut",
    "median_hu",
    "lowest_hu",
    "fifth_hu",
    "ninety_fifth_hu",
    "volume_ml",
    "length_mm",
    "metal_share",
    "edge",
    "section_mm2",
    "surface_mm2",
}
"""What a case may say of a structure beside its pieces."""


def normal_adult() -> dict[str, Any]:
    """Structures of a normal adult: name to `{"centre_ras_mm": [R, A, S], "size_mm": [x, y, z]}`."""
    content: dict[str, Any] = json.loads(resource("rules", "tests", "normal_adult.json").read_text(encoding="utf-8"))
    plan: dict[str, Any] = content["structures"]
    return plan


def evidence_on_paper(case: Mapping[str, Any], knowledge: Knowledge) -> Evidence:
    """The evidence of a case.

    Args:
        case: `structures` (name to what is different, or null for absent), `only` (true: nothing but those),
            `field_of_view_ras_mm` (two corners), `modality`, `looks_like_hu`.
        knowledge: gives each structure the CT number of its tissue.

    Raises:
        InputError: a structure or a fact has no known name; the line says which.
    """
    plan: dict[str, Any] = {} if case.get("only") else dict(normal_adult())
    for name, change in case.get("structures", {}).items():
        if ST + name not in knowledge.structures:
            raise InputError(f"a case speaks of {name!r}, which is no structure of the ontology")
        if change is None:
            plan.pop(name, None)
        else:
            plan[name] = {**plan.get(name, {}), **change}
    view = case.get("field_of_view_ras_mm", FIELD_OF_VIEW)
    segments = [_segment(n, name, what, view, knowledge) for n, (name, what) in enumerate(plan.items(), start=1)]
    low, high = ((float(a), float(b), float(c)) for a, b, c in view)
    scan = ScanFacts(
        shape=tuple(max(1, round((b - a) / SPACING_MM)) for a, b in zip(low, high, strict=True)),  # type: ignore[arg-type]
        index_to_ras_mm=(
            (SPACING_MM, 0.0, 0.0, low[0]),
            (0.0, SPACING_MM, 0.0, low[1]),
            (0.0, 0.0, SPACING_MM, low[2]),
            (0.0, 0.0, 0.0, 1.0),
        ),
        spacing_mm=(SPACING_MM, SPACING_MM, SPACING_MM),
        axis_codes="RAS",
        field_of_view_box_ras_mm=(low, high),
        modality=case.get("modality", "CT"),
        has_image=True,
        looks_like_hu=case.get("looks_like_hu", True),
    )
    pairs, apart = _pairs(segments)
    return Evidence(scan=scan, segments=tuple(segments), pairs=pairs, apart=apart, apart_measured_mm=1e4)


def _segment(label: int, name: str, what: Mapping[str, Any], view: Any, knowledge: Knowledge) -> SegmentFacts:
    unknown = what.keys() - {"centre_ras_mm", "size_mm", "pieces", *FACTS}
    if unknown:
        raise InputError(f"a case gives {name} a fact {min(unknown)!r}", f"there are {', '.join(sorted(FACTS))}")
    if not {"centre_ras_mm", "size_mm"} <= what.keys():
        raise InputError(f"a case gives {name} no place", "the normal adult has none: give centre_ras_mm and size_mm")
    boxes = [_box(what["centre_ras_mm"], what["size_mm"])]
    boxes += [_box(piece["centre_ras_mm"], piece["size_mm"]) for piece in what.get("pieces", ())]
    seen = [cut for box in boxes if (cut := _clip(box, view)) is not None]
    pieces = sorted((_piece(box, faces) for box, faces in seen), key=lambda piece: -piece.volume_ml)
    if not pieces:
        return SegmentFacts(key=f"0:{label}", label=label, layer=0, name=name, voxel_count=0, volume_ml=0.0)
    whole = sum(piece.volume_ml for piece in pieces)
    volume = float(what.get("volume_ml", whole))
    centre = _mean([(piece.centroid_ras_mm, piece.volume_ml) for piece in pieces])
    low = _point(min(piece.box_ras_mm[0][a] for piece in pieces) for a in range(3))
    high = _point(max(piece.box_ras_mm[1][a] for piece in pieces) for a in range(3))
    faces = {face: 400.0 for piece in pieces for face in piece.border_faces}
    flat = what.get("flat_cut")
    return SegmentFacts(
        key=f"0:{label}",
        label=label,
        layer=0,
        name=name,
        voxel_count=max(1, round(volume * 1000 / SPACING_MM**3)),
        volume_ml=volume,
        centroid_ras_mm=centre,
        box_ras_mm=(low, high),
        extreme_points_ras_mm={
            face: _point((high if end else low)[a] if a == axis else centre[a] for a in range(3))
            for face, (axis, end) in FACES.items()
        },
        principal_extents_mm=(float(what["length_mm"]), 1.0, 1.0) if "length_mm" in what else None,
        surface_area_mm2=float(what.get("surface_mm2", 0.0)),
        component_count=len(pieces),
        components=tuple(pieces),
        main_component_share=pieces[0].volume_ml / whole,
        cavity_count=int("cavity_ml" in what),
        cavity_ml=float(what.get("cavity_ml", 0.0)),
        border_area_mm2=dict(sorted(faces.items())),
        border_share=0.1 if faces else 0.0,
        flat_cuts=((flat["direction"], 0.0, float(flat["area_mm2"])),) if flat else (),
        intensity=_intensity(name, what, knowledge),
        outside_body_share=float(what.get("outside_body_share", 0.0)),
        edge=_edge(what["edge"], float(what.get("median_hu", 40.0))) if "edge" in what else None,
        sections=_sections(pieces[0], float(what["section_mm2"])) if "section_mm2" in what else (),
    )


def _sections(piece: ComponentFacts, area_mm2: float) -> tuple[tuple[int, float, float, float, float], ...]:
    """Sections of one area all along the main piece."""
    (_, _, bottom), (_, _, top) = piece.box_ras_mm
    right, anterior, _ = piece.centroid_ras_mm
    slabs = range(math.ceil(bottom / SLAB_MM), math.floor(top / SLAB_MM))
    return tuple((n, (n + 0.5) * SLAB_MM, area_mm2, right, anterior) for n in slabs)


def _edge(what: Mapping[str, Any], median: float) -> EdgeFacts:
    """`{"judged_mm2", "same_outside_mm2", "other_inside_mm2", "own_width_hu", "open_side"}`; what is left out is 0."""
    half = float(what.get("own_width_hu", 60.0)) / 2
    side = what.get("open_side")
    return EdgeFacts(
        own_low=median - half,
        own_high=median + half,
        judged_mm2=float(what.get("judged_mm2", 0.0)),
        same_outside_mm2=float(what.get("same_outside_mm2", 0.0)),
        other_inside_mm2=float(what.get("other_inside_mm2", 0.0)),
        same_outside_by_face={side["direction"]: (float(side["judged_mm2"]), float(side["same_outside_mm2"]))}
        if side
        else {},
    )


def _intensity(name: str, what: Mapping[str, Any], knowledge: Knowledge) -> IntensityFacts:
    """The middle of its tissue's range, where the case says nothing else."""
    from pyoxigraph import NamedNode

    usual = 40.0
    for tissue in knowledge.store.quads_for_pattern(NamedNode(ST + name), NamedNode(FMX + "tissue"), None):
        ends = [
            float(quad.object.value)  # type: ignore[union-attr]
            for end in ("huLow", "huHigh")
            for quad in knowledge.store.quads_for_pattern(tissue.object, NamedNode(FMX + end), None)  # type: ignore[arg-type]
        ]
        if len(ends) == 2:
            usual = sum(ends) / 2
    median = float(what.get("median_hu", usual))
    lowest = float(what.get("lowest_hu", median - 60))
    fifth, ninety_fifth = float(what.get("fifth_hu", median - 30)), float(what.get("ninety_fifth_hu", median + 30))
    metal = float(what.get("metal_share", 0))
    return IntensityFacts(median, 20.0, lowest, fifth, median, ninety_fifth, median + 60, 0.0, 0.0, metal)


def _pairs(segments: list[SegmentFacts]) -> tuple[tuple[PairFacts, ...], tuple[ApartFacts, ...]]:
    """Near pairs, and the distances of those that lie apart, as a scan is measured."""
    found, apart = [], []
    for one, other in combinations(sorted((s for s in segments if s.voxel_count), key=lambda s: s.key), 2):
        a, b = (one, other) if one.key < other.key else (other, one)
        assert a.box_ras_mm is not None and b.box_ras_mm is not None  # noqa: PT018
        shared, gap = _shared(a.box_ras_mm, b.box_ras_mm), _gap(a, b)
        if gap > NEAR_MM:
            apart.append(ApartFacts(a.key, b.key, gap))
            continue
        va, vb = _volume(a.box_ras_mm), _volume(b.box_ras_mm)
        found.append(
            PairFacts(
                first=a.key,
                second=b.key,
                contact_area_mm2=100.0 if gap == 0 else 0.0,
                distance_mm=gap,
                first_inside_second_hull=shared / va,
                second_inside_first_hull=shared / vb,
            )
        )
    return tuple(found), tuple(apart)


def with_foreign(evidence: Evidence, borders: list[Mapping[str, Any]]) -> Evidence:
    """The same, where a border runs within a neighbour's tissue.

    Args:
        evidence: of the case.
        borders: `{"first": …, "second": …, "judged_mm2": …, "foreign_mm2": …}`: within that much of their border the
            image inside the first is the second's.
    """
    keys = {segment.name: segment.key for segment in evidence.segments}
    evidence = _as_near(evidence, [(keys[border["first"]], keys[border["second"]]) for border in borders])
    pairs = list(evidence.pairs)
    for border in borders:
        first, second = keys[border["first"]], keys[border["second"]]
        judged, foreign = float(border["judged_mm2"]), float(border["foreign_mm2"])
        for at, pair in enumerate(pairs):
            if (pair.first, pair.second) == (first, second):
                pairs[at] = replace(pair, first_edge_mm2=judged, first_like_second_mm2=foreign)
            elif (pair.first, pair.second) == (second, first):
                pairs[at] = replace(pair, second_edge_mm2=judged, second_like_first_mm2=foreign)
    return replace(evidence, pairs=tuple(pairs))


def with_overlap(evidence: Evidence, claims: list[Mapping[str, Any]]) -> Evidence:
    """The same, where two segments claim some voxels both: `{"first": …, "second": …, "overlap_ml": …}`."""
    keys = {segment.name: segment.key for segment in evidence.segments}
    evidence = _as_near(evidence, [(keys[claim["first"]], keys[claim["second"]]) for claim in claims])
    pairs = list(evidence.pairs)
    for claim in claims:
        wanted = {keys[claim["first"]], keys[claim["second"]]}
        pairs = [
            replace(pair, overlap_ml=float(claim["overlap_ml"])) if {pair.first, pair.second} == wanted else pair
            for pair in pairs
        ]
    return replace(evidence, pairs=tuple(pairs))


def with_contact(evidence: Evidence, borders: list[Mapping[str, Any]]) -> Evidence:
    """The same, where two segments touch along so much: `{"first": …, "second": …, "contact_mm2": …}`."""
    keys = {segment.name: segment.key for segment in evidence.segments}
    evidence = _as_near(evidence, [(keys[border["first"]], keys[border["second"]]) for border in borders])
    pairs = list(evidence.pairs)
    for border in borders:
        wanted = {keys[border["first"]], keys[border["second"]]}
        area = float(border["contact_mm2"])
        pairs = [replace(p, contact_area_mm2=area) if {p.first, p.second} == wanted else p for p in pairs]
    return replace(evidence, pairs=tuple(pairs))


def _as_near(evidence: Evidence, keys: list[tuple[str, str]]) -> Evidence:
    """The same, where these pairs are near ones, whatever lies between their boxes."""
    wanted = [(min(pair), max(pair)) for pair in keys if not evidence.is_near(*pair)]
    new = tuple(PairFacts(first, second, 100.0, 0.0) for first, second in wanted)
    left = tuple(pair for pair in evidence.apart if (pair.first, pair.second) not in wanted)
    return replace(evidence, pairs=(*evidence.pairs, *new), apart=left)


def _box(centre: Any, size: Any) -> Box:
    return (
        _point(c - s / 2 for c, s in zip(centre, size, strict=True)),
        _point(c + s / 2 for c, s in zip(centre, size, strict=True)),
    )


def _clip(box: Box, view: Any) -> tuple[Box, tuple[str, ...]] | None:
    """What the field of view shows of a box, and the faces that cut it."""
    low = _point(max(float(a), float(v)) for a, v in zip(box[0], view[0], strict=True))
    high = _point(min(float(b), float(v)) for b, v in zip(box[1], view[1], strict=True))
    if any(a >= b for a, b in zip(low, high, strict=True)):
        return None
    seen = (low, high)
    faces = tuple(face for face, (axis, end) in sorted(FACES.items()) if seen[end][axis] != box[end][axis])
    return seen, faces


def _piece(box: Box, faces: tuple[str, ...]) -> ComponentFacts:
    volume = _volume(box) / 1000
    centre = _point((a + b) / 2 for a, b in zip(*box, strict=True))
    return ComponentFacts(max(1, round(volume * 1000 / SPACING_MM**3)), volume, centre, box, faces)


def _shared(a: Box, b: Box) -> float:
    sides = [min(a[1][k], b[1][k]) - max(a[0][k], b[0][k]) for k in range(3)]
    return sides[0] * sides[1] * sides[2] if min(sides) > 0 else 0.0


def _gap(a: SegmentFacts, b: SegmentFacts) -> float:
    """Between the nearest pieces of two segments."""
    best = float("inf")
    for one in a.components:
        for other in b.components:
            (la, ha), (lb, hb) = one.box_ras_mm, other.box_ras_mm
            best = min(best, sum(max(0.0, la[k] - hb[k], lb[k] - ha[k]) ** 2 for k in range(3)) ** 0.5)
    return best


def _volume(box: Box) -> float:
    return (box[1][0] - box[0][0]) * (box[1][1] - box[0][1]) * (box[1][2] - box[0][2])


def _mean(weighted: list[tuple[Point, float]]) -> Point:
    total = sum(weight for _, weight in weighted)
    return _point(sum(point[a] * weight for point, weight in weighted) / total for a in range(3))


def _point(values: Any) -> Point:
    x, y, z = values
    return float(x), float(y), float(z)
