"""Kinds of values that a bundle may give to a part of the list in `Resources/models/allowed`.

Each is a small closed set: a number within bounds, a word of a list, a type, a device. No text that a library could
take for the name of something to import, for a path or for an address gets through.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

NAME = re.compile(r"[A-Za-z0-9_]{1,64}")
DTYPES = (
    *("float16", "float32", "float64", "float", "half", "bfloat16"),
    *("uint8", "int8", "int16", "int32", "int64", "int", "long", "bool"),
)
MOST_SIZE = 4096
"""Of channels, windows and volumes along an axis; the largest real ones are 2,048."""
MOST_COUNT = 64
"""Of blocks, strides, kernels and heads."""
MOST_INTEGER = 10**6
MOST_ITEMS = 256
FINEST_MM = 0.1
"""Of a grid that a volume is put on: 0.25 mm is the finest in clinical use, and memory grows with the third power."""


@dataclass(frozen=True)
class DType:
    """A type of numbers, by the library that it was named of (`torch`, `numpy`) and its name there."""

    library: str
    name: str


@dataclass(frozen=True)
class Device:
    """Where to compute; which one, FMAssist decides."""


@dataclass(frozen=True, eq=False)
class Part:
    """An object that a bundle wants, not made yet.

    Args:
        entry: of the list, as it stands there.
        arguments: checked.
        path: where in the configuration it stands; the same place gives the same object.
    """

    entry: dict[str, Any]
    arguments: dict[str, Any] = field(default_factory=dict)
    path: tuple[str, ...] = ()


def is_kind(value: Any, kind: str | list[str], layers: dict[str, Any]) -> bool:
    """Whether a value, read by `bundle_words`, is of a kind, or of one of several."""
    if isinstance(kind, list):
        return any(is_kind(value, one, layers) for one in kind)
    if value is None:
        return kind not in ("transforms", "transform")
    name, _, more = kind.partition(":")
    if name == "choices":
        words = more.split("|")
        return _all(value, lambda one: isinstance(one, str) and one.lower() in map(str.lower, words))
    if name == "layer":
        return _is_layer(value, layers[more], layers)
    return _KINDS[name](value)


def _is_layer(value: Any, known: dict[str, Any], layers: dict[str, Any]) -> bool:
    """A layer by its name, or by its name with its own arguments: `"PRELU"`, `["GROUP", {"num_groups": 8}]`."""
    word, arguments = value if isinstance(value, list) and len(value) == 2 else (value, {})
    if not isinstance(word, str) or word.upper() not in known["names"] or not isinstance(arguments, dict):
        return False
    return all(
        name in known["arguments"] and is_kind(given, known["arguments"][name], layers)
        for name, given in arguments.items()
    )


def _all(value: Any, is_one: Callable[[Any], bool], depth: int = 3) -> bool:
    """Whether a value, or each in a list of them (or in lists in a list), is one."""
    if isinstance(value, list):
        return depth > 0 and len(value) <= MOST_ITEMS and all(_all(one, is_one, depth - 1) for one in value)
    return value is None or is_one(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -1e30 <= value <= 1e30


def _within(low: float, high: float) -> Callable[[Any], bool]:
    return lambda value: _all(value, lambda one: _is_number(one) and low <= one <= high)


def _integers(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: _all(
        value, lambda one: isinstance(one, int) and not isinstance(one, bool) and low <= one <= high
    )


def _is_part(value: Any) -> bool:
    return isinstance(value, Part) and value.entry["kind"] == "transform"


_KINDS: dict[str, Callable[[Any], bool]] = {
    "flag": lambda value: _all(value, lambda one: isinstance(one, bool) or one in (0, 1)),
    "off": lambda value: value is False,
    "number": lambda value: _is_number(value) and abs(value) <= 1e9,
    "numbers": _within(-1e9, 1e9),
    "share": _within(0, 1),
    "overlap": _within(0, 0.9),
    "spacing": lambda value: _all(value, lambda one: _is_number(one) and (one in (0, -1) or FINEST_MM <= one <= 1e3)),
    "count": _integers(0, MOST_COUNT),
    "size": _integers(-1, MOST_SIZE),
    "integers": _integers(-MOST_INTEGER, MOST_INTEGER),
    "key": lambda value: isinstance(value, str) and bool(NAME.fullmatch(value)),
    "keys": lambda value: _all(value, lambda one: isinstance(one, str) and bool(NAME.fullmatch(one)), 1),
    "axcodes": lambda value: isinstance(value, str) and bool(re.fullmatch("[RLAPSI]{3}", value)),
    "dtype": lambda value: _all(value, lambda one: isinstance(one, DType) or one in DTYPES, 1),
    "device": lambda value: isinstance(value, Device) or value in ("cpu", "cuda"),
    "transform": _is_part,
    "transforms": lambda value: isinstance(value, list) and len(value) <= MOST_ITEMS and all(map(_is_part, value)),
}
