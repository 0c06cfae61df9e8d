"""The check: evidence and knowledge in, verdict out. Nothing is changed, nothing is hidden."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import fmassist
from fmassist.evidence.facts import Evidence, SegmentFacts
from fmassist.knowledge.constants import in_force
from fmassist.knowledge.meaning import Meaning, Meanings, Understanding
from fmassist.knowledge.model import Knowledge
from fmassist.knowledge.namespaces import ST
from fmassist.reasoning.absence import absent_on_body
from fmassist.reasoning.anatomy import Anatomy
from fmassist.reasoning.asked import anatomy_of
from fmassist.reasoning.bounded import bounded
from fmassist.reasoning.causes import diagnose
from fmassist.reasoning.compared import Compared, compared
from fmassist.reasoning.confidence import with_probability
from fmassist.reasoning.consolidate import consolidate
from fmassist.reasoning.context import Context
from fmassist.reasoning.evaluate import Study
from fmassist.reasoning.findings import Cause, CheckResult, Finding, Measured, RuleOutcome, SegmentVerdict
from fmassist.reasoning.graded_causes import with_graded_causes
from fmassist.reasoning.grading import Grade, graded
from fmassist.reasoning.hypotheses import scene_of
from fmassist.reasoning.judge import Judgement, judge
from fmassist.reasoning.naming import naming_findings
from fmassist.reasoning.oddities import absent_findings, odd_findings
from fmassist.reasoning.own_labels import with_own_labels
from fmassist.reasoning.posterior import NONE_LABEL, NONE_OF_THESE, shipped_reliability
from fmassist.reasoning.segment_scores import wrong_probabilities
from fmassist.reasoning.trace import with_traces
from fmassist.terms import Kind, Outcome, Severity, Status, Verdict

INPUT_RULE = "https://w3id.org/fmassist/rule/"
MODALITY_DIFFERS = "modality-differs"
OF_ANOTHER = 0.9
"""Share of an image of another modality where the image is read as another one than is said (estimate: the rest is a
slip in what is said of it)."""


def check(
    evidence: Evidence,
    knowledge: Knowledge,
    meanings: Meanings,
    context: Context | None = None,
    *,
    vocabulary: Iterable[str] = (),
    understanding: Understanding | None = None,
) -> CheckResult:
    """Check one study.

    Args:
        evidence: what was measured.
        meanings: segment key to structure.
        context: what is known of the patient; unknown context never counts as evidence.
        vocabulary: structures that the model could have labelled. Empty: those that it did, so that nothing counts
            as missing.
        understanding: from where the meanings are known; None where only the meanings are.

    Returns:
        The verdict, the same to the byte for the same arguments.
    """
    with in_force(knowledge.constants):
        return _checked(evidence, knowledge, meanings, context or Context(), frozenset(vocabulary), understanding)


def _checked(
    evidence: Evidence,
    knowledge: Knowledge,
    meanings: Meanings,
    context: Context,
    able: frozenset[str],
    understanding: Understanding | None,
) -> CheckResult:
    understood = understanding or _without_sources(meanings)
    anatomy, asked = anatomy_of(evidence, knowledge, understood, able)
    no_rules: frozenset[str] = frozenset()
    with Study(knowledge, evidence) as study:
        judgement = judge(anatomy, context, study=study)
        said = [
            *consolidate(judgement),
            *(
                (f, no_rules)
                for f in (*_input_findings(anatomy, context), *naming_findings(evidence, knowledge, understood, asked))
            ),
            *((f, no_rules) for f in _errors(judgement)),
        ]
        seen_together = compared(anatomy)
        found = graded(seen_together)
        said += [(f, no_rules) for f in _graded(anatomy, context, judgement, said, seen_together, found)]
        findings, causes = diagnose(judgement, context, said, study)
    findings = with_own_labels(with_graded_causes(findings, knowledge), anatomy, understood.label_map)
    causes = [*(f.causes[0] for f in findings if f.id == MODALITY_DIFFERS), *causes]
    findings = sorted(with_probability(findings), key=lambda f: (f.severity.rank, f.kind.rank, f.id))
    findings, causes = bounded(findings, causes, rule=INPUT_RULE)
    findings = with_traces(findings, judgement, {finding.id: ids for finding, ids in said})
    names = {facts.key: facts.name for facts in evidence.segments}
    return CheckResult(
        verdict=_verdict(findings),
        segments=tuple(_segment_verdicts(anatomy, understood, judgement, findings, found)),
        findings=tuple(findings),
        causes=tuple(causes),
        outcomes=tuple(
            RuleOutcome(row.rule.iri, tuple(names.get(k, k) for k in row.segments), row.outcome, row.reason)
            for row in judgement.rows
        ),
        rule_counts=_counts(judgement),
        versions={"program": fmassist.__version__, "knowledge": knowledge.stated_version},
        understood=understanding,
        vocabulary=able,
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
    empty = [f for f in anatomy.evidence.segments if not f.voxel_count]
    findings = []
    seen = anatomy.evidence.scan.modality
    if context.modality is not None and seen not in ("unknown", context.modality):
        findings.append(_of_another(context.modality, seen))
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


def _of_another(called: str, seen: str) -> Finding:
    """An image of another modality than it is said to be is not the one that was labelled, or not the one examined."""
    key = MODALITY_DIFFERS
    share = shipped_reliability().limit("wrong_intensity", OF_ANOTHER)
    wrong = Cause(
        "wrong_intensity", "the image is of another modality than it is said to be", round(share, 3), (), (key,)
    )
    none = Cause(NONE_OF_THESE, NONE_LABEL, round(1.0 - share, 3), (), (key,))
    return Finding(
        id=key,
        rule=INPUT_RULE + key,
        kind=Kind.CONTRADICTORY,
        severity=Severity.REVIEW,
        segments=(),
        message=(
            f"The examination is on record as {called}, but the image is read as {seen}: image and labels may not "
            "belong together, and nothing that rests on the image's values can be relied on."
        ),
        evidence=(Measured("modality of the image", seen, expected=called),),
        location_ras_mm=None,
        causes=(wrong, none),
    )


def _graded(
    anatomy: Anatomy,
    context: Context,
    judgement: Judgement,
    said: list[tuple[Finding, frozenset[str]]],
    seen_together: Compared,
    found: dict[str, Grade],
) -> Iterable[Finding]:
    """What graded evidence adds to the rules: nothing about what they have told already."""
    loud = [f for f, _ in said if f.severity != Severity.INFO]
    flagged = {name for f in loud for name in f.segments}
    missed = {str(row.values["structure"]) for row in judgement.failures().values() if "structure" in row.values}
    yield from odd_findings(anatomy, seen_together, found, flagged)
    absent = list(absent_findings(anatomy, context, missed))
    yield from absent
    missed |= {ST + finding.id.rsplit("/", 1)[-1] for finding in absent}
    yield from absent_on_body(anatomy, context, scene_of(judgement, context).registration, missed)


def _segment_verdicts(
    anatomy: Anatomy,
    understood: Understanding,
    judgement: Judgement,
    findings: list[Finding],
    found: dict[str, Grade],
) -> Iterable[SegmentVerdict]:
    flagged: dict[str, list[str]] = {}
    for finding in findings:
        if finding.severity is not Severity.INFO:
            for name in finding.segments:
                flagged.setdefault(name, []).append(finding.id)
    judged = {key for row in judgement.rows if row.outcome is not Outcome.NOT_APPLICABLE for key in row.segments}
    wrong = wrong_probabilities(anatomy, findings, found)
    named = {name for finding in findings for name in finding.segments}
    told = judged | {k.facts.key for k in anatomy.known if k.structure.key in found or k.facts.name in named}
    for facts in anatomy.evidence.segments:
        meaning = understood.found.get(facts.key)
        iri = meaning.iri if meaning else None
        yield SegmentVerdict(
            key=facts.key,
            label=facts.label,
            layer=facts.layer,
            name=facts.name,
            structure=iri,
            structure_label=anatomy.knowledge.structures[iri].label if iri else None,
            status=_status(facts, iri, flagged, judged),
            findings=tuple(flagged.get(facts.name, ())),
            meaning_from=meaning.how if meaning else "",
            # Where no rule, finding or neighbour says anything, the share of wrong structures at large is no score.
            wrong_probability=wrong.get(facts.key) if facts.key in told else None,
        )


def _status(facts: SegmentFacts, iri: str | None, flagged: Mapping[str, object], judged: set[str]) -> Status:
    if iri is None:
        return Status.UNKNOWN
    if facts.name in flagged:
        return Status.FLAGGED
    if facts.voxel_count and facts.key not in judged:
        return Status.NOT_JUDGED
    return Status.CUT_OFF if facts.border_area_mm2 else Status.PLAUSIBLE


def _without_sources(meanings: Meanings) -> Understanding:
    """Meanings that were found earlier, as where a study is judged again."""
    return Understanding({key: Meaning(iri, "", "") for key, iri in meanings.items()})
