"""The body in the image: its outline, what the field of view cuts of it, and its mid-sagittal plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.evidence.facts import FACES, BodySection, Box, Plane, Point
from fmassist.evidence.thin import Thin

Array = NDArray[Any]

SKIN_HU = -300.0
"""Between air and fat; the usual threshold for the outline of the body in CT (as TotalSegmentator's and nnU-Net's)."""
AIR_HU = -500.0
"""Half-way between air and water: what is below it inside the body is lung or gas."""
BONE_HU = 200.0
"""Above contrast-filled organs of most phases, below most of bone (estimate from CT scales)."""
COARSE_MM = 4.5
"""On a coarser grid no table is parted from the body: opening by a cell takes away the chest's wall."""
WALL_MM = 10.0
"""Gaps of twice this in the body's outline are closed (estimate: half a lung's wall at 5 mm)."""
LEAST_AIR = 0.05
"""Share of the image around the patient under which its darkness says nothing (estimate)."""
AIR_LEVEL = 0.12
"""Of the image's range, above its lowest value, that air in MR reaches (estimate: noise of surface coils)."""
SECTION_MM = 16.0
"""Sections are told about this far apart: half a lumbar level."""


@dataclass(frozen=True)
class Body:
    """The body on the thinned-out grid."""

    mask: Array
    outside: Array
    """The air around the patient: what is dark, and reached from the border without passing tissue."""
    is_sure: bool
    """Whether that looks like air: dark and even, as far as the image goes."""
    box_ras_mm: Box
    cut_faces: tuple[str, ...]
    share: float
    mid_sagittal: Plane | None
    beside_ml: float
    sections: tuple[BodySection, ...]


def find_body(thin: Thin, *, is_hu: bool) -> Body | None:
    """The largest connected thing that is no air, filled slice by slice; None when there is none.

    A table is parted from the body by an opening of one grid cell, where it is a component of its own then.
    """
    from scipy import ndimage

    finite = np.isfinite(thin.image)
    if not finite.any() or thin.image[finite].min() == thin.image[finite].max():
        return None
    image = np.where(finite, thin.image, thin.image[finite].min())
    tissue = image > (SKIN_HU if is_hu else _otsu(image))
    outside = _air_around(tissue, thin.spacing_mm)
    opened = ndimage.binary_opening(tissue, structure=np.ones((1, 3, 3))) if thin.spacing_mm[2] < COARSE_MM else tissue
    pieces, count = ndimage.label(opened)
    if not count:
        return None
    largest = int(np.bincount(pieces.ravel())[1:].argmax()) + 1
    mask = ndimage.binary_dilation(pieces == largest, structure=np.ones((1, 3, 3))) & tissue
    mask = _filled(mask)
    where = np.argwhere(mask)
    low, high = where.min(axis=0), where.max(axis=0) + 1
    # Half a voxel of the study beyond the first one taken, and up to the next one that would have been.
    edge = 0.5 / np.array(thin.strides)
    ends = np.stack([low - edge, high - edge])
    corners = thin.to_ras_mm(np.array([[ends[a, 0], ends[b, 1], ends[c, 2]] for a, b, c in np.ndindex(2, 2, 2)]))
    box = tuple(map(float, corners.min(axis=0))), tuple(map(float, corners.max(axis=0)))
    return Body(
        mask=mask,
        outside=outside if is_hu else _as_dark_as_air(image, outside),
        is_sure=_is_air(image, outside, tissue, is_hu=is_hu),
        box_ras_mm=box,  # type: ignore[arg-type]
        cut_faces=_cut_faces(mask),
        share=float(mask.mean()),
        mid_sagittal=_mid_sagittal(thin, mask),
        beside_ml=float(np.count_nonzero(tissue & ~mask) * thin.voxel_ml),
        sections=_sections(thin, mask, is_hu=is_hu),
    )


def outside_shares(thin: Thin, body: Body) -> dict[int, float]:
    """Share of each label's voxels in the air around the body, read off the thinned-out grid.

    A voxel of tissue that lies apart (an arm's tip, a finger) is not in the air. Tiny labels may be missing.
    """
    shares: dict[int, float] = {}
    for labels in thin.labels:
        total = np.bincount(labels.ravel())
        out = np.bincount(labels[body.outside], minlength=len(total))
        shares.update({int(n): float(out[n] / total[n]) for n in np.flatnonzero(total) if n})
    return shares


def _air_around(tissue: Array, spacing_mm: Array) -> Array:
    """What is no tissue and reached from the border of the grid, slice by slice.

    Gaps in a thin wall of the chest are closed first, and a border that runs through the body ends the air there: a
    lung that is cut off by the field of view, or opens to the air by one voxel of a coarse grid, is not outside.
    """
    from scipy import ndimage

    reach = [max(1, round(WALL_MM / float(mm))) for mm in spacing_mm[1:]]
    disc = np.ones((1, 2 * reach[0] + 1, 2 * reach[1] + 1), dtype=np.bool_)
    pad = ((0, 0), (reach[0], reach[0]), (reach[1], reach[1]))
    closed = ndimage.binary_closing(np.pad(tissue, pad), disc)[:, reach[0] : -reach[0], reach[1] : -reach[1]]
    return np.asarray(~(_filled(closed) | tissue))


