"""Which studies a batch holds: from a list, or from a folder of folders."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fmassist.errors import InputError

LABELS = ("labels", "segmentation", "seg", "totalsegmentator", "combined_labels", "segmentations")
FOLDERS = ("segmentations", "segmentation", "masks")
"""Folders with one mask for each structure, as TotalSegmentator writes them."""
IMAGES = ("image", "volume", "ct", "mr", "mri", "t1", "imaging")
ENDINGS = (".seg.nrrd", ".nii.gz", ".nii", ".nrrd", ".mha", ".mgz")
_COLUMNS = {"id", "labels", "image", "context"}


@dataclass(frozen=True)
class Study:
    """One study of a batch.

    Args:
        id: names its folder of results; letters, digits, `-`, `_` and `.`.
        labels: the segmentation.
        image: its volume, or None.
        context: its clinical context, or None.
    """

    id: str
    labels: Path
    image: Path | None = None
    context: Path | None = None


def find_studies(source: Path) -> list[Study]:
    """The studies of a `.csv` or `.json` list, or of a folder with one sub-folder a study.

    A list has the columns `labels` and, where there are any, `image`, `context` and `id`; paths are relative to the
    list. Without an id a study is called by its number, never by its file's name, which may hold a patient's.
    In a folder, each sub-folder holds one file of `LABELS` or one folder of `FOLDERS`, and perhaps one of `IMAGES` (or
    a folder `dicom`).

    Raises:
        InputError: there is no study, or a row is wrong; the line says which.
    """
    if source.is_dir():
        studies = _in_folder(source)
    elif source.suffix.lower() in (".csv", ".json") and source.is_file():
        studies = [_from_row(row, number, source.parent) for number, row in enumerate(_rows(source), 1)]
    else:
        raise InputError("the studies are neither a folder nor a .csv or .json list", "see fmassist batch --help")
    if not studies:
        raise InputError("no study was found", "see fmassist batch --help for the forms")
    seen: set[str] = set()
    for number, study in enumerate(studies, 1):
        if study.id.lower() in seen:  # some disks don't tell upper from lower case
            raise InputError(f"study {number} has the id of another one", "give each study its own id")
        seen.add(study.id.lower())
    return studies


def _rows(source: Path) -> list[dict[str, Any]]:
    try:
        text = source.read_text(encoding="utf-8-sig")
        rows = json.loads(text) if source.suffix.lower() == ".json" else list(csv.DictReader(text.splitlines()))
    except (OSError, UnicodeDecodeError, ValueError, csv.Error):
        raise InputError("the list of studies cannot be read", "give UTF-8 CSV or JSON") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError("the list of studies is no list of objects", 'write [{"labels": "a.nii.gz"}, …]')
    return rows


def _from_row(row: dict[str, Any], number: int, base: Path) -> Study:
    unknown = sorted(str(key) for key in set(row) - _COLUMNS)
    if unknown:
        raise InputError(f"study {number} has an unknown column {unknown[0]!r}", "known are id, labels, image, context")
    if not row.get("labels"):
        raise InputError(f"study {number} names no labels", "fill the column labels")
    identity = str(row.get("id") or f"study-{number:04d}")
    if not re.fullmatch(r"[\w-][\w.-]{0,99}", identity, re.ASCII):
        raise InputError(f"the id of study {number} cannot name a folder", "use letters, digits, - and _")
    image, context = row.get("image"), row.get("context")
    return Study(
        id=identity,
        labels=base / str(row["labels"]),
        image=base / str(image) if image else None,
        context=base / str(context) if context else None,
    )


def _in_folder(folder: Path) -> list[Study]:
    studies: list[Study] = []
    for place in sorted(path for path in folder.iterdir() if path.is_dir()):
        labels = _named(place, LABELS) or next((place / name for name in FOLDERS if (place / name).is_dir()), None)
        if labels is None:
            continue
        image = _named(place, IMAGES)
        if image is None and (place / "dicom").is_dir():
            image = place / "dicom"
        context = place / "context.json"
        studies.append(Study(f"study-{len(studies) + 1:04d}", labels, image, context if context.is_file() else None))
    return studies


def _named(place: Path, names: tuple[str, ...]) -> Path | None:
    for name in names:
        for ending in ENDINGS:
            if (place / (name + ending)).is_file():
                return place / (name + ending)
    return None
