"""Prompts from files: FMAssist's own JSON, and the markups that Slicer saves (ROIs, point lists, curves)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from fmassist.errors import InputError
from fmassist.models.prompts.prompt import Box, Point, Prompt, require_distinct
from fmassist.resources import resource

MAX_BYTES = 64 * 1024 * 1024


def read_prompts(path: Path) -> list[Prompt]:
    """Named prompts from `.mrk.json` (Slicer markups) or from JSON after `Resources/schemas/prompts.schema.json`.

    Raises:
        InputError: the file is neither; the line says what is wrong.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError("the prompts file is larger than any prompts file")
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValueError, RecursionError):
        raise InputError("the prompts can't be read as JSON", "see Resources/schemas/prompts.schema.json") from None
    prompts = _markups(data) if isinstance(data, dict) and "markups" in data else _own(data)
    if not prompts:
        raise InputError("the prompts file holds no box")
    require_distinct(prompts)
    return prompts


def _own(data: Any) -> list[Prompt]:
    import jsonschema

    schema = json.loads(resource("schemas", "prompts.schema.json").read_text(encoding="utf-8"))
    try:
        jsonschema.validate(data, schema)
    except jsonschema.ValidationError as error:
        where = "/".join(str(part) for part in error.absolute_path) or "top"
        raise InputError(f"the prompts are not valid at {where}", "see Resources/schemas/prompts.schema.json") from None
    gathered = _Gathered()
    for entry in data.get("boxes", ()):
        gathered.of(entry["structure"]).boxes.append((_point(entry["low_ras_mm"]), _point(entry["high_ras_mm"])))
    for entry in data.get("points", ()):
        found = gathered.of(entry["structure"])
        (found.points if entry.get("inside", True) else found.outside).append(_point(entry["ras_mm"]))
    for entry in data.get("scribbles", ()):
        gathered.of(entry["structure"]).scribbles.append(tuple(map(_point, entry["points_ras_mm"])))
    return gathered.prompts()


@dataclass
class _Asked:
    boxes: list[Box] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    outside: list[Point] = field(default_factory=list)
    scribbles: list[tuple[Point, ...]] = field(default_factory=list)


class _Gathered:
    """What a file asks for, by structure, in the order in which structures first occur."""

    def __init__(self) -> None:
        self._by_name: dict[str, _Asked] = {}

    def of(self, name: str) -> _Asked:
        return self._by_name.setdefault(name, _Asked())

    def prompts(self) -> list[Prompt]:
        return [
            Prompt(name, tuple(a.boxes), tuple(a.points), tuple(a.outside), tuple(a.scribbles))
            for name, a in self._by_name.items()
        ]


def _point(values: Any) -> Point:
    x, y, z = map(float, values)
    return x, y, z


def _markups(data: dict[str, Any]) -> list[Prompt]:
    """Markups as Slicer writes them: a ROI is a box, a point list points, a curve a scribble, named as its node."""
    gathered = _Gathered()
    try:
        for markup in data["markups"]:
            asked = gathered.of(str(markup.get("name") or ""))
            kind = markup.get("type")
            if kind == "ROI":
                asked.boxes.append(_roi(markup))
            elif kind == "Fiducial":
                asked.points.extend(_control_points(markup))
            elif kind in ("Curve", "ClosedCurve", "Line"):
                asked.scribbles.append(_control_points(markup))
            else:
                raise InputError("the markups hold something that is no ROI", "save ROI boxes, points or curves only")
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InputError("the markups are not as Slicer writes them", "save the ROI nodes from Slicer again") from None
    return gathered.prompts()


def _roi(markup: dict[str, Any]) -> Box:
    """A ROI node: centre, size, orientation."""
    centre, size = np.array(markup["center"], dtype=float), np.array(markup["size"], dtype=float)
    axes = np.array(markup.get("orientation", [1, 0, 0, 0, 1, 0, 0, 0, 1]), dtype=float).reshape(3, 3)
    if markup.get("roiType", "Box") not in ("Box", "BoundingBox"):
        raise InputError("a ROI is no box", "use box ROIs")
    offsets = np.array(list(product((-0.5, 0.5), repeat=3))) * size
    corners = (centre + offsets @ axes.T) * _to_ras(markup)
    return _point(corners.min(axis=0)), _point(corners.max(axis=0))


def _control_points(markup: dict[str, Any]) -> tuple[Point, ...]:
    return tuple(
        _point(np.array(point["position"], dtype=float) * _to_ras(markup)) for point in markup["controlPoints"]
    )


def _to_ras(markup: dict[str, Any]) -> tuple[int, int, int]:
    """Signs that turn the markup's own coordinate system into RAS."""
    return (-1, -1, 1) if str(markup.get("coordinateSystem", "LPS")).upper() in ("LPS", "1") else (1, 1, 1)
