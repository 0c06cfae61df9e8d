"""A folder of DICOM slices as one volume, its geometry checked slice by slice.

Positions come from Image Position (Patient), never from slice numbers or file names (PS3.3 C.7.6.2).
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.geometry import Geometry, geometry_from_lps
from fmassist.volume.dicom_header import SliceHeader, read_slice_header
from fmassist.volume.dicom_pixels import decode_slices
from fmassist.volume.dicom_which import chosen_series, slices_only
from fmassist.volume.raster import Raster, require_room, require_sane_grid
from fmassist.volume.reading import is_dicom

MAX_FILES = 20_000
TOLERANCE_MM = 0.1
"""How far a slice may be from its place on an even grid; scanners round positions to 0.1 mm or finer."""

_NOT_IMAGES = {"SEG", "SR", "RTSTRUCT", "RTPLAN", "RTDOSE", "RTRECORD", "REG", "PR", "KO", "FID", "RWV", "DOC", "AU"}


def read_dicom_series(
    folder: Path, labels: Path | None = None
) -> tuple[Raster, str, dict[str, str | float], tuple[str, ...]]:
    """The one image series in `folder` (and the folders below it), or of several the one that `labels` belong to.

    Returns:
        The voxels after rescale (HU for CT) with k along the slice normal, the modality (`"CT"`, `"MR"` or
        `"unknown"`), what the headers say that a check may use, and what was left out, a sentence each.

    Raises:
        InputError: no slices, several series, or slices that do not make an even, upright stack.
        OSError: a file cannot be read.
    """
    images, notes = _image_headers(folder)
    headers, more = chosen_series(images, labels, _geometry_of)
    notes += more
    if headers[0].frames > 1:
        from fmassist.volume.dicom_frames import read_frames

        return (*read_frames(headers[0].file), tuple(notes))
    if len(headers) < 2:
        raise InputError("the folder holds a single slice", "give a volume of several slices")
    _require_one_series(headers)
    first = headers[0]
    geometry, order = _stacked(headers)
    voxels = decode_slices([headers[n].file for n in order], geometry.shape)
    modality = first.modality if first.modality in ("CT", "MR") else "unknown"
    return Raster(voxels, geometry), modality, dict(first.context), tuple(notes)


def _geometry_of(headers: list[SliceHeader]) -> Geometry:
    """The grid of one series, by its headers alone.

    Raises:
        InputError: its slices make no even, upright stack.
    """
    if headers[0].frames > 1:
        from fmassist.volume.dicom_frames import geometry_of_frames

        return geometry_of_frames(headers[0].file)
    _require_one_series(headers)
    return _stacked(headers)[0]


def _stacked(headers: list[SliceHeader]) -> tuple[Geometry, list[int]]:
    """The grid, and the slices in its order."""
    first = headers[0]
    positions, rows, columns = _placed(headers)
    normal = np.cross(rows, columns)
    order = np.argsort(positions @ normal, kind="stable")
    positions = positions[order]
    _require_even_stack(positions, normal)
    shape = (first.columns, first.rows, len(headers))
    require_room(shape, 4)

    between_rows, between_columns = first.spacing_mm
    lps = np.eye(4)
    lps[:3, 0], lps[:3, 1] = rows * between_columns, columns * between_rows
    lps[:3, 2] = (positions[-1] - positions[0]) / (len(headers) - 1)
    lps[:3, 3] = positions[0]
    return require_sane_grid(geometry_from_lps(shape, lps)), [int(n) for n in order]


def _image_headers(folder: Path) -> tuple[list[SliceHeader], list[str]]:
    """Every image slice below `folder`, and what was left out; what is not DICOM, or no image, is passed over."""
    entries = list(islice(folder.rglob("*"), MAX_FILES + 1))
    if len(entries) > MAX_FILES:
        raise InputError(f"the folder holds more than {MAX_FILES:,} files", "put one series into a folder")
    files = [path for path in sorted(entries) if path.is_file() and path.name.upper() != "DICOMDIR"]
    found = [read_slice_header(path) for path in files if is_dicom(path)]
    images = [header for header in found if header.modality not in _NOT_IMAGES]
    if not images:
        raise InputError("the folder holds no DICOM image", "give the folder in which the slices lie")
    return slices_only(images)


def _require_one_series(headers: list[SliceHeader]) -> None:
    alone = "put one series into a folder"
    if len({header.modality for header in headers}) > 1:
        raise InputError("the slices differ in modality", alone)
    if len({header.frame_of_reference for header in headers}) > 1:
        raise InputError("the slices lie in different frames of reference", alone)
    if len({header.stored for header in headers}) > 1:
        raise InputError("the slices store their pixels in different ways", alone)
    if len({(header.rows, header.columns) for header in headers}) > 1:
        raise InputError("the slices differ in their number of rows or columns", alone)
    for what, present in {
        "its pixel spacing": all(header.spacing_mm for header in headers),
        "its orientation in the patient": all(header.orientation for header in headers),
        "its position in the patient": all(header.position_lps_mm for header in headers),
    }.items():
        if not present:
            raise InputError(f"a slice lacks {what}", "export the series anew")
    if any(header.samples != 1 for header in headers):
        raise InputError("its slices are in colour", "give a scalar image")
    if any(header.lookup_table for header in headers):
        raise InputError("its values go through a lookup table", "export it with rescale slope and intercept")
    if any(header.modality == "CT" and not header.rescaled for header in headers):
        raise InputError("a CT slice does not say how its values become Hounsfield units", "export it with rescale")


def _placed(headers: list[SliceHeader]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Positions of all slices (n, 3), and the directions in which column and row numbers grow; LPS mm."""
    positions = np.array([header.position_lps_mm for header in headers])
    orientations = np.array([header.orientation for header in headers])
    spacings = np.array([header.spacing_mm for header in headers])
    if not (np.isfinite(positions).all() and np.isfinite(orientations).all() and np.isfinite(spacings).all()):
        raise InputError("a slice's position, orientation or spacing is not a number", "export the series anew")
    if (spacings <= 0).any():
        raise InputError("its pixel spacing is zero", "export the series with its true spacing")
    # A thousandth of a radian over a field of view of 500 mm is half a voxel.
    if np.abs(orientations - orientations[0]).max() > 1e-3:
        raise InputError("the slices differ in orientation", "put one series into a folder")
    if np.abs(spacings - spacings[0]).max() > 1e-4 * spacings[0].max():
        raise InputError("the slices differ in pixel spacing", "put one series into a folder")
    rows, columns = orientations[0, :3], orientations[0, 3:]
    lengths = np.linalg.norm(rows), np.linalg.norm(columns)
    if abs(lengths[0] - 1) > 1e-2 or abs(lengths[1] - 1) > 1e-2 or abs(rows @ columns) > 1e-2:
        raise InputError("its orientation is not two perpendicular directions", "export the series anew")
    return positions, rows / lengths[0], columns / lengths[1]


