"""One structure, and the boxes that it is asked for in."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fmassist.errors import InputError
from fmassist.geometry import Geometry

Point = tuple[float, float, float]
Box = tuple[Point, Point]


@dataclass(frozen=True)
class Prompt:
    """A structure and where to look for it.

    Args:
        structure: its name; every segment gets a meaning to check from it.
        boxes_ras_mm: (lowest corner, highest corner) in RAS mm, voxel edges included. One box may span many slices;
            several boxes may each span one.

    Raises:
        InputError: there is no box, or a box is empty or not finite.
    """

    structure: str
    boxes_ras_mm: tuple[Box, ...]

    def __post_init__(self) -> None:
        if not self.structure.strip():
            raise InputError("a prompt names no structure", "give each box the name of a structure")
        if not self.boxes_ras_mm:
            raise InputError(f"the prompt for {self.structure} has no box")
        for low, high in self.boxes_ras_mm:
            if not all(math.isfinite(v) for v in (*low, *high)):
                raise InputError(f"a box of {self.structure} holds a number that is not finite")
            if any(a >= b for a, b in zip(low, high, strict=True)):
                raise InputError(f"a box of {self.structure} has no extent", "its first corner must be the lower one")

    def require_inside(self, geometry: Geometry) -> None:
        """Check that every box meets the volume.

        Raises:
            InputError: a box lies outside.
        """
        size = geometry.shape
        for low, high in self.boxes_ras_mm:
            corners = [(a, b, c) for a in (low[0], high[0]) for b in (low[1], high[1]) for c in (low[2], high[2])]
            index = geometry.to_index(corners)
            if (index.max(axis=0) < -0.5).any() or (index.min(axis=0) > [n - 0.5 for n in size]).any():
                raise InputError(f"a box of {self.structure} lies outside the volume", "boxes are in RAS millimetres")


def prompts_from_boxes(entries: Iterable[Mapping[str, Any]]) -> list[Prompt]:
    """Prompts from plain entries `{"name": …, "boxes_ras_mm": [(low, high), …]}`, such as the demo's.

    Raises:
        InputError: an entry is no prompt, or two bear one name.
    """
    prompts = []
    for entry in entries:
        boxes = tuple((_point(low), _point(high)) for low, high in entry["boxes_ras_mm"])
        prompts.append(Prompt(str(entry["name"]), boxes))
    require_distinct(prompts)
    return prompts


def require_distinct(prompts: list[Prompt]) -> None:
    """Check that no structure is asked for twice.

    Raises:
        InputError: one is; the line names it.
    """
    seen: set[str] = set()
    for prompt in prompts:
        if prompt.structure in seen:
            raise InputError(f"{prompt.structure} is asked for twice", "put all boxes of a structure into one entry")
        seen.add(prompt.structure)


def _point(values: Iterable[float]) -> Point:
    x, y, z = values
    return float(x), float(y), float(z)
