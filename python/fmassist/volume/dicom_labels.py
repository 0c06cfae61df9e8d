"""Which kind of DICOM object a segmentation is, and which one of a folder."""

from __future__ import annotations

import hashlib
from itertools import islice
from pathlib import Path
from typing import Any

from fmassist.errors import InputError
from fmassist.geometry import Geometry
from fmassist.volume.bounded_file import BoundedFile
from fmassist.volume.dicom_deflate import require_room_to_open
from fmassist.volume.reading import is_dicom
from fmassist.volume.segmentation import Segmentation

_KINDS = ("SEG", "RTSTRUCT")
_MOST_FILES = 20_000


def read_dicom_labels(path: Path, grid: Geometry | None) -> Segmentation:
    """The segments of a DICOM SEG, or the contours of an RT Structure Set on an image's grid.

    Args:
        path: the file, or a folder that holds exactly one such file, perhaps among the slices.
        grid: the image's grid; only a structure set needs it.

    Raises:
        InputError: there is no such file or there are several, or it is not sound.
        OSError: the file cannot be read.
    """
    file = _the_one(path) if path.is_dir() else path
    require_room_to_open(file)
    kind = _modality(file)
    if kind == "RTSTRUCT":
        from fmassist.volume.rtstruct import read_rtstruct

        return read_rtstruct(file, grid)
    if kind not in ("SEG", "") and kind.isalpha() and len(kind) <= 16:
        raise InputError(f"it is a DICOM file of modality {kind}, not a segmentation", "give a DICOM SEG or RTSTRUCT")
    from fmassist.volume.dicom_seg import read_dicom_seg

    return read_dicom_seg(file)


def series_referred_to(path: Path) -> frozenset[str]:
    """Hashes of the series that a DICOM segmentation was made on; empty where it does not say, or is none."""
    import pydicom

    try:
        file = _the_one(path) if path.is_dir() else path
        if not is_dicom(file) or _modality(file) not in _KINDS:
            return frozenset()
        require_room_to_open(file)
        with BoundedFile(file) as opened:
            dataset = pydicom.dcmread(opened, stop_before_pixels=True, force=True)
        found: set[str] = set()
        _collect(dataset.get("ReferencedSeriesSequence"), found)
        for frame in dataset.get("ReferencedFrameOfReferenceSequence") or []:
            for study in frame.get("RTReferencedStudySequence") or []:
                _collect(study.get("RTReferencedSeriesSequence"), found)
    except Exception:
        return frozenset()  # what is damaged is said where the labels themselves are read
    return frozenset(hashlib.sha256(uid.encode()).hexdigest() for uid in found)


def _collect(sequence: Any, found: set[str]) -> None:
    found.update(str(item.get("SeriesInstanceUID") or "").strip() for item in sequence or [])
    found.discard("")


def _the_one(folder: Path) -> Path:
    files = (path for path in islice(folder.rglob("*"), _MOST_FILES) if path.is_file())
    found: dict[str, list[Path]] = {kind: [] for kind in _KINDS}
    for file in sorted(files):
        try:
            if is_dicom(file) and (kind := _modality(file)) in found:
                found[kind].append(file)
        except Exception:  # noqa: PERF203, S112 - a damaged neighbour is not the file that is looked for
            continue
    one = found["SEG"] or found["RTSTRUCT"]
    if not one:
        raise InputError(
            "the folder holds neither masks (one file for each structure) nor a DICOM SEG or RTSTRUCT",
            "give the file itself",
        )
    if len(one) > 1:
        raise InputError(f"the folder holds {len(one)} DICOM segmentations", "give the file itself")
    return one[0]


def _modality(file: Path) -> str:
    import pydicom

    try:
        with BoundedFile(file) as opened:
            header = pydicom.dcmread(opened, stop_before_pixels=True, specific_tags=["Modality"], force=True)
        return str(header.get("Modality") or "").strip()
    except Exception:
        return ""
