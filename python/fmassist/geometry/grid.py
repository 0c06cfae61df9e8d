"""The immutable geometry of a voxel grid: index (i, j, k) to RAS millimetres."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fmassist.errors import InputError

AXIS_CODES = (("R", "L"), ("A", "P"), ("S", "I"))
"""For each RAS axis, the letter of its positive and of its negative direction."""


@dataclass(frozen=True, eq=False)
class Geometry:
    """A voxel grid in patient space.

    Patient position of a voxel's centre: `ras_mm = index_to_ras_mm @ (i, j, k, 1)`. Arrays that live on the grid
    are indexed `[i, j, k]`. +x is the patient's Right, +y Anterior, +z Superior (nibabel's and Slicer's RAS).

    Args:
        shape: number of voxels along i, j, k; each at least 1.
        index_to_ras_mm: 4×4 affine in millimetres.

    Raises:
        InputError: the affine is singular, not finite, or not an affine.

    Example:
        >>> Geometry((2, 2, 2), np.diag([1.0, 1.0, 2.5, 1.0])).voxel_volume_ml
        0.0025
    """

    shape: tuple[int, int, int]
    index_to_ras_mm: NDArray[np.float64] = field(repr=False)

    def __post_init__(self) -> None:
        affine = np.array(self.index_to_ras_mm, dtype=np.float64)
        if affine.shape != (4, 4) or not np.array_equal(affine[3], (0, 0, 0, 1)):
            raise InputError("the geometry is not a 4×4 affine", "re-export the volume")
        if not np.isfinite(affine).all():
            raise InputError("the affine holds values that are not finite", "re-export the volume")
        spacing = np.linalg.norm(affine[:3, :3], axis=0)
        if (spacing <= 0).any():
            raise InputError("a voxel spacing is zero", "re-export the volume with its true spacing")
        if abs(np.linalg.det(affine[:3, :3] / spacing)) < 1e-3:
            raise InputError("the affine is singular", "re-export the volume with a valid orientation")
        affine.setflags(write=False)
        object.__setattr__(self, "index_to_ras_mm", affine)
        object.__setattr__(self, "shape", tuple(int(n) for n in self.shape))
        if len(self.shape) != 3 or min(self.shape) < 1:
            raise InputError(f"the grid is {self.shape}, not three-dimensional", "give one 3D volume")

    @cached_property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between voxel centres along i, j, k."""
        i, j, k = np.linalg.norm(self.index_to_ras_mm[:3, :3], axis=0)
        return float(i), float(j), float(k)

    @cached_property
    def voxel_volume_ml(self) -> float:
        """Volume of one voxel in millilitres (1 mL = 1,000 mm³)."""
        return float(abs(np.linalg.det(self.index_to_ras_mm[:3, :3])) / 1000.0)

    @cached_property
    def axis_codes(self) -> str:
        """Anatomical direction in which each index grows, such as `"RAS"` or `"LPS"` (nearest axis when oblique)."""
        letters = []
        free = [0, 1, 2]
        directions = self.index_to_ras_mm[:3, :3] / np.array(self.spacing_mm)
        # The most axis-aligned index axis chooses first, so that two oblique axes never claim the same letter.
        order = sorted(range(3), key=lambda a: -np.abs(directions[:, a]).max())
        chosen: dict[int, str] = {}
        for axis in order:
            ras = max(free, key=lambda r: abs(directions[r, axis]))
            free.remove(ras)
            chosen[axis] = AXIS_CODES[ras][0 if directions[ras, axis] > 0 else 1]
        letters = [chosen[axis] for axis in range(3)]
        return "".join(letters)

    def to_ras_mm(self, index: ArrayLike) -> NDArray[np.float64]:
        """RAS millimetres of points given as (…, 3) indices, which may be fractional."""
        points = np.asarray(index, dtype=np.float64)
        return points @ self.index_to_ras_mm[:3, :3].T + self.index_to_ras_mm[:3, 3]

    def to_index(self, ras_mm: ArrayLike) -> NDArray[np.float64]:
        """Fractional (i, j, k) of points given as (…, 3) RAS millimetres."""
        points = np.asarray(ras_mm, dtype=np.float64) - self.index_to_ras_mm[:3, 3]
        return points @ np.linalg.inv(self.index_to_ras_mm[:3, :3]).T

    def matches(self, other: Geometry, *, tolerance_mm: float = 0.1) -> bool:
        """Whether both grids have the same shape and every corner within `tolerance_mm`."""
        if self.shape != other.shape:
            return False
        corners = np.array(np.meshgrid(*[(0, n - 1) for n in self.shape])).reshape(3, -1).T
        return bool(np.abs(self.to_ras_mm(corners) - other.to_ras_mm(corners)).max() <= tolerance_mm)
