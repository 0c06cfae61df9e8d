"""The typical body: where each structure lies in an adult, and what a field of view shows of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from fmassist.knowledge.namespaces import ST
from fmassist.resources import resource

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Expected:
    """What a field of view shows of structures, one row each, in the typical body's own millimetres.

    Attributes:
        share: of each one's volume that is in view; the rest of its row means nothing where it is 0.
        volume_ml: of what is in view.
        middle, low, high: R, A, S of its middle and of its two ends along each axis.
    """

    share: Numbers
    volume_ml: Numbers
    middle: Numbers
    low: Numbers
    high: Numbers


@dataclass(frozen=True)
class TypicalBody:
    """Slabs of each structure: bottom S, mL, middle R and A, reach along R and along A (see `Resources/body`)."""

    slab_mm: float
    slabs: dict[str, Numbers]

    def __contains__(self, iri: str) -> bool:
        return iri in self.slabs

    def in_view(self, iris: Sequence[str], low: Numbers, high: Numbers) -> Expected:
        """What a box shows of structures.

        Args:
            iris: structures that this body has; at least one.
            low, high: the box's corners in this body's R, A, S.
        """
        rows = np.concatenate([self.slabs[iri] for iri in iris])
        starts = np.cumsum([0, *(len(self.slabs[iri]) for iri in iris[:-1])])
        bottom, top = np.maximum(rows[:, 0], low[2]), np.minimum(rows[:, 0] + self.slab_mm, high[2])
        part = np.clip(top - bottom, 0, None) / self.slab_mm
        middle = np.column_stack((rows[:, 2:4], (bottom + top) / 2))
        ends = [np.empty((2, len(rows))), np.empty((2, len(rows)))]
        for axis in range(2):
            lower, upper = rows[:, 4 + 2 * axis], rows[:, 5 + 2 * axis]
            inner, outer = np.maximum(lower, low[axis]), np.minimum(upper, high[axis])
            width = np.clip(outer - inner, 0, None) / np.maximum(upper - lower, 1e-6)
            part = part * width
            middle[:, axis] = np.where(width < 1, (inner + outer) / 2, middle[:, axis])
            ends[axis][:] = inner, outer
        weight = rows[:, 1] * part
        here = weight > 0
        total = np.add.reduceat(weight, starts)
        safe = np.maximum(total, 1e-9)
        lows = [np.where(here, values, np.inf) for values in (ends[0][0], ends[1][0], bottom)]
        highs = [np.where(here, values, -np.inf) for values in (ends[0][1], ends[1][1], top)]
        return Expected(
            share=total / np.add.reduceat(rows[:, 1], starts),
            volume_ml=total,
            middle=np.add.reduceat(weight[:, None] * middle, starts, axis=0) / safe[:, None],
            low=np.column_stack([np.minimum.reduceat(values, starts) for values in lows]),
            high=np.column_stack([np.maximum.reduceat(values, starts) for values in highs]),
        )


@cache
def typical_body() -> TypicalBody:
    """The one among the resources."""
    content = json.loads(resource("body", "typical_body.json").read_text(encoding="utf-8"))
    slabs = {ST + name: np.array(rows, dtype=np.float64) for name, rows in content["structures"].items() if rows}
    return TypicalBody(float(content["slab_mm"]), slabs)
