"""What each segment of a segmentation stands for."""

from __future__ import annotations

from fmassist.knowledge.label_map import LabelMap
from fmassist.knowledge.model import Knowledge
from fmassist.knowledge.namespaces import ST
from fmassist.volume import Segmentation

Meanings = dict[str, str]
"""Segment key (`"layer:label"`) to the structure's IRI. A segment that is missing here has no meaning known."""


def meanings_for(segmentation: Segmentation, label_map: LabelMap, knowledge: Knowledge) -> Meanings:
    """The structure of each segment, by the label map's names, else by the name being a structure's own.

    Nothing is guessed: a name that neither knows stays without a meaning, and the check says so.
    """
    by_label = {structure.label.lower(): iri for iri, structure in knowledge.structures.items()}
    found: Meanings = {}
    for segment in segmentation.segments:
        iri = label_map.structures.get(segment.name)
        if iri is None and ST + segment.name in knowledge.structures:
            iri = ST + segment.name
        if iri is None:
            iri = by_label.get(segment.name.strip().lower())
        if iri in knowledge.structures:
            found[f"{segment.layer}:{segment.label}"] = iri
    return found
