"""From runs to connected pieces and contacts: neighbouring rows are walked together, run against run."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.evidence.kernels.compiled import compiled

Array = NDArray[Any]


@compiled
def _root(parent: Array, n: int) -> int:
    while parent[n] != n:
        parent[n] = parent[parent[n]]
        n = parent[n]
    return n


@compiled
def _join(parent: Array, a: int, b: int) -> None:
    a, b = _root(parent, a), _root(parent, b)
    if a < b:
        parent[b] = a
    elif b < a:
        parent[a] = b


@compiled
def _table(room: int) -> tuple[Array, Array]:
    """An empty table of contacts."""
    keys = np.empty(room, dtype=np.int64)
    for n in range(room):
        keys[n] = -1
    return keys, np.zeros((room, 3), dtype=np.int64)


@compiled
def _touch(keys: Array, counts: Array, a: int, b: int, axis: int, faces: int) -> int:
    """Adds to the table of contacts (open addressing, a power of two in size); 1 when the pair is new."""
    a, b = min(a, b), max(a, b)
    key = (np.int64(a) << 32) | np.int64(b)
    slot = (np.int64(a) * 73856093) ^ (np.int64(b) * 19349663)
    slot = (slot ^ (slot >> 13)) & (len(keys) - 1)
    while keys[slot] != key:
        if keys[slot] == -1:
            keys[slot] = key
            counts[slot, axis] += faces
            return 1
        slot = (slot + 1) & (len(keys) - 1)
    counts[slot, axis] += faces
    return 0


@compiled
def _walk(
    starts: Array,
    values: Array,
    p: int,
    p_stop: int,
    q: int,
    q_stop: int,
    ni: int,
    axis: int,
    parent: Array,
    enclosing: Array,
    inner: Array,
    keys: Array,
    counts: Array,
) -> int:
    """Two rows that share faces (axis 0 or 1) or edges (axis −1); returns how many pairs were new to the table."""
    new = 0
    from_p = from_q = 0
    while True:
        a, b = values[p], values[q]
        to_p = starts[p + 1] if p + 1 < p_stop else ni
        to_q = starts[q + 1] if q + 1 < q_stop else ni
        if a == b:
            if a != 0:
                _join(parent, p, q)
                if axis >= 0:
                    inner[axis, a] += min(to_p, to_q) - max(from_p, from_q)
            elif axis >= 0:
                _join(parent, p, q)
        elif axis >= 0:
            if a == 0:
                enclosing[p] = b if enclosing[p] == 0 or enclosing[p] == b else -1
            elif b == 0:
                enclosing[q] = a if enclosing[q] == 0 or enclosing[q] == a else -1
            else:
                new += _touch(keys, counts, a, b, axis, min(to_p, to_q) - max(from_p, from_q))
        if to_p == to_q:
            if to_p == ni:
                return new
            # Both end here: across the corner each may meet the other's next run.
            if b != 0 and values[p + 1] == b:
                _join(parent, p + 1, q)
            if a != 0 and values[q + 1] == a:
                _join(parent, p, q + 1)
            p, q = p + 1, q + 1
            from_p, from_q = to_p, to_q
        elif to_p < to_q:
            p, from_p = p + 1, to_p
        else:
            q, from_q = q + 1, to_q


@compiled
def link(
    starts: Array,
    values: Array,
    offsets: Array,
    nj: int,
    ni: int,
    first: int,
    last: int,
    lowest: int,
    parent: Array,
    enclosing: Array,
    inner: Array,
    along: bool,
) -> tuple[Array, Array]:
    """Joins the runs of rows `first` to `last` with each other and with the rows before them, down to `lowest`.

    Pieces of labels are joined by face, edge and corner (26-connected); background by face (6-connected).

    Args:
        starts: of runs, as `scan` gives them.
        values: of runs, as dense labels.
        offsets: of rows.
        nj: rows in a slice.
        ni: voxels in a row.
        first: first row.
        last: row after the last one.
        lowest: rows below this one are not looked at.
        parent: union–find over runs, changed.
        enclosing: for each run of background the one label around it, −1 when several; changed.
        inner: `[axis, label]`, faces between voxels of one label across axis 0 and 1; added to.
        along: whether to look within slices; False when only the slice before is to be joined.

    Returns:
        keys: pairs of labels in contact, low << 32 | high; −1 for none.
        counts: `[pair, axis]`, faces between them.
    """
    room = 1 << 14
    while room < 16 * ni:
        room *= 2
    keys, counts = _table(room)
    used = 0
    for row in range(first, last):
        if 2 * (used + 4 * ni) > room:
            old_keys, old_counts = keys, counts
            room *= 2
            keys, counts = _table(room)
            for n in range(len(old_keys)):
                if old_keys[n] != -1:
                    a, b = old_keys[n] >> 32, old_keys[n] & 0xFFFFFFFF
                    for axis in range(3):
                        _touch(keys, counts, a, b, axis, old_counts[n, axis])
        p, p_stop = offsets[row], offsets[row + 1]
        j = row % nj
        if along:
            for n in range(p + 1, p_stop):
                a, b = values[n - 1], values[n]
                if a == 0:
                    enclosing[n - 1] = b if enclosing[n - 1] == 0 or enclosing[n - 1] == b else -1
                elif b == 0:
                    enclosing[n] = a if enclosing[n] == 0 or enclosing[n] == a else -1
                else:
                    used += _touch(keys, counts, a, b, 2, 1)
        for side in range(4):
            # The row in front across axis 1, the one below across axis 0, and the two that share an edge with it.
            axis = 1 - side if side < 2 else -1
            step = (-1, 0, -1, 1)[side]
            other = row + step if side == 0 else row - nj + step
            if (side == 0 and not along) or other < lowest or not 0 <= j + step < nj:
                continue
            q, q_stop = offsets[other], offsets[other + 1]
            if axis < 0 and ((p_stop - p == 1 and values[p] == 0) or (q_stop - q == 1 and values[q] == 0)):
                continue  # a row of nothing but background has nothing to join across an edge
            used += _walk(starts, values, p, p_stop, q, q_stop, ni, axis, parent, enclosing, inner, keys, counts)
    return keys, counts


@compiled
def number(parent: Array) -> tuple[Array, int]:
    """Each run's piece, numbered in the order in which the pieces begin, and how many there are."""
    piece = np.empty(len(parent), dtype=np.int32)
    count = 0
    for n in range(len(parent)):
        root = _root(parent, n)
        if root == n:
            piece[n] = count
            count += 1
        else:
            piece[n] = piece[root]
    return piece, count
