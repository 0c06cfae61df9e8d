"""Whether values are Hounsfield units, told from the values alone.

A volume without DICOM headers does not name its modality. A CT of a body in air has a shape no other image shares: a
block of air near −1,000, a block of soft tissue near 0, and a valley of partly filled voxels between them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

AIR_HU = (-1100.0, -900.0)
"""Air is −1,000 by definition; ±100 for noise and calibration."""
SOFT_TISSUE_HU = (-200.0, 100.0)
"""Fat (about −100) to blood and muscle (about 60), with noise."""
VALLEY_HU = (-500.0, -250.0)
"""Between inflated lung (about −850 to −600) and fat: only borders and diseased lung."""

_ENOUGH_AIR = 0.01
_ENOUGH_TISSUE = 0.05
_SAMPLE = 200_000
"""Estimates: one voxel in a hundred air, one in twenty tissue. Chosen to say nothing where in doubt; the cost of
silence is that a user must name the modality, the cost of a wrong yes is a false alarm."""


def looks_like_hounsfield(voxels: NDArray[Any]) -> bool:
    """Whether the values can only be Hounsfield units.

    Args:
        voxels: `[i, j, k]`, finite.
    """
    flat = voxels.ravel(order="K")
    sample = flat[:: max(1, flat.size // _SAMPLE)]
    air, tissue, valley = (_share(sample, band) for band in (AIR_HU, SOFT_TISSUE_HU, VALLEY_HU))
    return air >= _ENOUGH_AIR and tissue >= _ENOUGH_TISSUE and valley < 0.5 * tissue and valley < air


def cannot_be_hounsfield(voxels: NDArray[Any]) -> bool:
    """Whether the values cannot be Hounsfield units: none is negative.

    Water is 0 and noise alone takes voxels of any watery tissue below it, fat is near −100, air is −1,000; only values
    before rescale, or of another modality, have no negative voxel at all.
    """
    return bool(voxels.min() >= 0)


def _share(sample: NDArray[Any], band: tuple[float, float]) -> float:
    return float(np.mean((sample >= band[0]) & (sample <= band[1])))
