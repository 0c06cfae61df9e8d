"""Reading a label map once: from voxels to runs of equal labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.evidence.kernels.compiled import compiled

Array = NDArray[Any]


@compiled
def scan(flat: Array, words: Array, ni: int, first: int, last: int) -> tuple[Array, Array, Array]:
    """Runs of equal labels of rows `first` to `last`; background has runs too, so that they cover every row.

    Args:
        flat: all voxels, row after row.
        words: the same memory as 64-bit numbers, which lets eight voxels of a long run be read at once.
        ni: voxels in a row.
        first: number of the first row.
        last: number of the row after the last one.

    Returns:
        starts: first voxel of each run within its row; a run ends where the next one starts, or with its row.
        values: its label, as stored.
        offsets: for each row its first run, and the number of all.
    """
    per = 8 // flat.itemsize
    ones = np.uint64(0x0101010101010101) if per == 8 else np.uint64(0x0001000100010001)
    room = 4 * (last - first) + ni
    starts = np.empty(room, dtype=np.int32)
    values = np.empty(room, dtype=np.int32)
    offsets = np.empty(last - first + 1, dtype=np.int64)
    n = 0
    for row in range(first, last):
        offsets[row - first] = n
        if n + ni > room:
            room = 2 * room + ni
            more_starts = np.empty(room, dtype=np.int32)
            more_values = np.empty(room, dtype=np.int32)
            for old in range(n):
                more_starts[old] = starts[old]
                more_values[old] = values[old]
            starts, values = more_starts, more_values
        begin = row * ni
        stop = begin + ni
        value = flat[begin]
        starts[n] = 0
        values[n] = value
        n += 1
        at = begin + 1
        while at < stop:
            if at % per == 0 and at + per <= stop:
                same = np.uint64(value) * ones
                word = at // per
                while at + per <= stop and words[word] == same:
                    at += per
                    word += 1
                if at >= stop:
                    break
            if flat[at] != value:
                value = flat[at]
                starts[n] = at - begin
                values[n] = value
                n += 1
            at += 1
    offsets[last - first] = n
    return starts[:n], values[:n], offsets


@compiled
def transpose(source: Array, target: Array, first: int, last: int) -> None:
    """Copies slices `first` to `last` of `source` into `target`, in blocks that the caches hold for either order."""
    _, nj, ni = source.shape
    edge = 32
    for k0 in range(first, last, edge):
        k1 = min(k0 + edge, last)
        for j0 in range(0, nj, edge):
            j1 = min(j0 + edge, nj)
            for i0 in range(0, ni, edge):
                for k in range(k0, k1):
                    for j in range(j0, j1):
                        for i in range(i0, min(i0 + edge, ni)):
                            target[k, j, i] = source[k, j, i]
