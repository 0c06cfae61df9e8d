"""From findings to causes: few diagnoses in place of many flags, each with its rivals."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace

from fmassist.reasoning.abduction import Candidate, best_causes, unexplained_cost
from fmassist.reasoning.context import Context
from fmassist.reasoning.evaluate import Row, Study
from fmassist.reasoning.findings import Cause, Finding, Repair
from fmassist.reasoning.hypotheses import EVERYTHING, Hypothesis, about_segments, about_the_study
from fmassist.reasoning.judge import Judgement, judge, structures_of
from fmassist.terms import Kind, Severity

MANY = 2
"""A cause of the whole study is taken for granted, as far as segments go, when it explains this many findings."""
MOST_TURNED = 0.7
"""Where turning the study explains this share of all findings, no wrong label map is looked for (estimate: a wrong map
leaves half or more of them)."""
MAX_SCREENED = 6
"""Of the hypotheses about one chain, the likeliest by their own cost are screened, so that a chain that is wrong in
many places costs no more than others."""
MAX_TESTS = 4
"""Of hypotheses that are screened, at most this many are tested in full."""
OPEN_TO_REPAIR = frozenset({"count_variant"})
"""Causes that are no error, beside which a repair is still offered in case the model did err."""
NO_ERROR = frozenset({"count_variant", "situs_inversus", "removed_or_absent"})
"""Causes under which the segmentation is right: what they explain best is a question, and never implausible."""
QUESTION_COST = 3.9
"""Nats of a question that a cause brings up anew, such as a level that would then be absent (estimate: −ln of the prior
of a structure removed or absent, 0.02)."""
FALLBACK_PRIOR = 0.005
"""For a cause without a definition in `Resources/causes/` (estimate: half of an exchanged pair's)."""


@dataclass(frozen=True)
class Tested:
    """A hypothesis with what testing it showed."""

    hypothesis: Hypothesis
    explains: frozenset[str]
    """Ids of findings."""
    introduces: tuple[str, ...]
    """Failures that the study would have only without this cause."""
    cost: float


def diagnose(
    judgement: Judgement, context: Context, findings: list[tuple[Finding, frozenset[str]]], study: Study
) -> tuple[list[Finding], list[Cause]]:
    """The likeliest causes, and the findings with their causes and repairs.

    Findings that one chosen cause explains together are led by the worst of them; the others step back to `info` and
    say what they follow from.

    Args:
        findings: each with the identities of the failed ground rules behind it (none: no rule, nothing to explain).
    """
    open_findings = [(finding, ids) for finding, ids in findings if ids and finding.severity != "info"]
    if not open_findings:
        return [finding for finding, _ in findings], []
    tested = [_test(h, judgement, open_findings, study) for h in about_the_study(judgement, context)]
    # Under wrong names the anatomy of somebody mirrored, or turned, would be chance.
    turned = [t for t in tested if t.hypothesis.anatomy is not None and t.hypothesis.is_global]
    if any(len(t.explains) >= max(MANY, MOST_TURNED * len(open_findings)) for t in turned):
        tested = [t for t in tested if t.hypothesis.cause != "wrong_label_map"]
    # What one cause of the whole study explains needs no causes of its own.
    done = max((t.explains for t in tested if len(t.explains) >= MANY), key=len, default=frozenset[str]())
    left = frozenset(key for finding, ids in open_findings if finding.id not in done for key in ids)
    local = _screened(about_segments(judgement, context, left), judgement, study)
    tested.extend(_test(hypothesis, judgement, open_findings, study) for hypothesis in local)
    index = {finding.id: i for i, (finding, _) in enumerate(open_findings)}
    candidates = [Candidate(t.cost, frozenset(index[f] for f in t.explains)) for t in tested]
    severities, failures = [f.severity for f, _ in open_findings], [len(ids) for _, ids in open_findings]
    chosen = [tested[i] for i in best_causes(candidates, severities, failures)]
    causes = [_cause(t, tested, open_findings) for t in sorted(chosen, key=lambda t: (-len(t.explains), t.cost))]
    return _attach([finding for finding, _ in findings], chosen, tested, judgement), causes


def _screened(stage: list[Hypothesis], judgement: Judgement, study: Study) -> list[Hypothesis]:
    """Of hypotheses with a screen, the few that mend most under its patterns alone; all others as they are."""
    ranked: list[tuple[float, int, Hypothesis]] = []
    able = [h for h in stage if h.screen is not None and h.anatomy is not None]
    screened: Counter[str | None] = Counter()
    for hypothesis in sorted(able, key=lambda h: h.extra_cost):
        assert hypothesis.anatomy is not None
        chain = judgement.anatomy.knowledge.structures[judgement.anatomy.meanings[hypothesis.segments[0]]].chain
        screened[chain] += 1
        if screened[chain] > MAX_SCREENED or hypothesis.screen is None:
            continue
        before = {
            key for key, row in judgement.failures().items() if row.rule.pattern.rsplit("#", 1)[-1] in hypothesis.screen
        }
        context = hypothesis.context or Context()
        tested = judge(hypothesis.anatomy, context, study=study, patterns=hypothesis.screen, base=judgement)
        after = tested.failures()
        ranked.append((len(after) - len(before) + hypothesis.extra_cost / 10, len(ranked), hypothesis))
    best = {id(h) for gain, _, h in sorted(ranked, key=lambda r: r[:2])[:MAX_TESTS] if gain < 0}
    return [h for h in stage if h.screen is None or id(h) in best]


def _test(
    hypothesis: Hypothesis, judgement: Judgement, findings: list[tuple[Finding, frozenset[str]]], study: Study
) -> Tested:
    definition = judgement.anatomy.knowledge.causes.get(f"https://w3id.org/fmassist/cause/{hypothesis.cause}")
    cost = -math.log(definition.prior if definition else FALLBACK_PRIOR) + hypothesis.extra_cost
    if hypothesis.anatomy is None:
        return Tested(hypothesis, _declared(hypothesis, judgement, findings), (), cost)
    before = judgement.failures()
    after = judge(hypothesis.anatomy, hypothesis.context or Context(), study=study, base=judgement).failures()
    # Seen in a mirror, the same segments may fail the same rule under their partners' names: that is not new.
    still = _of_segments(before) & _of_segments(after) if hypothesis.is_global else set()
    after = {key: row for key, row in after.items() if key in before or (row.rule.iri, row.segments) not in still}
    explains = frozenset(
        finding.id
        for finding, ids in findings
        if not ids & after.keys()
        and not any((before[i].rule.iri, before[i].segments) in still for i in ids if i in before)
        and _concerns(hypothesis, ids, before)
    )
    if hypothesis.explains_patterns:
        explains |= _declared(hypothesis, judgement, findings)
    introduces = _beyond_exchange(before, after)
    asked = sum(after[key].rule.kind == "needs_confirmation" for key in introduces)
    anew = QUESTION_COST * asked + unexplained_cost("review") * (len(introduces) - asked)
    return Tested(hypothesis, explains, introduces, cost + anew)


def _of_segments(failures: dict[str, Row]) -> set[tuple[str, tuple[str, ...]]]:
    """The failures by rule and segments, whatever those are called."""
    return {(row.rule.iri, row.segments) for row in failures.values() if row.segments}


def _concerns(hypothesis: Hypothesis, ids: frozenset[str], failures: dict[str, Row]) -> bool:
    """A cause at some segments explains only what is said of them; that other findings go too is a side effect.

    What is said of an absent structure is said of the segments that turn out to be it.
    """
    if hypothesis.is_global:
        return True
    really = {step.target for step in hypothesis.steps if step.action == "relabel"}
    return any(
        set(failures[i].segments) & set(hypothesis.segments) or failures[i].values.get("structure") in really
        for i in ids
        if i in failures
    )


def _beyond_exchange(before: dict[str, Row], after: dict[str, Row]) -> tuple[str, ...]:
    """New failures, less open questions that only take the place of one that is gone.

    After renumbering, the same level is still missing, under its right number: that is no new question. A new
    contradiction always counts.
    """
    gone = Counter(row.rule.iri for key, row in before.items() if key not in after)
    left = []
    for key in sorted(after.keys() - before.keys()):
        rule = after[key].rule
        if rule.kind == "needs_confirmation" and gone[rule.iri] > 0:
            gone[rule.iri] -= 1
        else:
            left.append(key)
    return tuple(left)


def _declared(
    hypothesis: Hypothesis, judgement: Judgement, findings: list[tuple[Finding, frozenset[str]]]
) -> frozenset[str]:
    """Findings all of whose failed rules are of the patterns, and about the structures, that the cause names."""
    failures = judgement.failures()
    explained = set()
    for finding, ids in findings:
        rows = [failures[i] for i in ids if i in failures]
        of_pattern = hypothesis.explains_patterns == EVERYTHING or all(
            row.rule.pattern.rsplit("#", 1)[-1] in hypothesis.explains_patterns for row in rows
        )
        about = (
            hypothesis.is_global
            or (
                hypothesis.structures
                and all(set(structures_of(r, judgement.anatomy)[:1]) & set(hypothesis.structures) for r in rows)
            )
            or (hypothesis.segments and all(set(row.segments) & set(hypothesis.segments) for row in rows))
        )
        if rows and of_pattern and about:
            explained.add(finding.id)
    return frozenset(explained)


def _cause(chosen: Tested, tested: list[Tested], findings: list[tuple[Finding, frozenset[str]]]) -> Cause:
    rivals = [t for t in tested if t.explains >= chosen.explains] or [chosen]
    weight = sum(math.exp(chosen.cost - t.cost) for t in rivals)
    return Cause(
        id=chosen.hypothesis.cause,
        label=chosen.hypothesis.label,
        probability=round(1.0 / weight, 3),
        segments=chosen.hypothesis.segments,
        explains=tuple(sorted(chosen.explains)),
        unexplained=tuple(sorted(finding.id for finding, _ in findings if finding.id not in chosen.explains)),
    )


def _attach(findings: list[Finding], chosen: list[Tested], tested: list[Tested], judgement: Judgement) -> list[Finding]:
    leaders: dict[str, Tested] = {}
    followers: dict[str, Finding] = {}
    by_id = {finding.id: finding for finding in findings}
    for cause in chosen:
        mine = sorted(
            (by_id[i] for i in cause.explains if i not in leaders and i not in followers),
            key=lambda f: (f.severity.rank, f.kind is not Kind.CONTRADICTORY, f.id),
        )
        if not mine:
            continue
        leaders[mine[0].id] = cause
        if cause.hypothesis.leads:
            followers.update({finding.id: mine[0] for finding in mine[1:]})
        else:
            leaders.update({finding.id: cause for finding in mine[1:]})
    names = {facts.key: facts.name for facts in judgement.anatomy.evidence.segments}
    result = []
    for finding in findings:
        alternatives = tuple(_alternatives(finding.id, tested))
        finding = replace(finding, causes=alternatives)
        if finding.id in leaders:
            cause = leaders[finding.id]
            concerned = [names[key] for key in cause.hypothesis.segments if key in names]
            if cause.hypothesis.is_global:
                finding = _whole_study(finding, cause, by_id)
            else:
                finding = _asked(finding, cause)
                both = tuple(dict.fromkeys([*concerned, *finding.segments]))
                finding = replace(finding, segments=both, repair=_best_repair(cause, tested, names))
        elif finding.id in followers:
            lead = leaders[followers[finding.id].id].hypothesis.label
            message = f"{finding.message} It follows from this: {lead}."
            finding = replace(finding, severity=Severity.INFO, message=message)
        result.append(finding)
    return result


def _whole_study(lead: Finding, cause: Tested, by_id: dict[str, Finding]) -> Finding:
    """One finding about the whole study, in place of one for each structure that shows it."""
    shown = [by_id[i] for i in sorted(cause.explains)]
    lead = _asked(lead, cause)
    label = cause.hypothesis.label
    return replace(
        lead,
        segments=tuple(dict.fromkeys(name for finding in shown for name in finding.segments)),
        message=f"{label[0].upper()}{label[1:]}: {len(shown)} findings say so at once."
        if len(shown) > 1
        else f"{lead.message} Likely: {label}.",
        evidence=tuple(measured for finding in [lead, *shown] for measured in finding.evidence[:1])[:8],
    )


def _asked(finding: Finding, cause: Tested) -> Finding:
    """A finding that a variant or a history explains best asks for confirmation."""
    if cause.hypothesis.cause not in NO_ERROR or finding.severity != "block":
        return finding
    return replace(finding, kind=Kind.NEEDS_CONFIRMATION, severity=Severity.REVIEW)


def _alternatives(finding: str, tested: list[Tested]) -> list[Cause]:
    """The causes that would explain one finding, likeliest first."""
    able = [t for t in tested if finding in t.explains]
    if not able:
        return []
    # A cause that explains more is worth what the other findings would cost if left open.
    score = {id(t): -t.cost + unexplained_cost("review") * (len(t.explains) - 1) for t in able}
    top = max(score.values())
    total = sum(math.exp(s - top) for s in score.values())
    ranked = sorted(able, key=lambda t: (-score[id(t)], t.hypothesis.label))
    unique: dict[str, Cause] = {}
    for t in ranked:
        share = math.exp(score[id(t)] - top) / total
        cause = Cause(
            t.hypothesis.cause, t.hypothesis.label, round(share, 3), t.hypothesis.segments, tuple(sorted(t.explains))
        )
        unique.setdefault(cause.label, cause)
    return list(unique.values())[:4]


def _best_repair(cause: Tested, tested: list[Tested], names: dict[str, str]) -> Repair | None:
    """The cause's own proposal; where it has none, that of the likeliest rival that explains as much.

    A finding may be a variant and no error at all: a person sees both readings, and decides.
    """
    own = _repair(cause, names)
    if own is not None or cause.hypothesis.cause not in OPEN_TO_REPAIR:
        return own
    rivals = (t for t in tested if t.hypothesis.cause == "run_shifted" and t.explains >= cause.explains)
    for rival in sorted(rivals, key=lambda t: (t.cost, t.hypothesis.label)):
        repair = _repair(rival, names)
        if repair is not None:
            return replace(repair, label=f"If this is no variant: {repair.label[0].lower()}{repair.label[1:]}")
    return None


def _repair(cause: Tested, names: dict[str, str]) -> Repair | None:
    """The proposal, where undoing the cause is an edit of labels and brings in nothing new."""
    steps = cause.hypothesis.steps
    if not steps or cause.introduces:
        return None
    verbs = {
        "swap": "Exchange the two labels",
        "relabel": "Renumber",
        "drop": "Leave out",
        "give": "Give",
        "fill": "Fill",
    }
    about = ", ".join(dict.fromkeys(names.get(step.segment, step.segment) for step in steps))
    if steps[0].action == "relabel":
        about = cause.hypothesis.label.replace(" is really ", " as ").replace(" are really ", " as ")
    if steps[0].action == "swap":
        about += f", {names.get(steps[0].target or '', '')}"
    what = "stray pieces of " if steps[0].action == "drop" and steps[0].component is not None else ""
    return Repair(
        id=f"repair/{cause.hypothesis.cause}/{'+'.join(cause.hypothesis.segments)}",
        label=f"{verbs.get(steps[0].action, steps[0].action)}: {what}{about}",
        steps=steps,
        resolves=tuple(sorted(cause.explains)),
    )
