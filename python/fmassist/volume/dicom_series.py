"""A folder of DICOM slices as one volume, its geometry checked slice by slice.

Positions come from Image Position (Patient), never from slice numbers or file names (PS3.3 C.7.6.2).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.geometry import geometry_from_lps
from fmassist.volume.dicom_pixels import decode_slices
from fmassist.volume.raster import Raster, require_room, require_sane_grid
from fmassist.volume.reading import is_dicom

MAX_FILES = 20_000
TOLERANCE_MM = 0.1
"""How far a slice may be from its place on an even grid; scanners round positions to 0.1 mm or finer."""

_NOT_IMAGES = {"SEG", "SR", "RTSTRUCT", "RTPLAN", "RTDOSE", "RTRECORD", "REG", "PR", "KO", "FID", "RWV", "DOC", "AU"}
_TAGS = [
    "SOPClassUID", "SeriesInstanceUID", "StudyInstanceUID", "PatientID", "Modality", "ImageType", "NumberOfFrames",
    "SamplesPerPixel", "Rows", "Columns", "PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient",
    "RescaleSlope", "RescaleIntercept", "ModalityLUTSequence", "PatientAge", "PatientSex", "BodyPartExamined",
    "BitsAllocated", "EchoTime", "EchoNumbers", "TemporalPositionIdentifier",
]  # fmt: skip


def read_dicom_series(folder: Path) -> tuple[Raster, str, dict[str, str | float]]:
    """The one image series in `folder` (and the folders below it).

    Returns:
        The voxels after rescale (HU for CT) with k along the slice normal, the modality (`"CT"`, `"MR"` or
        `"unknown"`), and what the headers say that a check may use.

    Raises:
        InputError: no slices, several series, or slices that do not make an even, upright stack.
        OSError: a file cannot be read.
    """
    files, headers = _headers(folder)
    _require_one_series(headers)
    first = headers[0]
    positions, rows, columns = _placed(headers)
    normal = np.cross(rows, columns)
    order = np.argsort(positions @ normal, kind="stable")
    _require_even_stack(positions[order], normal)
    shape = (int(first.Columns), int(first.Rows), len(files))
    require_room(shape, 4)

    down, across = (float(x) for x in first.PixelSpacing)  # between rows, between columns
    lps = np.eye(4)
    lps[:3, 0], lps[:3, 1] = rows * across, columns * down
    lps[:3, 2] = (positions[order[-1]] - positions[order[0]]) / (len(files) - 1)
    lps[:3, 3] = positions[order[0]]
    geometry = require_sane_grid(geometry_from_lps(shape, lps))
    modality = {"CT": "CT", "MR": "MR"}.get(str(first.get("Modality", "")), "unknown")
    _require_rescale(headers, modality)
    voxels = decode_slices([files[n] for n in order], shape)
    return Raster(voxels, geometry), modality, _context(first)


def _headers(folder: Path) -> tuple[list[Path], list[Any]]:
    """Every image slice below `folder`; what is not DICOM, or not an image, is passed over."""
    import pydicom

    files, headers, multiframe = [], [], 0
    for count, path in enumerate(sorted(p for p in folder.rglob("*") if p.is_file())):
        if count >= MAX_FILES:
            raise InputError(f"the folder holds more than {MAX_FILES:,} files", "put one series into a folder")
        if path.name.upper() == "DICOMDIR" or not is_dicom(path):
            continue
        try:
            header = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=list(_TAGS))
            kind = str(header.get("Modality", ""))
            frames = int(header.get("NumberOfFrames") or 1)
        except Exception:
            # pydicom raises what its many parts raise; its texts quote values, so none is passed on.
            raise InputError("a DICOM file in the folder is damaged", "copy or export it again") from None
        if kind in _NOT_IMAGES:
            continue
        if frames > 1:
            multiframe += 1
            continue
        files.append(path)
        headers.append(header)
    if multiframe and not files:
        raise InputError("its DICOM files hold many frames each", "convert them to NIfTI or to single slices")
    if multiframe:
        raise InputError("the folder mixes single slices with files of many frames", "give a folder of one series")
    if not files:
        raise InputError("the folder holds no DICOM image", "give the folder in which the slices lie")
    if len(files) < 2:
        raise InputError("the folder holds a single slice", "give a volume of several slices")
    return files, headers


def _require_one_series(headers: list[Any]) -> None:
    for tag, what in (("PatientID", "patients"), ("StudyInstanceUID", "studies"), ("SeriesInstanceUID", "series")):
        different = len({str(header.get(tag, "")) for header in headers})
        if different > 1:
            raise InputError(
                f"the folder mixes {different} {what} in {len(headers)} slices", "put one series into a folder"
            )
    for tag in ("Modality", "Rows", "Columns", "PixelSpacing", "ImageOrientationPatient"):
        if any(tag not in header or header[tag].value in (None, "") for header in headers):
            raise InputError(f"a slice lacks {_words(tag)}", "export the series anew")
    for tag in ("Modality", "Rows", "Columns"):
        if len({str(header[tag].value) for header in headers}) > 1:
            raise InputError(f"the slices differ in {_words(tag)}", "put one series into a folder")
    if any(int(header.get("SamplesPerPixel") or 1) != 1 for header in headers):
        raise InputError("its slices are in colour", "give a scalar image")


def _placed(headers: list[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Positions of all slices (n, 3), and the directions in which column and row numbers grow; LPS mm."""
    if any("ImagePositionPatient" not in header for header in headers):
        raise InputError("a slice lacks its position in the patient", "export the series anew")
    try:
        positions = np.array([[float(x) for x in h.ImagePositionPatient] for h in headers]).reshape(-1, 3)
        orientations = np.array([[float(x) for x in h.ImageOrientationPatient] for h in headers]).reshape(-1, 6)
        spacings = np.array([[float(x) for x in h.PixelSpacing] for h in headers]).reshape(-1, 2)
    except (TypeError, ValueError):
        raise InputError("a slice's position, orientation or spacing is damaged", "export the series anew") from None
    if not (np.isfinite(positions).all() and np.isfinite(orientations).all() and np.isfinite(spacings).all()):
        raise InputError("a slice's position, orientation or spacing is not a number", "export the series anew")
    if (spacings <= 0).any():
        raise InputError("its pixel spacing is zero", "export the series with its true spacing")
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


