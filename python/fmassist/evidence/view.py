"""What of the grid holds data: images are padded to a common size, and the field of view ends where the padding begins.

A structure that ends there is cut off by the scan, just as at the border of the grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.evidence.canonical import Canonical
from fmassist.evidence.runs import sealed
from fmassist.evidence.threads import over_slabs

LEAST_DATA = 0.25
"""Share of the first slice with data that is data: a scan ends across the body. Where clipped air passes for padding,
the body's own tip is what comes first, and the field of view reaches on (estimate: a tip is a few per cent)."""


@dataclass(frozen=True)
class View:
    """The part of the grid with data.

    Args:
        low: first index along each of the study's axes.
        high: last one.
        extent: lowest and highest finite value of the image; None without one.
        padding: the value that fills what is beyond; None where nothing is padded.
    """

    low: tuple[int, int, int]
    high: tuple[int, int, int]
    extent: tuple[float, float] | None = None
    padding: float | None = None

    @property
    def box(self) -> NDArray[np.int64]:
        """Low indices, then high ones."""
        return np.array([*self.low, *self.high], dtype=np.int64)


def find_view(study: Canonical) -> View:
    """Slices at the ends of each axis that hold padding alone are no part of the field of view."""
    low, high = [0, 0, 0], [n - 1 for n in study.shape]
    extent = None if study.image is None else value_range(study)
    padding = None if extent is None else padding_value(study, extent[0])
    if study.image is not None and padding is not None:
        for axis in range(3):
            planes = np.moveaxis(study.image, axis, 0)
            first = _padded(planes, padding)
            last = _padded(planes[::-1], padding)
            low[axis], high[axis] = first, study.shape[axis] - 1 - last
    return View((low[0], low[1], low[2]), (high[0], high[1], high[2]), extent, padding)


def _padded(planes: NDArray[Any], padding: float) -> int:
    """How many slices hold nothing but padding before the first one that is mostly data; 0 where none such comes."""
    for number, plane in enumerate(planes):
        data = np.count_nonzero(plane != padding)
        if data:
            return number if data >= LEAST_DATA * plane.size else 0
    return 0


def value_range(study: Canonical) -> tuple[float, float] | None:
    """Lowest and highest finite value of the image, or None when it has none."""
    assert study.image is not None
    flat = sealed(study.image.ravel(order="K"))

    def work(first: int, last: int) -> tuple[float, float]:
        if np.issubdtype(flat.dtype, np.integer):
            return float(flat[first:last].min()), float(flat[first:last].max())
        from fmassist.evidence.kernels.voxels import finite_range

        return finite_range(flat, first, last)

    parts = over_slabs(len(flat), work)
    low, high = min(part[0] for part in parts), max(part[1] for part in parts)
    return (low, high) if low <= high else None


def padding_value(study: Canonical, lowest: float) -> float | None:
    """The value that fills most of the image's corners and is its lowest, or None.

    Air is noisy; padding is not. Only a value that the image never goes below can be padding.
    """
    assert study.image is not None
    corners = [float(study.image[where]) for where in np.ndindex(2, 2, 2) for where in [tuple(-n for n in where)]]
    return lowest if sum(corner == lowest for corner in corners) >= 4 else None
