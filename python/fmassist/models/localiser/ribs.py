"""Ribs, from what bone shows: the network is too coarse for them, and one slice does not number them.

Bone that lies on the outline of all bone of its slices, and that the network gives to nothing else, is rib. From behind
to the front a rib descends, so that pieces of bone can be put in the order of their ribs even where the image shows
only a slab of them; what the network makes of each piece, and the other side, then say with which number a row begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.models.localiser.network import BODY_HU

Array = NDArray[Any]

STEP_MM = 2.5
"""Spacing at which ribs (about 12 mm wide, 6 mm thick) are parted from each other."""
BONE_HU = 140.0
"""Above muscle and most contrast at the body's wall; partial volume thins ribs at a higher one (estimate)."""
RIM_MM = 16.0
"""From the outline of all bone: a rib's width and a little."""
ARM_MM = 20.0
"""Around the bone of an arm, muscle that parts it from the trunk."""
LEAST_ML = 0.3
BESIDE_MM = 22.0
"""From the midline, what is nearer belongs to a vertebra (half its transverse processes' width is 30 to 40 mm)."""
DESCENT = 0.4
"""By how much a rib descends for each millimetre forwards along the wall (estimate: 45° behind, level in front)."""
RADIUS_MM = 140.0
"""Of the chest's wall, for lengths along it (estimate)."""
SAME_MM = 7.0
"""Pieces whose heights differ by less are of one rib (estimate: half of what two ribs differ by)."""
LEVEL_MM = 10.0
"""By which the two ribs of a pair may differ in height (estimate: less than half the distance of two ribs)."""
LEAST_VOTE = 0.03
"""Mean chance that the network gives to ribs, below which a piece is no rib."""


@dataclass(frozen=True)
class Rib:
    """One rib's piece of bone.

    Attributes:
        name: `rib_left_7` and the like.
        mask: [x, y, z] on the grid that it was found on.
    """

    name: str
    mask: Array


@dataclass(frozen=True)
class _Piece:
    """A piece of bone: the height at which its rib begins behind, the network's votes for each number, its voxels."""

    height_mm: float
    votes: Array
    mask: Array


def find_ribs(
    image: Array, taken: Array, arms: Array, chances: Array, midline_mm: Array, origin_mm: Array
) -> list[Rib]:
    """The ribs in an image.

    Args:
        image: HU [x, y, z], RAS-aligned with `STEP_MM`.
        taken: where the network sees another structure, on the same grid.
        arms: where it sees bone of an arm.
        chances: (2, 12, x, y, z) what it gives to each rib, left ones first, on the same grid.
        midline_mm: (z,) x of the spine on each slice, NaN where it is not seen.
        origin_mm: of the grid.
    """
    from scipy import ndimage

    if not np.isfinite(midline_mm).any():
        return []
    bone = (image > BONE_HU) & _trunk(image, arms) & ~taken
    pieces, count = ndimage.label(bone & _rim(bone), structure=np.ones((3, 3, 3)))
    if not count:
        return []
    seen = np.isfinite(midline_mm)
    middle = np.interp(np.arange(len(midline_mm)), np.flatnonzero(seen), midline_mm[seen])
    centre_y = origin_mm[1] + STEP_MM * float(np.nonzero(bone)[1].mean())
    voxel_ml = (STEP_MM / 10) ** 3
    found: tuple[list[_Piece], list[_Piece]] = ([], [])
    windows = ndimage.find_objects(pieces)
    for n, window in enumerate(windows, start=1):
        mask = pieces[window] == n
        if mask.sum() * voxel_ml < LEAST_ML:
            continue
        at = np.argwhere(mask) + [part.start for part in window]
        x, y, z = (origin_mm + STEP_MM * at).T
        beside = x - middle[at[:, 2]]
        if np.median(np.abs(beside)) < BESIDE_MM:
            continue
        side = int(np.median(beside) > 0)
        votes = chances[side][:, at[:, 0], at[:, 1], at[:, 2]].mean(axis=1)
        if votes.sum() < LEAST_VOTE:
            continue
        forward = np.arctan2(np.abs(beside), centre_y - y) * RADIUS_MM  # 0 behind the spine
        whole = np.zeros(image.shape, bool)
        whole[window] = mask
        found[side].append(_Piece(float(np.mean(z + DESCENT * forward)), votes, whole))
    return _numbered(*found)


