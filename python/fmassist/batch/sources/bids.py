"""BIDS data sets and their derivatives: discrete segmentations with the images that they belong to.

Source: Brain Imaging Data Structure 1.9, "Imaging derivatives: segmentations" (`_dseg`), and BEP for CT; names are made
of entities (`sub-01_ses-02_…`), and a derivative keeps those of its source.
"""

from __future__ import annotations

import contextlib
import csv
import re
from pathlib import Path
from typing import Any

from fmassist.batch.plan import Study

IMAGE_SUFFIXES = ("CT", "ct", "T1w", "T2w", "PDw", "FLAIR", "MRI")
_ENTITY = re.compile(r"([a-zA-Z]+)-([a-zA-Z0-9]+)")
DERIVED = ("desc", "space", "seg", "label", "res", "den")
"""Entities that a derivative adds; all others must be its source's."""


def is_bids(folder: Path) -> bool:
    """Whether a folder is a data set."""
    return (folder / "dataset_description.json").is_file()


def studies_in_bids(folder: Path) -> list[Study]:
    """Each segmentation of the data set and of its derivatives, and each image that has none."""
    images = [path for path in _volumes(folder, derivatives=False) if _suffix(path) in IMAGE_SUFFIXES]
    people = _participants(folder)
    studies: list[Study] = []
    used: set[Path] = set()
    for labels in (path for path in _volumes(folder, derivatives=True) if _suffix(path) == "dseg"):
        image = _image_of(labels, images)
        if image is not None:
            used.add(image)
        studies.append(_study(labels, image, people))
    studies += [_study(None, image, people) for image in images if image not in used]
    return studies


def _study(labels: Path | None, image: Path | None, people: dict[str, dict[str, Any]]) -> Study:
    subject = _entities((labels or image or Path()).name).get("sub", "")
    return Study(
        id="",
        labels=None if labels is None else str(labels),
        image=() if image is None else (str(image),),
        known=people.get(f"sub-{subject}", {}),
    )


def _volumes(folder: Path, *, derivatives: bool) -> list[Path]:
    found = [path for path in folder.rglob("sub-*") if path.is_file() and path.name.endswith((".nii.gz", ".nii"))]
    return sorted(path for path in found if derivatives or "derivatives" not in path.relative_to(folder).parts)


def _image_of(labels: Path, images: list[Path]) -> Path | None:
    """The image whose entities are all the segmentation's; of several the one that shares most, None of equal ones."""
    mine = {key: value for key, value in _entities(labels.name).items() if key not in DERIVED}
    fitting = []
    for image in images:
        theirs = _entities(image.name)
        if theirs.get("sub") == mine.get("sub") and all(theirs.get(key) == value for key, value in mine.items()):
            fitting.append((len(theirs) - len(mine), image))
    fitting.sort(key=lambda item: item[0])
    if len(fitting) > 1 and fitting[0][0] == fitting[1][0]:
        return None  # two images fit equally, and a guess might take another person's day
    return fitting[0][1] if fitting else None


def _entities(name: str) -> dict[str, str]:
    return dict(found.groups() for part in name.split("_") if (found := _ENTITY.fullmatch(part)))  # type: ignore[misc]


def _suffix(path: Path) -> str:
    return path.name.split(".", 1)[0].rsplit("_", 1)[-1]


def _participants(folder: Path) -> dict[str, dict[str, Any]]:
    """Age and sex of `participants.tsv`, where it says them in a form that is understood."""
    try:
        text = (folder / "participants.tsv").read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return {}
    found: dict[str, dict[str, Any]] = {}
    # BIDS quotes nothing, and a quote that is never closed would give one person the rows of all below.
    for row in csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        known: dict[str, Any] = {}
        with contextlib.suppress(ValueError):
            known["age"] = float(row.get("age") or "")
        sex = {"m": "male", "male": "male", "f": "female", "female": "female"}.get((row.get("sex") or "").lower())
        if sex:
            known["sex"] = sex
        person = str(row.get("participant_id") or "")
        if person:
            # Of a person who stands there twice in two ways, nothing is known.
            found[person] = known if found.get(person, known) == known else {}
    return found