def _require_even_stack(positions: NDArray[np.float64], normal: NDArray[np.float64]) -> None:
    """`positions` sorted along `normal`."""
    along = positions @ normal
    steps = np.diff(along)
    step = float(np.median(steps))
    same = int((steps < 0.01).sum())
    if same:
        raise InputError(
            f"{same} of {len(positions)} slices lie where another lies already (a second phase, echo or copy?)",
            "put one stack of slices into a folder",
        )
    tolerance = min(TOLERANCE_MM, 0.2 * step)
    ideal = along[0] + np.arange(len(along)) * (along[-1] - along[0]) / (len(along) - 1)
    if np.abs(along - ideal).max() > tolerance:
        gaps = np.rint(steps / step)
        if np.abs(steps - gaps * step).max() <= 2 * tolerance and gaps.max() > 1:
            raise InputError(
                f"{int((gaps - 1).sum())} slices are missing (spacing {step:.3g} mm, largest gap {steps.max():.3g} mm)",
                "copy or export the whole series",
            )
        raise InputError(
            f"its slices are unevenly spaced, {steps.min():.3g} to {steps.max():.3g} mm",
            "resample it to an even spacing",
        )
    # A tilted gantry shifts every slice sideways against the one before, so that the stack leans.
    travel = positions[-1] - positions[0]
    sideways = float(np.linalg.norm(travel - (travel @ normal) * normal))
    if sideways > TOLERANCE_MM:
        tilt = np.degrees(np.arctan2(sideways, travel @ normal))
        raise InputError(
            f"its slices lean by {tilt:.1f}° against their stack (gantry tilt)",
            "resample it to an upright grid, as Slicer does when it imports the series",
        )
    wander = positions - positions[0] - np.outer(along - along[0], normal)
    if np.linalg.norm(wander, axis=1).max() > TOLERANCE_MM:
        raise InputError("its slices are shifted sideways against each other", "export the series anew")
