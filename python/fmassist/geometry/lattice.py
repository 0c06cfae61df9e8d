"""Whether two grids are cut from one lattice of voxels, whatever their index order and extent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fmassist.geometry.grid import Geometry


@dataclass(frozen=True)
class LatticeMap:
    """Where the voxels of one grid lie in the index space of another on the same lattice.

    Args:
        axes: for each target axis, the source axis that runs along it.
        flipped: for each target axis, whether the source runs against it.
        start: target index of the source's first voxel, once its axes are put in target order; may be negative.
    """

    axes: tuple[int, int, int]
    flipped: tuple[bool, bool, bool]
    start: tuple[int, int, int]


def lattice_map(source: Geometry, target: Geometry, *, tolerance_mm: float = 0.1) -> LatticeMap | None:
    """How `source` lies on the voxels of `target`, or None where their voxel centres do not coincide.

    With A the affines, `target index = inv(A_target) @ A_source @ source index`. The grids share a lattice when that
    matrix is a signed permutation with a whole offset, which is tested where an error shows most: at the corners.

    Args:
        source: the grid to place.
        target: the grid to place it on; neither needs to contain the other.
        tolerance_mm: how far a voxel's centre may be off; 0.1 mm is what files that keep float32 or rounded
            decimals need, and a fifth of the finest clinical voxel.
    """
    exact = np.linalg.inv(target.index_to_ras_mm) @ source.index_to_ras_mm
    if np.abs(exact).max() > 2**40:  # so far apart that whole numbers lose their meaning
        return None
    turn = np.rint(exact[:3, :3])
    shift = np.rint(exact[:3, 3])
    if not np.array_equal(turn @ turn.T, np.eye(3)):
        return None
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in source.shape])).reshape(3, -1).T
    off = target.to_ras_mm(corners @ turn.T + shift) - source.to_ras_mm(corners)
    if np.abs(off).max() > tolerance_mm:
        return None
    axes = [int(np.argmax(np.abs(turn[t]))) for t in range(3)]
    flipped = [bool(turn[t, axes[t]] < 0) for t in range(3)]
    start = [int(shift[t]) - (source.shape[axes[t]] - 1 if flipped[t] else 0) for t in range(3)]
    return LatticeMap((axes[0], axes[1], axes[2]), (flipped[0], flipped[1], flipped[2]), (start[0], start[1], start[2]))