def _trunk(image: Array, arms: Array) -> Array:
    """The body without the table, and without what lies as far out as an arm's bone."""
    from scipy import ndimage

    solid = ndimage.binary_opening(image > BODY_HU, iterations=2)
    pieces, count = ndimage.label(solid)
    if not count:
        return np.asarray(solid)
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    body = pieces == sizes.argmax()
    rows = np.flatnonzero(arms.any(axis=(1, 2)))
    middle = int(np.flatnonzero(body.any(axis=(1, 2))).mean())
    inward = round(ARM_MM / STEP_MM)
    left, right = rows[rows < middle], rows[rows > middle]
    if left.size:
        body[: left.max() + inward] = False
    if right.size:
        body[max(0, right.min() - inward) :] = False
    return np.asarray(body)


def _rim(bone: Array) -> Array:
    """What lies near the outline around all bone of a slice and its neighbours."""
    from scipy import ndimage
    from scipy.spatial import ConvexHull, QhullError

    rim = np.zeros_like(bone)
    grid = np.stack(np.meshgrid(*(np.arange(n) for n in bone.shape[:2]), indexing="ij"), axis=-1)
    for k in range(bone.shape[2]):
        solid = ndimage.binary_opening(bone[:, :, max(0, k - 2) : k + 3].any(axis=2))
        points = np.argwhere(solid)
        if len(points) < 10:
            continue
        try:
            hull = ConvexHull(points)
        except QhullError:
            continue
        # Signed distance to each face of the hull, negative inside.
        inside = (grid @ hull.equations[:, :2].T + hull.equations[:, 2]).max(axis=-1)
        rim[:, :, k] = inside > -RIM_MM / STEP_MM
    return rim


def _joined(row: list[_Piece]) -> list[_Piece]:
    """Pieces from above, those of one height as one."""
    joined: list[_Piece] = []
    for piece in sorted(row, key=lambda piece: -piece.height_mm):
        if joined and joined[-1].height_mm - piece.height_mm < SAME_MM:
            last = joined.pop()
            a, b = float(last.mask.sum()), float(piece.mask.sum())
            piece = _Piece(
                (last.height_mm * a + piece.height_mm * b) / (a + b),
                (last.votes * a + piece.votes * b) / (a + b),
                last.mask | piece.mask,
            )
        joined.append(piece)
    return joined


def _numbered(left: list[_Piece], right: list[_Piece]) -> list[Rib]:
    """Pieces in their order, numbered one after the other, from where both sides agree and the network's votes fit."""
    rows = [_joined(row)[:12] for row in (left, right)]
    best, chosen = -np.inf, (0, 0)
    for first in np.ndindex(*(12 - len(row) + 1 for row in rows)):
        said = 0.0
        heights = np.full((2, 12), np.nan)
        for side, row in enumerate(rows):
            for n, piece in enumerate(row, start=first[side]):
                said += float(np.log(piece.votes[n] + 1e-3))
                heights[side, n] = piece.height_mm
        apart = (heights[0] - heights[1])[np.isfinite(heights).all(axis=0)]
        said -= float(((apart / LEVEL_MM) ** 2).sum() / 2)
        if said > best:
            best, chosen = said, (int(first[0]), int(first[1]))
    return [
        Rib(f"rib_{side}_{n}", piece.mask)
        for side, row, first in zip(("left", "right"), rows, chosen, strict=True)
        for n, piece in enumerate(row, start=first + 1)
    ]
