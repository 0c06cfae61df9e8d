"""The body in the image: its outline, what the field of view cuts of it, and its mid-sagittal plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.evidence.canonical import Canonical
from fmassist.evidence.facts import Box, Plane, Point

Array = NDArray[Any]

GRID_MM = 4.0
"""The outline is found on a grid of about this width: skin is not needed more exactly than that."""
SKIN_HU = -300.0
"""Between air and fat; the usual threshold for the outline of the body in CT (as TotalSegmentator's and nnU-Net's)."""


@dataclass(frozen=True)
class Body:
    """The body on a thinned-out grid."""

    mask: Array
    strides: tuple[int, int, int]
    box_ras_mm: Box
    cut_faces: tuple[str, ...]
    share: float
    mid_sagittal: Plane | None


def find_body(study: Canonical, *, is_hu: bool) -> Body | None:
    """The largest connected thing that is no air, filled slice by slice; None when there is none.

    A table is parted from the body by an opening of one grid cell, where it is a component of its own then.
    """
    from scipy import ndimage

    assert study.image is not None
    strides = tuple(max(1, round(GRID_MM / s)) for s in study.spacing_mm)
    thin = np.asarray(study.image[:: strides[0], :: strides[1], :: strides[2]], dtype=np.float32)
    finite = np.isfinite(thin)
    if not finite.any() or thin[finite].min() == thin[finite].max():
        return None
    thin = np.where(finite, thin, thin[finite].min())
    tissue = thin > (SKIN_HU if is_hu else _otsu(thin))
    opened = ndimage.binary_opening(tissue, structure=np.ones((1, 3, 3)))
    pieces, count = ndimage.label(opened)
    if not count:
        return None
    largest = int(np.bincount(pieces.ravel())[1:].argmax()) + 1
    mask = ndimage.binary_dilation(pieces == largest, structure=np.ones((1, 3, 3))) & tissue
    mask = _filled(study, mask)
    where = np.argwhere(mask)
    low, high = where.min(axis=0), where.max(axis=0)
    size = np.array(study.image.shape)
    corners = study.to_ras_mm(np.array([low * strides - 0.5, np.minimum((high + 1) * strides, size) - 0.5]))
    box = tuple(map(float, corners.min(axis=0))), tuple(map(float, corners.max(axis=0)))
    return Body(
        mask=mask,
        strides=strides,
        box_ras_mm=box,  # type: ignore[arg-type]
        cut_faces=_cut_faces(study, mask),
        share=float(mask.mean()),
        mid_sagittal=_mid_sagittal(study, mask, strides),
    )


def outside_shares(study: Canonical, body: Body) -> dict[int, float]:
    """Share of each label's voxels outside the body, read off the thinned-out grid; tiny labels may be missing."""
    outside = ~body.mask
    shares: dict[int, float] = {}
    for labels in study.layers:
        thin = labels[:: body.strides[0], :: body.strides[1], :: body.strides[2]]
        total = np.bincount(thin.ravel(), minlength=len(study.keys) + 1)
        out = np.bincount(thin[outside].ravel(), minlength=len(study.keys) + 1)
        shares.update({int(n): float(out[n] / total[n]) for n in np.flatnonzero(total) if n})
    return shares


def _filled(study: Canonical, mask: Array) -> Array:
    """The mask with its air inside, slice by slice.

    Where the field of view cuts the body, its border closes the outline: a lung that is open to it lies inside.
    """
    from scipy import ndimage

    cut = _cut_faces(study, mask)
    rims: dict[str, tuple[Any, Any]] = {
        study.face(1, high=False): np.s_[0, :],
        study.face(1, high=True): np.s_[-1, :],
        study.face(2, high=False): np.s_[:, 0],
        study.face(2, high=True): np.s_[:, -1],
    }
    filled = np.empty_like(mask)
    for k in range(mask.shape[0]):
        closed = np.pad(mask[k], 1)
        for face, rim in rims.items():
            if face in cut:
                closed[rim] = True
        filled[k] = ndimage.binary_fill_holes(closed)[1:-1, 1:-1]
    return filled


def _cut_faces(study: Canonical, mask: Array) -> tuple[str, ...]:
    """Faces of the field of view on which the body has more than a twentieth of its widest section."""
    faces: list[str] = []
    for axis in range(3):
        profile = mask.sum(axis=tuple(a for a in range(3) if a != axis))
        ends = [high for high in (False, True) if profile[-1 if high else 0] > 0.05 * profile.max()]
        faces.extend(study.face(axis, high=high) for high in ends)
    return tuple(sorted(faces))


def _mid_sagittal(study: Canonical, mask: Array, strides: tuple[int, int, int]) -> Plane | None:
    """A plane through the middles of the body's width, slice by slice; sure where the halves mirror each other."""
    across: Array = np.any(mask, axis=1)
    rows = np.flatnonzero(across.any(axis=1))
    if len(rows) < 2:
        return None
    first = across[rows].argmax(axis=1)
    last = across.shape[1] - 1 - across[rows, ::-1].argmax(axis=1)
    width = last - first
    whole = width >= 0.5 * width.max()
    middle = (first + last)[whole] / 2
    slope, at = np.polyfit(rows[whole], middle, 1) if whole.sum() >= 8 else (0.0, float(np.median(middle)))
    centre = at + slope * rows.mean()
    index = np.array([rows.mean() * strides[0], mask.shape[1] / 2 * strides[1], centre * strides[2]])
    along = study.index_to_ras_mm[:3, :3] @ np.array([strides[0], 0.0, slope * strides[2]])
    front = study.index_to_ras_mm[:3, :3] @ np.array([0.0, 1.0, 0.0])
    normal = np.cross(front, along)
    normal = normal / (np.linalg.norm(normal) or 1.0)
    normal = normal if normal[0] >= 0 else -normal
    shift = round(2 * float(np.median(middle)) - (mask.shape[2] - 1))
    mirror = np.roll(mask[:, :, ::-1], shift, axis=2)
    overlap = 2 * float((mask & mirror).sum()) / max(1.0, 2.0 * float(mask.sum()))
    point: Point = tuple(map(float, study.to_ras_mm(index)))  # type: ignore[assignment]
    # Two halves that overlap by 70 % or less say nothing; by 95 % or more they are as alike as bodies get (estimate).
    confidence = min(1.0, max(0.0, (overlap - 0.7) / 0.25))
    return Plane(point, tuple(map(float, normal)), round(confidence, 3), "body outline")  # type: ignore[arg-type]


def _otsu(image: Array) -> float:
    """Otsu's threshold (IEEE Trans SMC 1979;9:62)."""
    counts, edges = np.histogram(image, bins=256)
    centres = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    mean_below = np.cumsum(counts * centres) / np.maximum(below, 1)
    mean_above = (np.sum(counts * centres) - np.cumsum(counts * centres)) / np.maximum(above, 1)
    between = below * above * (mean_below - mean_above) ** 2
    # A body in MR is darker than half-way where coils fade; half of Otsu's value keeps it (estimate).
    return float(centres[int(between.argmax())]) / 2
