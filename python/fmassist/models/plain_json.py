"""JSON from somebody else: read without surprises, or refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fmassist.errors import InputError

MOST_DEPTH = 100
"""Brackets within brackets; a model's description has five of them, a bundle's configuration about ten."""


def parse_json(text: str) -> Any:
    """The data of a JSON text.

    Python's own reader takes more than JSON: numbers without end (`Infinity`, `NaN`, `1e999`), halves of characters
    (lone surrogates, which no terminal and no file takes), names that stand twice, and nests as deep as its stack is.

    Raises:
        ValueError: it is no JSON, or holds one of these.
    """
    _require_flat(text)
    try:
        data = json.loads(text, parse_constant=_refuse, parse_float=_finite, object_pairs_hook=_once)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    json.dumps(data, ensure_ascii=False).encode("utf-8")  # a lone surrogate is an error here, and not later
    return data


def read_json(path: Path, what: str, *, most_bytes: int) -> Any:
    """The data of a JSON file.

    Raises:
        InputError: there is none, it is too large, or it is no plain JSON.
    """
    try:
        if path.stat().st_size > most_bytes:
            raise InputError(f"{what} is larger than any")
        return parse_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise InputError(f"{what} can't be read as JSON", "see docs/models.md") from None


def _require_flat(text: str) -> None:
    depth = 0
    inside = escaped = False
    for character in text:
        if inside:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                inside = False
        elif character == '"':
            inside = True
        elif character in "[{":
            depth += 1
            if depth > MOST_DEPTH:
                raise ValueError("nested too deeply")
        elif character in "]}":
            depth -= 1


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("a number without end")
    return number


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found
