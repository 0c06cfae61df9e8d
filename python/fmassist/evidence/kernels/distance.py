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
def _compare(
    labels: Array,
    label: int,
    brick: Array,
    more_labels: Array,
    more_label: int,
    more_brick: Array,
    metric: Array,
    weights: Array,
    best: float,
    one: Array,
    two: Array,
) -> float:
    """The least of `best` and the squared distances between voxels of two bricks; `one` and `two` are scratch."""
    n_one = _facing(labels, label, brick, more_brick, weights, best, one)
    n_two = _facing(more_labels, more_label, more_brick, brick, weights, best, two) if n_one else 0
    for n in range(n_one):
        for m in range(n_two):
            dk, dj, di = one[n, 0] - two[m, 0], one[n, 1] - two[m, 1], one[n, 2] - two[m, 2]
            square = metric[0, 0] * dk * dk + metric[1, 1] * dj * dj + metric[2, 2] * di * di
            square += 2.0 * (metric[0, 1] * dk * dj + metric[0, 2] * dk * di + metric[1, 2] * dj * di)
            best = min(best, square)
    return best


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
            boxes[count] = here
            count += 1
    bounds[count] = len(bricks)
    return bounds[: count + 1], boxes[:count]


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
    edges: tuple[int, int],
    least: float,
) -> float:
    """Shortest distance between voxel centres of two labels, in mm.

    Pairs of blocks are opened by how near they may come, nearest first, and in them pairs of bricks, until the next
    can't come nearer than what was found: branch and bound over two levels. Only surface voxels are compared: of any
    other, a neighbour of the same label lies nearer.

    Args:
        labels: the layer of the first, `[k, j, i]`.
        label: as stored.
        bricks: its boxes, as `find_bricks` gives them, those of one block together.
        more_labels: the layer of the second.
        more_label: as stored.
        more_bricks: its boxes, alike.
        metric: 3×3, squared mm of an index step.
        weights: for each axis, the squared mm that a gap of one voxel between boxes is worth at least.
        edges: voxels along a brick, and along a block.
        least: squared mm; where this is reached, nothing nearer is looked for.
    """
    bounds, boxes = _blocks(bricks, edges[1])
    more_bounds, more_boxes = _blocks(more_bricks, edges[1])
    one, two = np.empty((edges[0] ** 3, 3), dtype=np.int64), np.empty((edges[0] ** 3, 3), dtype=np.int64)
    best = np.inf
    # The first round opens the nearest pair of blocks alone, so that the second need not keep all the others in order.
    for attempt in range(2):
        opened = np.empty((1, 2), dtype=np.int64)
        gaps = np.full(1, np.inf)
        count = 0
        for a in range(len(boxes)):
            for b in range(len(more_boxes)):
                gap = _apart(boxes[a], more_boxes[b], weights)
                if attempt == 0:
                    if gap < gaps[0]:
                        gaps[0], opened[0, 0], opened[0, 1] = gap, a, b
                elif gap < best:
                    if count == len(gaps):
                        more_opened, more_gaps = np.empty((4 * count, 2), dtype=np.int64), np.empty(4 * count)
                        more_opened[:count], more_gaps[:count] = opened, gaps
                        opened, gaps = more_opened, more_gaps
                    gaps[count], opened[count, 0], opened[count, 1] = gap, a, b
                    count += 1
        if attempt == 1:
            opened, gaps = opened[:count], gaps[:count]
        for at in np.argsort(gaps):
            if gaps[at] >= best or best <= least:
                break
            a, b = opened[at, 0], opened[at, 1]
            # Nearest bricks first here too: they leave little to do for the others.
            low, first_n, first_m = np.inf, -1, -1
            for n in range(bounds[a], bounds[a + 1]):
                if _apart(bricks[n], more_boxes[b], weights) < min(best, low):
                    for m in range(more_bounds[b], more_bounds[b + 1]):
                        gap = _apart(bricks[n], more_bricks[m], weights)
                        if gap < low:
                            low, first_n, first_m = gap, n, m
            if low >= best:
                continue
            best = _compare(
                labels,
                label,
                bricks[first_n],
                more_labels,
                more_label,
                more_bricks[first_m],
                metric,
                weights,
                best,
                one,
                two,
            )
            for n in range(bounds[a], bounds[a + 1]):
                if _apart(bricks[n], more_boxes[b], weights) < best:
                    for m in range(more_bounds[b], more_bounds[b + 1]):
                        if _apart(bricks[n], more_bricks[m], weights) < best and (n != first_n or m != first_m):
                            best = _compare(
                                labels,
                                label,
                                bricks[n],
                                more_labels,
                                more_label,
                                more_bricks[m],
                                metric,
                                weights,
                                best,
                                one,
                                two,
                            )
        if best <= least:
            break
    return float(np.sqrt(best))
