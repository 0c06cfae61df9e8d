"""The same study read in another way: labels renamed, or the body mirrored, turned or of another size.

A cause is tested by undoing it. Undoing works on the facts, never on voxels, so that a hypothesis costs
milliseconds; a repair that somebody accepts is applied to the voxels elsewhere and checked again from them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import permutations, product

import numpy as np

from fmassist.evidence.facts import FACES, Box, ComponentFacts, EdgeFacts, PairFacts, Point, SegmentFacts
from fmassist.reasoning.anatomy import Anatomy


def renamed(anatomy: Anatomy, meanings: Mapping[str, str]) -> Anatomy:
    """With other meanings for some segments (key to IRI); the others keep theirs."""
    return replace(anatomy, meanings={**anatomy.meanings, **meanings})


@dataclass(frozen=True)
class Turn:
    """One of the 48 ways in which a grid's axes can be read: axis `i` of the body is axis `axes[i]` of what is stored.

    Attributes:
        axes: a permutation of 0, 1, 2 (R, A, S).
        signs: −1 for each body axis that runs the other way round.
    """

    axes: tuple[int, int, int] = (0, 1, 2)
    signs: tuple[int, int, int] = (1, 1, 1)

    @property
    def flipped(self) -> tuple[int, ...]:
        """The axes that run the other way, where none are exchanged."""
        return tuple(axis for axis in range(3) if self.signs[axis] < 0)

    @property
    def is_exchange(self) -> bool:
        """Whether an axis is taken for another."""
        return self.axes != (0, 1, 2)

    @property
    def mirrors(self) -> bool:
        """Whether right and left change places, which no turning of a body does."""
        odd = sum(a > b for i, a in enumerate(self.axes) for b in self.axes[i + 1 :]) % 2
        return (math.prod(self.signs) < 0) != bool(odd)


AS_STORED = Turn()
TURNS = tuple(
    Turn((axes[0], axes[1], axes[2]), (signs[0], signs[1], signs[2]))
    for axes in permutations(range(3))
    for signs in product((1, -1), repeat=3)
)
"""All 48; the first is the one as stored."""


def mirrored(anatomy: Anatomy, axis: int) -> Anatomy:
    """As if the body lay mirrored along one RAS axis (0 left to right, 1 front to back, 2 head to foot)."""
    signs = [1, 1, 1]
    signs[axis] = -1
    return turned(anatomy, Turn(signs=(signs[0], signs[1], signs[2])))


def turned(anatomy: Anatomy, turn: Turn) -> Anatomy:
    """As if the grid's axes were read so; about the middle of the field of view."""
    return _mapped(anatomy, turn, (1.0, 1.0, 1.0))


def scaled(anatomy: Anatomy, factors: Point) -> Anatomy:
    """As if every voxel were as many times as long along R, A and S; about the middle of the field of view."""
    return _mapped(anatomy, AS_STORED, factors)


def _mapped(anatomy: Anatomy, turn: Turn, factors: Point) -> Anatomy:
    evidence = anatomy.evidence
    change = _Change(turn, factors, evidence.scan.field_of_view_box_ras_mm)
    body = evidence.scan.body_box_ras_mm
    scan = replace(
        evidence.scan,
        field_of_view_box_ras_mm=change.box(evidence.scan.field_of_view_box_ras_mm),
        body_box_ras_mm=None if body is None else change.box(body),
        body_cut_faces=change.faces(evidence.scan.body_cut_faces),
        mid_sagittal=None,
    )
    same_size = factors == (1.0, 1.0, 1.0)
    return replace(
        anatomy,
        evidence=replace(
            evidence,
            scan=scan,
            segments=tuple(_segment(s, change) for s in evidence.segments),
            pairs=evidence.pairs if same_size else tuple(_pair(p, change) for p in evidence.pairs),
            apart=tuple(replace(a, distance_mm=a.distance_mm * change.length) for a in evidence.apart),
            apart_measured_mm=evidence.apart_measured_mm * change.length,
        ),
    )


