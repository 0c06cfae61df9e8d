"""What each segment of a segmentation stands for, and from where that is known.

One reading for the library, the command line, batches and the panel. In this order: the code with its modifier, the
identifier or name that the file carries, the name of a mask's file, the label map by value, other tools' names. A name
that only stands there after weak words were left out is a guess, and said to be one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fmassist.knowledge.namespaces import FMX, ST

if TYPE_CHECKING:
    from fmassist.knowledge.label_map import LabelMap
    from fmassist.knowledge.model import Knowledge
    from fmassist.volume import Segmentation

Meanings = dict[str, str]
"""Segment key (`"layer:label"`) to the structure's IRI. A segment that is missing here has no meaning known."""

_NO_ID = re.compile(r"Segment_?\d*|[\d.]*|[0-9a-fA-F-]{20,}|label[ _]?\d+|\w?\d+")
"""Identifiers that a program counted out, and that say nothing of what a segment is."""
JUDGED = FMX + "AnatomicalStructure"
"""The class to which rules are bound; a structure beside it has a name and no rule (`Resources/ontology/named.ttl`)."""


@dataclass(frozen=True)
class Meaning:
    """What one segment stands for.

    Args:
        iri: the structure.
        source: `"code"`, `"id"`, `"name"`, `"file name"` or `"label map"`.
        how: what exactly says so, as a phrase for a person.
        is_guess: whether weak words had to be left out.
    """

    iri: str
    source: str
    how: str
    is_guess: bool = False


@dataclass(frozen=True)
class Contradiction:
    """Two sources that say different things of one segment; the first was taken."""

    key: str
    name: str
    taken: Meaning
    other: Meaning


@dataclass(frozen=True)
class Understanding:
    """What a whole segmentation stands for.

    Args:
        found: by segment key.
        contradictions: where two sources disagree.
        declared_empty: keys of labels that their map declares to have no structure (background, artefacts).
        asked: IRIs of all that the file lists as asked for; None where it lists nothing.
        label_map: the map that was used.
    """

    found: dict[str, Meaning] = field(default_factory=dict)
    contradictions: tuple[Contradiction, ...] = ()
    declared_empty: frozenset[str] = frozenset()
    asked: frozenset[str] | None = None
    label_map: LabelMap | None = None
    notes: tuple[str, ...] = ()

    @property
    def meanings(self) -> Meanings:
        """Segment key to structure."""
        return {key: meaning.iri for key, meaning in self.found.items()}


def understand(segmentation: Segmentation, label_map: LabelMap, knowledge: Knowledge) -> Understanding:
    """What each segment stands for.

    Args:
        segmentation: the segments, or anything whose `segments` have a label, a layer and a name.
        label_map: gives labels their names by value, and its own names their structures.
        knowledge: the structures that there are.
    """
    found: dict[str, Meaning] = {}
    contradictions: list[Contradiction] = []
    declared: set[str] = set()
    for segment in segmentation.segments:
        key = f"{segment.layer}:{segment.label}"
        readings = _readings(segment, label_map, knowledge)
        if not readings:
            if segment.name in label_map.without_structure:
                declared.add(key)
            continue
        taken = readings[0]
        found[key] = taken
        against = next((r for r in readings[1:] if not r.is_guess and _differ(taken.iri, r.iri, knowledge)), None)
        if against is not None:
            contradictions.append(Contradiction(key, segment.name, taken, against))
    return Understanding(
        found,
        tuple(contradictions),
        frozenset(declared),
        _asked(segmentation, label_map, knowledge),
        label_map,
        tuple(getattr(segmentation, "notes", ())),
    )


def meanings_for(segmentation: Segmentation, label_map: LabelMap, knowledge: Knowledge) -> Meanings:
    """The structure of each segment. Nothing is known of a segment that is missing. Arguments as `understand`."""
    return understand(segmentation, label_map, knowledge).meanings


def structure_of_name(name: str, label_map: LabelMap, knowledge: Knowledge, source: str = "name") -> Meaning | None:
    """The structure of a name alone: as the label map has it, else as the ontology or another tool says it."""
    iri = label_map.structures.get(name)
    if iri in knowledge.structures:
        return Meaning(iri, source, f"{name!r} in the label map {label_map.id}")
    if name in label_map.without_structure:
        return None
    match = knowledge.dictionary.by_name(name)
    return None if match is None else Meaning(match.iri, source, _said(name, match.how), match.is_guess)


def _readings(segment: Any, label_map: LabelMap, knowledge: Knowledge) -> list[Meaning]:
    readings: list[Meaning] = []
    terminology = getattr(segment, "terminology", None)
    named_by = getattr(segment, "named_by", "file")
    if terminology is not None:
        match = knowledge.dictionary.by_terminology(terminology, segment.name)
        readings += [Meaning(match.iri, "code", match.how)] if match else []
    identity = getattr(segment, "id", "")
    if identity and identity != segment.name and not _NO_ID.fullmatch(identity):
        found = structure_of_name(identity, label_map, knowledge, "id")
        readings += [found] if found else []
    if named_by == "label map":
        iri = label_map.structures.get(segment.name)
        if iri in knowledge.structures:
            readings.append(Meaning(iri, "label map", f"value {segment.label} in the label map {label_map.id}"))
        elif segment.name not in label_map.without_structure:
            found = structure_of_name(segment.name, label_map, knowledge, "label map")
            readings += [found] if found else []
    elif named_by != "value":
        found = structure_of_name(
            segment.name, label_map, knowledge, "file name" if named_by == "file name" else "name"
        )
        readings += [found] if found else []
    return sorted(readings, key=lambda r: r.is_guess)


def _differ(one: str, other: str, knowledge: Knowledge) -> bool:
    """Whether two structures cannot both be meant: another side, or another thing altogether."""
    if one == other:
        return False
    a, b = knowledge.structures[one], knowledge.structures[other]
    same_code = a.snomed_type is not None and b.snomed_type is not None and a.snomed_type[0] == b.snomed_type[0]
    if _stem(a.key) == _stem(b.key) or (same_code and a.chain is None):
        return a.side is not None and b.side is not None and a.side != b.side
    related = one in b.part_of or other in a.part_of or one in b.groups or other in a.groups
    return not related


def _stem(key: str) -> str:
    return key.removesuffix("_left").removesuffix("_right")


def _asked(segmentation: Segmentation, label_map: LabelMap, knowledge: Knowledge) -> frozenset[str] | None:
    listed = getattr(segmentation, "listed", None)
    if listed is None:
        return None
    found = (structure_of_name(name, label_map, knowledge) for name in listed)
    return frozenset(meaning.iri for meaning in found if meaning is not None)


def _said(name: str, how: str) -> str:
    return {
        "name": f"the name {name!r}",
        "other name": f"{name!r}, another name of it",
        "guess": f"{name!r}, a guess: words were left out",
    }.get(how, how)


def is_judged(iri: str, knowledge: Knowledge) -> bool:
    """Whether rules are bound to a structure at all."""
    return JUDGED in knowledge.structures[iri].groups


def key_of(iri: str) -> str:
    """The short name of a structure."""
    return iri.removeprefix(ST)
