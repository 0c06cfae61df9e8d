"""Passes over image voxels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.evidence.kernels.compiled import compiled

Array = NDArray[Any]


@compiled
def finite_range(flat: Array, first: int, last: int) -> tuple[float, float]:
    """Lowest and highest finite value; (inf, −inf) when there is none."""
    low, high = np.inf, -np.inf
    for n in range(first, last):
        value = flat[n]
        if np.isfinite(value):
            low = min(low, float(value))
            high = max(high, float(value))
    return low, high


@compiled
def histogram(
    labels: Array, dense: Array, image: Array, first: int, last: int, low: float, step: float, bins: Array, sums: Array
) -> None:
    """Adds each labelled voxel of slices `first` to `last` to `bins[label, bin]` and `sums[label]`.

    Args:
        labels: as stored, in the image's order of axes.
        dense: stored to dense label.
        image: values that are not finite are left out.
        first: first slice.
        last: slice after the last one.
        low: value of the first bin's middle.
        step: width of a bin.
        bins: counts.
        sums: count, sum and sum of squares.
    """
    _, nj, ni = labels.shape
    top = bins.shape[1] - 1
    for k in range(first, last):
        for j in range(nj):
            for i in range(ni):
                stored = labels[k, j, i]
                if stored != 0:
                    value = float(image[k, j, i])
                    if np.isfinite(value):
                        label = dense[stored]
                        bins[label, min(max(int((value - low) / step + 0.5), 0), top)] += 1
                        sums[label, 0] += 1
                        sums[label, 1] += value
                        sums[label, 2] += value * value
