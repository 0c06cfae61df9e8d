"""Where structures lie in a body, from `Resources/prompts/torso_atlas.json`.

The bodies are parametric torsos and nobody's anatomy (the file says how it was made): they only say where a model is
asked to look for a structure, never whether what it found there is right.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.resources import resource

Array = NDArray[Any]
STEP_MM = 5.0
"""Between the slices of a body, and the pixels that its boxes were read from."""


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
    document = json.loads(resource("prompts", "torso_atlas.json").read_text(encoding="utf-8"))
    return tuple(_body(entry) for entry in document["bodies"])


def _body(entry: Mapping[str, Any]) -> Body:
    count = entry["slice_count"]
    slices = {}
    for name, found in entry["slices"].items():
        table = np.full((count, 4), np.nan)
        for k, row in enumerate(found["rows"], found["first"]):
            if row is not None:
                table[k] = row
        slices[name] = table
    return Body(entry["lowest_slice_ras_mm"] + STEP_MM * np.arange(count), slices)
