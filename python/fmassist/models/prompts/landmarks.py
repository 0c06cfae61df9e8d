"""Whether an image is a CT of a body, and the same on a straight grid."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.volume import Volume

Array = NDArray[Any]

BODY_HU, AIR_HU, BONE_HU = -300.0, -500.0, 200.0
"""Body against air around it; air; bone, above the contrast of most vessels (estimates: midway between the tissues'
means in `Resources/ontology`)."""
LEAN_HU = -30.0
"""Above fat (−120 to −60 HU)."""
LEAST_BODY_ML = 500.0
"""Of body in an image that is worth looking at."""
INSTEAD = "give --prompts FILE or --prompts-from LABELS"


def require_body(image: Array, step_mm: float) -> None:
    """Check that an image shows a body in Hounsfield units.

    Args:
        image: HU [x, y, z] on a grid of `step_mm`.

    Raises:
        InputError: it does not.
    """
    from scipy import ndimage

    if not (image < AIR_HU).any() or not ((image > LEAN_HU) & (image < BONE_HU)).any():
        raise InputError("landmarks can be found in a CT in Hounsfield units only", INSTEAD)
    solid = ndimage.binary_opening(image > BODY_HU, iterations=1)
    if solid.sum() * (step_mm / 10) ** 3 < LEAST_BODY_ML:
        raise InputError("the image shows no body to find landmarks in", INSTEAD)


def straight(volume: Volume, step_mm: float) -> tuple[Array, Array]:
    """The image on a RAS-aligned grid, smoothed as far as the grid is coarser than it.

    Returns:
        float32 [x, y, z], −2000 outside the image; RAS coordinates in mm of its first voxel.
    """
    from scipy import ndimage

    geometry = volume.geometry
    shape = np.array(geometry.shape)
    corners = np.array([[i, j, k] for i in (0, shape[0] - 1) for j in (0, shape[1] - 1) for k in (0, shape[2] - 1)])
    points = geometry.to_ras_mm(corners)
    low, high = points.min(axis=0), points.max(axis=0)
    size = np.maximum(1, np.floor((high - low) / step_mm + 1e-6).astype(int) + 1)
    to_index = np.linalg.inv(geometry.index_to_ras_mm)
    matrix = to_index[:3, :3] * step_mm
    offset = to_index[:3, :3] @ low + to_index[:3, 3]
    voxels = np.asarray(volume.voxels, dtype=np.float32)
    # Without this, a point sample of a fine grid would show its noise.
    blur = np.maximum(0.0, step_mm / np.array(geometry.spacing_mm) - 1.0) / 2.5
    smooth = ndimage.gaussian_filter(voxels, blur, mode="nearest", truncate=2.0)
    image = ndimage.affine_transform(smooth, matrix, offset, tuple(size), order=1, mode="constant", cval=-2000.0)
    return image, low
