"""What each segment of a segmentation stands for, and from where that is known.

One reading for the library, the command line, batches and the panel. In this order: the code with its modifier, the
identifier or name that the file carries, the name of a mask's file, the label map by value, other tools' names. A name
that only stands there after weak words were left out is a guess, and said to be one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Protocol

from fmassist.knowledge.label_map import CATALOGUE, load_label_map
from fmassist.knowledge.namespaces import FMX, ST

if TYPE_CHECKING:
    from fmassist.knowledge.label_map import LabelMap
    from fmassist.knowledge.model import Knowledge
    from fmassist.volume import Segment, Segmentation


class AsRead(Protocol):
    """What is asked of a segmentation: its segments' labels and names, and what the file says of itself."""

    @property
    def segments(self) -> Sequence[Segment]:
        """The segments."""
        ...

    @property
    def listed(self) -> Collection[str] | None:
        """Names that the file lists as its classes."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What the readers settled on the way."""
        ...


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
        asked: IRIs of all that the file says was asked for; None where it does not say it.
        listed: IRIs of every class that the file lists, drawn or not; some models list all that they know.
        label_map: the map that was used.
    """

    found: dict[str, Meaning] = field(default_factory=dict)
    contradictions: tuple[Contradiction, ...] = ()
    declared_empty: frozenset[str] = frozenset()
    asked: frozenset[str] | None = None
    listed: frozenset[str] = frozenset()
    label_map: LabelMap | None = None
    notes: tuple[str, ...] = ()

    @property
    def meanings(self) -> Meanings:
        """Segment key to structure."""
        return {key: meaning.iri for key, meaning in self.found.items()}


def understand(segmentation: Segmentation | AsRead, label_map: LabelMap, knowledge: Knowledge) -> Understanding:
    """What each segment stands for.

    Args:
        segmentation: the segments, or what was kept of them (`Evidence.as_read`).
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
    listed = _listed(segmentation, label_map, knowledge)
    return Understanding(
        found=found,
        contradictions=tuple(contradictions),
        declared_empty=frozenset(declared),
        asked=listed if _lists_what_was_asked(segmentation) else None,
        listed=listed,
        label_map=label_map,
        notes=segmentation.notes,
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


def _readings(segment: Segment, label_map: LabelMap, knowledge: Knowledge) -> list[Meaning]:
    readings: list[Meaning] = []
    if segment.terminology is not None:
        match = knowledge.dictionary.by_terminology(segment.terminology, segment.name)
        readings += [Meaning(match.iri, "code", match.how)] if match else []
    identity = segment.id
    if identity and identity != segment.name and not _NO_ID.fullmatch(identity):
        found = structure_of_name(identity, label_map, knowledge, "id")
        readings += [found] if found else []
    if segment.named_by == "label map":
        iri = label_map.structures.get(segment.name)
        if iri in knowledge.structures:
            readings.append(Meaning(iri, "label map", f"value {segment.label} in the label map {label_map.id}"))
        elif segment.name not in label_map.without_structure:
            found = structure_of_name(segment.name, label_map, knowledge, "label map")
            readings += [found] if found else []
    elif segment.named_by != "value":
        found = structure_of_name(
            segment.name, label_map, knowledge, "file name" if segment.named_by == "file name" else "name"
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


def _listed(segmentation: Segmentation | AsRead, label_map: LabelMap, knowledge: Knowledge) -> frozenset[str]:
    found = (structure_of_name(name, label_map, knowledge) for name in segmentation.listed or ())
    return frozenset(meaning.iri for meaning in found if meaning is not None)


def _lists_what_was_asked(segmentation: Segmentation | AsRead) -> bool:
    """Whether the file's list is of what was asked for: it has a segment for each, as a folder of masks has, or is a
    part of a task's classes. A list of a whole task may stand in a file for which a part of it was asked.
    """
    if segmentation.listed is None:
        return False
    listed = set(segmentation.listed)
    return listed <= {s.name for s in segmentation.segments} or listed not in _whole_tasks()


@cache
def _whole_tasks() -> tuple[set[str], ...]:
    """The class names of each task of TotalSegmentator."""
    tasks = [identity for identity in CATALOGUE if identity.startswith("totalsegmentator:")]
    return tuple(set(load_label_map(identity).names.values()) for identity in tasks)


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
