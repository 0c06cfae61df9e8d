"""DICOM RT Structure Sets (PS3.3 A.19): closed planar contours, drawn onto the grid of their image.

pydicom reads the file. A voxel belongs to a structure where its centre lies within an odd number of the contours of its
slice, so that a contour within another one is a hole, and a "keyhole" contour, whose outer and inner part are joined by
a line there and back, is what it was meant to be (PS3.3 C.8.8.6.3, XOR; TG-263). rt-utils fills with whole pixels
through OpenCV, half a pixel too much on every side, and so is not used.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.geometry import Geometry
from fmassist.volume.bounded_file import BoundedFile
from fmassist.volume.patient_words import name_without, patient_words
from fmassist.volume.raster import require_room
from fmassist.volume.segmentation import Code, Segment, Segmentation, Terminology

_CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
OFF_SLICE = 0.5
"""How far from a slice's middle, in slices, a contour may lie and still be drawn on it."""
_OUTSIDE_SHARE = 0.5
"""More of the contour points than this off the image means another image's structure set (estimate)."""


def read_rtstruct(path: Path, grid: Geometry | None) -> Segmentation:
    """The structures of an RT Structure Set on `grid`, each in the first layer in which its voxels are free.

    Raises:
        InputError: there is no grid, or the contours are not closed, planar and on the slices of this grid.
        OSError: the file cannot be read.
    """
    import pydicom

    try:
        with BoundedFile(path) as opened:
            dataset = pydicom.dcmread(opened, force=True)
        contours = {int(item.ReferencedROINumber): _contours(item) for item in dataset.get("ROIContourSequence") or []}
        words = patient_words(dataset)
        rois = [
            (int(item.ROINumber), name_without(item.get("ROIName"), int(item.ROINumber), words))
            for item in dataset.get("StructureSetROISequence") or []
        ]
        codes = {
            int(item.ReferencedROINumber): _terminology(item) for item in dataset.get("RTROIObservationsSequence") or []
        }
    except MemoryError:
        raise
    except Exception:
        raise InputError("it is not a sound RT Structure Set", "export it anew") from None
    if not any(contours.values()):
        raise InputError("the RT Structure Set holds no closed planar contour", "export it anew, or as DICOM SEG")
    if grid is None:
        raise InputError(
            "it is an RT Structure Set, whose contours are drawn on the slices of an image",
            "give that image with --image",
        )
    require_room((*grid.shape, 4), 2)
    _require_on_grid([points for group in contours.values() for points in group], grid)
    return _drawn(rois, contours, codes, grid)


def _drawn(
    rois: list[tuple[int, str]],
    contours: dict[int, list[NDArray[np.float64]]],
    codes: dict[int, Terminology | None],
    grid: Geometry,
) -> Segmentation:
    layers: list[NDArray[Any]] = []
    segments: list[Segment] = []
    dtype = np.uint8 if len(rois) < 256 else np.uint16
    for label, (number, name) in enumerate(rois, start=1):
        where = _filled(contours.get(number, []), grid)
        layer = next((n for n, voxels in enumerate(layers) if not voxels[where].any()), len(layers))
        if layer == len(layers):
            layers.append(np.zeros(grid.shape, dtype=dtype, order="F"))
        layers[layer][where] = label
        segments.append(Segment(label, name, layer, terminology=codes.get(number)))
    if not any(layer.any() for layer in layers):
        raise InputError("no voxel lies within its contours", "give the image that they were drawn on")
    note = "The contours were drawn onto the image's grid: a voxel belongs to what holds its centre."
    return Segmentation(tuple(layers), grid, tuple(segments), listed=frozenset(name for _, name in rois), notes=(note,))


def _contours(item: Any) -> list[NDArray[np.float64]]:
    """Points (n, 3) in RAS mm of each closed planar contour of three points or more."""
    found = []
    for contour in item.get("ContourSequence") or []:
        if str(contour.get("ContourGeometricType")) not in _CLOSED:
            continue
        points = np.array([float(x) for x in contour.ContourData]).reshape(-1, 3)
        if len(points) >= 3 and np.isfinite(points).all():
            found.append(points * (-1, -1, 1))
    return found


def _require_on_grid(contours: list[NDArray[np.float64]], grid: Geometry) -> None:
    to_index = np.linalg.inv(grid.index_to_ras_mm)
    points = np.concatenate(contours) @ to_index[:3, :3].T + to_index[:3, 3]
    inside = ((points >= -OFF_SLICE) & (points <= np.array(grid.shape) - 1 + OFF_SLICE)).all(axis=1)
    if 1 - inside.mean() > _OUTSIDE_SHARE:
        raise InputError(
            f"{1 - inside.mean():.0%} of the contours of the RT Structure Set lie outside the image",
            "give the image that they were drawn on",
        )
    for group in contours:
        along = (group @ to_index[:3, :3].T + to_index[:3, 3])[:, 2]
        if np.ptp(along) > OFF_SLICE:
            raise InputError(
                "the contours of the RT Structure Set do not lie in the slices of the image",
                "give the image that they were drawn on, with its slices as they were",
            )


def _filled(contours: list[NDArray[np.float64]], grid: Geometry) -> NDArray[np.bool_]:
    where = np.zeros(grid.shape, dtype=bool, order="F")
    to_index = np.linalg.inv(grid.index_to_ras_mm)
    for points in contours:
        index = points @ to_index[:3, :3].T + to_index[:3, 3]
        k = int(np.rint(index[:, 2].mean()))
        if 0 <= k < grid.shape[2]:
            where[:, :, k] ^= _within(index[:, :2], grid.shape[:2])
    return where


def _within(points: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which centres `[i, j]` lie within a closed polygon, by the parity of the edges crossed on the way along i."""
    crossed = np.zeros((shape[0] + 1, shape[1]), dtype=np.int32)
    following = np.roll(points, -1, axis=0)
    for (i0, j0), (i1, j1) in zip(points, following, strict=True):
        low, high = sorted((j0, j1))
        rows = np.arange(max(int(np.ceil(low)), 0), min(int(np.ceil(high)), shape[1]))
        if not len(rows):
            continue  # an edge along i, or between two rows of centres
        at = i0 + (rows - j0) * (i1 - i0) / (j1 - j0)
        first = np.clip(np.floor(at).astype(int) + 1, 0, shape[0])
        np.add.at(crossed, (first, rows), 1)
    inside: NDArray[np.bool_] = np.cumsum(crossed[:-1], axis=0) % 2 == 1
    return inside


def _terminology(observation: Any) -> Terminology | None:
    """What a structure stands for, where a code sequence says so (PS3.3 C.8.8.8)."""
    kind = _code(observation.get("RTROIIdentificationCodeSequence"))
    if kind is None:
        return None
    item = observation.RTROIIdentificationCodeSequence[0]
    modifier = item.get("SegmentedPropertyTypeModifierCodeSequence") or item.get("AnatomicRegionModifierSequence")
    return Terminology(
        category=Code("123037004", "SCT", "Anatomical structure"), type=kind, type_modifier=_code(modifier)
    )


def _code(sequence: Any) -> Code | None:
    if not sequence:
        return None
    first = sequence[0]
    value, scheme = str(first.get("CodeValue") or ""), str(first.get("CodingSchemeDesignator") or "")
    return Code(value, scheme, str(first.get("CodeMeaning") or "")) if value else None
