"""Connected pieces and cavities of every label at once, from runs of voxels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Pieces:
    """One row for each piece, ordered by label, then largest first (of equals, the one found first)."""

    label: Array
    moments: Array
    """Count, Σk, Σj, Σi and the second moments (see `kernels.sum_runs`)."""
    boxes: Array
    """Low k, j, i and high k, j, i."""


def find_pieces(runs: Array, rows: Array, offsets: Array, nj: int) -> Pieces:
    """The 26-connected pieces of all labels."""
    from fmassist.evidence.kernels import connect, sum_runs

    parent = connect(runs, rows, offsets, nj, 1)
    roots, group = np.unique(parent, return_inverse=True)
    moments = np.zeros((len(roots), 10))
    boxes = np.empty((len(roots), 6), dtype=np.int32)
    boxes[:, :3], boxes[:, 3:] = np.iinfo(np.int32).max, -1
    sum_runs(runs, rows, group, nj, moments, boxes)
    label = runs[roots, 2] if len(roots) else np.empty(0, dtype=np.int32)
    order = np.lexsort((roots, -moments[:, 0], label))
    return Pieces(label[order], moments[order], boxes[order])


def cavities(labels: Array, box: Array) -> tuple[int, int]:
    """Number and voxels of the holes in the label inside its box: background that nothing but it encloses.

    Args:
        labels: the label's box cut out of the volume; nonzero where any label is.
        box: True where this label is.
    """
    from scipy import ndimage

    filled = ndimage.binary_fill_holes(box)
    holes = filled & ~box & (labels == 0)
    voxels = int(np.count_nonzero(holes))
    if not voxels:
        return 0, 0
    return int(ndimage.label(holes)[1]), voxels
