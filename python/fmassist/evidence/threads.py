"""Sharing work between processors: the compiled passes release the interpreter's lock."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import numpy as np

import fmassist

Item = TypeVar("Item")
Result = TypeVar("Result")


def prepare_cache() -> None:
    """Let compiled code be kept in the user's cache folder when the installation can't be written to.

    Where that can't be written to either, Numba compiles in memory, for this process alone.
    """
    if "NUMBA_CACHE_DIR" in os.environ:
        return
    package = Path(__file__).parent / "kernels" / "__pycache__"
    if os.access(package if package.exists() else package.parent, os.W_OK):
        return
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    os.environ["NUMBA_CACHE_DIR"] = str(base / "fmassist" / fmassist.__version__ / "numba")


def cores() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def slabs(length: int) -> list[tuple[int, int]]:
    """`length` cut into as many parts as there are processors, as (first, last + 1); empty parts are left out."""
    edges = np.linspace(0, length, min(cores(), max(length, 1)) + 1).astype(int)
    return [(int(a), int(b)) for a, b in pairwise(edges) if b > a]


def at_once(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """`work` on every item, in threads; results in the order of the items."""
    todo = list(items)
    if len(todo) < 2 or cores() == 1:
        return [work(item) for item in todo]
    with ThreadPoolExecutor(min(cores(), len(todo))) as pool:
        return list(pool.map(work, todo))


def over_slabs(length: int, work: Callable[[int, int], Result]) -> list[Result]:
    """`work(first, last)` on each of `slabs(length)`, in order."""
    return at_once(lambda slab: work(*slab), slabs(length))
