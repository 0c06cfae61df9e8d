"""What can be seen in a CT without a model: body, air, fat and bone, slice by slice, in a frame of the body's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.volume import Volume

Array = NDArray[Any]

STEP_MM = 5.0
"""Spacing that landmarks are looked at with: finer than any of them, coarse enough for a second's work."""
BODY_HU, AIR_HU, BONE_HU = -300.0, -500.0, 200.0
"""Body against air around it; air in lungs and bowel; bone, above the contrast of most vessels (estimates: midway
between the tissues' means in `Resources/ontology`)."""
LEAN_HU = -30.0
"""Above fat (−120 to −60 HU)."""
SKIN_MM = 10.0
"""Left out at the rim, so that what is under the fat is measured and not the skin around it."""
GRID = (32, 24)
"""Cells of a slice in the body's own frame, across and from front to back."""


@dataclass(frozen=True)
class Slices:
    """Axial slices, from the feet up, each in the frame of what lies under its fat.

    Attributes:
        heights_mm: (n,) superior coordinate of each slice.
        frames_mm: (n, 4) lowest and highest x, then lowest and highest y of the lean body; NaN where there is none.
        pictures: (n, 3, 32, 24) share of bone, of air and of fat in each cell of the frame.
    """

    heights_mm: Array
    frames_mm: Array
    pictures: Array


def look(volume: Volume) -> Slices:
    """The landmarks of a CT.

    Raises:
        InputError: it is no CT in Hounsfield units, or shows no body.
    """
    image, origin = _straight(volume)
    if not (image < AIR_HU).any() or not ((image > LEAN_HU) & (image < BONE_HU)).any():
        raise InputError(
            "landmarks can be found in a CT in Hounsfield units only", "give --prompts FILE or --prompts-from LABELS"
        )
    body = _body(image)
    if body.sum() * (STEP_MM / 10) ** 3 < 500:  # half a litre
        raise InputError("the image shows no body to find landmarks in", "give --prompts FILE or --prompts-from LABELS")
    frames, pictures = [], []
    for k in range(image.shape[2]):
        frame, picture = _slice(image[:, :, k], body[:, :, k])
        frames.append(frame)
        pictures.append(picture)
    low = np.array([origin[0], origin[0], origin[1], origin[1]])
    heights = origin[2] + STEP_MM * np.arange(image.shape[2])
    return Slices(heights, np.array(frames) * STEP_MM + low, np.array(pictures, dtype=np.float32))


def _straight(volume: Volume) -> tuple[Array, Array]:
    """The image on a RAS-aligned grid of `STEP_MM`, and the grid's first point."""
    from scipy import ndimage

    geometry = volume.geometry
    shape = np.array(geometry.shape)
    corners = np.array([[i, j, k] for i in (0, shape[0] - 1) for j in (0, shape[1] - 1) for k in (0, shape[2] - 1)])
    points = geometry.to_ras_mm(corners)
    low, high = points.min(axis=0), points.max(axis=0)
    size = np.maximum(1, np.floor((high - low) / STEP_MM + 1e-6).astype(int) + 1)
    to_index = np.linalg.inv(geometry.index_to_ras_mm)
    matrix = to_index[:3, :3] * STEP_MM
    offset = to_index[:3, :3] @ low + to_index[:3, 3]
    voxels = np.asarray(volume.voxels, dtype=np.float32)
    # Without this, a point sample of a fine grid would show its noise.
    blur = np.maximum(0.0, STEP_MM / np.array(geometry.spacing_mm) - 1.0) / 2.5
    smooth = ndimage.gaussian_filter(voxels, blur, mode="nearest", truncate=2.0)
    image = ndimage.affine_transform(smooth, matrix, offset, tuple(size), order=1, mode="constant", cval=-2000.0)
    return image, low


def _body(image: Array) -> Array:
    """The largest thing that is no air, its slices filled; without the table, where a gap parts them."""
    from scipy import ndimage

    solid = ndimage.binary_opening(image > BODY_HU, iterations=1)
    pieces, count = ndimage.label(solid)
    if not count:
        return np.zeros_like(solid)
    body = pieces == np.bincount(pieces.ravel())[1:].argmax() + 1
    for k in range(body.shape[2]):
        # Lungs that the border of the image opens are closed against it.
        closed = np.pad(body[:, :, k], 1)
        body[:, :, k] = ndimage.binary_fill_holes(closed)[1:-1, 1:-1]
    return np.asarray(body)


def _slice(image: Array, body: Array) -> tuple[Array, Array]:
    """Frame (lowest and highest row, lowest and highest column) and picture of one slice."""
    from scipy import ndimage

    nothing = np.full(4, np.nan), np.zeros((3, *GRID), np.float32)
    inner = _without_arms(ndimage.binary_erosion(body, iterations=round(SKIN_MM / STEP_MM), border_value=1))
    lean = inner & ((image > LEAN_HU) | (image < AIR_HU))
    if lean.sum() < 40:
        return nothing
    i, j = np.nonzero(lean)
    ends = [float(e) for axis in (i, j) for e in np.percentile(axis, (1.0, 99.0))]
    if ends[1] - ends[0] < 4 or ends[3] - ends[2] < 4:
        return nothing
    kinds = (body & (image > BONE_HU), body & (image < AIR_HU), body & (image >= AIR_HU) & (image < LEAN_HU))
    x = np.linspace(ends[0], ends[1], GRID[0])
    y = np.linspace(ends[2], ends[3], GRID[1])
    at = np.meshgrid(x, y, indexing="ij")
    picture = [
        ndimage.map_coordinates(ndimage.uniform_filter(kind.astype(np.float32), 3), at, order=1, mode="nearest")
        for kind in kinds
    ]
    return np.array(ends), np.array(picture, dtype=np.float32)


def _without_arms(inner: Array) -> Array:
    """What lies under the skin, less arms beside the trunk; of two thighs, both stay."""
    from scipy import ndimage

    pieces, count = ndimage.label(inner)
    if count < 2:
        return inner
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    return np.asarray(np.isin(pieces, np.flatnonzero(sizes > 0.5 * sizes.max())))
