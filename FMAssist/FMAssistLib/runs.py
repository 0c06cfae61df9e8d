"""Segments as runs of voxels along rows: boxes and connected pieces in milliseconds, with numpy alone.

Slicer brings scipy, but importing `scipy.ndimage` holds up the window for a fifth of a second, and labelling the
pieces of a large organ for longer; runs are few where voxels are many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from FMAssistLib.idle import Steps, slabs

Box = tuple[slice, slice, slice]
"""Ranges along k, j, i."""


@dataclass(frozen=True)
class Runs:
    """Runs of equal voxels other than 0, in the order of the array.

    Args:
        rows: k × nj + j of each run.
        starts: i of each run's first voxel.
        ends: i after each run's last voxel.
        values: of the voxels.
        shape: (nk, nj, ni) of the array.
    """

    rows: Any
    starts: Any
    ends: Any
    values: Any
    shape: tuple[int, int, int]


def runs_of(array: Any) -> Steps[Runs]:
    """The runs of an array [k, j, i] of labels or booleans."""
    import numpy as np

    nk, nj, ni = array.shape
    parts = []
    for slab in slabs(nk, nj * ni):
        part = np.ascontiguousarray(array[slab]).reshape(-1, ni)
        # A change within a row, and every row's beginning, starts a run.
        change = np.empty(part.shape, bool)
        change[:, 0] = True
        np.not_equal(part[:, 1:], part[:, :-1], out=change[:, 1:])
        first = np.flatnonzero(change)
        yield
        values = part.ravel()[first]
        after = np.append(first[1:], part.size)
        kept = values != 0
        first, after, values = first[kept], after[kept], values[kept]
        rows = first // ni
        parts.append((rows + slab.start * nj, first - rows * ni, after - rows * ni, values))
        yield
    if not parts:
        empty = np.zeros(0, np.int64)
        return Runs(empty, empty, empty, empty, (nk, nj, ni))
    rows, starts, ends, values = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Runs(rows, starts, ends, values, (nk, nj, ni))


def boxes_by_value(runs: Runs) -> Steps[dict[int, Box]]:
    """The box that just holds each value's voxels."""
    import numpy as np

    order = np.argsort(runs.values, kind="stable")
    yield
    kinds, first = np.unique(runs.values[order], return_index=True)
    yield
    found = {}
    for kind, start, after in zip(kinds.tolist(), first.tolist(), [*first[1:].tolist(), len(order)], strict=False):
        found[int(kind)] = _box(runs, order[start:after])
        yield
    return found


def pieces_of(runs: Runs, by_faces: bool = False) -> Steps[Any]:
    """Number of the piece that each run belongs to, 0 for the first found in the array's order.

    All runs count as one structure; values are not looked at.

    Args:
        runs: of the structure.
        by_faces: whether voxels hang together by their faces only (6-connected), as for the background around a
            structure that is 26-connected.
    """
    import numpy as np

    count = len(runs.rows)
    root = np.arange(count)
    _nk, nj, ni = runs.shape
    # Rows are kept apart by one voxel, so that a run which reaches into its neighbour's reach meets no other row.
    width = ni + 2
    first, last = runs.rows * width + runs.starts, runs.rows * width + runs.ends
    j = runs.rows % nj
    neighbours = [(1, j < nj - 1), (nj - 1, j > 0), (nj, j >= 0), (nj + 1, j < nj - 1)]
    for shift, inside in neighbours[::2] if by_faces else neighbours:
        own = np.flatnonzero(inside)
        # `last` is one beyond the run, so that equal means touching by an edge or a corner.
        low = np.searchsorted(last, first[own] + shift * width, side="right" if by_faces else "left")
        high = np.searchsorted(first, last[own] + shift * width, side="left" if by_faces else "right")
        many = high - low
        mine = np.repeat(own, many)
        theirs = np.repeat(low - np.append(0, np.cumsum(many)[:-1]), many) + np.arange(int(many.sum()))
        yield
        root = _joined(root, mine, theirs, np)
        yield
    _, pieces = np.unique(root, return_inverse=True)
    return pieces.reshape(-1)


