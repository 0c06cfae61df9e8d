"""Shortest distances between labels, by bricks: only voxels of bricks that may hold the nearest pair are looked at."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.evidence.kernels.compiled import compiled

Array = NDArray[Any]


@compiled
def find_bricks(
    starts: Array, values: Array, offsets: Array, nj: int, ni: int, edge: int, wanted: Array, first: int, last: int
) -> tuple[Array, Array]:
    """The tight box of every wanted label in every brick of `edge`³ voxels, for layers of bricks `first` to `last`.

    Returns:
        label: dense, of each box.
        boxes: low k, j, i and high k, j, i.
    """
    nk = (len(offsets) - 1) // nj
    across, columns = (nj + edge - 1) // edge, (ni + edge - 1) // edge
    room = 4096
    label = np.empty(room, dtype=np.int32)
    boxes = np.empty((room, 6), dtype=np.int32)
    slot = np.full(len(wanted) * columns, -1, dtype=np.int32)
    found = 0
    for layer in range(first, last):
        for band in range(across):
            begin = found
            for k in range(layer * edge, min((layer + 1) * edge, nk)):
                for j in range(band * edge, min((band + 1) * edge, nj)):
                    row = k * nj + j
                    stop = offsets[row + 1]
                    for n in range(offsets[row], stop):
                        value = values[n]
                        if value == 0 or not wanted[value]:
                            continue
                        a = starts[n]
                        b = (starts[n + 1] if n + 1 < stop else ni) - 1
                        for column in range(a // edge, b // edge + 1):
                            low, high = max(a, column * edge), min(b, column * edge + edge - 1)
                            at = slot[value * columns + column]
                            if at >= begin:
                                boxes[at, 1] = min(boxes[at, 1], j)
                                boxes[at, 2] = min(boxes[at, 2], low)
                                boxes[at, 3] = k
                                boxes[at, 4] = max(boxes[at, 4], j)
                                boxes[at, 5] = max(boxes[at, 5], high)
                                continue
                            if found == room:
                                room *= 2
                                more_label = np.empty(room, dtype=np.int32)
                                more_boxes = np.empty((room, 6), dtype=np.int32)
                                more_label[:found] = label
                                more_boxes[:found] = boxes
                                label, boxes = more_label, more_boxes
                            slot[value * columns + column] = found
                            label[found] = value
                            boxes[found, 0], boxes[found, 1], boxes[found, 2] = k, j, low
                            boxes[found, 3], boxes[found, 4], boxes[found, 5] = k, j, high
                            found += 1
    return label[:found].copy(), boxes[:found].copy()


@compiled
def _apart(one: Array, two: Array, weights: Array) -> float:
    """Squared distance of two boxes, at most that of any voxels in them."""
    total = 0.0
    for axis in range(3):
        gap = float(max(one[axis] - two[axis + 3], two[axis] - one[axis + 3], 0))
        total += gap * gap * weights[axis]
    return total


@compiled
def _facing(labels: Array, label: int, box: Array, other: Array, weights: Array, bound: float, found: Array) -> int:
    """Surface voxels of the label in its box that lie nearer to the other box than `bound`, into `found`."""
    nk, nj, ni = labels.shape
    n = 0
    for k in range(box[0], box[3] + 1):
        gap = float(max(k - other[3], other[0] - k, 0))
        in_slice = gap * gap * weights[0]
        if in_slice >= bound:
            continue
        for j in range(box[1], box[4] + 1):
            gap = float(max(j - other[4], other[1] - j, 0))
            in_row = in_slice + gap * gap * weights[1]
            if in_row >= bound:
                continue
            for i in range(box[2], box[5] + 1):
                if labels[k, j, i] != label:
                    continue
                gap = float(max(i - other[5], other[2] - i, 0))
                if in_row + gap * gap * weights[2] >= bound:
                    continue
                if (
                    0 < k < nk - 1
                    and 0 < j < nj - 1
                    and 0 < i < ni - 1
                    and labels[k - 1, j, i] == label
                    and labels[k + 1, j, i] == label
                    and labels[k, j - 1, i] == label
                    and labels[k, j + 1, i] == label
                    and labels[k, j, i - 1] == label
                    and labels[k, j, i + 1] == label
                ):
                    continue
                found[n, 0] = k
                found[n, 1] = j
                found[n, 2] = i
                n += 1
    return n


@compiled
def shortest(
    labels: Array,
    label: int,
    bricks: Array,
    more_labels: Array,
    more_label: int,
    more_bricks: Array,
    metric: Array,
    weights: Array,
    edge: int,
) -> float:
    """Shortest distance between voxel centres of two labels, in mm.

    Bricks are taken by how near they may come, and the search ends where the next can't come nearer than what was
    found. Only surface voxels are compared: of any other, a neighbour of the same label lies nearer.

    Args:
        labels: the layer of the first, `[k, j, i]`.
        label: as stored.
        bricks: its boxes, as `find_bricks` gives them.
        more_labels: the layer of the second.
        more_label: as stored.
        more_bricks: its boxes.
        metric: 3×3, squared mm of an index step.
        weights: for each axis, the squared mm that a gap of one voxel between boxes is worth at least.
        edge: of a brick.
    """
    whole = np.empty((2, 6), dtype=np.int64)
    for side in range(2):
        boxes = bricks if side == 0 else more_bricks
        for axis in range(3):
            whole[side, axis] = boxes[:, axis].min()
            whole[side, axis + 3] = boxes[:, axis + 3].max()
    one, two = np.empty((edge**3, 3), dtype=np.int64), np.empty((edge**3, 3), dtype=np.int64)
    best = np.inf
    order = np.empty(0, dtype=np.int64)
    gaps = np.empty(0)
    pairs = np.empty((0, 2), dtype=np.int64)
    # The first round compares one pair of bricks, which bounds the second, which compares all that may be nearer.
    for attempt in range(2):
        near = [n for n in range(len(bricks)) if _apart(bricks[n], whole[1], weights) < best]
        more_near = [n for n in range(len(more_bricks)) if _apart(more_bricks[n], whole[0], weights) < best]
        if attempt == 0:
            least, a, b = np.inf, 0, 0
            for n in near:
                gap = _apart(bricks[n], whole[1], weights)
                if gap < least:
                    least, a = gap, n
            for _ in range(2):
                least = np.inf
                for m in more_near:
                    gap = _apart(bricks[a], more_bricks[m], weights)
                    if gap < least:
                        least, b = gap, m
                least = np.inf
                for n in near:
                    gap = _apart(bricks[n], more_bricks[b], weights)
                    if gap < least:
                        least, a = gap, n
            pairs = np.array([[a, b]], dtype=np.int64)
            gaps = np.zeros(1)
        else:
            count = 0
            for n in near:
                for m in more_near:
                    if _apart(bricks[n], more_bricks[m], weights) < best:
                        count += 1
            pairs = np.empty((count, 2), dtype=np.int64)
            gaps = np.empty(count)
            count = 0
            for n in near:
                for m in more_near:
                    gap = _apart(bricks[n], more_bricks[m], weights)
                    if gap < best:
                        pairs[count, 0] = n
                        pairs[count, 1] = m
                        gaps[count] = gap
                        count += 1
        order = np.argsort(gaps)
        for at in order:
            if gaps[at] >= best:
                break
            here, there = bricks[pairs[at, 0]], more_bricks[pairs[at, 1]]
            n_one = _facing(labels, label, here, there, weights, best, one)
            n_two = _facing(more_labels, more_label, there, here, weights, best, two) if n_one else 0
            for n in range(n_one):
                for m in range(n_two):
                    dk, dj, di = one[n, 0] - two[m, 0], one[n, 1] - two[m, 1], one[n, 2] - two[m, 2]
                    square = metric[0, 0] * dk * dk + metric[1, 1] * dj * dj + metric[2, 2] * di * di
                    square += 2.0 * (metric[0, 1] * dk * dj + metric[0, 2] * dk * di + metric[1, 2] * dj * di)
                    best = min(best, square)
    return float(np.sqrt(best))
