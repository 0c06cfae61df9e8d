"""Prompts from files: FMAssist's own JSON, and the ROI markups that Slicer saves."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from fmassist.errors import InputError
from fmassist.models.prompts.prompt import Box, Prompt, require_distinct
from fmassist.resources import resource

MAX_BYTES = 64 * 1024 * 1024


def read_prompts(path: Path) -> list[Prompt]:
    """Named boxes from `.mrk.json` (Slicer ROI markups) or from JSON after `Resources/schemas/prompts.schema.json`.

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
    grouped: dict[str, list[Box]] = {}
    for entry in data["boxes"]:
        box = (tuple(map(float, entry["low_ras_mm"])), tuple(map(float, entry["high_ras_mm"])))
        grouped.setdefault(entry["structure"], []).append(box)  # type: ignore[arg-type]
    return [Prompt(name, tuple(boxes)) for name, boxes in grouped.items()]


def _markups(data: dict[str, Any]) -> list[Prompt]:
    """ROI nodes as Slicer writes them: centre, size, orientation, and a coordinate system of their own."""
    grouped: dict[str, list[Box]] = {}
    try:
        for markup in data["markups"]:
            if markup.get("type") != "ROI":
                raise InputError("the markups hold something that is no ROI", "save ROI boxes only")
            name = str(markup.get("name") or "")
            centre, size = np.array(markup["center"], dtype=float), np.array(markup["size"], dtype=float)
            axes = np.array(markup.get("orientation", [1, 0, 0, 0, 1, 0, 0, 0, 1]), dtype=float).reshape(3, 3)
            if markup.get("roiType", "Box") not in ("Box", "BoundingBox"):
                raise InputError(f"the ROI {name!r} is no box", "use box ROIs")
            offsets = np.array(list(product((-0.5, 0.5), repeat=3))) * size
            corners = centre + offsets @ axes.T
            if str(markup.get("coordinateSystem", "LPS")).upper() in ("LPS", "1"):
                corners *= (-1, -1, 1)
            low, high = corners.min(axis=0), corners.max(axis=0)
            box = (tuple(map(float, low)), tuple(map(float, high)))
            grouped.setdefault(name, []).append(box)  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InputError("the markups are not as Slicer writes them", "save the ROI nodes from Slicer again") from None
    return [Prompt(name, tuple(boxes)) for name, boxes in grouped.items()]
