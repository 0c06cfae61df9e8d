"""Grey values as a radiologist sets them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.volume import Volume

Window = tuple[float, float]
"""Value shown black, value shown white."""

SOFT_TISSUE: Window = (-160.0, 240.0)
"""Width 400 HU, level 40: the customary abdominal window."""
BONE: Window = (-450.0, 1050.0)
"""Width 1,500 HU, level 300."""
SPINE: Window = (-250.0, 750.0)
"""Width 1,000 HU, level 250: bones and what lies between them."""
LUNG: Window = (-1350.0, 150.0)
"""Width 1,500 HU, level −600."""
_DENSE_HU, _AERATED_HU = 250.0, -400.0
"""Estimates: above what contrast medium gives to an organ (kidneys reach 200 HU), and between lung and fat."""


def window_for(volume: Volume, median: float | None, *, is_bone: bool = False) -> Window:
    """The window that shows a structure with that median intensity (None: nothing known of it)."""
    if volume.modality == "CT":
        if median is not None and median > _DENSE_HU:
            return BONE
        if is_bone:
            return SPINE
        return LUNG if median is not None and median < _AERATED_HU else SOFT_TISSUE
    # MR has no units: what lies between the darkest and the brightest hundredth.
    step = max(1, round((volume.voxels.size / 200_000) ** (1 / 3)))
    sample = volume.voxels[::step, ::step, ::step].astype(np.float32)
    low, high = (float(v) for v in np.percentile(sample, (1.0, 99.5)))
    return (low, high) if high > low else (low, low + 1.0)


def shade(values: NDArray[Any], window: Window) -> NDArray[np.uint8]:
    """Values as grey from 0 to 255."""
    low, high = window
    grey = (values.astype(np.float32) - low) * (255.0 / (high - low))
    shaded: NDArray[np.uint8] = np.clip(grey, 0, 255).astype(np.uint8)
    return shaded
