"""One structure, and how it is asked for: by boxes, points or scribbles in patient space, or by its name alone."""

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
        points_ras_mm: places in the structure, RAS mm.
        outside_ras_mm: places that are not in it, RAS mm.
        scribbles_ras_mm: lines drawn within it, each a row of points in RAS mm.
        by_name: it is asked for by its name alone, of a model that knows names.

    Raises:
        InputError: there is nothing to look by, or a box is empty, or something is not finite.
    """

    structure: str
    boxes_ras_mm: tuple[Box, ...] = ()
    points_ras_mm: tuple[Point, ...] = ()
    outside_ras_mm: tuple[Point, ...] = ()
    scribbles_ras_mm: tuple[tuple[Point, ...], ...] = ()
    by_name: bool = False

    def __post_init__(self) -> None:
        if not self.structure.strip():
            raise InputError("a prompt names no structure", "give each box the name of a structure")
        if not self.kinds:
            raise InputError("the prompt for one structure has no box", "give a box, a point or a scribble")
        places = [
            *self.points_ras_mm,
            *self.outside_ras_mm,
            *(point for line in self.scribbles_ras_mm for point in line),
        ]
        if not all(math.isfinite(v) for point in places for v in point):
            raise InputError("a point of a prompt holds a number that is not finite")
        for low, high in self.boxes_ras_mm:
            if not all(math.isfinite(v) for v in (*low, *high)):
                raise InputError("a box of a prompt holds a number that is not finite")
            if any(a >= b for a, b in zip(low, high, strict=True)):
                raise InputError("a box of a prompt has no extent", "its first corner must be the lower one")

    @property
    def kinds(self) -> frozenset[str]:
        """What it asks by: of `box`, `point`, `scribble` and `name`."""
        given = {
            "box": self.boxes_ras_mm,
            "point": self.points_ras_mm,
            "scribble": self.scribbles_ras_mm,
            "name": self.by_name,
        }
        return frozenset(kind for kind, there in given.items() if there)

    def require_kinds(self, taken: Iterable[str], *, model: str) -> None:
        """Check that a model takes what this asks by.

        Raises:
            InputError: it does not; the line says what it takes.
        """
        missing = self.kinds - set(taken)
        if missing:
            raise InputError(
                f"{model} takes no prompt by {sorted(missing)[0]}", f"it takes: {', '.join(sorted(taken)) or 'none'}"
            )

    def require_inside(self, geometry: Geometry) -> None:
        """Check that every box meets the volume, and that every point lies in it.

        Raises:
            InputError: one lies outside.
        """
        size = geometry.shape
        for point in [*self.points_ras_mm, *(p for line in self.scribbles_ras_mm for p in line)]:
            at = geometry.to_index(point)
            if (at < -0.5).any() or (at > [n - 0.5 for n in size]).any():
                raise InputError("a point of a prompt lies outside the volume", "points are in RAS millimetres")
        for low, high in self.boxes_ras_mm:
            corners = [(a, b, c) for a in (low[0], high[0]) for b in (low[1], high[1]) for c in (low[2], high[2])]
            index = geometry.to_index(corners)
            if (index.max(axis=0) < -0.5).any() or (index.min(axis=0) > [n - 0.5 for n in size]).any():
                raise InputError("a box of a prompt lies outside the volume", "boxes are in RAS millimetres")


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
        InputError: one is; the line does not repeat its name, which may be a patient's.
    """
    seen: set[str] = set()
    for prompt in prompts:
        if prompt.structure in seen:
            raise InputError("a structure is asked for twice", "put all boxes of a structure into one entry")
        seen.add(prompt.structure)


def _point(values: Iterable[float]) -> Point:
    x, y, z = values
    return float(x), float(y), float(z)
