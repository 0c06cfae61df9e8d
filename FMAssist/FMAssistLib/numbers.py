"""Segments that have numbers for names, as Slicer gives them to a label file without names: whose numbers they are.

A number alone says nothing: 5 is the liver in one tool's files and the stomach in another's. The user says whose
numbers they are, what they mean then is proposed, and it holds once it is confirmed.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from FMAssistLib import masks
from FMAssistLib.library import add_library_to_path

_NUMBERED = re.compile(r"(?:segment|label|region|class)?[\s_-]*(\d+)", re.IGNORECASE)


def numbers_of(segmentation_node: Any) -> dict[str, int]:
    """Segment id → number, of the segments whose name is a number and nothing more."""
    found = {}
    for sid, name in masks.segment_names(segmentation_node).items():
        match = _NUMBERED.fullmatch(name.strip())
        if match:
            found[sid] = int(match[1])
    return found


@dataclass(frozen=True)
class Shipped:
    """A label map that comes with FMAssist: its file, and what people call it."""

    path: Path
    title: str


def label_maps() -> dict[str, Shipped]:
    """The label maps that come with FMAssist, by id; empty where the installation is incomplete."""
    add_library_to_path()
    try:
        from fmassist.errors import FMAssistError
        from fmassist.resources import resource

        folder = Path(str(resource("label_maps")))
        with (folder / "index.tsv").open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"))
    except (ImportError, FMAssistError, OSError):
        return {}
    rows.sort(key=lambda row: (int(row["rank"]), row["title"].lower()))  # the commonest first
    return {row["id"]: Shipped(folder / f"{row['file']}.sssom.tsv", row["title"]) for row in rows}


def names_by_number(path: Path) -> dict[int, str]:
    """Number → structure, out of a label map (SSSOM)."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
        found = {}
        for row in rows:
            number = (row.get("label_value") or "").strip()
            if number.isdigit() and row.get("subject_label"):
                found[int(number)] = row["subject_label"]
    return found
