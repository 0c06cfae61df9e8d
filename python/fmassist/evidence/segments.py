"""What each label measures alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.evidence.canonical import Canonical
from fmassist.evidence.facts import ComponentFacts, EdgeFacts, Point, SegmentFacts
from fmassist.evidence.look import Seen
from fmassist.evidence.pieces import REACH, Pieces
from fmassist.evidence.sections import find_sections
from fmassist.evidence.view import View

Array = NDArray[Any]

MAX_PIECES = 32
"""Pieces listed of one segment; their number is always exact."""
FLAT_SHARE = 0.6
"""An end is flat when its last slice has at least this share of the widest section near it (estimate: the last slice
of an ellipsoid of 20 slices has 10 %)."""


def surface_mm2(study: Canonical, pieces: Pieces) -> Array:
    """Of each dense label, mm² of voxel faces towards anything else and on the border of the field of view."""
    return np.asarray(pieces.faces @ study.face_areas_mm2)


def measure_segments(
    study: Canonical,
    pieces: Pieces,
    view: View,
    cut: Array,
    seen: Seen,
    names: Mapping[tuple[int, int], str],
    confidence: Mapping[str, float],
    unsure: Mapping[str, float],
) -> list[SegmentFacts]:
    """Facts of every label, in the order of `study.keys`; `cut` and `view` are those of the labelling (`cuts`)."""
    surface, areas = surface_mm2(study, pieces), study.face_areas_mm2
    starts = np.searchsorted(pieces.label, np.arange(len(study.keys) + 2))
    boxes = study.boxes_ras_mm(pieces.label_boxes.astype(np.float64)).tolist()
    centroids = study.to_ras_mm(pieces.label_moments[:, 1:4] / np.maximum(pieces.label_moments[:, :1], 1)).tolist()
    axes, extents = _principal(study, pieces.label_moments)
    extremes = study.to_ras_mm(pieces.ends).tolist()
    sections = find_sections(study)
    facts = []
    for dense, (layer, label) in enumerate(study.keys, start=1):
        first, stop = int(starts[dense]), int(starts[dense + 1])
        key, name = f"{layer}:{label}", names.get((layer, label), f"label {label}")
        if first == stop:
            facts.append(SegmentFacts(key, label, layer, name, 0, 0.0))
            continue
        voxels = int(pieces.label_moments[dense, 0])
        sides = _faces(study, cut[dense] * areas[:, None])
        facts.append(
            SegmentFacts(
                key=key,
                label=label,
                layer=layer,
                name=name,
                voxel_count=voxels,
                volume_ml=voxels * study.voxel_ml,
                centroid_ras_mm=_point(centroids[dense]),
                box_ras_mm=(_point(boxes[dense][0]), _point(boxes[dense][1])),
                extreme_points_ras_mm=_extremes(study, extremes[dense]),
                principal_axes=(_point(axes[dense][0]), _point(axes[dense][1]), _point(axes[dense][2])),
                principal_extents_mm=_point(extents[dense]),
                surface_area_mm2=float(surface[dense]),
                component_count=stop - first,
                components=_components(study, pieces, view, cut[dense], slice(first, min(stop, first + MAX_PIECES))),
                main_component_share=float(pieces.moments[first, 0] / voxels),
                cavity_count=int(pieces.holes[dense, 0]),
                cavity_ml=float(pieces.holes[dense, 1] * study.voxel_ml),
                border_area_mm2=sides,
                border_share=sum(sides.values()) / float(surface[dense]),
                flat_cuts=tuple(sorted(_flat_cuts(study, pieces, cut, dense))),
                intensity=seen.intensities.get(dense),
                outside_body_share=seen.outside.get(dense),
                confidence_mean=confidence.get(name),
                unsure_share=unsure.get(name),
                sections=sections.get(dense, ()),
                edge=_uncut(seen.edges.by_label.get(dense), sides),
            )
        )
    return facts


def _uncut(edge: EdgeFacts | None, cut: Mapping[str, float]) -> EdgeFacts | None:
    """The edge without the faces at which the labelling was cut off: there the image goes on, and so does the organ."""
    if edge is None or not cut:
        return edge
    kept = {face: both for face, both in edge.same_outside_by_face.items() if face not in cut}
    judged, same = (sum(both[n] for both in kept.values()) for n in range(2))
    if not judged:
        return None
    other = edge.other_inside_mm2 * judged / edge.judged_mm2  # It is not told by face: its share stays.
    return replace(edge, judged_mm2=judged, same_outside_mm2=same, other_inside_mm2=other, same_outside_by_face=kept)


def _point(values: Any) -> Point:
    return float(values[0]), float(values[1]), float(values[2])


def _faces(study: Canonical, by_axis: Array) -> dict[str, float]:
    """Face of the field of view to area, those not touched left out."""
    found = {
        study.face(axis, high=high): float(by_axis[axis, int(high)])
        for axis in range(3)
        for high in (False, True)
        if by_axis[axis, int(high)]
    }
    return dict(sorted(found.items()))


def _extremes(study: Canonical, points: list[list[list[float]]]) -> dict[str, Point]:
    """The middle of the outermost layer of voxels in each direction."""
    found = {
        study.face(axis, high=high): _point(points[axis][int(high)]) for axis in range(3) for high in (False, True)
    }
    return dict(sorted(found.items()))


def _components(study: Canonical, pieces: Pieces, view: View, cut: Array, rows: slice) -> tuple[ComponentFacts, ...]:
    moments, boxes = pieces.moments[rows], pieces.boxes[rows]
    centroids = study.to_ras_mm(moments[:, 1:4] / moments[:, :1]).tolist()
    corners = study.boxes_ras_mm(boxes.astype(np.float64)).tolist()
    low, high = np.array(view.low), np.array(view.high)
    reaches = (boxes[:, :3] <= high) & (boxes[:, 3:] >= low)
    touches = np.stack([reaches & (boxes[:, :3] <= low), reaches & (boxes[:, 3:] >= high)], axis=2)
    # A piece that ends where its label was cut off is cut off too, short of the border or not.
    ends = np.stack([boxes[:, :3] == boxes[:, :3].min(axis=0), boxes[:, 3:] == boxes[:, 3:].max(axis=0)], axis=2)
    touches |= ends & (cut > 0)
    found = []
    for row, voxels in enumerate(moments[:, 0].tolist()):
        found.append(
            ComponentFacts(
                voxel_count=int(voxels),
                volume_ml=voxels * study.voxel_ml,
                centroid_ras_mm=_point(centroids[row]),
                box_ras_mm=(_point(corners[row][0]), _point(corners[row][1])),
                border_faces=tuple(_faces(study, touches[row])),
            )
        )
    return tuple(found)


def _principal(study: Canonical, moments: Array) -> tuple[list[Any], list[Any]]:
    """Of each label unit axes, longest first, and 4 standard deviations along each; a voxel's own width counts."""
    count = np.maximum(moments[:, :1], 1)
    mean, m = moments[:, 1:4] / count, moments[:, 4:] / count
    second = np.stack([m[:, 0], m[:, 3], m[:, 4], m[:, 3], m[:, 1], m[:, 5], m[:, 4], m[:, 5], m[:, 2]], axis=1)
    second = second.reshape(-1, 3, 3) - mean[:, :, None] * mean[:, None, :] + np.eye(3) / 12
    values, vectors = np.linalg.eigh(study.linear_mm @ second @ study.linear_mm.T)
    axes = vectors.transpose(0, 2, 1)[:, ::-1]
    # Eigenvectors have no sign of their own: each points to where its largest part is positive.
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=2)[:, :, None], axis=2)
    axes = np.where(largest < 0, -axes, axes)
    return axes.tolist(), (4 * np.sqrt(np.maximum(values[:, ::-1], 0.0))).tolist()


def _flat_cuts(study: Canonical, pieces: Pieces, cut: Array, dense: int) -> Iterator[tuple[str, float, float]]:
    """Flat ends away from where the labelling ends."""
    low, high = pieces.label_boxes[dense, :3], pieces.label_boxes[dense, 3:]
    for axis in range(3):
        if high[axis] - low[axis] < 2 * REACH:
            continue
        for side, end in enumerate((int(low[axis]), int(high[axis]))):
            section = pieces.sections[dense, axis, side]
            if cut[dense, axis, side] or section[0] < FLAT_SHARE * section[1:].max():
                continue
            position = float(study.to_ras_mm(np.where(np.arange(3) == axis, end, (low + high) / 2))[2 - axis])
            yield study.face(axis, high=bool(side)), position, float(section[0] * study.face_areas_mm2[axis])
