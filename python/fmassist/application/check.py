"""Check one study: the only place that calls the reasoner, so that a change of its signature is one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fmassist.application.checked import CheckedStudy
from fmassist.application.types import Inputs, Options

if TYPE_CHECKING:
    from fmassist.evidence.facts import Evidence
    from fmassist.knowledge.label_map import LabelMap
    from fmassist.knowledge.meaning import Understanding
    from fmassist.reasoning.context import Context
    from fmassist.reasoning.findings import CheckResult


def check(inputs: Inputs, options: Options) -> CheckedStudy:
    """Measure one study and judge it.

    Args:
        inputs: the study.
        options: what it is checked against.
    """
    from fmassist.reasoning.study import check_study

    result, evidence, meanings = check_study(
        inputs.segmentation,
        inputs.volume,
        label_map=inputs.label_map,
        knowledge=options.knowledge,
        context=inputs.context,
        confidence=inputs.origin.confidence or None,
        unsure=inputs.origin.unsure or None,
        progress=options.progress,
    )
    if inputs.origin.withheld:
        # Only where a model was asked: what asks it is dear to import.
        from fmassist.application.ask import with_withheld

        result = with_withheld(result, inputs.origin.withheld)
    return CheckedStudy(
        result=result,
        evidence=evidence,
        meanings=meanings,
        label_map=inputs.label_map,
        context=inputs.context,
        knowledge=options.knowledge,
        segmentation=inputs.segmentation,
        volume=inputs.volume,
        model=inputs.origin.model,
        provenance=inputs.origin.provenance,
    )


def judge(
    evidence: Evidence, understanding: Understanding, label_map: LabelMap, context: Context, options: Options
) -> CheckResult:
    """Judge what was measured before."""
    from fmassist.reasoning.check import check as check_evidence
    from fmassist.reasoning.study import vocabulary_of

    return check_evidence(
        evidence,
        options.knowledge,
        understanding.meanings,
        context,
        vocabulary=vocabulary_of(label_map),
        understanding=understanding,
    )
