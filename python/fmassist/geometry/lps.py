"""The one place where DICOM's and ITK's LPS becomes RAS and back."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fmassist.geometry.grid import Geometry

_FLIP = np.array([[-1.0], [-1.0], [1.0], [1.0]])


def geometry_from_lps(shape: tuple[int, int, int], index_to_lps_mm: ArrayLike) -> Geometry:
    """The grid whose affine is given in LPS millimetres: x and y change sign, z stays.

    Args:
        shape: number of voxels along i, j, k.
        index_to_lps_mm: 4×4 affine.

    Raises:
        InputError: as `Geometry` raises it.
    """
    # Row by row, since a product would spread a NaN over the whole matrix and hide which part is not finite.
    return Geometry(shape, np.asarray(index_to_lps_mm, dtype=np.float64) * _FLIP)


def index_to_lps_mm(geometry: Geometry) -> NDArray[np.float64]:
    """The 4×4 affine of a grid in LPS millimetres."""
    return np.asarray(geometry.index_to_ras_mm * _FLIP)
