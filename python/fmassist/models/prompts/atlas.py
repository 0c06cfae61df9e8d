"""Where structures lie in a body: read off parametric torsos, of both sexes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.phantom import torso

Array = NDArray[Any]
STEP_MM = 5.0
PEOPLE = (("female", 1.0), ("male", 1.0))
"""Sex and stature of the torsos that a patient is compared with."""


@dataclass(frozen=True)
class Body:
    """One torso.

    Attributes:
        heights_mm: (n,) superior coordinate of each slice, from below.
        slices: structure to (n, 4), one row a slice: lowest and highest x, lowest and highest y in RAS mm; NaN on
            slices without it.
    """

    heights_mm: Array
    slices: Mapping[str, Array]

    def box(self, structure: str) -> Array:
        """Lowest and highest corner, (2, 3) in RAS mm."""
        table = self.slices[structure]
        rows = np.flatnonzero(np.isfinite(table[:, 0]))
        low = (np.nanmin(table[:, 0]), np.nanmin(table[:, 2]), self.heights_mm[rows[0]] - STEP_MM / 2)
        high = (np.nanmax(table[:, 1]), np.nanmax(table[:, 3]), self.heights_mm[rows[-1]] + STEP_MM / 2)
        return np.array([low, high])


@cache
def bodies() -> tuple[Body, ...]:
    """The torsos that a patient is compared with."""
    return tuple(_body(sex, stature) for sex, stature in PEOPLE)


def _body(sex: str, stature: float) -> Body:
    person = torso(seed=1, sex=sex, stature=stature, spacing_mm=(STEP_MM, STEP_MM, STEP_MM), noise=False)
    geometry, labels = person.volume.geometry, person.segmentation.layers[0]
    first = geometry.to_ras_mm((0, 0, 0))
    half = STEP_MM / 2
    slices = {}
    for segment in person.segmentation.segments:
        mask = labels == segment.label
        table = np.full((labels.shape[2], 4), np.nan)
        for k in np.flatnonzero(mask.any(axis=(0, 1))).tolist():
            i, j = np.nonzero(mask[:, :, k])
            x, y = first[0] + STEP_MM * i, first[1] + STEP_MM * j
            table[k] = (x.min() - half, x.max() + half, y.min() - half, y.max() + half)
        slices[segment.name] = table
    return Body(first[2] + STEP_MM * np.arange(labels.shape[2]), slices)