def _is_air(image: Array, outside: Array, tissue: Array, *, is_hu: bool) -> bool:
    """Whether what lies around the patient is air: at the dark end of the image, and even.

    In Hounsfield units the threshold has said so. Elsewhere the border may run inside the body, so that what is dark
    and reached from it is muscle.
    """
    if is_hu:
        return True
    count = int(np.count_nonzero(outside))
    if count < LEAST_AIR * outside.size or not tissue.any():
        return False
    lowest, highest = np.percentile(image, (0.5, 99.5))
    air, inside = image[outside], image[tissue]
    dark = (float(np.median(air)) - lowest) < AIR_LEVEL * (highest - lowest)
    return bool(dark and np.percentile(air, 75) < np.percentile(inside, 25))


def _as_dark_as_air(image: Array, outside: Array) -> Array:
    """What of it is no brighter than noise, where no Hounsfield unit tells: tissue far from a coil is dark too.

    Noise of a magnitude image follows Rayleigh: three times its lower quartile holds nine tenths of it.
    """
    if not outside.any():
        return outside
    lowest = float(np.percentile(image, 0.1))
    return np.asarray(outside & (image <= lowest + 3 * (float(np.percentile(image[outside], 25)) - lowest)))


def _filled(mask: Array) -> Array:
    """The mask with its air inside, slice by slice.

    Where the field of view cuts the body, its border closes the outline: a lung that is open to it lies inside.
    """
    from scipy import ndimage

    cut = _cut_faces(mask)
    rims: dict[str, tuple[Any, Any]] = {
        "posterior": np.s_[0, :],
        "anterior": np.s_[-1, :],
        "left": np.s_[:, 0],
        "right": np.s_[:, -1],
    }
    filled = np.zeros_like(mask)
    for k in range(mask.shape[0]):
        closed = np.pad(mask[k], 1)
        for face, rim in rims.items():
            if face in cut:
                closed[rim] = True
        filled[k] = ndimage.binary_fill_holes(closed)[1:-1, 1:-1]
    return filled


def _cut_faces(mask: Array) -> tuple[str, ...]:
    """Faces of the field of view on which the body has more than a twentieth of its widest section."""
    faces: list[str] = []
    for axis in range(3):
        profile = mask.sum(axis=tuple(a for a in range(3) if a != axis))
        cut = [high for high in (False, True) if profile[-1 if high else 0] > 0.05 * profile.max()]
        faces.extend(FACES[2 * (2 - axis) + (0 if high else 1)] for high in cut)
    return tuple(sorted(faces))


def _sections(thin: Thin, mask: Array, *, is_hu: bool) -> tuple[BodySection, ...]:
    """Sections of the body from foot to head; of an oblique image, as its slices lie."""
    found = []
    across, deep = float(thin.spacing_mm[2]), float(thin.spacing_mm[1])
    for k in range(0, mask.shape[0], max(1, round(SECTION_MM / float(thin.spacing_mm[0])))):
        section = mask[k]
        voxels = int(section.sum())
        if not voxels:
            continue
        columns, rows = np.flatnonzero(section.any(axis=0)), np.flatnonzero(section.any(axis=1))
        values = thin.image[k][section]
        middle = thin.to_ras_mm(np.array([k, rows.mean(), columns.mean()]))
        found.append(
            BodySection(
                superior_mm=float(middle[2]),
                area_mm2=voxels * across * deep,
                width_mm=float((columns[-1] - columns[0] + 1) * across),
                depth_mm=float((rows[-1] - rows[0] + 1) * deep),
                air_share=float((values < AIR_HU).mean()) if is_hu else None,
                bone_share=float((values > BONE_HU).mean()) if is_hu else None,
            )
        )
    return tuple(found)


def _mid_sagittal(thin: Thin, mask: Array) -> Plane | None:
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
    index = np.array([rows.mean(), mask.shape[1] / 2, centre])
    along = thin.index_to_ras_mm[:3, :3] @ np.array([1.0, 0.0, slope])
    front = thin.index_to_ras_mm[:3, :3] @ np.array([0.0, 1.0, 0.0])
    normal = np.cross(front, along)
    normal = normal / (np.linalg.norm(normal) or 1.0)
    normal = normal if normal[0] >= 0 else -normal
    shift = round(2 * float(np.median(middle)) - (mask.shape[2] - 1))
    mirror = np.roll(mask[:, :, ::-1], shift, axis=2)
    overlap = 2 * float((mask & mirror).sum()) / max(1.0, 2.0 * float(mask.sum()))
    point: Point = tuple(map(float, thin.to_ras_mm(index)))  # type: ignore[assignment]
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