class _Change:
    """One linear change of all places, areas and volumes."""

    def __init__(self, turn: Turn, factors: Point, view: Box) -> None:
        self.turn, self.factors = turn, factors
        middle = [(low + high) / 2 for low, high in zip(*view, strict=True)]
        self.middle = (middle[0], middle[1], middle[2])
        self.volume = math.prod(factors)
        self.length = self.volume ** (1 / 3)
        self.area = self.length**2
        self._face = {}
        for axis in range(3):
            for end, sign in ((0, 1), (1, -1)):
                old = FACES[2 * turn.axes[axis] + end]
                self._face[old] = FACES[2 * axis + (0 if sign * turn.signs[axis] > 0 else 1)]

    def point(self, point: Point) -> Point:
        new = [
            self.middle[axis] + self.turn.signs[axis] * self.factors[axis] * (point[old] - self.middle[old])
            for axis, old in enumerate(self.turn.axes)
        ]
        return new[0], new[1], new[2]

    def box(self, box: Box) -> Box:
        a, b = self.point(box[0]), self.point(box[1])
        low, high = [min(pair) for pair in zip(a, b, strict=True)], [max(pair) for pair in zip(a, b, strict=True)]
        return (low[0], low[1], low[2]), (high[0], high[1], high[2])

    def face(self, face: str) -> str:
        return self._face.get(face, face)

    def faces(self, faces: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self.face(face) for face in faces)

    def along(self, direction: Point) -> float:
        """Times as long a stretch in this stored direction becomes."""
        stretched = [self.factors[axis] * direction[old] for axis, old in enumerate(self.turn.axes)]
        return math.hypot(*stretched) / (math.hypot(*direction) or 1.0)


def _component(piece: ComponentFacts, change: _Change) -> ComponentFacts:
    return replace(
        piece,
        volume_ml=piece.volume_ml * change.volume,
        centroid_ras_mm=change.point(piece.centroid_ras_mm),
        box_ras_mm=change.box(piece.box_ras_mm),
        border_faces=change.faces(piece.border_faces),
    )


def _segment(facts: SegmentFacts, change: _Change) -> SegmentFacts:
    extents = facts.principal_extents_mm
    if extents is not None and facts.principal_axes is not None:
        new = [extent * change.along(axis) for extent, axis in zip(extents, facts.principal_axes, strict=True)]
        extents = (new[0], new[1], new[2])
    return replace(
        facts,
        volume_ml=facts.volume_ml * change.volume,
        centroid_ras_mm=None if facts.centroid_ras_mm is None else change.point(facts.centroid_ras_mm),
        box_ras_mm=None if facts.box_ras_mm is None else change.box(facts.box_ras_mm),
        extreme_points_ras_mm={change.face(f): change.point(p) for f, p in facts.extreme_points_ras_mm.items()},
        principal_extents_mm=extents,
        surface_area_mm2=facts.surface_area_mm2 * change.area,
        components=tuple(_component(piece, change) for piece in facts.components),
        cavity_ml=facts.cavity_ml * change.volume,
        border_area_mm2={change.face(face): area * change.area for face, area in facts.border_area_mm2.items()},
        flat_cuts=tuple((change.face(face), at, area * change.area) for face, at, area in facts.flat_cuts),
        edge=None if facts.edge is None else _edge(facts.edge, change),
    )


def _edge(edge: EdgeFacts, change: _Change) -> EdgeFacts:
    same, other = edge.same_outside_at_ras_mm, edge.other_inside_at_ras_mm
    return replace(
        edge,
        same_outside_by_face={change.face(face): areas for face, areas in edge.same_outside_by_face.items()},
        same_outside_at_ras_mm=None if same is None else change.point(same),
        other_inside_at_ras_mm=None if other is None else change.point(other),
    )


def _pair(facts: PairFacts, change: _Change) -> PairFacts:
    return replace(
        facts,
        contact_area_mm2=facts.contact_area_mm2 * change.area,
        distance_mm=facts.distance_mm * change.length,
        overlap_ml=facts.overlap_ml * change.volume,
    )


def rotation_of(turn: Turn) -> np.ndarray:
    """The 3×3 matrix that takes stored R, A, S to the body's."""
    matrix = np.zeros((3, 3))
    for axis, old in enumerate(turn.axes):
        matrix[axis, old] = turn.signs[axis]
    return matrix
