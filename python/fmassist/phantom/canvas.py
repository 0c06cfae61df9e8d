"""The grid on which the body plan is drawn: first come, first served, so that structures never overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fmassist.phantom.labels import LABELS
from fmassist.phantom.shapes import Field, Shape, Union

if TYPE_CHECKING:
    from fmassist.phantom.plan import Warp

RESERVED = 255
"""Taken by a tissue that no label names (cerebrospinal fluid, pulmonary artery): nothing may be drawn over it."""

_FASCIA_HU = -70.0

Window = tuple[slice, slice, slice]


class Canvas:
    """Labels and HU on one grid, drawn in the coordinates of the body plan.

    Args:
        shape: voxels along x, y, z (all growing towards R, A, S).
        origin_mm, spacing_mm: centre of the first voxel and voxel size, in the torso's frame.
        warp: this person's proportions.
        levels: how far each organ's surface is moved to reach its volume, from an earlier drawing; None to find out.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        origin_mm: tuple[float, float, float],
        spacing_mm: tuple[float, float, float],
        warp: Warp,
        levels: dict[str, float] | None = None,
    ) -> None:
        self.shape = shape
        self.voxel_ml = float(np.prod(spacing_mm)) / 1000.0
        x, y, z = (np.float64(origin_mm[a]) + np.float64(spacing_mm[a]) * np.arange(shape[a]) for a in range(3))
        plan_z = warp.z(z)
        self.z = plan_z.astype(np.float32)
        self.x = warp.x(x[:, None], plan_z[None, :]).astype(np.float32)[:, None, :]
        self.y = warp.y(y[:, None], plan_z[None, :]).astype(np.float32)[None, :, :]
        self.labels = np.zeros(shape, dtype=np.uint8)
        self.hu = np.full(shape, -1000.0, dtype=np.float32)
        self.fitting = levels is None
        self.levels: dict[str, float] = {} if levels is None else levels
        self.wobble = self._wobble(x, y, z, warp.phases)

    @staticmethod
    def _wobble(
        x: NDArray[np.float64], y: NDArray[np.float64], z: NDArray[np.float64], phases: NDArray[np.float64]
    ) -> Field:
        """A smooth field of about ±1.5 mm that keeps surfaces from being perfect quadrics."""
        total: Field = np.zeros((len(x), len(y), len(z)), dtype=np.float32)
        for wavelength, amplitude, phase in zip((67.0, 41.0, 29.0), (1.0, 0.7, 0.5), phases, strict=True):
            a, b, c = (
                np.sin(2 * np.pi * axis / wavelength + shift).astype(np.float32)
                for axis, shift in zip((x, y, z), phase, strict=True)
            )
            total += np.float32(amplitude) * (a[:, None, None] * b[None, :, None] + c[None, None, :] * b[None, :, None])
        return total

    def window(self, low: NDArray[np.float64], high: NDArray[np.float64], margin: float = 0.0) -> Window | None:
        """Slices that hold a box of the body plan, None when it lies outside the grid."""
        k = np.flatnonzero((self.z >= low[2] - margin) & (self.z <= high[2] + margin))
        if k.size == 0:
            return None
        ks = slice(int(k[0]), int(k[-1]) + 1)
        x, y = self.x[:, 0, ks], self.y[0, :, ks]
        i = np.flatnonzero(((x >= low[0] - margin) & (x <= high[0] + margin)).any(1))
        j = np.flatnonzero(((y >= low[1] - margin) & (y <= high[1] + margin)).any(1))
        if i.size == 0 or j.size == 0:
            return None
        return slice(int(i[0]), int(i[-1]) + 1), slice(int(j[0]), int(j[-1]) + 1), ks

    def coordinates(self, window: Window) -> tuple[Field, Field, Field]:
        """Broadcastable x, y, z of a window, in the body plan's millimetres."""
        i, j, k = window
        return self.x[i, :, k], self.y[:, j, k], self.z[None, None, k]

    def field(self, shape: Shape | Union, margin: float = 4.0) -> tuple[Window, Field] | None:
        """Distance field of a shape within its own window, infinite further than `margin` from a part's box."""
        parts = shape.parts if isinstance(shape, Union) else (shape,)
        boxes = np.array([part.box() for part in parts])
        whole = self.window(boxes[:, 0].min(0), boxes[:, 1].max(0), margin)
        if whole is None:
            return None
        extent = tuple(s.stop - s.start for s in whole)
        total: Field = np.full(extent, np.inf, dtype=np.float32)
        for part, (low, high) in zip(parts, boxes, strict=True):
            window = self.window(low, high, margin)
            if window is None:
                continue
            inner = tuple(slice(a.start - b.start, a.stop - b.start) for a, b in zip(window, whole, strict=True))
            total[inner] = np.minimum(total[inner], part.distance(*self.coordinates(window)))
        return whole, total

    def draw(
        self,
        name: str,
        shape: Shape | Union,
        hu: float,
        *,
        volume_ml: float | None = None,
        within: NDArray[np.bool_] | None = None,
        cortex: tuple[float, float] | None = None,
        wobble: float = 0.0,
        fascia_mm: float = 0.0,
    ) -> None:
        """Draw a structure where nothing has been drawn yet.

        Args:
            name: its TotalSegmentator name; anything else reserves the place without a label.
            hu: its mean HU.
            volume_ml: swell or shrink it until it has this volume.
            within: whole-grid mask that it may not leave.
            cortex: (thickness in mm, HU) of its outermost layer.
            fascia_mm: thickness of the film of fat that parts it from what is not drawn beside it.
            wobble: how much of the grid's irregularity its surface takes.
        """
        found = self.field(shape, 4.0 if volume_ml is None else 22.0)
        if found is None:
            return
        window, distance = found
        if wobble:
            distance = distance + np.float32(wobble) * self.wobble[window]
        free = self.labels[window] == 0
        if within is not None:
            free &= within[window]
        level = 0.0
        if volume_ml is not None:
            if self.fitting:
                self.levels[name] = self._level(distance[free], volume_ml)
            level = self.levels.get(name, 0.0)
        inside = free & (distance <= level)
        self.labels[window][inside] = LABELS.get(name, RESERVED)
        if fascia_mm:
            around = free & (distance > level) & (distance <= level + fascia_mm)
            self.hu[window][around] = np.minimum(self.hu[window][around], _FASCIA_HU)
        if cortex is None:
            self.hu[window][inside] = hu
        else:
            self.hu[window][inside] = np.where(distance[inside] > level - cortex[0], cortex[1], hu)

    def fill(self, name: str, window: Window, inside: NDArray[np.bool_], hu: float) -> None:
        """Give the free voxels of a mask to a structure."""
        inside = inside & (self.labels[window] == 0)
        self.labels[window][inside] = LABELS.get(name, RESERVED)
        self.hu[window][inside] = hu

    def _level(self, values: Field, volume_ml: float) -> float:
        count = round(volume_ml / self.voxel_ml)
        if count >= values.size:
            return 20.0
        return float(np.clip(np.partition(values, count)[count], -20.0, 20.0))
