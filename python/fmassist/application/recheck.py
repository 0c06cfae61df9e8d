"""Check once more from what was measured then, without the images: under other knowledge, or with more known."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from fmassist.application.check import judge
from fmassist.application.checked import CheckedStudy
from fmassist.application.read import label_map_of
from fmassist.application.types import Options

if TYPE_CHECKING:
    from fmassist.evidence.facts import Evidence
    from fmassist.knowledge.label_map import LabelMap
    from fmassist.reasoning.context import Context
    from fmassist.volume import Segmentation


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
    from fmassist.reasoning.stored import map_then, understood_then

    if given is None and then_map is None and then["label_map"] is not None:
        then_map = map_then(then)
    labels = label_map_of(given or then_map, options.knowledge)
    if given is None and then.get("segments"):
        understanding = understood_then(then, measured, labels, options.knowledge)
    else:
        # Only the segments' names and labels are asked for, and the evidence has both.
        understanding = understand(cast("Segmentation", measured), labels, options.knowledge)
    return CheckedStudy(
        result=judge(measured, understanding, labels, known, options),
        evidence=measured,
        meanings=understanding.meanings,
        label_map=labels,
        context=known,
        knowledge=options.knowledge,
        model=model,
    )
