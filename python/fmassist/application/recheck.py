"""Check once more from what was measured then, without the images: under other knowledge, or with more known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fmassist.application.check import judge
from fmassist.application.checked import CheckedStudy
from fmassist.application.read import label_map_of
from fmassist.application.types import Options

if TYPE_CHECKING:
    from fmassist.evidence.facts import Evidence
    from fmassist.knowledge.label_map import LabelMap
    from fmassist.reasoning.context import Context


def recheck(
    evidence: Path,
    options: Options,
    *,
    label_map: str | None = None,
    context: Path | str | Mapping[str, object] | Context | None = None,
) -> CheckedStudy:
    """Judge a stored `evidence.json` again.

    What was known then, and what the labels meant, stand in the `findings.json` beside it; what is given goes before
    that.

    Args:
        evidence: the file.
        options: what is checked against.
        label_map: name or file of the label map.
        context: what is known of the patient.

    Raises:
        InputError: a file is none of ours, or is damaged.
    """
    from fmassist.application.context import known_context
    from fmassist.evidence.store import read_evidence
    from fmassist.report.schema import read_findings

    measured = read_evidence(evidence)
    beside = evidence.parent / "findings.json"
    then: dict[str, Any] = {"context": {}, "label_map": None, "versions": {"model": None}}
    if beside.is_file():
        then = read_findings(beside)
    known = known_context(then["context"] if context is None else context, None, options.knowledge)
    return _judged(measured, label_map, then, known, options, then["versions"]["model"])


def recheck_study(
    study: CheckedStudy,
    options: Options,
    *,
    label_map: str | None = None,
    context: Path | str | Mapping[str, object] | Context | None = None,
) -> CheckedStudy:
    """Judge a study that is in memory again. Arguments and errors as `recheck`."""
    from fmassist.application.context import known_context

    known = study.context if context is None else known_context(context, study.volume, options.knowledge)
    return _judged(study.evidence, label_map, study.document, known, options, study.model, then_map=study.label_map)


def _judged(
    measured: Evidence,
    given: str | LabelMap | None,
    then: Mapping[str, Any],
    known: Context,
    options: Options,
    model: str | None,
    then_map: LabelMap | None = None,
) -> CheckedStudy:
    """Under the map that is given, or else with the meanings that the labels had then."""
    from fmassist.knowledge.meaning import understand
    from fmassist.reasoning.stored import file_of, map_then, understood_then

    if given is None and then_map is None and then["label_map"] is not None:
        then_map = map_then(then)
    labels = label_map_of(given or then_map, options.knowledge)
    if given is not None:
        measured, labels = _read_with(measured, labels, options)
    if given is None and then.get("segments"):
        understanding = understood_then(then, measured, labels, options.knowledge)
    else:
        understanding = understand(file_of(measured), labels, options.knowledge)
    return CheckedStudy(
        result=judge(measured, understanding, labels, known, options),
        evidence=measured,
        meanings=understanding.meanings,
        label_map=labels,
        context=known,
        knowledge=options.knowledge,
        model=model,
    )


def _read_with(measured: Evidence, given: LabelMap, options: Options) -> tuple[Evidence, LabelMap]:
    """The evidence with the names that another map gives to its numbers, and that map, doubted where it fits badly."""
    from fmassist.knowledge.label_map import AUTO
    from fmassist.reasoning.which_map import choose_map, doubt

    as_read = measured.as_read
    if as_read is None:
        return measured, given
    bare = tuple(
        replace(s, name=f"label {s.label}", named_by="value") if s.named_by == "label map" else s
        for s in as_read.segments
    )
    as_read = replace(as_read, segments=bare)
    labels = choose_map(as_read, measured, options.knowledge) if given.id == AUTO else given
    named = tuple(
        replace(s, name=labels.names[s.label], named_by="label map")
        if s.named_by == "value" and s.label in labels.names
        else s
        for s in bare
    )
    names = {f"{s.layer}:{s.label}": s.name for s in named}
    as_read = replace(as_read, segments=named)
    segments = tuple(replace(facts, name=names.get(facts.key, facts.name)) for facts in measured.segments)
    measured = replace(measured, segments=segments, as_read=as_read)
    return measured, labels if given.id == AUTO else doubt(labels, as_read, measured, options.knowledge)
