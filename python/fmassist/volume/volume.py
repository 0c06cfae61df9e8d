"""A scalar image in patient space."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.geometry import Geometry


@dataclass(frozen=True, eq=False)
class Volume:
    """One scalar image.

    Args:
        voxels: array `[i, j, k]` of integers or floats; HU for CT.
        geometry: its grid.
        modality: `"CT"`, `"MR"` or `"unknown"`; from DICOM where known, never guessed from a file name.
        context: what the file itself says and a check may use (`age_years`, `sex`, `body_part`), without identifiers.
        notes: what the reader settled on the way and a user should know, a sentence each; nothing of a patient.
    """

    voxels: NDArray[np.generic] = field(repr=False)
    geometry: Geometry
    modality: str = "unknown"
    context: dict[str, str | float] = field(default_factory=dict, repr=False)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.voxels.shape != self.geometry.shape:
            raise InputError(f"the image has {self.voxels.shape} voxels on a grid of {self.geometry.shape}")
