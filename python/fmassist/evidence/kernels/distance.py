"""Shortest distances between labels, by bricks: only voxels of bricks that may hold the nearest pair are looked at."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.evidence.kernels.compiled import compiled

Array = NDArray[Any]
Label = tuple[Array, int, Array]
"""A layer of labels, one of them as stored, and the boxes of its bricks."""


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
    slot = np.empty(len(wanted) * columns, dtype=np.int32)
    for n in range(len(slot)):
        slot[n] = -1
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
                                for old in range(found):
                                    more_label[old] = label[old]
                                    for axis in range(6):
                                        more_boxes[old, axis] = boxes[old, axis]
                                label, boxes = more_label, more_boxes
                            slot[value * columns + column] = found
                            label[found] = value
                            boxes[found, 0], boxes[found, 1], boxes[found, 2] = k, j, low
                            boxes[found, 3], boxes[found, 4], boxes[found, 5] = k, j, high
                            found += 1
    return label[:found], boxes[:found]


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
def _blocks(bricks: Array, edge: int) -> tuple[Array, Array]:
    """Where the bricks of each block of `edge`³ voxels begin (and the last ends), and the box of each block."""
    bounds = np.empty(len(bricks) + 1, dtype=np.int64)
    boxes = np.empty((len(bricks), 6), dtype=np.int32)
    count = 0
    for n in range(len(bricks)):
        here = bricks[n]
        if n and (
            here[0] // edge == bricks[n - 1, 0] // edge
            and here[1] // edge == bricks[n - 1, 1] // edge
            and here[2] // edge == bricks[n - 1, 2] // edge
        ):
            for axis in range(3):
                boxes[count - 1, axis] = min(boxes[count - 1, axis], here[axis])
                boxes[count - 1, axis + 3] = max(boxes[count - 1, axis + 3], here[axis + 3])
        else:
            bounds[count] = n
            for axis in range(6):
                boxes[count, axis] = here[axis]
            count += 1
    bounds[count] = len(bricks)
    return bounds[: count + 1], boxes[:count]


@compiled
def _compare(
    one: Label, n: int, two: Label, m: int, metric: Array, weights: Array, best: float, scratch: tuple[Array, Array]
) -> float:
    """The least of `best` and the squared distances between voxels of brick `n` of one and brick `m` of two."""
    here, there = one[2][n], two[2][m]
    count = _facing(one[0], one[1], here, there, weights, best, scratch[0])
    more_count = _facing(two[0], two[1], there, here, weights, best, scratch[1]) if count else 0
    for a in range(count):
        for b in range(more_count):
            dk = scratch[0][a, 0] - scratch[1][b, 0]
            dj = scratch[0][a, 1] - scratch[1][b, 1]
            di = scratch[0][a, 2] - scratch[1][b, 2]
            square = metric[0, 0] * dk * dk + metric[1, 1] * dj * dj + metric[2, 2] * di * di
            square += 2.0 * (metric[0, 1] * dk * dj + metric[0, 2] * dk * di + metric[1, 2] * dj * di)
            best = min(best, square)
    return best


@compiled
def shortest(one: Label, two: Label, metric: Array, weights: Array, brick: int, block: int, least: float) -> float:
    """Shortest distance between voxel centres of two labels, in mm.

    Branch and bound over two levels: pairs of blocks are opened by how near they may come, nearest first, and in them
    pairs of bricks, until the next can't come nearer than what was found. Only surface voxels are compared: of any
    other, a neighbour of the same label lies nearer.

    Args:
        one: the layer, `[k, j, i]`; the label as stored; its boxes as `find_bricks` gives them, those of one block
            together.
        two: the other label alike.
        metric: 3×3, squared mm of an index step.
        weights: for each axis, the squared mm that a gap of one voxel between boxes is worth at least.
        brick: voxels along a brick.
        block: voxels along a block.
        least: squared mm; where this is reached, nothing nearer is looked for.
    """
    bricks, more_bricks = one[2], two[2]
    bounds, boxes = _blocks(bricks, block)
    more_bounds, more_boxes = _blocks(more_bricks, block)
    scratch = np.empty((brick**3, 3), dtype=np.int64), np.empty((brick**3, 3), dtype=np.int64)
    gaps, lows = np.empty((len(boxes), len(more_boxes))), np.empty(len(boxes))
    for a in range(len(boxes)):
        lows[a] = np.inf
        for b in range(len(more_boxes)):
            gaps[a, b] = _apart(boxes[a], more_boxes[b], weights)
            lows[a] = min(lows[a], gaps[a, b])
    best = np.inf
    while True:
        a = b = 0
        for other in range(1, len(boxes)):
            if lows[other] < lows[a]:
                a = other
        if lows[a] >= best or best <= least:
            return float(np.sqrt(best))
        for other in range(1, len(more_boxes)):
            if gaps[a, other] < gaps[a, b]:
                b = other
        gaps[a, b] = lows[a] = np.inf
        for other in range(len(more_boxes)):
            lows[a] = min(lows[a], gaps[a, other])
        # The nearest pair of bricks first here too: it leaves little to do for the others.
        low, first_n, first_m = np.inf, -1, -1
        for n in range(bounds[a], bounds[a + 1]):
            if _apart(bricks[n], more_boxes[b], weights) < min(best, low):
                for m in range(more_bounds[b], more_bounds[b + 1]):
                    gap = _apart(bricks[n], more_bricks[m], weights)
                    if gap < low:
                        low, first_n, first_m = gap, n, m
        if low >= best:
            continue
        best = _compare(one, first_n, two, first_m, metric, weights, best, scratch)
        for n in range(bounds[a], bounds[a + 1]):
            if _apart(bricks[n], more_boxes[b], weights) < best:
                for m in range(more_bounds[b], more_bounds[b + 1]):
                    if _apart(bricks[n], more_bricks[m], weights) < best and (n != first_n or m != first_m):
                        best = _compare(one, n, two, m, metric, weights, best, scratch)
