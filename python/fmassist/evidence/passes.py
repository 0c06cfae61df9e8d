"""Threads over slabs of the volume, each on a compiled pass; the results are added up."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Result = TypeVar("Result")

DENSE_LABELS = 1200
"""Up to this many labels, contacts are counted in a dense table (3 × 1,201² × 4 bytes, 17 MB)."""


def prepare_cache() -> None:
    """Let compiled code be kept in the user's cache folder when the installation can't be written to."""
    package = Path(__file__).parent / "__pycache__"
    writable = os.access(package if package.exists() else package.parent, os.W_OK)
    if not writable and "NUMBA_CACHE_DIR" not in os.environ:
        base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
        os.environ["NUMBA_CACHE_DIR"] = str(base / "fmassist" / "numba")


def over_slabs(slices: int, work: Callable[[int, int], Result]) -> list[Result]:
    """`work(first, last)` on as many slabs as there are processors, in order."""
    threads = max(1, min(os.cpu_count() or 1, slices))
    edges = np.linspace(0, slices, threads + 1).astype(int)
    slabs = [(int(a), int(b)) for a, b in pairwise(edges) if b > a]
    if len(slabs) == 1:
        return [work(*slabs[0])]
    with ThreadPoolExecutor(len(slabs)) as pool:
        return list(pool.map(lambda slab: work(*slab), slabs))


def all_runs(labels: Array) -> tuple[Array, Array, Array]:
    """Runs of equal labels of the whole volume (see `kernels.scan_runs`)."""
    from fmassist.evidence.kernels import scan_runs

    parts = over_slabs(labels.shape[0], lambda a, b: scan_runs(labels, a, b))
    runs = np.concatenate([part[0] for part in parts])
    rows = np.concatenate([part[1] for part in parts])
    ends = np.cumsum([0, *(len(part[0]) for part in parts)])
    offsets = [part[2][:-1] + start for part, start in zip(parts, ends[:-1], strict=True)]
    return runs, rows, np.concatenate([*offsets, [len(runs)]])


def count_contacts(labels: Array, count: int) -> dict[tuple[int, int], tuple[int, int, int]]:
    """Voxel faces between different labels, by axis: (low, high) to numbers; background is 0."""
    if count > DENSE_LABELS:
        return _sparse_contacts(labels)
    from fmassist.evidence.kernels import contacts

    def work(first: int, last: int) -> Array:
        faces = np.zeros((3, count + 1, count + 1), dtype=np.int32)
        contacts(labels, first, last, faces)
        return faces

    faces = sum(part.astype(np.int64) for part in over_slabs(labels.shape[0], work))
    low, high = np.nonzero(np.asarray(faces).sum(axis=0))
    table = np.asarray(faces)[:, low, high].T
    return {
        (a, b): (int(n[0]), int(n[1]), int(n[2])) for a, b, n in zip(low.tolist(), high.tolist(), table, strict=True)
    }


def _sparse_contacts(labels: Array) -> dict[tuple[int, int], tuple[int, int, int]]:
    found: dict[tuple[int, int], list[int]] = {}
    for axis in range(3):
        a = np.moveaxis(labels, axis, 0)[:-1].ravel().astype(np.int64)
        b = np.moveaxis(labels, axis, 0)[1:].ravel().astype(np.int64)
        differ = a != b
        code, number = np.unique(np.minimum(a, b)[differ] * 70_000 + np.maximum(a, b)[differ], return_counts=True)
        for key, n in zip(code.tolist(), number.tolist(), strict=True):
            found.setdefault((key // 70_000, key % 70_000), [0, 0, 0])[axis] = n
    return {key: (n[0], n[1], n[2]) for key, n in found.items()}
