"""What the segments of somebody else's segmentation stand for: by their terminology, or by name once confirmed.

A coded meaning is taken as it is. A name is only a proposal until the user confirms it, since "kidney l" from another
tool may be anybody's idea of left.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from FMAssistLib import masks

_FILLER = {"of", "the", "segment", "structure", "organ", "entire", "vertebra", "vertebrae"}
_SAME = {"l": "left", "lt": "left", "r": "right", "rt": "right", "kidneys": "kidney", "lungs": "lung"}
_UNSPECIFIC = {"tissue", "organ", "mass", "anatomical structure", "body part", "unknown", ""}
"""Types that Slicer and others give to everything; they say nothing."""


@dataclass(frozen=True)
class Meaning:
    """What one segment is taken to be.

    Args:
        segment_id: in the node.
        segment_name: as the user sees it.
        structure: key of the structure, as `--label-map` knows it by name; None when unknown.
        source: `"terminology"`, `"name"`, `"number"`, `"user"` or `""`.
    """

    segment_id: str
    segment_name: str
    structure: str | None
    source: str

    @property
    def needs_confirmation(self) -> bool:
        """Whether the user has to say yes first."""
        return self.source in ("name", "number")


def known_structures(label_map: Path) -> list[str]:
    """The structure names of a label map (SSSOM), in its order."""
    with label_map.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
        return [row["subject_label"] for row in rows if row.get("subject_label")]


def words_of(name: str) -> frozenset[str]:
    """A name as the set of its words, so that "Left kidney", "kidney_left" and "Kidney, L" are the same."""
    words = re.findall(r"[a-z]+\d*|\d+", name.lower().replace("_", " "))
    return frozenset(_SAME.get(word, word) for word in words if word not in _FILLER)


def propose(
    segmentation_node: Any,
    structures: Iterable[str],
    by_number: Mapping[str, str] | None = None,
    understood: Mapping[str, tuple[str, str]] | None = None,
) -> list[Meaning]:
    """A meaning for every segment: by terminology first, by name second, by its number last.

    Args:
        segmentation_node: anybody's.
        structures: names that the knowledge has.
        by_number: segment id → structure, for segments that have a number for a name.
        understood: segment id → structure and from where, where the library has read the segments itself; a map that
            the user chose comes before its numbers.
    """
    by_words: dict[frozenset[str], str] = {}
    for name in structures:
        by_words.setdefault(words_of(name), name)
    segmentation = segmentation_node.GetSegmentation()
    found = []
    for sid, name in masks.segment_names(segmentation_node).items():
        coded = coded_name(masks.terminology_of(segmentation.GetSegment(sid)))
        structure, source = by_words.get(words_of(coded)) if coded else None, "terminology"
        if understood and sid in understood and understood[sid][1] != "number":
            structure, source = understood[sid][0], {"code": "terminology"}.get(understood[sid][1], "name")
        if structure is None:
            structure, source = by_words.get(words_of(name)), "name"
        if structure is None and by_number and sid in by_number:
            structure, source = by_number[sid], "number"
        found.append(Meaning(sid, name, structure, source if structure else ""))
    return found


def coded_name(terminology: str) -> str:
    """The coded structure in words, such as "Left Kidney", or `""` where the code says nothing.

    Slicer writes `context~category~type~modifier~region context~region~region modifier`, each code as
    `scheme^value^meaning`.
    """
    fields = terminology.split("~")
    if len(fields) < 4:
        return ""
    kind, modifier = _meaning(fields[2]), _meaning(fields[3])
    if kind.lower() in _UNSPECIFIC:
        region = _meaning(fields[5]) if len(fields) > 5 else ""
        side = _meaning(fields[6]) if len(fields) > 6 else ""
        return f"{side} {region}".strip() if region else ""
    return f"{modifier} {kind}".strip()


def _meaning(code: str) -> str:
    parts = code.split("^")
    return parts[2] if len(parts) > 2 else ""


def confirmed(meanings: Iterable[Meaning], chosen: Mapping[str, str], names_confirmed: bool) -> dict[str, str]:
    """Segment id → structure, as far as it may be used.

    Args:
        meanings: as proposed.
        chosen: segment id → structure that the user set by hand, `""` for "do not check".
        names_confirmed: the user said that the names read as shown are right.
    """
    found = {}
    for meaning in meanings:
        if meaning.segment_id in chosen:
            if chosen[meaning.segment_id]:
                found[meaning.segment_id] = chosen[meaning.segment_id]
        elif meaning.structure and (not meaning.needs_confirmation or names_confirmed):
            found[meaning.segment_id] = meaning.structure
    return found
