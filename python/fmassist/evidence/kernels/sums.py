"""Adding up runs: moments and boxes of pieces, ends and borders of labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.evidence.kernels.compiled import compiled

Array = NDArray[Any]


@compiled
def sum_pieces(
    starts: Array, values: Array, offsets: Array, nj: int, ni: int, piece: Array, enclosing: Array, count: int
) -> tuple[Array, Array, Array, Array]:
    """What the runs of each piece add up to.

    Returns:
        label: dense, 0 for background.
        moments: count, Σk, Σj, Σi, Σkk, Σjj, Σii, Σkj, Σki, Σji; of background only the count. All are whole numbers,
            and exact up to 2⁵³.
        boxes: low k, j, i and high k, j, i.
        around: the one label around a piece of background, 0 for none and −1 for several.
    """
    label = np.zeros(count, dtype=np.int32)
    moments = np.zeros((count, 10))
    boxes = np.empty((count, 6), dtype=np.int32)
    for g in range(count):
        for axis in range(3):
            boxes[g, axis] = 0x7FFFFFFF
            boxes[g, axis + 3] = -1
    around = np.zeros(count, dtype=np.int32)
    for row in range(len(offsets) - 1):
        k, j = row // nj, row % nj
        stop = offsets[row + 1]
        for n in range(offsets[row], stop):
            g = piece[n]
            a = starts[n]
            b = (starts[n + 1] if n + 1 < stop else ni) - 1
            length = float(b - a + 1)
            moments[g, 0] += length
            boxes[g, 0] = min(boxes[g, 0], k)
            boxes[g, 1] = min(boxes[g, 1], j)
            boxes[g, 2] = min(boxes[g, 2], a)
            boxes[g, 3] = max(boxes[g, 3], k)
            boxes[g, 4] = max(boxes[g, 4], j)
            boxes[g, 5] = max(boxes[g, 5], b)
            if values[n] == 0:
                if enclosing[n] != 0:
                    around[g] = enclosing[n] if around[g] == 0 or around[g] == enclosing[n] else -1
                continue
            label[g] = values[n]
            si = 0.5 * length * (a + b)
            moments[g, 1] += length * k
            moments[g, 2] += length * j
            moments[g, 3] += si
            moments[g, 4] += length * k * k
            moments[g, 5] += length * j * j
            moments[g, 6] += (b * (b + 1.0) * (2.0 * b + 1.0) - (a - 1.0) * a * (2.0 * a - 1.0)) / 6.0
            moments[g, 7] += length * k * j
            moments[g, 8] += si * k
            moments[g, 9] += si * j
    return label, moments, boxes, around


@compiled
def sum_ends(
    starts: Array, values: Array, offsets: Array, nj: int, ni: int, boxes: Array, view: Array, reach: int, count: int
) -> tuple[Array, Array, Array, Array]:
    """What each label has at the ends of its box and on the border of the field of view.

    Args:
        starts: of runs.
        values: of runs, as dense labels.
        offsets: of rows.
        nj: rows in a slice.
        ni: voxels in a row.
        boxes: of dense labels.
        view: low and high indices of what holds data.
        reach: how many slices make an end.
        count: the largest dense label.

    Returns:
        sections: `[label, axis, low or high, slices from the end]`, voxels.
        ends: `[label, axis, low or high, axis]`, Σ of indices over the outermost slice.
        border: `[label, axis, low or high]`, voxels on the face of the field of view.
        runs: `[label]`, number of runs.
    """
    sections = np.zeros((count + 1, 3, 2, reach), dtype=np.int64)
    ends = np.zeros((count + 1, 3, 2, 3))
    border = np.zeros((count + 1, 3, 2), dtype=np.int64)
    runs = np.zeros(count + 1, dtype=np.int64)
    for row in range(len(offsets) - 1):
        k, j = row // nj, row % nj
        stop = offsets[row + 1]
        for n in range(offsets[row], stop):
            label = values[n]
            if label == 0:
                continue
            runs[label] += 1
            a = starts[n]
            b = (starts[n + 1] if n + 1 < stop else ni) - 1
            length = b - a + 1
            si = 0.5 * length * (a + b)
            if k == view[0]:
                border[label, 0, 0] += length
            if k == view[3]:
                border[label, 0, 1] += length
            if j == view[1]:
                border[label, 1, 0] += length
            if j == view[4]:
                border[label, 1, 1] += length
            if a <= view[2] <= b:
                border[label, 2, 0] += 1
            if a <= view[5] <= b:
                border[label, 2, 1] += 1
            for axis in range(2):
                at = k if axis == 0 else j
                for side in range(2):
                    off = at - boxes[label, axis] if side == 0 else boxes[label, 3 + axis] - at
                    if off < reach:
                        sections[label, axis, side, off] += length
                    if off == 0:
                        ends[label, axis, side, 0] += length * k
                        ends[label, axis, side, 1] += length * j
                        ends[label, axis, side, 2] += si
            low, high = boxes[label, 2], boxes[label, 5]
            for i in range(a, min(b, low + reach - 1) + 1):
                sections[label, 2, 0, i - low] += 1
            for i in range(max(a, high - reach + 1), b + 1):
                sections[label, 2, 1, high - i] += 1
            if a == low:
                ends[label, 2, 0, 0] += k
                ends[label, 2, 0, 1] += j
                ends[label, 2, 0, 2] += low
            if b == high:
                ends[label, 2, 1, 0] += k
                ends[label, 2, 1, 1] += j
                ends[label, 2, 1, 2] += high
    return sections, ends, border, runs


@compiled
def sum_overlaps(
    starts: Array, values: Array, offsets: Array, more_starts: Array, more_values: Array, more_offsets: Array, ni: int
) -> tuple[Array, Array]:
    """Runs that overlap between two layers: pairs of dense labels (low << 32 | high), and voxels of each overlap.

    A pair comes up as often as its runs meet.
    """
    room = 1024
    pairs = np.empty(room, dtype=np.int64)
    voxels = np.empty(room, dtype=np.int64)
    found = 0
    for row in range(len(offsets) - 1):
        p, p_stop = offsets[row], offsets[row + 1]
        q, q_stop = more_offsets[row], more_offsets[row + 1]
        if (p_stop - p == 1 and values[p] == 0) or (q_stop - q == 1 and more_values[q] == 0):
            continue
        from_p = from_q = 0
        while p < p_stop and q < q_stop:
            to_p = starts[p + 1] if p + 1 < p_stop else ni
            to_q = more_starts[q + 1] if q + 1 < q_stop else ni
            a, b = values[p], more_values[q]
            if a != 0 and b != 0:
                key = (np.int64(min(a, b)) << 32) | np.int64(max(a, b))
                length = min(to_p, to_q) - max(from_p, from_q)
                if found and pairs[found - 1] == key:
                    voxels[found - 1] += length
                else:
                    if found == room:
                        room *= 2
                        more_pairs = np.empty(room, dtype=np.int64)
                        more_voxels = np.empty(room, dtype=np.int64)
                        for old in range(found):
                            more_pairs[old] = pairs[old]
                            more_voxels[old] = voxels[old]
                        pairs, voxels = more_pairs, more_voxels
                    pairs[found] = key
                    voxels[found] = length
                    found += 1
            if to_p <= to_q:
                p, from_p = p + 1, to_p
            if to_q <= to_p:
                q, from_q = q + 1, to_q
    return pairs[:found], voxels[:found]
