"""What each label measures alone, from its runs, its pieces and its faces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.evidence.canonical import Canonical
from fmassist.evidence.components import Pieces, cavities
from fmassist.evidence.facts import ComponentFacts, IntensityFacts, Point, SegmentFacts
from fmassist.evidence.pairs import Contacts, Shape

Array = NDArray[Any]

MAX_PIECES = 32
"""Pieces listed of one segment; their number is always exact."""
FLAT_SHARE = 0.6
"""An end is flat when its last slice has at least this share of the widest section near it (estimate: the last slice
of an ellipsoid of 20 slices has 10 %)."""
NEAR_END = 6
"""Slices in which the section near an end is read."""
MAX_CAVITY_VOXELS = 60_000_000
"""A label whose box is larger than this is not searched for holes."""


def surface_by_label(study: Canonical, contacts: Contacts) -> Array:
    """mm² of voxel faces towards anything else, the border of the field of view left out."""
    surface = np.zeros(len(study.keys) + 1)
    areas = np.array([study.face_area_mm2(axis) for axis in range(3)])
    for (a, b), faces in contacts.items():
        area = float(np.dot(faces, areas))
        surface[a] += area
        surface[b] += area
    return surface


def border_by_label(study: Canonical) -> dict[int, dict[str, float]]:
    """Dense label to mm² on each face of the field of view that it touches."""
    found: dict[int, dict[str, float]] = {}
    for labels in study.layers:
        for axis in range(3):
            for high in (False, True):
                rim = np.take(labels, -1 if high else 0, axis=axis)
                count = np.bincount(rim.ravel(), minlength=1)
                face, area = study.face(axis, high=high), study.face_area_mm2(axis)
                for dense in np.flatnonzero(count).tolist():
                    if dense:
                        found.setdefault(dense, {})[face] = float(count[dense] * area)
    return found


def measure_segments(
    study: Canonical,
    pieces: Pieces,
    contacts: Contacts,
    intensities: Mapping[int, IntensityFacts],
    outside: Mapping[int, float],
    names: Mapping[tuple[int, int], str],
    confidence: Mapping[str, float],
) -> tuple[list[SegmentFacts], list[Shape]]:
    """Facts of every label, and the shapes that the pairs need; an empty label has facts and no shape."""
    surface, border = surface_by_label(study, contacts), border_by_label(study)
    starts = np.searchsorted(pieces.label, np.arange(1, len(study.keys) + 2))
    facts, shapes = [], []
    for dense, (layer, label) in enumerate(study.keys, start=1):
        rows = slice(int(starts[dense - 1]), int(starts[dense]))
        key, name = f"{layer}:{label}", names.get((layer, label), f"label {label}")
        if rows.start == rows.stop:
            facts.append(SegmentFacts(key, label, layer, name, 0, 0.0))
            continue
        moments, boxes = pieces.moments[rows].sum(axis=0), pieces.boxes[rows]
        low, high = boxes[:, :3].min(axis=0), boxes[:, 3:].max(axis=0)
        centroid = _point(study.to_ras_mm(moments[1:4] / moments[0]))
        axes, extents = _principal(study, moments)
        sides = border.get(dense, {})
        whole_surface = float(surface[dense]) + sum(sides.values())
        components = _components(study, pieces, rows)
        holes = _cavities(study, layer, dense, low, high)
        intensity = intensities.get(dense)
        facts.append(
            SegmentFacts(
                key=key,
                label=label,
                layer=layer,
                name=name,
                voxel_count=int(moments[0]),
                volume_ml=float(moments[0] * study.voxel_ml),
                centroid_ras_mm=centroid,
                box_ras_mm=_box(study, low, high),
                extreme_points_ras_mm=_extremes(study, layer, dense, low, high),
                principal_axes=axes,
                principal_extents_mm=extents,
                surface_area_mm2=whole_surface,
                component_count=rows.stop - rows.start,
                components=components,
                main_component_share=float(pieces.moments[rows.start, 0] / moments[0]),
                cavity_count=holes[0],
                cavity_ml=holes[1] * study.voxel_ml,
                border_area_mm2=dict(sorted(sides.items())),
                border_share=sum(sides.values()) / whole_surface if whole_surface else 0.0,
                flat_cuts=_flat_cuts(study, layer, dense, low, high),
                intensity=intensity,
                outside_body_share=outside.get(dense),
                confidence_mean=confidence.get(name),
            )
        )
        shapes.append(Shape(key, dense, layer, int(moments[0]), whole_surface, centroid, low, high))
    return facts, shapes


def _point(values: Array) -> Point:
    return float(values[0]), float(values[1]), float(values[2])


def _box(study: Canonical, low: Array, high: Array) -> tuple[Point, Point]:
    """Lowest and highest corner in RAS mm, voxel edges included; of an oblique box, those of the box around it."""
    ends = np.array([low - 0.5, high + 0.5])
    corners = np.array([[ends[a, 0], ends[b, 1], ends[c, 2]] for a in (0, 1) for b in (0, 1) for c in (0, 1)])
    ras = study.to_ras_mm(corners)
    return _point(ras.min(axis=0)), _point(ras.max(axis=0))


def _components(study: Canonical, pieces: Pieces, rows: slice) -> tuple[ComponentFacts, ...]:
    found = []
    size = np.array(study.layers[0].shape)
    for row in range(rows.start, min(rows.stop, rows.start + MAX_PIECES)):
        moments, low, high = pieces.moments[row], pieces.boxes[row, :3], pieces.boxes[row, 3:]
        faces = [study.face(axis, high=False) for axis in range(3) if low[axis] == 0]
        faces += [study.face(axis, high=True) for axis in range(3) if high[axis] == size[axis] - 1]
        found.append(
            ComponentFacts(
                voxel_count=int(moments[0]),
                volume_ml=float(moments[0] * study.voxel_ml),
                centroid_ras_mm=_point(study.to_ras_mm(moments[1:4] / moments[0])),
                box_ras_mm=_box(study, low, high),
                border_faces=tuple(sorted(faces)),
            )
        )
    return tuple(found)


def _principal(study: Canonical, m: Array) -> tuple[tuple[Point, Point, Point], tuple[float, float, float]]:
    """Unit axes, longest first, and 4 standard deviations along each; a voxel's own width is counted in."""
    mean = m[1:4] / m[0]
    second = np.array([[m[4], m[7], m[8]], [m[7], m[5], m[9]], [m[8], m[9], m[6]]]) / m[0] - np.outer(mean, mean)
    second += np.eye(3) / 12
    linear = study.index_to_ras_mm[:3, :3]
    values, vectors = np.linalg.eigh(linear @ second @ linear.T)
    # Eigenvectors have no sign of their own: each points to where its largest part is positive.
    axes = [v * (1 if v[np.abs(v).argmax()] >= 0 else -1) for v in vectors.T[::-1]]
    extents = [float(4 * np.sqrt(max(value, 0.0))) for value in values[::-1]]
    return (_point(axes[0]), _point(axes[1]), _point(axes[2])), (extents[0], extents[1], extents[2])


