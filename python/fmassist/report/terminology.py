"""Coded terminology and colours for segments, so that Slicer and DICOM know what each one is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from fmassist.knowledge.model import Knowledge, Structure
from fmassist.volume import Code, Segment, Segmentation, Terminology
from fmassist.volume.slicer_segments import entry

ANATOMICAL_STRUCTURE = Code("123037004", "SCT", "Anatomical Structure")
SIDES = {"right": Code("24028007", "SCT", "Right"), "left": Code("7771000", "SCT", "Left")}


def with_terminology(segmentation: Segmentation, meanings: Mapping[str, str], knowledge: Knowledge) -> Segmentation:
    """The segmentation with codes and colours from the ontology, where the source gave none."""
    return replace(segmentation, segments=tuple(_coded(s, meanings, knowledge) for s in segmentation.segments))


def slicer_codes(structures: Iterable[str], knowledge: Knowledge) -> dict[str, dict[str, Any]]:
    """What a segment in Slicer bears that stands for a structure: `terminology`, `color_rgb` (0 to 1), `label`, by IRI.

    A structure without a code, or that the knowledge does not have, is left out or lacks that entry.
    """
    found: dict[str, dict[str, Any]] = {}
    for iri in structures:
        structure = knowledge.structures.get(iri)
        if structure is None:
            continue
        found[iri] = {"label": structure.label}
        coded = _terminology(structure)
        if coded is not None:
            found[iri]["terminology"] = entry(coded)
        if structure.color_rgb is not None:
            found[iri]["color_rgb"] = [part / 255 for part in structure.color_rgb]
    return found


def _coded(segment: Segment, meanings: Mapping[str, str], knowledge: Knowledge) -> Segment:
    structure = knowledge.structures.get(meanings.get(f"{segment.layer}:{segment.label}", ""))
    if structure is None:
        return segment
    colour = segment.color_rgb
    if colour is None and structure.color_rgb is not None:
        red, green, blue = (part / 255 for part in structure.color_rgb)
        colour = (red, green, blue)
    return replace(segment, terminology=segment.terminology or _terminology(structure), color_rgb=colour)


def _terminology(structure: Structure) -> Terminology | None:
    if structure.snomed_type is None:
        return None
    value, meaning = structure.snomed_type
    return Terminology(
        category=ANATOMICAL_STRUCTURE,
        type=Code(value, "SCT", meaning or structure.label),
        type_modifier=SIDES.get(structure.side or ""),
    )
