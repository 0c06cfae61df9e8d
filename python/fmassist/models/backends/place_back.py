"""Labels of a prepared grid on the volume's own voxels: the nearest one each, none invented."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.geometry import Geometry

Array = NDArray[Any]

DRIFT = 0.05
"""How far, in voxels, an axis may leave its partner's direction over its whole length to count as the same."""


def placed_back(array: Array, source: Geometry, target: Geometry) -> Array | None:
    """Values `[i, j, k]` on `source`, for each voxel of `target` the nearest one; 0 beyond the source.

    Args:
        array: on `source`.
        source: a grid whose axes are the target's, in any order, direction, spacing and extent.
        target: the grid wanted.

    Returns:
        None where the axes of the two are not the same.
    """
    to_source = np.linalg.inv(source.index_to_ras_mm) @ target.index_to_ras_mm
    axes = [int(np.abs(row).argmax()) for row in to_source[:3, :3]]
    if sorted(axes) != [0, 1, 2]:
        return None
    across = to_source[:3, :3].copy()
    for mine, theirs in enumerate(axes):
        across[mine, theirs] = 0.0
    if (np.abs(across) @ (np.array(target.shape) - 1.0) > DRIFT).any():
        return None
    own: list[Array] = [np.empty(0)] * 3
    there: list[Array] = [np.empty(0)] * 3
    for mine, theirs in enumerate(axes):
        # Half the drift goes to each end.
        middle = to_source[mine, 3] + across[mine] @ ((np.array(target.shape) - 1.0) / 2)
        at = to_source[mine, theirs] * np.arange(target.shape[theirs]) + middle
        # A grid resampled to whole voxels may end up to one before the volume does.
        inside = (at > -1.0) & (at < array.shape[mine])
        own[theirs] = np.flatnonzero(inside)
        there[theirs] = np.clip(np.floor(at[inside] + 0.5), 0, array.shape[mine] - 1).astype(np.intp)
    turned = array.transpose([axes.index(axis) for axis in range(3)])
    out = np.zeros(target.shape, array.dtype)
    # Slice by slice, since an index over all three axes at once takes 24 bytes a voxel.
    across_own, across_there = np.ix_(own[1], own[2]), np.ix_(there[1], there[2])
    for here, away in zip(own[0], there[0], strict=True):
        out[here][across_own] = turned[away][across_there]
    return out
