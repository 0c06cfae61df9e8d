"""Prompts from a segmentation that is to be refined: one tight box a slice for each segment."""

from __future__ import annotations

import numpy as np

from fmassist.geometry import Geometry
from fmassist.models.prompts.prompt import Box, Prompt
from fmassist.volume import Segmentation
from fmassist.volume.reorient import reorient_segmentation


def prompts_from_labels(segmentation: Segmentation) -> list[Prompt]:
    """For each segment, its bounding box on every axial slice that shows it."""
    axial = reorient_segmentation(segmentation, "LPS")
    prompts = []
    for segment in axial.segments:
        boxes = _slice_boxes(axial.mask(segment), axial.geometry)
        if boxes:
            prompts.append(Prompt(segment.name, tuple(boxes)))
    return prompts


def _slice_boxes(mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], geometry: Geometry) -> list[Box]:
    boxes: list[Box] = []
    for k in np.flatnonzero(mask.any(axis=(0, 1))).tolist():
        i, j = np.flatnonzero(mask[:, :, k].any(axis=1)), np.flatnonzero(mask[:, :, k].any(axis=0))
        ends = [(i[0] - 0.5, i[-1] + 0.5), (j[0] - 0.5, j[-1] + 0.5), (k - 0.5, k + 0.5)]
        corners = geometry.to_ras_mm([(a, b, c) for a in ends[0] for b in ends[1] for c in ends[2]])
        low, high = corners.min(axis=0), corners.max(axis=0)
        boxes.append((tuple(map(float, low)), tuple(map(float, high))))  # type: ignore[arg-type]
    return boxes
