"""The measured facts of one study, as typed tables.

Lengths are millimetres, areas mm², volumes mL, positions RAS millimetres, shares 0–1. Nothing here knows what a
segment means: meanings come from the knowledge, and only `reasoning` joins the two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fmassist.volume import Segment

Point = tuple[float, float, float]
Box = tuple[Point, Point]
"""Lowest and highest corner, RAS mm, voxel edges included."""

FACES = ("right", "left", "anterior", "posterior", "superior", "inferior")
"""The faces of the field of view and the six anatomical directions, in RAS order (+x −x +y −y +z −z)."""


@dataclass(frozen=True)
class ComponentFacts:
    """One connected piece (26-connected) of a segment."""

    voxel_count: int
    volume_ml: float
    centroid_ras_mm: Point
    box_ras_mm: Box
    border_faces: tuple[str, ...] = ()
    """Faces of the field of view that this piece touches."""


@dataclass(frozen=True)
class IntensityFacts:
    """The image under one segment, in the image's units (HU for CT)."""

    mean: float
    sd: float
    p01: float
    p05: float
    p50: float
    p95: float
    p99: float
    air_share: float
    """Voxels below −900 (CT) or in the background (MR)."""
    padding_share: float
    """Voxels that hold the padding value."""
    metal_share: float
    """Voxels above 2,500 HU; 0 for MR."""
    p25: float | None = None
    p75: float | None = None
    """Quartiles; None in evidence of before schema 1.2."""


@dataclass(frozen=True)
class EdgeFacts:
    """What the image shows at a segment's surface, 3 mm inside and 3 mm outside it (mm² of voxel faces)."""

    own_low: float
    own_high: float
    """What counts as the segment's own intensity: its median ± 2 robust standard deviations."""
    judged_mm2: float
    """Surface towards what has no label, where 3 mm inside still is the segment and 3 mm outside nothing labelled."""
    same_outside_mm2: float
    """Of it, with the segment's own intensity on both sides: what is outside may belong to it."""
    other_inside_mm2: float
    """Of it, with the segment's own intensity on neither side: what is inside may not belong to it."""
    same_outside_by_face: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Direction of `FACES` in which the surface looks, to what was judged of it and what is the same outside."""
    same_outside_at_ras_mm: Point | None = None
    """The middle of that surface."""
    other_inside_at_ras_mm: Point | None = None
    """The middle of that surface."""


@dataclass(frozen=True)
class SegmentFacts:
    """Everything measured of one segment. An empty segment has `voxel_count` 0 and None for what it cannot have."""

    key: str
    """Stable identity within the study: `"layer:label"`."""
    label: int
    layer: int
    name: str
    voxel_count: int
    volume_ml: float
    centroid_ras_mm: Point | None = None
    box_ras_mm: Box | None = None
    extreme_points_ras_mm: dict[str, Point] = field(default_factory=dict)
    """The centre of the outermost voxel in each direction of `FACES`."""
    principal_axes: tuple[Point, Point, Point] | None = None
    """Unit vectors, longest first."""
    principal_extents_mm: tuple[float, float, float] | None = None
    """4 standard deviations along each principal axis."""
    surface_area_mm2: float = 0.0
    """Exposed voxel faces, in patient space."""
    component_count: int = 0
    components: tuple[ComponentFacts, ...] = ()
    """Largest first, at most 32 of them."""
    main_component_share: float = 0.0
    cavity_count: int = 0
    cavity_ml: float = 0.0
    border_area_mm2: dict[str, float] = field(default_factory=dict)
    """Face of the field of view → area of the segment lying on it; faces not touched are left out."""
    border_share: float = 0.0
    """Share of the surface that lies on the border of the field of view."""
    flat_cuts: tuple[tuple[str, float, float], ...] = ()
    """Flat ends away from the border: (direction, position along it in mm, area in mm²)."""
    intensity: IntensityFacts | None = None
    outside_body_share: float | None = None
    """Share of voxels outside the body's outline; None without an image."""
    confidence_mean: float | None = None
    """The model's own confidence, 0–1; None where it gives none."""
    unsure_share: float | None = None
    """Share of voxels of which the model was not sure; None where it does not tell."""
    edge: EdgeFacts | None = None
    """The image on both sides of the surface; None without an image, or where nothing of it can be judged."""
    sections: tuple[tuple[int, float, float, float, float], ...] = ()
    """From foot to head, in slabs common to all segments: slab, S mm, area in mm², R and A mm of its centroid."""


@dataclass(frozen=True)
class PairFacts:
    """Two segments that touch, overlap, or whose boxes all but meet; `first` < `second`."""

    first: str
    second: str
    contact_area_mm2: float
    distance_mm: float
    """Shortest distance between voxel centres of the two; 0 when they overlap."""
    overlap_ml: float = 0.0
    first_inside_second_hull: float | None = None
    """Share of the first's voxels within the filled slice-wise hull of the second."""
    second_inside_first_hull: float | None = None
    first_edge_mm2: float | None = None
    """Contact at which 3 mm inside the first still is the first; None without an image, or with over 511 labels."""
    first_like_second_mm2: float | None = None
    """Of it, where the image 3 mm inside the first is the second's and not its own."""
    second_edge_mm2: float | None = None
    second_like_first_mm2: float | None = None
    """The same inside the second."""


@dataclass(frozen=True)
class ApartFacts:
    """Two segments whose boxes lie apart, but near enough to be measured; `first` < `second`. They share nothing."""

    first: str
    second: str
    distance_mm: float
    """Shortest distance between voxel centres of the two."""


