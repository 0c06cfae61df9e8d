"""The same study read in another way: labels renamed, or the body mirrored.

A cause is tested by undoing it. Undoing works on the facts, never on voxels, so that a hypothesis costs
milliseconds; a repair that somebody accepts is applied to the voxels elsewhere and checked again from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fmassist.evidence.facts import Box, ComponentFacts, EdgeFacts, Evidence, PairFacts, Point, SegmentFacts
from fmassist.reasoning.anatomy import Anatomy

_OPPOSITE = {
    0: {"right": "left", "left": "right"},
    1: {"anterior": "posterior", "posterior": "anterior"},
    2: {"superior": "inferior", "inferior": "superior"},
}


def renamed(anatomy: Anatomy, meanings: Mapping[str, str]) -> Anatomy:
    """With other meanings for some segments (key to IRI); the others keep theirs."""
    return replace(anatomy, meanings={**anatomy.meanings, **meanings})


def mirrored(anatomy: Anatomy, axis: int) -> Anatomy:
    """As if the body lay mirrored along one RAS axis (0 left to right, 1 front to back, 2 head to foot)."""
    evidence = anatomy.evidence
    low, high = evidence.scan.field_of_view_box_ras_mm
    twice_middle = low[axis] + high[axis]
    scan = replace(
        evidence.scan,
        body_box_ras_mm=_flip_box(evidence.scan.body_box_ras_mm, axis, twice_middle),
        body_cut_faces=_flip_faces(evidence.scan.body_cut_faces, axis),
        mid_sagittal=None,
    )
    return replace(
        anatomy,
        evidence=Evidence(
            scan=scan,
            segments=tuple(_flip_segment(s, axis, twice_middle) for s in evidence.segments),
            pairs=tuple(_flip_pair(p, axis) for p in evidence.pairs),
            chains=(),
            program_version=evidence.program_version,
        ),
    )


def _flip_point(point: Point | None, axis: int, twice_middle: float) -> Point | None:
    if point is None:
        return None
    values = list(point)
    values[axis] = twice_middle - values[axis]
    return values[0], values[1], values[2]


def _flip_box(box: Box | None, axis: int, twice_middle: float) -> Box | None:
    if box is None:
        return None
    low, high = list(box[0]), list(box[1])
    low[axis], high[axis] = twice_middle - high[axis], twice_middle - low[axis]
    return (low[0], low[1], low[2]), (high[0], high[1], high[2])


def _flip_faces(faces: tuple[str, ...], axis: int) -> tuple[str, ...]:
    return tuple(_OPPOSITE[axis].get(face, face) for face in faces)


def _flip_component(piece: ComponentFacts, axis: int, twice_middle: float) -> ComponentFacts:
    centroid, box = (
        _flip_point(piece.centroid_ras_mm, axis, twice_middle),
        _flip_box(piece.box_ras_mm, axis, twice_middle),
    )
    assert centroid is not None
    assert box is not None
    return replace(piece, centroid_ras_mm=centroid, box_ras_mm=box, border_faces=_flip_faces(piece.border_faces, axis))


def _flip_segment(facts: SegmentFacts, axis: int, twice_middle: float) -> SegmentFacts:
    opposite = _OPPOSITE[axis]
    points = {opposite.get(f, f): _flip_point(p, axis, twice_middle) for f, p in facts.extreme_points_ras_mm.items()}
    return replace(
        facts,
        centroid_ras_mm=_flip_point(facts.centroid_ras_mm, axis, twice_middle),
        box_ras_mm=_flip_box(facts.box_ras_mm, axis, twice_middle),
        extreme_points_ras_mm={face: point for face, point in points.items() if point is not None},
        components=tuple(_flip_component(piece, axis, twice_middle) for piece in facts.components),
        border_area_mm2={opposite.get(face, face): area for face, area in facts.border_area_mm2.items()},
        edge=None if facts.edge is None else _flip_edge(facts.edge, axis, twice_middle),
    )


def _flip_edge(edge: EdgeFacts, axis: int, twice_middle: float) -> EdgeFacts:
    opposite = _OPPOSITE[axis]
    return replace(
        edge,
        same_outside_by_face={opposite.get(face, face): areas for face, areas in edge.same_outside_by_face.items()},
        same_outside_at_ras_mm=_flip_point(edge.same_outside_at_ras_mm, axis, twice_middle),
        other_inside_at_ras_mm=_flip_point(edge.other_inside_at_ras_mm, axis, twice_middle),
    )


def _flip_pair(facts: PairFacts, axis: int) -> PairFacts:
    return replace(facts, directions={_OPPOSITE[axis].get(face, face): d for face, d in facts.directions.items()})
