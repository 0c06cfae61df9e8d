"""The trunk's walls: skin, body cavity, diaphragm. Organs fill the room that these leave them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from fmassist.phantom.shapes import Field

# Height, half-width, front and back (mm) of the inner surface of the rib cage, the abdominal wall and the pelvis.
_CAVITY = np.array(
    [
        (-260, 26, 34, -40),
        (-200, 48, 62, -60),
        (-160, 62, 76, -64),
        (-120, 86, 92, -52),
        (-80, 114, 105, -36),
        (-40, 124, 112, -34),
        (0, 126, 112, -46),
        (50, 128, 110, -62),
        (90, 130, 107, -72),
        (130, 131, 104, -80),
        (165, 130, 101, -85),
        (200, 127, 96, -88),
        (250, 120, 83, -90),
        (290, 107, 65, -88),
        (320, 91, 46, -84),
        (345, 71, 27, -76),
        (365, 50, 12, -66),
        (385, 26, -6, -54),
        (400, 8, -20, -44),
        (600, 4, -22, -40),
    ],
    dtype=float,
)
# Height, half-width, front and back (mm) of the skin with 14 mm of fat at the abdomen.
_SKIN = np.array(
    [
        (-300, 176, 88, -108),
        (-240, 178, 96, -112),
        (-200, 180, 102, -114),
        (-160, 178, 110, -114),
        (-120, 172, 120, -110),
        (-80, 162, 128, -106),
        (-40, 154, 133, -102),
        (0, 150, 134, -102),
        (50, 151, 132, -106),
        (90, 154, 128, -110),
        (130, 156, 125, -114),
        (165, 157, 122, -117),
        (200, 162, 117, -125),
        (250, 167, 105, -130),
        (290, 167, 89, -131),
        (320, 160, 70, -129),
        (345, 138, 52, -118),
        (365, 104, 46, -108),
        (385, 76, 48, -94),
        (400, 66, 50, -82),
        (420, 61, 52, -74),
        (520, 58, 54, -66),
    ],
    dtype=float,
)
POWER = 2.4
"""Exponent of the cross-sections: a little squarer than an ellipse."""

_cavity = PchipInterpolator(_CAVITY[:, 0], _CAVITY[:, 1:])
_skin = PchipInterpolator(_SKIN[:, 0], _SKIN[:, 1:])


def cavity(z: float | NDArray[np.generic]) -> NDArray[np.float64]:
    """(…, 3): half-width, front, back of the body cavity at heights `z`."""
    return np.asarray(_cavity(np.clip(z, _CAVITY[0, 0], _CAVITY[-1, 0])))


def skin(z: float | NDArray[np.generic]) -> NDArray[np.float64]:
    """(…, 3): half-width, front, back of the skin at heights `z`."""
    return np.asarray(_skin(np.clip(z, _SKIN[0, 0], _SKIN[-1, 0])))


def inside(outline: NDArray[np.float64], x: Field, y: Field, inset: float | Field = 0.0) -> NDArray[np.bool_]:
    """Voxels within an outline given per height, moved inwards by `inset` mm.

    Args:
        outline: (nz, 3) half-width, front, back.
        x: (nx, 1, nz) and `y`: (1, ny, nz), of the plan.
        inset: mm, a number or (1, 1, nz).
    """
    half_width = np.maximum(outline[:, 0] - inset, 1.0)
    half_depth = np.maximum((outline[:, 1] - outline[:, 2]) / 2 - inset, 1.0)
    centre = (outline[:, 1] + outline[:, 2]) / 2
    across = np.abs(x / half_width).astype(np.float32) ** POWER
    along = np.abs((y - centre) / half_depth).astype(np.float32) ** POWER
    return np.asarray(across + along <= 1.0)


def wall_point(angle: float, z: float, outset: float) -> tuple[float, float]:
    """(x, y) on the right wall of the cavity at height z, `outset` mm outside it.

    Args:
        angle: degrees seen from the cavity's middle: 0 behind, 90 to the right, 180 in front.
    """
    half_width, front, back = cavity(z)
    half_depth = (front - back) / 2
    t = np.deg2rad(angle)
    radius = (np.abs(np.sin(t)) ** POWER + np.abs(np.cos(t)) ** POWER) ** (-1 / POWER)
    x = (half_width + outset) * np.sin(t) * radius
    y = (front + back) / 2 - (half_depth + outset) * np.cos(t) * radius
    return float(x), float(y)


def diaphragm(x: Field, y: Field) -> Field:
    """Height of the diaphragm over (x, y): two domes, the right one higher, and the sulcus around them."""
    right = x > 0
    lateral = np.abs(x) - 66.0
    across = lateral / np.where(lateral < 0, 150.0, 66.0)
    along = (y - 12.0) / np.where(y < 12.0, 96.0, 104.0)
    top = np.where(right, 168.0, 156.0)
    dome = top - 72.0 * (across**2 + along**2)
    return np.asarray(np.maximum(dome, 84.0), np.float32)
