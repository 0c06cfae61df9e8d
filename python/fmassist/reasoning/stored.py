"""What a stored study's labels stood for when it was checked, so that it can be judged again without its images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fmassist.evidence.facts import AsRead, Evidence
from fmassist.knowledge.label_map import SHIPPED, LabelMap, load_label_map
from fmassist.knowledge.meaning import Contradiction, Meaning, Understanding, key_of, understand
from fmassist.knowledge.model import Knowledge
from fmassist.knowledge.namespaces import ST
from fmassist.volume import Segment


def understanding_as_dict(understanding: Understanding, vocabulary: frozenset[str]) -> dict[str, Any]:
    """What has to be kept beside the segments' structures, as JSON values (`understood` of `findings.json`).

    Args:
        understanding: what the labels stand for.
        vocabulary: IRIs of what the model can label.
    """
    shipped = understanding.label_map is not None and understanding.label_map.id in SHIPPED
    return {
        "listed": sorted(map(key_of, understanding.listed)),
        "asked": None if understanding.asked is None else sorted(map(key_of, understanding.asked)),
        # That of a shipped map stands in the map.
        "vocabulary": None if shipped or not vocabulary else sorted(map(key_of, vocabulary)),
        "without_structure": sorted(understanding.declared_empty),
        "guessed": sorted(key for key, meaning in understanding.found.items() if meaning.is_guess),
        "contradictions": [
            {"key": one.key, "structure": key_of(one.other.iri), "taken_from": one.taken.how, "from": one.other.how}
            for one in understanding.contradictions
        ],
    }


def file_of(evidence: Evidence) -> AsRead:
    """What is known of a stored study's file: all that the readers gave, or of an older study the names alone."""
    if evidence.as_read is not None:
        return evidence.as_read
    return AsRead(tuple(Segment(facts.label, facts.name, facts.layer) for facts in evidence.segments))


def map_then(document: Mapping[str, Any]) -> LabelMap:
    """The label map with which a stored study was checked.

    A shipped map is read again. Of one's own map, and of names that the file itself held, only what could be labelled
    at all is kept.

    Args:
        document: content of its `findings.json`.
    """
    name = document.get("label_map") or ""
    if name in SHIPPED:
        return load_label_map(name)
    able = (document.get("understood") or {}).get("vocabulary") or ()
    return LabelMap(name, dict(enumerate(able)), {key: ST + key for key in able})


def understood_then(
    document: Mapping[str, Any], evidence: Evidence, label_map: LabelMap, knowledge: Knowledge
) -> Understanding:
    """What was understood when a stored study was checked.

    A segment that had no meaning then is read again: the knowledge may have got its structure since. A structure that
    the knowledge no longer has is no meaning any more.

    Args:
        document: content of its `findings.json`.
        evidence: its `evidence.json`.
        label_map: as `map_then` gives it.
        knowledge: under which it is judged now.
    """
    kept = document.get("understood") or {}
    segments = [s for s in document.get("segments", []) if s["structure"] in (None, *knowledge.structures)]
    guessed = frozenset(kept.get("guessed", ()))
    found = {
        s["key"]: Meaning(s["structure"], "then", s.get("meaning_from", ""), s["key"] in guessed)
        for s in segments
        if s["structure"]
    }
    empty = frozenset(kept.get("without_structure", ())) | frozenset(
        s["key"] for s in segments if s["name"] in label_map.without_structure
    )
    now = understand(file_of(evidence), label_map, knowledge).found
    found |= {key: meaning for key, meaning in now.items() if key not in found and key not in empty}
    said = [(f["id"].split("/")[0], f["message"]) for f in document.get("findings", [])]
    asked = kept.get("asked")
    return Understanding(
        found=found,
        contradictions=tuple(
            Contradiction(
                one["key"],
                next((f.name for f in evidence.segments if f.key == one["key"]), ""),
                replace(found[one["key"]], how=one["taken_from"]),
                Meaning(ST + one["structure"], "then", one["from"]),
            )
            for one in kept.get("contradictions", ())
            if one["key"] in found and ST + one["structure"] in knowledge.structures
        ),
        declared_empty=empty,
        asked=None if asked is None else frozenset(ST + key for key in asked) & knowledge.structures.keys(),
        listed=frozenset(ST + key for key in kept.get("listed", ())) & knowledge.structures.keys(),
        label_map=replace(
            label_map,
            notes=tuple(text for kind, text in said if kind == "label-map-chosen"),
            question=next((text for kind, text in said if kind == "label-map-unclear"), ""),
        ),
        notes=tuple(text for kind, text in said if kind == "input-note"),
    )
