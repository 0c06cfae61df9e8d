"""JSON from outside, read within bounds: its size, its depth, and text that every program can write again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fmassist.errors import InputError

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 64
"""Objects and lists within each other; the deepest that FMAssist writes has 9."""


def read_json(path: Path, what: str, remedy: str, *, max_bytes: int = MAX_BYTES) -> Any:
    """The content of a JSON file.

    Args:
        path: of the file.
        what: its role in a message, such as `"the context"`.
        remedy: what to do where it can't be read.
        max_bytes: it may have.

    Raises:
        InputError: it can't be read, is too large, is no JSON, or holds what JSON should not: a name twice in one
            object, NaN, half a character (a lone surrogate), or more than 64 levels.
    """
    try:
        # A pipe would be waited for without end.
        if not path.is_file():
            raise InputError(f"{what} can't be read", "there is no such file" if not path.exists() else remedy)
        with path.open("rb") as stream:
            data = stream.read(max_bytes + 1)
    except OSError:
        raise InputError(f"{what} can't be read", remedy) from None
    if len(data) > max_bytes:
        raise InputError(f"{what} is larger than {max_bytes / 2**20:.3g} MiB", remedy)
    return parse_json(data, what, remedy)


def parse_json(data: bytes | str, what: str, remedy: str) -> Any:
    """As `read_json`, of what was read already."""
    try:
        text = data if isinstance(data, str) else data.decode("utf-8-sig")
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise InputError(f"{what} can't be read as JSON", remedy) from None
    danger = _danger(value)
    if danger:
        raise InputError(f"{what} {danger}", remedy)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")  # and two readers would believe different things
    return found


def _no_number(name: str) -> float:
    raise ValueError(name)


def _danger(value: Any) -> str | None:
    """Why a value is refused; walked without recursion, since its depth is what may be wrong."""
    level, depth = [value], 0
    while level:
        if depth > MAX_DEPTH:
            return f"is nested more than {MAX_DEPTH} deep"
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item)
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
            elif isinstance(item, str) and not _is_whole(item):
                return "holds half a character"
            elif isinstance(item, float) and abs(item) == float("inf"):
                return "holds a number beyond all measure"
        level, depth = below, depth + 1
    return None


def _is_whole(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
