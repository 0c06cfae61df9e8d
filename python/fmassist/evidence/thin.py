"""The study on a thinned-out grid, for facts that need no single voxel: outline, symmetry, units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.evidence.canonical import Canonical
from fmassist.evidence.view import View

Array = NDArray[Any]

GRID_MM = 4.0
"""Voxels are taken about this far apart: the skin is not needed more exactly than that."""


@dataclass(frozen=True)
class Thin:
    """Every n-th voxel along each axis.

    The axes grow towards superior, anterior and right, and counting starts at the lower end of each, so that the same
    voxels are taken however the study is stored.

    Args:
        image: float32, `[k, j, i]`; what is not finite is kept so.
        labels: dense labels of each layer, alike.
        index_to_ras_mm: 4×4 affine of this grid.
        strides: voxels of the study from one to the next.
    """

    image: Array
    labels: tuple[Array, ...]
    index_to_ras_mm: NDArray[np.float64]
    strides: tuple[int, int, int]

    @property
    def spacing_mm(self) -> NDArray[np.float64]:
        """Distance between its voxels along each axis."""
        return np.asarray(np.linalg.norm(self.index_to_ras_mm[:3, :3], axis=0))

    @property
    def voxel_ml(self) -> float:
        """Volume that each voxel stands for."""
        return float(abs(np.linalg.det(self.index_to_ras_mm[:3, :3])) / 1000)

    def part(self, window: tuple[slice, slice, slice]) -> Thin:
        """The grid within a window of it."""
        affine = self.index_to_ras_mm.copy()
        affine[:3, 3] = self.to_ras_mm(np.array([s.start or 0 for s in window]))
        return Thin(self.image[window], tuple(part[window] for part in self.labels), affine, self.strides)

    def to_ras_mm(self, index: Array) -> NDArray[np.float64]:
        """RAS mm of (…, 3) indices."""
        return np.asarray(index @ self.index_to_ras_mm[:3, :3].T + self.index_to_ras_mm[:3, 3])


def window_on(study: Canonical, view: View, strides: tuple[int, int, int]) -> tuple[slice, slice, slice]:
    """What of the thinned-out grid lies in the field of view; all of it where that has no voxel of it."""
    window = []
    for axis, stride in enumerate(strides):
        grows = study.index_to_ras_mm[2 - axis, axis] > 0
        last = study.shape[axis] - 1
        low, high = (view.low[axis], view.high[axis]) if grows else (last - view.high[axis], last - view.low[axis])
        first, stop = -(-low // stride), high // stride + 1
        window.append(slice(first, stop) if first < stop else slice(None))
    return window[0], window[1], window[2]


def thinned(study: Canonical) -> Thin:
    """Thin out a study that has an image."""
    assert study.image is not None
    strides = tuple(max(1, round(GRID_MM / mm)) for mm in study.spacing_mm.tolist())
    cut, affine = [], study.index_to_ras_mm.copy()
    for axis, stride in enumerate(strides):
        grows = study.index_to_ras_mm[2 - axis, axis] > 0
        cut.append(slice(None, None, stride) if grows else slice(None, None, -stride))
        if not grows:
            affine[:3, 3] += study.index_to_ras_mm[:3, axis] * (study.shape[axis] - 1)
        affine[:3, axis] *= stride if grows else -stride
    where = tuple(cut)
    return Thin(
        image=np.asarray(study.image[where], dtype=np.float32),
        labels=tuple(layer.dense[layer.labels[where]] for layer in study.layers),
        index_to_ras_mm=affine,
        strides=(strides[0], strides[1], strides[2]),
    )
