"""What is read from the header of one DICOM slice, and nothing else of it.

Headers are taken apart here, once, into plain values: pydicom converts a value only when it is asked for, so that a
damaged one would otherwise raise anywhere. Nothing by which a patient could be known leaves this module; identifiers
are kept only as hashes, to tell whether two slices belong together.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fmassist.errors import InputError
from fmassist.volume.body_parts import BODY_PARTS
from fmassist.volume.bounded_file import BoundedFile
from fmassist.volume.dicom_deflate import require_room_to_open

_TAGS = [
    "PatientID", "StudyInstanceUID", "SeriesInstanceUID", "Modality", "NumberOfFrames", "SamplesPerPixel", "Rows",
    "Columns", "PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient", "RescaleIntercept",
    "ModalityLUTSequence", "PatientAge", "PatientSex", "BodyPartExamined", "Laterality", "ImageLaterality", "ImageType",
    "SOPClassUID", "SOPInstanceUID", "SeriesNumber", "FrameOfReferenceUID", "PixelRepresentation", "BitsAllocated",
]  # fmt: skip


MAX_AGE_YEARS = 120.0
"""Nobody of whom it is certain has been older than 122; 999Y and its like stand for an age that nobody knew."""


@dataclass(frozen=True)
class SliceHeader:
    """One slice's place and kind, in DICOM's own terms; None or empty where the file does not say.

    Args:
        file: where its pixels are.
        patient: hash of the patient's identifier; likewise `study` and `series`.
        modality: `"CT"`, `"MR"`, ….
        frames: how many images the file holds.
        samples: values for each pixel.
        rows: number of rows.
        columns: number of columns.
        spacing_mm: between rows, between columns.
        position_lps_mm: centre of the first pixel.
        orientation: directions in which the column number and the row number grow (LPS).
        rescaled: whether the file says how stored values become real ones.
        frame_of_reference: hash of the identifier of the space that positions are in.
        stored: how a pixel is stored, bits and whether they have a sign.
        lookup_table: whether they become so through a table.
        context: what a check may use and nobody can be known by.
        kind: UID of the SOP class.
        image_type: the values of Image Type, such as `("ORIGINAL", "PRIMARY", "LOCALIZER")`.
        instance: hash of the SOP instance, the same for a copy.
        series_number: as the scanner counts; None where it is no number.
    """

    file: Path = field(repr=False)
    patient: str
    study: str
    series: str
    modality: str
    frames: int
    samples: int
    rows: int
    columns: int
    spacing_mm: tuple[float, ...]
    position_lps_mm: tuple[float, ...]
    orientation: tuple[float, ...]
    rescaled: bool
    frame_of_reference: str
    stored: tuple[int, int]
    lookup_table: bool
    context: dict[str, str | float]
    kind: str = ""
    image_type: tuple[str, ...] = ()
    instance: str = ""
    series_number: int | None = None


def read_slice_header(path: Path) -> SliceHeader:
    """The header of one DICOM file, without its pixels.

    Raises:
        InputError: the file is damaged.
    """
    import pydicom

    require_room_to_open(path)
    try:
        with BoundedFile(path) as opened:
            header = pydicom.dcmread(
                opened, stop_before_pixels=True, specific_tags=list(_TAGS), force=not _has_mark(path)
            )
        if not header.get("Modality") and not header.get("SOPClassUID"):
            raise ValueError("SOPClassUID")
        return SliceHeader(
            file=path,
            patient=_hashed(header, "PatientID"),
            study=_hashed(header, "StudyInstanceUID"),
            series=_hashed(header, "SeriesInstanceUID"),
            modality=_text(header, "Modality"),
            frames=_whole(header, "NumberOfFrames", 1),
            samples=_whole(header, "SamplesPerPixel", 1),
            rows=_whole(header, "Rows", 0),
            columns=_whole(header, "Columns", 0),
            spacing_mm=_numbers(header, "PixelSpacing", 2),
            position_lps_mm=_numbers(header, "ImagePositionPatient", 3),
            orientation=_numbers(header, "ImageOrientationPatient", 6),
            rescaled=header.get("RescaleIntercept") is not None,
            frame_of_reference=_hashed(header, "FrameOfReferenceUID"),
            stored=(_whole(header, "BitsAllocated", 0), _whole(header, "PixelRepresentation", 0)),
            lookup_table=bool(header.get("ModalityLUTSequence")),
            context=_context(header),
            kind=_text(header, "SOPClassUID"),
            image_type=_words(header, "ImageType"),
            instance=_hashed(header, "SOPInstanceUID") if header.get("SOPInstanceUID") else "",
            series_number=_number(header, "SeriesNumber"),
        )
    except MemoryError:
        raise
    except Exception:
        # pydicom raises what its many parts raise; its texts quote values, so none is passed on.
        raise InputError("a DICOM file in the folder is damaged", "copy or export it again") from None


def _has_mark(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(132)[128:] == b"DICM"


def _text(header: Any, tag: str) -> str:
    return str(header.get(tag) or "").strip()


def _hashed(header: Any, tag: str) -> str:
    return hashlib.sha256(_text(header, tag).encode()).hexdigest()


def _whole(header: Any, tag: str, default: int) -> int:
    value = header.get(tag)
    return default if value is None else int(value)


def _words(header: Any, tag: str) -> tuple[str, ...]:
    value = header.get(tag)
    words = [value] if isinstance(value, str) else list(value or ())
    return tuple(str(word).strip().upper() for word in words)


def _number(header: Any, tag: str) -> int | None:
    try:
        return int(header.get(tag))
    except (TypeError, ValueError):
        return None


def _numbers(header: Any, tag: str, count: int) -> tuple[float, ...]:
    value = header.get(tag)
    if value is None or value == "":
        return ()
    numbers = tuple(float(x) for x in value)
    if len(numbers) != count:
        raise ValueError(tag)
    return numbers


def _context(header: Any) -> dict[str, str | float]:
    context: dict[str, str | float] = {}
    age = _age_years(_text(header, "PatientAge"))
    if age is not None and age > MAX_AGE_YEARS:
        context["doubt"] = "age"
    elif age is not None:
        # Ages over 89 count as identifying (45 CFR 164.514(b)(2)(i)(C)) and make no difference to any rule.
        context["age_years"] = min(age, 90.0)
    sex = _text(header, "PatientSex").upper()
    if sex in ("M", "F"):
        context["sex"] = sex
    body_part = _text(header, "BodyPartExamined").upper()
    if body_part in BODY_PARTS:
        context["body_part"] = body_part
    # Of the image where it is said (PS3.3 C.7.6.1.1.1), else of the series; B and U tell nothing.
    side = (_text(header, "ImageLaterality") or _text(header, "Laterality")).upper()
    if side in ("L", "R"):
        context["laterality"] = {"L": "left", "R": "right"}[side]
    return context


def _age_years(text: str) -> float | None:
    """PS3.5 Age String: three digits and D, W, M or Y."""
    days = {"D": 1.0, "W": 7.0, "M": 30.4375, "Y": 365.25}.get(text[3:4])
    if len(text) != 4 or days is None or not text[:3].isdigit():
        return None
    return round(int(text[:3]) * days / 365.25, 2)