def _require_rescale(headers: list[Any], modality: str) -> None:
    if any("ModalityLUTSequence" in header for header in headers):
        raise InputError("its values go through a lookup table", "export it with rescale slope and intercept")
    if modality == "CT" and any("RescaleIntercept" not in header for header in headers):
        raise InputError("a CT slice does not say how its values become Hounsfield units", "export it with rescale")


def _context(header: Any) -> dict[str, str | float]:
    """What a check may use and nobody can be known by."""
    context: dict[str, str | float] = {}
    age = _age_years(str(header.get("PatientAge") or ""))
    if age is not None:
        # Ages over 89 count as identifying (45 CFR 164.514(b)(2)(i)(C)) and make no difference to any rule.
        context["age_years"] = min(age, 90.0)
    sex = str(header.get("PatientSex") or "").strip().upper()
    if sex in ("M", "F"):
        context["sex"] = sex
    body_part = str(header.get("BodyPartExamined") or "").strip().upper()
    if body_part in _BODY_PARTS:
        context["body_part"] = body_part
    return context


def _age_years(text: str) -> float | None:
    """PS3.5 Age String: three digits and D, W, M or Y."""
    days = {"D": 1.0, "W": 7.0, "M": 30.4375, "Y": 365.25}.get(text[3:4])
    if len(text) != 4 or days is None or not text[:3].isdigit():
        return None
    return round(int(text[:3]) * days / 365.25, 2)


_BODY_PARTS = frozenset(
    {
        "ABDOMEN", "ABDOMENPELVIS", "ANKLE", "ARM", "BRAIN", "BREAST", "CERVICALSPINE", "CHEST", "CHESTABDOMEN",
        "CHESTABDPELVIS", "CSPINE", "CTSPINE", "ELBOW", "EXTREMITY", "FOOT", "HAND", "HEAD", "HEADNECK",
        "HEART", "HIP", "JAW", "KIDNEY", "KNEE", "LEG", "LIVER", "LOWERLIMB", "LSPINE", "LSSPINE",
        "LUMBARSPINE", "LUNG", "MEDIASTINUM", "NECK", "NECKCHEST", "NECKCHESTABDOMEN", "NECKCHESTABDPELV",
        "PANCREAS", "PELVIS", "PELVISLOWEXTREMT", "PROSTATE", "SACRUM", "SHOULDER", "SKULL", "SPINE", "SPLEEN",
        "SSPINE", "THIGH", "THORACICSPINE", "THORAX", "TLSPINE", "TSPINE", "UPPERLIMB", "UTERUS", "WHOLEBODY",
        "WHOLESPINE", "WRIST",
    }
)  # fmt: skip
"""PS3.16 Annex L's body parts that concern this program, and nothing a person typed: free text may name somebody."""


def _words(tag: str) -> str:
    return {
        "Modality": "modality",
        "Rows": "number of rows",
        "Columns": "number of columns",
        "PixelSpacing": "pixel spacing",
        "ImageOrientationPatient": "orientation in the patient",
    }[tag]
