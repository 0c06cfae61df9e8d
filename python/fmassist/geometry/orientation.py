"""Turning a grid's axes without touching a voxel: permutations and flips only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.geometry.grid import AXIS_CODES, Geometry


@dataclass(frozen=True, eq=False)
class Reorientation:
    """How the axes of one grid become those of another that covers the same voxels.

    Args:
        source: the grid to come from.
        target: the grid to go to; same voxels, other index order.
        axes: for each axis of the target, the source axis that it is.
        flipped: for each axis of the target, whether it runs against that source axis.
    """

    source: Geometry = field(repr=False)
    target: Geometry = field(repr=False)
    axes: tuple[int, int, int]
    flipped: tuple[bool, bool, bool]

    def apply(self, array: NDArray[Any]) -> NDArray[Any]:
        """A view of `array`, given `[i, j, k]` on the source, indexed as on the target."""
        return array.transpose(self.axes)[self._flips]

    def undo(self, array: NDArray[Any]) -> NDArray[Any]:
        """A view of `array`, given `[i, j, k]` on the target, indexed as on the source."""
        return array[self._flips].transpose(tuple(int(a) for a in np.argsort(self.axes)))

    @property
    def _flips(self) -> tuple[slice, ...]:
        return tuple(slice(None, None, -1 if flip else 1) for flip in self.flipped)


def reorientation(geometry: Geometry, axis_codes: str) -> Reorientation:
    """How to index the voxels of `geometry` so that i, j, k grow towards `axis_codes`.

    Oblique grids stay oblique: each axis goes to the anatomical direction it is nearest to
    (`Geometry.axis_codes`), and no voxel moves in space.

    Args:
        geometry: the grid to turn.
        axis_codes: such as `"RAS"` or `"LPS"`.

    Raises:
        ValueError: `axis_codes` does not name each anatomical axis once.

    Example:
        >>> grid = Geometry((2, 3, 4), np.diag([-1.0, -1.0, 2.0, 1.0]))
        >>> reorientation(grid, "SAR").target.shape
        (4, 3, 2)
    """
    pair_of = {letter: axis for axis, letters in enumerate(AXIS_CODES) for letter in letters}
    if sorted(pair_of.get(letter, -1) for letter in axis_codes) != [0, 1, 2]:
        raise ValueError(f"{axis_codes!r} does not name each of R/L, A/P and S/I once")
    current = geometry.axis_codes
    axes, flipped = [], []
    for letter in axis_codes:
        axis = next(a for a in range(3) if pair_of[current[a]] == pair_of[letter])
        axes.append(axis)
        flipped.append(current[axis] != letter)

    # Target index to source index: source[axes[t]] = target[t], or counted from the other end.
    to_source = np.zeros((4, 4))
    to_source[3, 3] = 1
    for target_axis, (axis, flip) in enumerate(zip(axes, flipped, strict=True)):
        to_source[axis, target_axis] = -1 if flip else 1
        to_source[axis, 3] = geometry.shape[axis] - 1 if flip else 0
    i, j, k = (geometry.shape[axis] for axis in axes)
    target = Geometry((i, j, k), geometry.index_to_ras_mm @ to_source)
    return Reorientation(geometry, target, (axes[0], axes[1], axes[2]), (flipped[0], flipped[1], flipped[2]))
