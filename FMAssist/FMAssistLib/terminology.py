"""Coded meaning, colour and name of segments: after a check, and after a repair that makes a new one.

A repair moves voxels between segments and leaves each segment's own code alone, so that what is called the left kidney
is also coded as the left kidney afterwards. Only a segment that has no code yet gets one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from FMAssistLib import masks

_SAYS_NOTHING = ("", "Tissue")


def codes_by_name(result: Mapping[str, Any], codes: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Codes by the name that a segment has in the findings; a repair's new segment is called after its structure.

    Args:
        result: content of `findings.json`.
        codes: by structure, as the worker writes them.
    """
    found = {iri.rstrip("/").rsplit("/", 1)[-1]: dict(code) for iri, code in codes.items()}
    for segment in result.get("segments", []):
        if segment.get("structure") in codes:
            found[segment["name"]] = dict(codes[segment["structure"]])
    return found


def code(segment: Any, known: Mapping[str, Any], with_colour: bool = False) -> None:
    """Gives a segment its code where it has none that says anything, and its structure's colour where asked."""
    entry = known.get("terminology")
    if entry and says_nothing(masks.terminology_of(segment)):
        segment.SetTag(masks.TERMINOLOGY_TAG, entry)
    colour = known.get("color_rgb")
    if with_colour and colour:
        segment.SetColor(*[float(part) for part in colour])


def says_nothing(entry: str) -> bool:
    """Whether a terminology entry is missing or the one that Slicer gives to every new segment."""
    fields = entry.split("~")
    kind = fields[2].split("^")[-1] if len(fields) > 2 else ""
    return kind in _SAYS_NOTHING