def sizes_of(runs: Runs, pieces: Any) -> Any:
    """Voxels of each piece."""
    import numpy as np

    return np.bincount(pieces, weights=runs.ends - runs.starts).astype(np.int64)


def centres_of(runs: Runs, pieces: Any) -> Any:
    """Mean index (k, j, i) of each piece's voxels, as an array of one row a piece."""
    import numpy as np

    lengths = runs.ends - runs.starts
    nj = runs.shape[1]
    places = (runs.rows // nj, runs.rows % nj, (runs.starts + runs.ends - 1) / 2)
    sums = [np.bincount(pieces, weights=place * lengths) for place in places]
    return np.stack(sums, axis=1) / np.bincount(pieces, weights=lengths)[:, None]


def holes_in(mask: Any) -> Steps[Any]:
    """The voxels [k, j, i] outside a structure from which no way by faces leads out of its box."""
    import numpy as np

    around = yield from runs_of(~mask)
    pieces = yield from pieces_of(around, by_faces=True)
    nk, nj, ni = around.shape
    k, j = around.rows // nj, around.rows % nj
    ends = (k == 0) | (k == nk - 1) | (j == 0) | (j == nj - 1) | (around.starts == 0) | (around.ends == ni)
    closed = ~np.isin(pieces, pieces[ends])
    return (yield from drawn(around, closed, (slice(0, nk), slice(0, nj), slice(0, ni))))


def box_of(runs: Runs, chosen: Any) -> Box | None:
    """The box that just holds the chosen runs, given as booleans; None where none is."""
    import numpy as np

    at = np.flatnonzero(chosen)
    return _box(runs, at) if len(at) else None


def drawn(runs: Runs, chosen: Any, box: Box) -> Steps[Any]:
    """Booleans [k, j, i] of the chosen runs within a box that holds them."""
    import numpy as np

    k, j, i = box
    shape = (k.stop - k.start, j.stop - j.start, i.stop - i.start)
    nj = runs.shape[1]
    rows = (runs.rows[chosen] // nj - k.start) * shape[1] + runs.rows[chosen] % nj - j.start
    starts, ends = runs.starts[chosen] - i.start, runs.ends[chosen] - i.start
    mask = np.empty(shape, bool)
    for slab in slabs(shape[0], shape[1] * shape[2]):
        first, after = np.searchsorted(rows, (slab.start * shape[1], slab.stop * shape[1]))
        here = rows[first:after] - slab.start * shape[1]
        # +1 where a run starts, −1 after it: the running sum along the row is 1 inside.
        edges = np.zeros(((slab.stop - slab.start) * shape[1], shape[2] + 1), np.int8)
        edges[here, starts[first:after]] += 1
        np.add.at(edges, (here, ends[first:after]), -1)
        mask[slab] = (np.cumsum(edges, axis=1, dtype=np.int8)[:, :-1] > 0).reshape(-1, *shape[1:])
        yield
    return mask


def _joined(root: Any, a: Any, b: Any, np: Any) -> Any:
    """Roots after a and b were joined: the lowest of all that hang together."""
    while len(a):
        a, b = root[a], root[b]
        apart = a != b
        if not apart.any():
            break
        a, b = a[apart], b[apart]
        np.minimum.at(root, np.maximum(a, b), np.minimum(a, b))
        while True:
            nearer = root[root]
            if (nearer == root).all():
                break
            root = nearer
    return root


def _box(runs: Runs, at: Any) -> Box:
    rows, nj = runs.rows[at], runs.shape[1]
    j = rows % nj
    return (
        slice(int(rows[0]) // nj, int(rows[-1]) // nj + 1),
        slice(int(j.min()), int(j.max()) + 1),
        slice(int(runs.starts[at].min()), int(runs.ends[at].max())),
    )
