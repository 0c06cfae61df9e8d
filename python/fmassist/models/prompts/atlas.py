"""Where structures lie in a body's own frame: read off the parametric torso, for both sexes and two builds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.models.prompts.landmarks import STEP_MM, Slices, look
from fmassist.phantom import torso

Array = NDArray[Any]
BUILDS = (("female", 0.95), ("male", 1.0), ("male", 1.06))
"""Sex and stature of the torsos that a patient is compared with."""


@dataclass(frozen=True)
class Atlas:
    """One torso.

    Attributes:
        slices: its landmarks.
        boxes: structure to (n, 4) boxes, one a slice, in the slice's frame: lowest and highest x, lowest and highest
            y, 0 to 1; NaN on slices without it.
    """

    slices: Slices
    boxes: Mapping[str, Array]


@cache
def atlases() -> tuple[Atlas, ...]:
    """The torsos that a patient is compared with."""
    return tuple(_atlas(sex, stature) for sex, stature in BUILDS)


def _atlas(sex: str, stature: float) -> Atlas:
    person = torso(seed=1, sex=sex, stature=stature, spacing_mm=(STEP_MM, STEP_MM, STEP_MM))
    slices = look(person.volume)
    geometry = person.volume.geometry
    heights = geometry.to_ras_mm([(0, 0, k) for k in range(geometry.shape[2])])[:, 2]
    rows = np.searchsorted(slices.heights_mm + STEP_MM / 2, heights)
    boxes = {}
    for segment in person.segmentation.segments:
        mask = person.segmentation.mask(segment)
        table = np.full((len(slices.heights_mm), 4), np.nan)
        for k in np.flatnonzero(mask.any(axis=(0, 1))).tolist():
            frame = slices.frames_mm[min(rows[k], len(table) - 1)]
            i, j = np.nonzero(mask[:, :, k])
            ends = geometry.to_ras_mm([(i.min() - 0.5, j.min() - 0.5, k), (i.max() + 0.5, j.max() + 0.5, k)])
            low, high = np.minimum(*ends), np.maximum(*ends)
            x = (np.array([low[0], high[0]]) - frame[0]) / (frame[1] - frame[0])
            y = (np.array([low[1], high[1]]) - frame[2]) / (frame[3] - frame[2])
            table[min(rows[k], len(table) - 1)] = (*x, *y)
        boxes[segment.name] = table
    return Atlas(slices, boxes)
