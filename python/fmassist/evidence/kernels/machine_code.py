"""Calls passes in machine code that was made ahead (`make_ahead`), for this system and from these very sources.

The code follows Numba's own convention of calls: an array is handed over as (owner, object, count, bytes of an item,
address, shape, steps), and the function writes what it returns to an address and returns 0. None of it holds Python's
lock or knows Python.
"""

from __future__ import annotations

import ctypes
import json
import platform
import sys
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

AHEAD = Path(__file__).parent / "ahead"
PREFIX = "fmassist_"
_STATUS_DONE = (0, -2)
"""Numba's words for "here is the result" and "there is none"."""


def system() -> str:
    """Names the machine code that runs here, such as `linux-x86_64`."""
    return f"{sys.platform}-{platform.machine()}"


def sources_digest() -> str:
    """SHA-256 over the files in which the passes are written."""
    files = sorted(path for path in Path(__file__).parent.glob("*.py") if path.name not in _NOT_PASSES)
    return sha256(b"\0".join(path.name.encode() + path.read_bytes() for path in files)).hexdigest()


_NOT_PASSES = ("__init__.py", "compiled.py", "machine_code.py", "make_ahead.py")


def call_ahead(name: str, arguments: Sequence[Any]) -> tuple[bool, Any]:
    """Whether there is machine code of this pass for such arguments, and what it gives.

    Raises:
        MemoryError: it could not get the memory that it needs.
    """
    shipped = _shipped()
    if shipped is None:
        return False, None
    signature: list[str] = []
    words: list[int | float] = []
    if not all(_hand_over(argument, signature, words) for argument in arguments):
        return False, None
    found = shipped.function(name, ",".join(signature))
    if found is None:
        return False, None
    function, returns = found
    result = (ctypes.c_int64 * max(1, sum(_words_of(one) for one in returns)))()
    error = ctypes.c_void_p()
    if function(ctypes.byref(result), ctypes.byref(error), *words) not in _STATUS_DONE:
        raise MemoryError(f"the pass {name} could not get its memory")
    return True, _taken(result, returns, shipped.release)


def _hand_over(argument: Any, signature: list[str], words: list[int | float]) -> bool:
    """Adds the argument's kind and its words; whether it is of a kind that can be handed over."""
    if isinstance(argument, np.ndarray):
        flags = argument.flags
        if not flags.aligned or not argument.dtype.isnative:
            return False
        signature.append(f"{argument.dtype.str[1:]}{'C' if flags.c_contiguous else 'A'}{argument.ndim}")
        address = argument.__array_interface__["data"][0]
        words += (0, 0, argument.size, argument.itemsize, address, *argument.shape, *argument.strides)
    elif isinstance(argument, tuple):
        inside: list[str] = []
        if not all(_hand_over(part, inside, words) for part in argument):
            return False
        signature.append(f"({' '.join(inside)})")
    elif isinstance(argument, bool | np.bool_):
        signature.append("b")
        words.append(int(argument))
    elif isinstance(argument, int | np.integer):
        signature.append("i")
        words.append(int(argument))
    elif isinstance(argument, float | np.floating):
        signature.append("f")
        words.append(float(argument))
    else:
        return False
    return True


def _kinds_of(signature: str) -> list[Any]:
    """The types of the words that arguments of this signature are handed over in."""
    kinds: list[Any] = []
    for part in signature.replace("(", "").replace(")", "").replace(",", " ").split():
        simple = {"b": ctypes.c_uint8, "i": ctypes.c_int64, "f": ctypes.c_double}.get(part)
        if simple is not None:
            kinds.append(simple)
        else:
            kinds += [ctypes.c_int64] * (5 + 2 * int(part[-1]))
    return kinds


def _words_of(returned: str) -> int:
    return 1 if ":" not in returned else 5 + 2 * int(returned.partition(":")[2])


def _taken(result: Any, returns: Sequence[str], release: Any) -> Any:
    """What the function wrote, as Python's own; memory that it took is given back."""
    values: list[Any] = []
    at = 0
    for returned in returns:
        if ":" not in returned:
            kind = ctypes.c_double if returned == "f8" else ctypes.c_int64
            values.append(kind.from_buffer(result, 8 * at).value)
        else:
            dtype = np.dtype(returned.partition(":")[0])
            owner, _, count, _, address, *rest = result[at : at + _words_of(returned)]
            memory = (ctypes.c_char * (count * dtype.itemsize)).from_address(address) if count else b""
            # Every array that a pass returns lies in one piece.
            values.append(np.frombuffer(memory, dtype=dtype).reshape(rest[: len(rest) // 2]).copy())
            release(owner)
        at += _words_of(returned)
    return None if not values else values[0] if len(values) == 1 else tuple(values)


class _Shipped:
    """The machine code of this system.

    Args:
        library: the file with the code.
        functions: by pass and signature, the code's name and what it returns.
    """

    def __init__(self, library: Path, functions: dict[str, dict[str, list[Any]]]) -> None:
        self._library = ctypes.CDLL(str(library))
        self._functions = functions
        self._found: dict[tuple[str, str], tuple[Any, Sequence[str]] | None] = {}
        self.release = getattr(self._library, PREFIX + "release")
        self.release.argtypes, self.release.restype = [ctypes.c_int64], None

    def function(self, name: str, signature: str) -> tuple[Any, Sequence[str]] | None:
        """The code for such arguments, and what it returns; None where there is none."""
        key = (name, signature)
        if key not in self._found:
            said = self._functions.get(name, {}).get(signature)
            if said is None:
                self._found[key] = None
            else:
                function = getattr(self._library, said[0])
                function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, *_kinds_of(signature)]
                function.restype = ctypes.c_int32
                self._found[key] = (function, said[1])
        return self._found[key]


@lru_cache(maxsize=1)
def _shipped() -> _Shipped | None:
    """None where there is no code for this system, or where it was made from other sources."""
    try:
        said = json.loads((AHEAD / f"{system()}.json").read_text(encoding="utf-8"))
        if said["sources"] != sources_digest():
            return None
        library = AHEAD / f"{system()}.so"
        if sha256(library.read_bytes()).hexdigest() != said["library"]:
            return None
        return _Shipped(library, said["functions"])
    except (OSError, ValueError, KeyError, AttributeError):
        return None
