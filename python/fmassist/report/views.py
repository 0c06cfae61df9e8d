"""Planes through a study as a radiologist looks at them: the patient's right on the image's left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.geometry import Geometry

Point = tuple[float, float, float]


@dataclass(frozen=True)
class View:
    """How a plane is shown.

    Args:
        name: in words.
        across: RAS axis from the picture's left to its right, with its sign.
        down: RAS axis from top to bottom, with its sign.
        through: RAS axis that stands on the plane.
        marks: letters at the left, right, top and bottom edge.
    """

    name: str
    across: tuple[int, int]
    down: tuple[int, int]
    through: int
    marks: tuple[str, str, str, str]


AXIAL = View("axial", (0, -1), (1, -1), 2, ("R", "L", "A", "P"))
CORONAL = View("coronal", (0, -1), (2, -1), 1, ("R", "L", "S", "I"))
SAGITTAL = View("sagittal", (1, -1), (2, -1), 0, ("A", "P", "S", "I"))
VIEWS = {view.name: view for view in (AXIAL, CORONAL, SAGITTAL)}


@dataclass(frozen=True, eq=False)
class Plane:
    """A grid of points on one plane, about as dense as the voxels are.

    Args:
        view: how it is shown.
        index: (rows, columns, 3) indices into the voxels, nearest; outside the volume where `inside` is False.
        inside: (rows, columns).
        step_mm: distance of columns and of rows.
        origin_mm: RAS coordinate of the first column and of the first row, along the view's axes.
        at_mm: RAS coordinate of the plane.
    """

    view: View
    index: NDArray[np.intp]
    inside: NDArray[np.bool_]
    step_mm: tuple[float, float]
    origin_mm: tuple[float, float]
    at_mm: float

    def sample(self, voxels: NDArray[Any], outside: float = 0) -> NDArray[Any]:
        """The voxels nearest to the plane's points, as (rows, columns)."""
        values = voxels[self.index[..., 0], self.index[..., 1], self.index[..., 2]]
        return values if self.inside.all() else np.where(self.inside, values, np.asarray(outside, values.dtype))

    def column_row(self, ras_mm: Point) -> tuple[float, float]:
        """Where a point falls, in fractional columns and rows (0 is the first one's centre)."""
        (a, a_sign), (d, d_sign) = self.view.across, self.view.down
        return (
            (ras_mm[a] - self.origin_mm[0]) * a_sign / self.step_mm[0],
            (ras_mm[d] - self.origin_mm[1]) * d_sign / self.step_mm[1],
        )


def plane_through(geometry: Geometry, view: View, at_mm: float, *, most: int = 1024) -> Plane:
    """The plane of `view` at the RAS coordinate `at_mm`, over the whole field of view.

    On a grid that lies along the patient's axes its points are voxel centres; on an oblique one they are the voxels
    nearest to a true anatomical plane.

    Args:
        geometry: the voxels' grid.
        view: which plane.
        at_mm: its place along the view's third axis.
        most: points along each axis at most.
    """
    corners = geometry.to_ras_mm(np.array(np.meshgrid(*[(0, n - 1) for n in geometry.shape])).reshape(3, -1).T)
    low, high = corners.min(axis=0), corners.max(axis=0)
    spacing = _spacing_along_ras(geometry)
    lines, steps, origins = [], [], []
    for axis, sign in (view.across, view.down):
        length = float(high[axis] - low[axis])
        count = int(np.clip(round(length / spacing[axis]) + 1, 2, most))
        first, last = (low[axis], high[axis]) if sign > 0 else (high[axis], low[axis])
        lines.append(np.linspace(first, last, count))
        steps.append(length / (count - 1))
        origins.append(float(first))
    at_mm = float(np.clip(at_mm, low[view.through], high[view.through]))
    points = np.empty((len(lines[1]), len(lines[0]), 3))
    points[..., view.across[0]] = lines[0][None, :]
    points[..., view.down[0]] = lines[1][:, None]
    points[..., view.through] = at_mm
    index = np.floor(geometry.to_index(points) + 0.5).astype(np.intp)
    limit = np.array(geometry.shape) - 1
    inside = np.asarray(((index >= 0) & (index <= limit)).all(axis=-1))
    np.clip(index, 0, limit, out=index)
    return Plane(view, index, inside, (steps[0], steps[1]), (origins[0], origins[1]), at_mm)


def _spacing_along_ras(geometry: Geometry) -> NDArray[np.float64]:
    """For each RAS axis, the spacing of the index axis that runs most along it."""
    directions = np.abs(geometry.index_to_ras_mm[:3, :3]) / np.array(geometry.spacing_mm)
    return np.array([geometry.spacing_mm[int(np.argmax(directions[axis]))] for axis in range(3)])