def _section(study: Canonical, layer: int, dense: int, axis: int, at: int, low: Array, high: Array) -> Array:
    """Where the label is in one slice across an axis, cut to its box."""
    window = [slice(int(a), int(b) + 1) for a, b in zip(low, high, strict=True)]
    window[axis] = slice(at, at + 1)
    return np.asarray(study.layers[layer][tuple(window)] == dense)


def _extremes(study: Canonical, layer: int, dense: int, low: Array, high: Array) -> dict[str, Point]:
    """The middle of the outermost layer of voxels in each direction."""
    found = {}
    for axis in range(3):
        for is_high in (False, True):
            at = int(high[axis] if is_high else low[axis])
            index = np.argwhere(_section(study, layer, dense, axis, at, low, high)).mean(axis=0) + low
            index[axis] = at
            found[study.face(axis, high=is_high)] = _point(study.to_ras_mm(index))
    return dict(sorted(found.items()))


def _flat_cuts(
    study: Canonical, layer: int, dense: int, low: Array, high: Array
) -> tuple[tuple[str, float, float], ...]:
    """Flat ends away from the border of the field of view."""
    found = []
    size = study.layers[0].shape
    for axis in range(3):
        if high[axis] - low[axis] < 2 * NEAR_END:
            continue
        for is_high in (False, True):
            end, inwards = (int(high[axis]), -1) if is_high else (int(low[axis]), 1)
            if end in (0, size[axis] - 1):
                continue
            last = int(_section(study, layer, dense, axis, end, low, high).sum())
            near = [
                int(_section(study, layer, dense, axis, end + inwards * n, low, high).sum()) for n in range(1, NEAR_END)
            ]
            if last >= FLAT_SHARE * max(near):
                position = float(study.to_ras_mm(np.where(np.arange(3) == axis, end, (low + high) / 2))[2 - axis])
                found.append((study.face(axis, high=is_high), position, last * study.face_area_mm2(axis)))
    return tuple(found)


def _cavities(study: Canonical, layer: int, dense: int, low: Array, high: Array) -> tuple[int, int]:
    window = tuple(slice(int(a), int(b) + 1) for a, b in zip(low, high, strict=True))
    if np.prod(high - low + 1) > MAX_CAVITY_VOXELS or (high - low).min() < 2:
        return 0, 0
    labels = study.layers[layer][window]
    return cavities(labels, labels == dense)
