"""Where a NIfTI header says its voxels lie, and whether its two ways of saying so agree.

Programs choose differently between qform (a rotation, as a quaternion) and sform (any affine), so a file in which the
two differ is drawn in different places, even on different sides, by different programs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.geometry import Geometry

_MM_PER_UNIT = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}
"""xyzt_units: unknown (taken as millimetres by every reader), metre, millimetre, micrometre."""

_FLOAT32 = 2.0**-23
_SPACING_TOLERANCE = 0.01
"""How far pixdim may be from the sform's own spacing; programs round pixdim to 2 or 3 digits (an estimate)."""


def stored_affine(header: Any, shape: tuple[int, int, int]) -> NDArray[np.float64]:
    """Index to RAS mm, from the sform where there is one and the qform otherwise.

    Raises:
        InputError: neither is there; both are and differ by more than 0.1 mm at a corner; the spacing is zero, NaN
            or contradicts the sform.
    """
    qform_code, sform_code = int(header["qform_code"]), int(header["sform_code"])
    spacing = header["pixdim"][1:4].astype(np.float64)
    if not np.isfinite(spacing).all() or (spacing == 0).any():
        raise InputError("its voxel spacing is zero or not a number", "export it with its true spacing")
    if qform_code <= 0 and sform_code <= 0:
        raise InputError(
            "it does not say how it lies in the patient (qform and sform are both absent), so left and right are open",
            "export it with its orientation",
        )
    affine = _sform(header) if sform_code > 0 else _qform(header)
    if sform_code > 0:
        if not np.isfinite(affine).all():
            raise InputError("its affine (sform) holds values that are not finite", "export it anew")
        own = np.linalg.norm(affine[:3, :3], axis=0)
        if (own == 0).any():
            raise InputError("its affine (sform) is singular: a voxel spacing in it is zero", "export it anew")
        if np.abs(own / np.abs(spacing) - 1).max() > _SPACING_TOLERANCE:
            raise InputError(
                f"its voxel spacing ({_said(np.abs(spacing))} mm) contradicts its affine (sform, {_said(own)} mm)",
                "export it anew",
            )
        if qform_code > 0 and not same_place(header, shape):
            raise InputError(
                f"its qform and sform disagree by up to {_apart_mm(header, shape):.1f} mm, so programs will draw it "
                "in different places",
                "decide which is right and write it into both",
            )
    units = int(header["xyzt_units"]) & 7
    scaled = affine.copy()
    scaled[:3] *= _MM_PER_UNIT.get(units, 1.0)
    return scaled


def same_place(header: Any, shape: tuple[int, int, int], *, tolerance_mm: float = 0.1) -> bool:
    """Whether qform and sform agree at every corner of the grid.

    A unit quaternion is stored without its first part `a = sqrt(1 - b² - c² - d²)`. Near half a turn `a` comes from
    the last digits of float32, which leaves the angle uncertain by up to `2 sqrt(2⁻²³)`; that much is allowed on top,
    or every second oblique file would be called contradictory.
    """
    b, c, d = (float(x) for x in header["quatern"])
    a = np.sqrt(max(0.0, 1 - b * b - c * c - d * d))
    angle = min(2 * np.sqrt(_FLOAT32), _FLOAT32 / a if a else np.inf)
    extent = np.linalg.norm(_sform(header)[:3, :3] @ np.array(shape, dtype=np.float64))
    return bool(_apart_mm(header, shape) <= tolerance_mm + angle * extent)


def quaternion_of(geometry: Geometry) -> tuple[float, tuple[float, float, float]]:
    """NIfTI's handedness (±1) and quaternion (b, c, d) of the rotation nearest to the grid's directions."""
    directions = geometry.index_to_ras_mm[:3, :3] / np.array(geometry.spacing_mm)
    handedness = 1.0 if np.linalg.det(directions) > 0 else -1.0
    directions = directions * (1, 1, handedness)
    left, _, right = np.linalg.svd(directions)
    r = left @ right
    # The eigenvector of the largest eigenvalue (Bar-Itzhack 2000) is stable for every angle, half a turn too.
    k = np.array(
        [
            [r[0, 0] + r[1, 1] + r[2, 2], r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1]],
            [r[2, 1] - r[1, 2], r[0, 0] - r[1, 1] - r[2, 2], r[0, 1] + r[1, 0], r[0, 2] + r[2, 0]],
            [r[0, 2] - r[2, 0], r[0, 1] + r[1, 0], r[1, 1] - r[0, 0] - r[2, 2], r[1, 2] + r[2, 1]],
            [r[1, 0] - r[0, 1], r[0, 2] + r[2, 0], r[1, 2] + r[2, 1], r[2, 2] - r[0, 0] - r[1, 1]],
        ]
    )
    a, b, c, d = np.linalg.eigh(k)[1][:, -1]
    if a < 0:
        b, c, d = -b, -c, -d
    return handedness, (float(b), float(c), float(d))


def _apart_mm(header: Any, shape: tuple[int, int, int]) -> float:
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in shape])).reshape(3, -1)
    corners = np.vstack([corners, np.ones(corners.shape[1])])
    difference = (_qform(header) - _sform(header))[:3] @ corners
    return float(np.linalg.norm(difference, axis=0).max())


def _sform(header: Any) -> NDArray[np.float64]:
    return np.vstack([header["srow"].astype(np.float64), (0, 0, 0, 1)])


def _qform(header: Any) -> NDArray[np.float64]:
    """nifti1.h, METHOD 2."""
    b, c, d = (float(x) for x in header["quatern"])
    norm = b * b + c * c + d * d
    if not np.isfinite(norm) or not np.isfinite(header["qoffset"]).all() or norm > 1.01:
        raise InputError("its affine (qform) is not a rotation", "export it anew")
    if norm > 1:  # rounding
        b, c, d = (x / np.sqrt(norm) for x in (b, c, d))
        norm = 1.0
    a = np.sqrt(1 - norm)
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )
    spacing = np.abs(header["pixdim"][1:4].astype(np.float64))
    handedness = -1.0 if float(header["pixdim"][0]) < 0 else 1.0
    affine = np.eye(4)
    affine[:3, :3] = rotation * spacing * (1, 1, handedness)
    affine[:3, 3] = header["qoffset"]
    return affine


def _said(spacing: NDArray[np.float64]) -> str:
    return " × ".join(f"{s:.3g}" for s in spacing)
