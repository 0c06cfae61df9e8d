"""What is to be said of the meanings themselves: contradictions, guesses, labels without a meaning, what was
assumed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from fmassist.evidence.facts import Evidence, SegmentFacts
from fmassist.knowledge.meaning import Understanding
from fmassist.knowledge.model import Knowledge
from fmassist.reasoning.asked import Asked
from fmassist.reasoning.doubles import told_from_places
from fmassist.reasoning.findings import Finding, Measured
from fmassist.terms import Kind, Severity

INPUT_RULE = "https://w3id.org/fmassist/rule/"
SHOWN = 10
"""So many segments are named as evidence; the report lists them all."""


def naming_findings(
    evidence: Evidence, knowledge: Knowledge, understanding: Understanding, asked: Asked | None
) -> Iterator[Finding]:
    """Findings about what the labels mean.

    Args:
        evidence: what was measured, for names and places.
        knowledge: for the structures' labels.
        understanding: what each segment stands for, and why.
        asked: what was taken as asked for, or None where nothing could be missing.
    """
    facts = {f.key: f for f in evidence.segments}
    present = {key: f for key, f in facts.items() if f.voxel_count}
    yield from _contradictions(present, knowledge, understanding)
    yield from _twice(evidence, present, knowledge, understanding)
    yield from _guesses(present, knowledge, understanding)
    yield from _unknown(present, understanding)
    yield from _map(present, understanding)
    for number, note in enumerate(understanding.notes, 1):
        yield _finding(f"input-note/{number}", "info", note, [], ())
    if asked is not None and asked.left_out and not asked.from_file:
        said = ", ".join(asked.groups) or "single structures"
        yield _finding(
            "asked-for", "info",
            f"Assumed as asked for: {said}. Of {', '.join(asked.left_out)} few or none are labelled, so that none of "
            "these counts as missing.",
            [], (),
        )  # fmt: skip


def _contradictions(
    present: dict[str, SegmentFacts], knowledge: Knowledge, understanding: Understanding
) -> Iterator[Finding]:
    for one in understanding.contradictions:
        if one.key not in present:
            continue
        first, second = (knowledge.structures[m.iri].label for m in (one.taken, one.other))
        yield _finding(
            f"meaning-contradicts/{one.key}", "review",
            f"The segment {one.name!r} is called two things: by {one.taken.how} it is the {first}, by "
            f"{one.other.how} the "
            f"{second}. It was checked as the {first}.",
            [Measured("meaning", first, expected=second)], (present[one.key],), kind="contradictory",
        )  # fmt: skip


def _twice(
    evidence: Evidence, present: dict[str, SegmentFacts], knowledge: Knowledge, understanding: Understanding
) -> Iterator[Finding]:
    """Two segments that claim to be one structure."""
    counts = Counter(m.iri for key, m in understanding.found.items() if key in present)
    for iri, count in sorted(counts.items()):
        if count < 2:
            continue
        keys = [key for key, m in understanding.found.items() if m.iri == iri and key in present]
        label = knowledge.structures[iri].label
        named = " and ".join(repr(present[key].name) for key in keys[:4])
        yield _finding(
            f"meaning-twice/{knowledge.structures[iri].key}", "review",
            f"{count} segments are the same structure twice: {named} are all the {label}; "
            f"{told_from_places(evidence, keys)}.",
            [Measured("segments of one structure", float(count), expected="1")],
            tuple(present[k] for k in keys), kind="contradictory",
        )  # fmt: skip


def _guesses(present: dict[str, SegmentFacts], knowledge: Knowledge, understanding: Understanding) -> Iterator[Finding]:
    guessed = [key for key, m in understanding.found.items() if m.is_guess and key in present]
    if guessed:
        yield _finding(
            "meaning-guessed", "info",
            f"{len(guessed)} names are no structure's own and were taken for the likest one: check that this is right.",
            [
                Measured("name", present[k].name, expected=knowledge.structures[understanding.found[k].iri].label)
                for k in guessed[:SHOWN]
            ],
            tuple(present[k] for k in guessed),
        )  # fmt: skip


def _unknown(present: dict[str, SegmentFacts], understanding: Understanding) -> Iterator[Finding]:
    unknown = [
        f for key, f in present.items() if key not in understanding.found and key not in understanding.declared_empty
    ]
    if not unknown:
        return
    asks = understanding.label_map is not None and bool(understanding.label_map.question)
    most = len(unknown) > len(present) / 2
    verb = "have" if len(unknown) > 1 else "has"
    yield _finding(
        "label-unknown", "review" if most and not asks else "info",
        f"{len(unknown)} of {len(present)} labels {verb} no meaning in the label map, and were not checked: choose "
        f"another "
        "label map, or name them (fmassist labels FILE shows how).",
        [Measured("label without a meaning", f.name, expected="a known structure") for f in unknown[:SHOWN]],
        tuple(unknown),
    )  # fmt: skip


def _map(present: dict[str, SegmentFacts], understanding: Understanding) -> Iterator[Finding]:
    chosen = understanding.label_map
    if chosen is None:
        return
    for number, note in enumerate(chosen.notes, 1):
        yield _finding(f"label-map-chosen/{number}", "info", note, [], ())
    if chosen.question:
        yield _finding("label-map-unclear", "review", chosen.question, [], tuple(present.values())[:SHOWN])


def _finding(
    identity: str,
    severity: str,
    message: str,
    evidence: list[Measured],
    segments: tuple[SegmentFacts, ...],
    kind: str = "input",
) -> Finding:
    largest = max(segments, key=lambda f: f.voxel_count) if segments else None
    return Finding(
        id=identity,
        rule=INPUT_RULE + identity.split("/")[0],
        kind=Kind(kind),
        severity=Severity(severity),
        segments=tuple(f.name for f in segments),
        message=message,
        evidence=tuple(evidence),
        location_ras_mm=largest.centroid_ras_mm if largest else None,
    )