@dataclass(frozen=True)
class Plane:
    """A plane through `point_ras_mm` with unit `normal` (for the mid-sagittal plane: towards the right)."""

    point_ras_mm: Point
    normal: Point
    confidence: float
    """0 (a guess) to 1 (sure)."""
    source: str
    """What it was found from: `"body outline"`, `"image symmetry"`, `"field of view"`."""


@dataclass(frozen=True)
class BodySection:
    """The body at one height."""

    superior_mm: float
    area_mm2: float
    width_mm: float
    """Right to left, edge to edge."""
    depth_mm: float
    """Front to back."""
    air_share: float | None = None
    """Share below −500 HU: lung and gas. None unless the image is in HU."""
    bone_share: float | None = None
    """Share above 200 HU: bone, and vessels full of contrast medium."""


@dataclass(frozen=True)
class ScanFacts:
    """The image and its field of view."""

    shape: tuple[int, int, int]
    index_to_ras_mm: tuple[tuple[float, ...], ...]
    spacing_mm: Point
    axis_codes: str
    field_of_view_box_ras_mm: Box
    """Of the slices with data: what an image is padded with at its ends is not in view."""
    modality: str = "unknown"
    has_image: bool = False
    looks_like_hu: bool | None = None
    padding_value: float | None = None
    body_box_ras_mm: Box | None = None
    """Outline of the body; None without an image, or when no body is found."""
    body_cut_faces: tuple[str, ...] = ()
    """Faces of the field of view that the body crosses."""
    body_share: float | None = None
    mid_sagittal: Plane | None = None
    """From the image."""
    padding_share: float | None = None
    """Share of the image's voxels, on the thinned-out grid, that hold the padding value."""
    air_share: float | None = None
    """Share of voxels outside the body's outline that are no tissue: air and padding around it."""
    beside_body_ml: float | None = None
    """Tissue-dense volume outside the body's outline: table, cushions, arms that lie apart."""
    body_sections: tuple[BodySection, ...] = ()
    """From foot to head, about 16 mm apart."""
    label_fit: dict[str, float] = field(default_factory=dict)
    """Share of the image's variance within the body that the labels explain (η²), as stored (`"as stored"`)
    and with the labels turned round (`"left–right"`, …). Labels that lie on the image the right way explain most."""
    label_fit_moved: dict[str, float] = field(default_factory=dict)
    """The same of every other voxel of the thinned-out grid, as stored and with the labels moved about 12 mm towards
    each side (`"right"`, …). Labels that lie beside what they outline explain more when they are moved back."""
    labels_fit_image: bool | None = None
    """Whether no turning of the labels explains more than they do as stored; None when that can't be told."""


@dataclass(frozen=True)
class AsRead:
    """What the file itself says of its segments, from which their meaning is read, now and later.

    Args:
        segments: as the reader gave them, without their colours.
        listed: names that the file lists as its classes, sorted; None where it lists none.
        notes: what the readers settled on the way, a sentence each.
    """

    segments: tuple[Segment, ...] = ()
    listed: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """All facts of one study."""

    scan: ScanFacts
    segments: tuple[SegmentFacts, ...]
    pairs: tuple[PairFacts, ...] = ()
    apart: tuple[ApartFacts, ...] = ()
    apart_measured_mm: float = 0.0
    """Every two segments whose boxes lie no further apart than this are among `pairs` or `apart`; of all others only a
    lower bound of their distance is known, the gap between their boxes."""
    program_version: str = ""
    schema_version: str = "2.0"
    as_read: AsRead | None = None
    """None in evidence of before December 2026, where only the names are known."""

    def segment(self, key: str) -> SegmentFacts:
        """The segment of that key (KeyError when there is none)."""
        for candidate in self.segments:
            if candidate.key == key:
                return candidate
        raise KeyError(key)

    def is_near(self, first: str, second: str) -> bool:
        """Whether the two are among the pairs of which everything was measured."""
        return (min(first, second), max(first, second)) in self._near

    @cached_property
    def _near(self) -> frozenset[tuple[str, str]]:
        return frozenset((min(f.first, f.second), max(f.first, f.second)) for f in self.pairs)

    def distance_mm(self, first: str, second: str) -> tuple[float, bool]:
        """The shortest distance between two segments that have voxels, and whether it is exact or a lower bound.

        Raises:
            KeyError: there is no segment of that key.
        """
        known = self._distances.get((min(first, second), max(first, second)))
        if known is not None:
            return known, True
        boxes = self._boxes
        return box_gap_mm(boxes[first], boxes[second]), False

    @cached_property
    def _distances(self) -> dict[tuple[str, str], float]:
        known: list[PairFacts | ApartFacts] = [*self.pairs, *self.apart]
        return {(min(f.first, f.second), max(f.first, f.second)): f.distance_mm for f in known}

    @cached_property
    def _boxes(self) -> dict[str, Box]:
        return {facts.key: facts.box_ras_mm for facts in self.segments if facts.box_ras_mm is not None}


def box_gap_mm(one: Box, other: Box) -> float:
    """Distance between two boxes along the patient's axes; 0 where they meet; their voxels are no nearer."""
    gaps = [max(one[0][a] - other[1][a], other[0][a] - one[1][a], 0.0) for a in range(3)]
    return math.sqrt(sum(gap * gap for gap in gaps))
