"""Where a CT holds the patient, so that windows full of air are not computed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.geometry import Geometry
from fmassist.models.inference.grid import Shape
from fmassist.volume import Volume

Array = NDArray[Any]

TISSUE_HU = -500
"""Half-way between air and water; lung, which lies below it, is enclosed by tissue."""
STEP = 4
"""Voxels of the volume that are looked at together, along each axis."""


def holds_body(volume: Volume, image: Geometry) -> Callable[[Shape, Shape], bool] | None:
    """A test of windows of `image` for anything of the patient; None where the volume is no CT in HU.

    Within the body no label changes: a window is left out only where all of its voxels lie outside. What is enclosed
    by tissue along both axes of an axial slice, such as lung, is body; so is a table, which costs nothing but time.

    Args:
        volume: as it was given.
        image: the grid on which windows are laid, anywhere in the volume's space.
    """
    if volume.modality != "CT" or float(volume.voxels.min()) > -900:
        return None
    inside = _enclosed(_coarse(np.greater(volume.voxels, TISSUE_HU)), superior=_superior_axis(volume.geometry))
    if not inside.any():
        return None
    # How many coarse voxels of the body lie before each, so that a box is counted with eight look-ups.
    before = np.zeros(tuple(n + 1 for n in inside.shape), np.int64)
    before[1:, 1:, 1:] = inside.cumsum(0, dtype=np.int64).cumsum(1).cumsum(2)
    to_volume = np.linalg.inv(volume.geometry.index_to_ras_mm) @ image.index_to_ras_mm

    def wanted(low: Shape, high: Shape) -> bool:
        edges = [(start - 0.5, end - 0.5) for start, end in zip(low, high, strict=True)]
        index = (np.array([(*corner, 1.0) for corner in product(*edges)]) @ to_volume.T)[:, :3] + 0.5
        first = np.clip(np.floor(index.min(axis=0) / STEP - 1e-6), 0, inside.shape).astype(int)
        last = np.clip(np.ceil(index.max(axis=0) / STEP + 1e-6), 0, inside.shape).astype(int)
        (a, b, c), (d, e, f) = first, last
        count = (before[d, e, f] - before[a, e, f] - before[d, b, f] - before[d, e, c]) + (
            before[a, b, f] + before[a, e, c] + before[d, b, c] - before[a, b, c]
        )
        return bool(count > 0)

    return wanted


def _coarse(mask: Array) -> Array:
    """Blocks of `STEP`³ voxels that hold any; the last ones may be smaller."""
    for axis in range(3):
        mask = np.logical_or.reduceat(mask, np.arange(0, mask.shape[axis], STEP), axis=axis)
    return mask


def _enclosed(mask: Array, *, superior: int) -> Array:
    """What has some of the mask on both sides along both axes of a slice across `superior`, or is of it."""
    between = np.ones(mask.shape, dtype=bool)
    for axis in range(3):
        if axis != superior:
            onward = np.logical_or.accumulate(mask, axis=axis)
            back = np.flip(np.logical_or.accumulate(np.flip(mask, axis), axis=axis), axis)
            between &= onward & back
    return np.asarray(between | mask)


def _superior_axis(geometry: Geometry) -> int:
    return int(
        np.abs(geometry.index_to_ras_mm[2, :3] / np.linalg.norm(geometry.index_to_ras_mm[:3, :3], axis=0)).argmax()
    )
