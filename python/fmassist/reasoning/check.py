"""The check: evidence and knowledge in, verdict out. Nothing is changed, nothing is hidden."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import fmassist
from fmassist.evidence.facts import Evidence
from fmassist.knowledge.meaning import Meanings
from fmassist.knowledge.model import Knowledge
from fmassist.reasoning.anatomy import Anatomy
from fmassist.reasoning.bounded import bounded
from fmassist.reasoning.causes import diagnose
from fmassist.reasoning.confidence import with_probability
from fmassist.reasoning.consolidate import consolidate
from fmassist.reasoning.context import Context
from fmassist.reasoning.evaluate import Study
from fmassist.reasoning.findings import CheckResult, Finding, Measured, RuleOutcome, SegmentVerdict
from fmassist.reasoning.judge import Judgement, judge
from fmassist.reasoning.trace import with_traces
from fmassist.terms import Kind, Outcome, Severity, Status, Verdict

INPUT_RULE = "https://w3id.org/fmassist/rule/"


def check(
    evidence: Evidence,
    knowledge: Knowledge,
    meanings: Meanings,
    context: Context | None = None,
    *,
    vocabulary: Iterable[str] = (),
) -> CheckResult:
    """Check one study.

    Args:
        evidence: what was measured.
        meanings: segment key to structure.
        context: what is known of the patient; unknown context never counts as evidence.
        vocabulary: structures that the model could have labelled. Empty: those that it did, so that nothing counts
            as missing.

    Returns:
        The verdict, the same to the byte for the same arguments.
    """
    context = context or Context()
    anatomy = Anatomy(evidence, knowledge, meanings, frozenset(vocabulary) or frozenset(meanings.values()))
    no_rules: frozenset[str] = frozenset()
    with Study(knowledge, evidence) as study:
        judgement = judge(anatomy, context, study=study)
        said = [
            *consolidate(judgement),
            *((f, no_rules) for f in (*_input_findings(anatomy, context), *_errors(judgement))),
        ]
        findings, causes = diagnose(judgement, context, said, study)
    findings = sorted(with_probability(findings), key=lambda f: (f.severity.rank, f.kind.rank, f.id))
    findings, causes = bounded(findings, causes, rule=INPUT_RULE)
    findings = with_traces(findings, judgement, {finding.id: ids for finding, ids in said})
    names = {facts.key: facts.name for facts in evidence.segments}
    return CheckResult(
        verdict=_verdict(findings),
        segments=tuple(_segment_verdicts(anatomy, findings)),
        findings=tuple(findings),
        causes=tuple(causes),
        outcomes=tuple(
            RuleOutcome(row.rule.iri, tuple(names.get(k, k) for k in row.segments), row.outcome, row.reason)
            for row in judgement.rows
        ),
        rule_counts=_counts(judgement),
        versions={"program": fmassist.__version__, "knowledge": knowledge.stated_version},
    )


_VERDICTS = {Severity.BLOCK: Verdict.IMPLAUSIBLE, Severity.REVIEW: Verdict.REVIEW, Severity.INFO: Verdict.PLAUSIBLE}


def _verdict(findings: list[Finding]) -> Verdict:
    worst = min((finding.severity for finding in findings), key=lambda s: s.rank, default=Severity.INFO)
    return _VERDICTS[worst]


def _counts(judgement: Judgement) -> dict[str, int]:
    tally = Counter(row.outcome for row in judgement.rows)
    return {
        "run": tally[Outcome.PASSED] + tally[Outcome.FAILED],
        **{str(outcome): tally[outcome] for outcome in Outcome},
    }


def _errors(judgement: Judgement) -> list[Finding]:
    """A rule that could not run is reported, not forgotten."""
    broken: dict[str, str] = {}
    for row in judgement.rows:
        if row.outcome is Outcome.ERROR:
            broken.setdefault(row.rule.iri, row.reason)
    return [
        Finding(
            id=f"rule-error/{iri.rsplit('/', 1)[-1]}",
            rule=iri,
            kind=Kind.CANNOT_TELL,
            severity=Severity.REVIEW,
            segments=(),
            message=f"The rule “{judgement.anatomy.knowledge.rules[iri].label}” could not be checked: {reason}.",
            evidence=(),
            location_ras_mm=None,
        )
        for iri, reason in sorted(broken.items())
    ]


def _input_findings(anatomy: Anatomy, context: Context) -> list[Finding]:
    unknown = [f for f in anatomy.evidence.segments if f.key not in anatomy.meanings and f.voxel_count]
    empty = [f for f in anatomy.evidence.segments if not f.voxel_count]
    findings = []
    seen = anatomy.evidence.scan.modality
    if context.modality is not None and seen not in ("unknown", context.modality):
        findings.append(
            Finding(
                id="modality-differs",
                rule=INPUT_RULE + "modality-differs",
                kind=Kind.INPUT,
                severity=Severity.REVIEW,
                segments=(),
                message=f"The examination is on record as {context.modality}, but the image is read as {seen}.",
                evidence=(Measured("modality of the image", seen, expected=context.modality),),
                location_ras_mm=None,
            )
        )
    if "age" in context.doubts:
        findings.append(
            Finding(
                id="age-doubtful",
                rule=INPUT_RULE + "age-doubtful",
                kind=Kind.INPUT,
                severity=Severity.INFO,
                segments=(),
                message="The image's headers give an age that nobody reaches; it was not used.",
                evidence=(),
                location_ras_mm=None,
            )
        )
    if unknown:
        first = max(unknown, key=lambda f: f.voxel_count)
        findings.append(
            Finding(
                id="label-unknown",
                rule=INPUT_RULE + "label-unknown",
                kind=Kind.INPUT,
                severity=Severity.REVIEW,
                segments=tuple(f.name for f in unknown),
                message=(
                    f"{len(unknown)} of {len(anatomy.evidence.segments)} labels have no meaning in the label map, and "
                    "were not checked: choose another label map, or name them."
                ),
                evidence=tuple(
                    Measured("label without a meaning", f.name, expected="a known structure") for f in unknown[:10]
                ),
                location_ras_mm=first.centroid_ras_mm,
            )
        )
    if empty:
        findings.append(
            Finding(
                id="label-empty",
                rule=INPUT_RULE + "label-empty",
                kind=Kind.INPUT,
                severity=Severity.INFO,
                segments=tuple(f.name for f in empty),
                message=f"{len(empty)} named segment{'s are' if len(empty) > 1 else ' is'} empty.",
                evidence=(),
                location_ras_mm=None,
            )
        )
    return findings


def _segment_verdicts(anatomy: Anatomy, findings: list[Finding]) -> Iterable[SegmentVerdict]:
    flagged: dict[str, list[str]] = {}
    for finding in findings:
        if finding.severity is not Severity.INFO:
            for name in finding.segments:
                flagged.setdefault(name, []).append(finding.id)
    for facts in anatomy.evidence.segments:
        iri = anatomy.meanings.get(facts.key)
        status = (
            Status.UNKNOWN
            if iri is None
            else Status.FLAGGED
            if facts.name in flagged
            else Status.CUT_OFF
            if facts.border_area_mm2
            else Status.PLAUSIBLE
        )
        yield SegmentVerdict(
            key=facts.key,
            label=facts.label,
            layer=facts.layer,
            name=facts.name,
            structure=iri,
            structure_label=anatomy.knowledge.structures[iri].label if iri else None,
            status=status,
            findings=tuple(flagged.get(facts.name, ())),
        )
