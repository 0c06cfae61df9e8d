"""A study at a glance: its labels on a coronal slice, what is flagged in colour."""

from __future__ import annotations

import io
from collections.abc import Collection

import numpy as np
from PIL import Image

from fmassist.report.views import CORONAL, plane_through
from fmassist.volume import Segment, Segmentation

SIZE = 96
"""Pixels of the longer side."""
NIGHT, LABEL, EDGE, FLAGGED = (14, 18, 20), (92, 108, 112), (160, 176, 178), (255, 107, 74)


def thumbnail(segmentation: Segmentation, flagged: Collection[str]) -> bytes:
    """A PNG of the coronal slice that holds most of what is flagged, or most labels where nothing is.

    Args:
        segmentation: what was checked.
        flagged: names of the segments that a finding is about.
    """
    wanted = [s for s in segmentation.segments if s.name in flagged] or list(segmentation.segments)
    at_mm = _best_place(segmentation, wanted)
    plane = plane_through(segmentation.geometry, CORONAL, at_mm)
    picture = np.full((*plane.inside.shape, 3), NIGHT, dtype=np.uint8)
    for number, layer in enumerate(segmentation.layers):
        labels = np.asarray(plane.sample(layer))
        picture[labels > 0] = LABEL
        edge = np.zeros(labels.shape, bool)
        edge[:, 1:] |= labels[:, 1:] != labels[:, :-1]
        edge[1:, :] |= labels[1:, :] != labels[:-1, :]
        picture[edge] = EDGE
        marked = [s.label for s in segmentation.segments if s.layer == number and s.name in flagged]
        picture[np.isin(labels, marked) & (labels > 0)] = FLAGGED
    height_mm, width_mm = plane.inside.shape[0] * plane.step_mm[1], plane.inside.shape[1] * plane.step_mm[0]
    scale = SIZE / max(height_mm, width_mm)
    size = (max(1, round(width_mm * scale)), max(1, round(height_mm * scale)))
    small = Image.fromarray(picture).resize(size, Image.Resampling.BOX)
    stream = io.BytesIO()
    small.quantize(32).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _best_place(segmentation: Segmentation, wanted: list[Segment]) -> float:
    """Anterior millimetres of the slice with most voxels of the wanted segments."""
    geometry = segmentation.geometry
    axis = int(np.argmax(np.abs(geometry.index_to_ras_mm[1, :3])))
    other = tuple(n for n in range(3) if n != axis)
    counts = np.zeros(geometry.shape[axis], dtype=np.int64)
    for number, layer in enumerate(segmentation.layers):
        labels = [s.label for s in wanted if s.layer == number]
        if labels:
            counts += np.isin(layer, labels).sum(axis=other)
    index = (np.array(geometry.shape) - 1) / 2.0
    index[axis] = int(counts.argmax())
    return float(geometry.to_ras_mm(index)[1])
