"""What lies within the outline of a label, slice by slice."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.evidence.kernels.compiled import compiled

Array = NDArray[Any]


@compiled
def inside_outline(
    starts: Array,
    values: Array,
    offsets: Array,
    others: tuple[Array, Array, Array],
    nj: int,
    ni: int,
    label: int,
    box: Array,
    wanted: Array,
    inside: Array,
) -> None:
    """Counts voxels of wanted labels within the outline of `label`.

    Within the outline of a slice is what has the label on both sides along its row and along its column.

    Args:
        starts: runs of the label's layer.
        values: their dense labels.
        offsets: of rows.
        others: the same three of the layer in which to count.
        nj: rows in a slice.
        ni: voxels in a row.
        label: dense.
        box: low k, j, i and high k, j, i of the label.
        wanted: dense labels to count.
        inside: `[label]`, added to.
    """
    width = box[5] - box[2] + 1
    first_j = np.empty(width, dtype=np.int32)
    last_j = np.empty(width, dtype=np.int32)
    first_i = np.empty(nj, dtype=np.int32)
    last_i = np.empty(nj, dtype=np.int32)
    other_starts, other_values, other_offsets = others
    for k in range(box[0], box[3] + 1):
        for i in range(width):
            first_j[i] = nj
            last_j[i] = -1
        for j in range(box[1], box[4] + 1):
            row = k * nj + j
            first_i[j] = ni
            last_i[j] = -1
            stop = offsets[row + 1]
            for n in range(offsets[row], stop):
                if values[n] == label:
                    a = starts[n]
                    b = starts[n + 1] if n + 1 < stop else ni
                    first_i[j] = min(first_i[j], a)
                    last_i[j] = b - 1
                    for i in range(a - box[2], b - box[2]):
                        first_j[i] = min(first_j[i], j)
                        last_j[i] = j
        for j in range(box[1], box[4] + 1):
            if last_i[j] < 0:
                continue
            row = k * nj + j
            stop = other_offsets[row + 1]
            for n in range(other_offsets[row], stop):
                if other_starts[n] > last_i[j]:
                    break
                value = other_values[n]
                if value == 0 or not wanted[value]:
                    continue
                a = max(other_starts[n], first_i[j])
                b = min(other_starts[n + 1] if n + 1 < stop else ni, last_i[j] + 1)
                hits = 0
                for i in range(a - box[2], b - box[2]):
                    hits += first_j[i] <= j <= last_j[i]
                inside[value] += hits
