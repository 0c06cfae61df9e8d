"""The compiled passes over the voxels. Everything else in this room works on what they return.

Each kernel releases the interpreter's lock, so that threads share the slabs of a volume; none uses Numba's own
parallel mode, which takes several times longer to compile. The compiled code is kept on disk.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[Any]


@njit(nogil=True, cache=True)
def scan_runs(labels: Array, k0: int, k1: int) -> tuple[Array, Array, Array]:
    """Runs of equal labels along the fastest axis, background left out, for slices `k0` to `k1`.

    Returns:
        runs: (n, 3) of start, end (exclusive) and label.
        rows: (n,) row number k·nj + j.
        offsets: first run of each row.
    """
    _, nj, ni = labels.shape
    total = 0
    for k in range(k0, k1):
        for j in range(nj):
            last = 0
            for i in range(ni):
                value = labels[k, j, i]
                if value != last:
                    if value != 0:
                        total += 1
                    last = value
    runs = np.empty((total, 3), dtype=np.int32)
    rows = np.empty(total, dtype=np.int32)
    offsets = np.empty((k1 - k0) * nj + 1, dtype=np.int64)
    n = 0
    for k in range(k0, k1):
        for j in range(nj):
            offsets[(k - k0) * nj + j] = n
            last = 0
            for i in range(ni):
                value = labels[k, j, i]
                if value != last:
                    if last != 0:
                        runs[n, 1] = i
                        n += 1
                    if value != 0:
                        runs[n, 0] = i
                        runs[n, 2] = value
                        rows[n] = k * nj + j
                    last = value
            if last != 0:
                runs[n, 1] = ni
                n += 1
    offsets[(k1 - k0) * nj] = n
    return runs, rows, offsets


@njit(nogil=True, cache=True)
def contacts(labels: Array, k0: int, k1: int, faces: Array) -> None:
    """Counts voxel faces between different labels: `faces[axis, low label, high label]`, background included."""
    nk, nj, ni = labels.shape
    for k in range(k0, k1):
        for j in range(nj):
            for i in range(ni):
                a = labels[k, j, i]
                if i + 1 < ni:
                    b = labels[k, j, i + 1]
                    if a != b:
                        faces[2, min(a, b), max(a, b)] += 1
                if j + 1 < nj:
                    b = labels[k, j + 1, i]
                    if a != b:
                        faces[1, min(a, b), max(a, b)] += 1
                if k + 1 < nk:
                    b = labels[k + 1, j, i]
                    if a != b:
                        faces[0, min(a, b), max(a, b)] += 1


@njit(nogil=True, cache=True)
def histogram(labels: Array, image: Array, k0: int, k1: int, low: float, step: float, bins: Array, sums: Array) -> None:
    """Adds each labelled voxel's intensity to `bins[label, bin]` and to `sums[label]` (count, sum, sum of squares).

    Values that are not finite are left out.
    """
    _, nj, ni = labels.shape
    top = bins.shape[1] - 1
    for k in range(k0, k1):
        for j in range(nj):
            for i in range(ni):
                a = labels[k, j, i]
                if a != 0:
                    value = float(image[k, j, i])
                    if np.isfinite(value):
                        at = int((value - low) / step + 0.5)
                        bins[a, min(max(at, 0), top)] += 1
                        sums[a, 0] += 1
                        sums[a, 1] += value
                        sums[a, 2] += value * value


@njit(nogil=True, cache=True)
def _root(parent: Array, n: int) -> int:
    while parent[n] != n:
        parent[n] = parent[parent[n]]
        n = parent[n]
    return n


@njit(nogil=True, cache=True)
def connect(runs: Array, rows: Array, offsets: Array, nj: int, reach: int) -> Array:
    """Connected components of runs with one label (union–find).

    Args:
        reach: 1 joins runs that touch by face, edge or corner (26-connected), 0 by face alone (6-connected).

    Returns:
        For each run the first run of its component.
    """
    parent = np.arange(len(runs))
    last_row = len(offsets) - 2
    for n in range(len(runs)):
        row = rows[n]
        j = row % nj
        start, end, label = runs[n, 0], runs[n, 1], runs[n, 2]
        for dk, dj in ((0, -1), (-1, -1), (-1, 0), (-1, 1)):
            if reach == 0 and dk * dj != 0:
                continue
            if j + dj < 0 or j + dj >= nj:
                continue
            other = row + dk * nj + dj
            if other < 0 or other > last_row:
                continue
            first, stop = offsets[other], offsets[other + 1]
            # Runs of a row are in order, so the first one that reaches here is found by halving.
            while first < stop:
                middle = (first + stop) // 2
                if runs[middle, 1] + reach <= start:
                    first = middle + 1
                else:
                    stop = middle
            m = first
            while m < offsets[other + 1] and runs[m, 0] < end + reach:
                if runs[m, 2] == label:
                    a, b = _root(parent, n), _root(parent, m)
                    if a != b:
                        parent[max(a, b)] = min(a, b)
                m += 1
    for n in range(len(runs)):
        parent[n] = _root(parent, n)
    return parent


@njit(nogil=True, cache=True)
def sum_runs(runs: Array, rows: Array, group: Array, nj: int, moments: Array, boxes: Array) -> None:
    """Adds up runs by group.

    `moments[g]` is count, Σk, Σj, Σi, Σkk, Σjj, Σii, Σkj, Σki, Σji; `boxes[g]` is the low and the high index.
    """
    for n in range(len(runs)):
        g = group[n]
        k, j = rows[n] // nj, rows[n] % nj
        a, b = runs[n, 0], runs[n, 1] - 1
        count = float(b - a + 1)
        si = 0.5 * count * (a + b)
        sii = (b * (b + 1.0) * (2.0 * b + 1.0) - (a - 1.0) * a * (2.0 * a - 1.0)) / 6.0
        moments[g, 0] += count
        moments[g, 1] += count * k
        moments[g, 2] += count * j
        moments[g, 3] += si
        moments[g, 4] += count * k * k
        moments[g, 5] += count * j * j
        moments[g, 6] += sii
        moments[g, 7] += count * k * j
        moments[g, 8] += si * k
        moments[g, 9] += si * j
        boxes[g, 0] = min(boxes[g, 0], k)
        boxes[g, 1] = min(boxes[g, 1], j)
        boxes[g, 2] = min(boxes[g, 2], a)
        boxes[g, 3] = max(boxes[g, 3], k)
        boxes[g, 4] = max(boxes[g, 4], j)
        boxes[g, 5] = max(boxes[g, 5], b)


@njit(nogil=True, cache=True)
def surface_voxels(labels: Array, wanted: Array, limit: int) -> Array:
    """Indices and label of the voxels of wanted labels that have a face towards something else, or on the border."""
    nk, nj, ni = labels.shape
    found = np.empty((limit, 4), dtype=np.int32)
    n = 0
    for k in range(nk):
        for j in range(nj):
            for i in range(ni):
                a = labels[k, j, i]
                if a != 0 and wanted[a]:
                    inner = (
                        k > 0
                        and j > 0
                        and i > 0
                        and k + 1 < nk
                        and j + 1 < nj
                        and i + 1 < ni
                        and labels[k - 1, j, i] == a
                        and labels[k + 1, j, i] == a
                        and labels[k, j - 1, i] == a
                        and labels[k, j + 1, i] == a
                        and labels[k, j, i - 1] == a
                        and labels[k, j, i + 1] == a
                    )
                    if not inner and n < limit:
                        found[n, 0] = k
                        found[n, 1] = j
                        found[n, 2] = i
                        found[n, 3] = a
                        n += 1
    return found[:n]


@njit(nogil=True, cache=True)
def inside_outline(labels: Array, label: int, low: Array, high: Array, step: int, inside: Array) -> None:
    """Counts, for every other label, its voxels within the outline of `label`, slice by slice.

    Within the outline: along the row and along the column through the voxel, `label` lies on both sides.
    """
    nj, ni = high[1] - low[1] + 1, high[2] - low[2] + 1
    first_i, last_i = np.empty(nj, dtype=np.int32), np.empty(nj, dtype=np.int32)
    first_j, last_j = np.empty(ni, dtype=np.int32), np.empty(ni, dtype=np.int32)
    for k in range(low[0], high[0] + 1, step):
        first_i[:] = ni
        last_i[:] = -1
        first_j[:] = nj
        last_j[:] = -1
        for j in range(nj):
            for i in range(ni):
                if labels[k, low[1] + j, low[2] + i] == label:
                    first_i[j] = min(first_i[j], i)
                    last_i[j] = i
                    first_j[i] = min(first_j[i], j)
                    last_j[i] = j
        for j in range(nj):
            for i in range(max(first_i[j], 0), last_i[j] + 1):
                if first_j[i] <= j <= last_j[i]:
                    other = labels[k, low[1] + j, low[2] + i]
                    if other != 0 and other != label:
                        inside[other] += 1
