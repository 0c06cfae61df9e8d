"""Sharing work between processors: the compiled passes release the interpreter's lock."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")
Result = TypeVar("Result")


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
    """`work` on every item, in threads; results in the order of the items.

    Each thread takes every n-th item: neighbours in a list are often alike in cost, and handing out thousands of items
    one by one would cost more than most of them.
    """
    todo = list(items)
    threads = min(cores(), len(todo))
    if threads < 2:
        return [work(item) for item in todo]
    with ThreadPoolExecutor(threads) as pool:
        shares = list(pool.map(lambda n: [work(item) for item in todo[n::threads]], range(threads)))
    return [shares[n % threads][n // threads] for n in range(len(todo))]


def over_slabs(length: int, work: Callable[[int, int], Result]) -> list[Result]:
    """`work(first, last)` on each of `slabs(length)`, in order."""
    return at_once(lambda slab: work(*slab), slabs(length))
