"""What fills the trunk between the named structures, and what the scanner makes of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fmassist.phantom.canvas import Canvas
from fmassist.phantom.envelope import cavity, inside, skin
from fmassist.phantom.plan import Plan
from fmassist.phantom.shapes import Ellipsoid, join, mirror, tube
from fmassist.phantom.spine import spine_y

FAT, MUSCLE = -102.0, 55.0


def draw_soft_tissue(canvas: Canvas, plan: Plan) -> None:
    """Skin, fat, muscle of the wall, fat of the cavity, breasts, raised arms and the table. Draws HU only."""
    x, y, z = canvas.x, canvas.y, canvas.z[None, None, :]
    outline = skin(canvas.z)
    thicker = (plan.fat_mm - 14.0) * np.clip(1 - np.abs(canvas.z - 10.0) / 220.0, 0.15, 1.0)
    outline = outline + np.stack([thicker, thicker, -0.4 * thicker], axis=1)
    walls = cavity(canvas.z)
    body = inside(outline, x, y)
    canvas.hu[body] = FAT
    # Chest wall, shoulders and buttocks are mostly muscle up to the fat; the abdominal wall is a thin sheet.
    fat = np.interp(canvas.z, (-240, -120, -60, 120, 200, 330, 400), (16, 18, 14, 12, 10, 9, 4)) + thicker
    deep = inside(outline, x, y, np.asarray(fat, np.float32))
    sheet = np.interp(canvas.z, (-140, -100, -60, 100, 150, 200), (300, 40, 13, 13, 20, 300))
    wall = inside(walls, x, y, np.asarray(-sheet, np.float32)) | (
        ((x / 122) ** 2 + ((y + 102) / 66) ** 2 < 1) & (z < 150)
    )
    canvas.hu[deep & wall] = MUSCLE
    inner = inside(walls, x, y, 1.5)
    canvas.hu[inner & body] = FAT + 4
    behind_spine = (np.abs(x) < 38) & (y < spine_y(canvas.z) - 14) & (z > -100)
    canvas.hu[inner & behind_spine & deep] = MUSCLE
    for side in (1, -1):
        shoulder = tube(mirror([(38, -14, 338), (100, -36, 350), (148, -34, 358)], side), [44, 50, 46])
        _tint(canvas, shoulder, FAT, MUSCLE, 9.0)
        arm = tube(mirror([(140, -30, 330), (160, -32, 362), (176, -30, 402), (190, -24, 480)], side), [42, 44, 41, 38])
        _tint(canvas, arm, FAT, MUSCLE, 8.0)
        if plan.female:
            breast = Ellipsoid(mirror([(72, 98, 218)], side)[0], (56, 44, 56))
            _tint(canvas, breast, FAT + 4, 10.0, 20.0)
    _draw_table(canvas)


def _tint(canvas: Canvas, shape: object, outer: float, core: float, rind_mm: float) -> None:
    """Draw HU outside what already is soft tissue: a rind and a core."""
    found = canvas.field(join([shape]))  # type: ignore[list-item]
    if found is None:
        return
    window, distance = found
    hu = canvas.hu[window]
    fresh = (distance < 0) & (hu < -500)
    hu[fresh] = outer
    hu[(distance < -rind_mm) & ((hu == FAT) | (hu == outer))] = core


def _draw_table(canvas: Canvas) -> None:
    """A curved carbon top under the back, outside the body."""
    y = canvas.y + 0.0
    x = canvas.x
    top = -138.0 + (x / 204.0) ** 2 * 34.0
    table = (y < top) & (y > top - 7.0) & (canvas.hu < -900)
    canvas.hu[np.broadcast_to(table, canvas.shape)] = -620.0


def expose(
    hu: NDArray[np.float32], spacing_mm: tuple[float, ...], noise: np.random.Generator | None
) -> NDArray[np.int16]:
    """HU as a scanner gives them: voxels average over their extent and a 1.2 mm kernel, with noise of about 11 HU."""
    from scipy.ndimage import gaussian_filter

    # A box of one voxel has a standard deviation of 1/√12 of it; drawing at voxel centres needs about that much again.
    sigma = [float(np.hypot(0.41, 0.5 / s)) for s in spacing_mm]
    image: NDArray[np.float32] = gaussian_filter(hu, sigma, mode="nearest", truncate=2.5)
    if noise is not None:
        image += noise.standard_normal(image.shape, dtype=np.float32) * np.float32(11.0)
    return np.asarray(np.clip(np.rint(image), -1024, 3071), dtype=np.int16)
