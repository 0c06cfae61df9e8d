"""From findings to causes: few diagnoses in place of many flags, each with its rivals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fmassist.knowledge.constants import constants
from fmassist.reasoning.abduction import Candidate, best_causes, unexplained_cost
from fmassist.reasoning.context import Context
from fmassist.reasoning.evaluate import Study
from fmassist.reasoning.findings import Cause, Finding
from fmassist.reasoning.hypotheses import Scene, about_segments, about_the_study, scene_of
from fmassist.reasoning.hypotheses.fitting import fitting
from fmassist.reasoning.judge import Judgement
from fmassist.reasoning.posterior import alternatives, cause_of
from fmassist.reasoning.proposals import best_repair, repair_of
from fmassist.reasoning.silent import exchange_findings, silent_findings
from fmassist.reasoning.testing import Stated, Tested, definition_of, screened, test
from fmassist.terms import Kind, Severity


def diagnose(
    judgement: Judgement, context: Context, findings: list[Stated], study: Study
) -> tuple[list[Finding], list[Cause]]:
    """The likeliest causes, and the findings with their causes and repairs.

    Findings that one chosen cause explains together are led by the worst of them; the others step back to `info` and
    say what they follow from.

    Args:
        findings: each with the identities of the failed ground rules behind it (none: no rule, nothing to explain).
    """
    stated = [(finding, ids) for finding, ids in findings if ids and finding.severity is not Severity.INFO]
    scene = scene_of(judgement, context)
    if not stated:
        silent = [test(h, judgement, (), study) for h in about_the_study(scene)]
        more, causes_of_all = silent_findings(silent)
        in_places = [test(h, judgement, (), study) for h in fitting(scene)] if not more else []
        exchanged, of_these = _exchanged(in_places, scene, [])
        return [*(finding for finding, _ in findings), *more, *exchanged], [*causes_of_all, *of_these]
    tested = _without_the_declared([test(h, judgement, stated, study) for h in about_the_study(scene)], len(stated))
    # What one cause of the whole study explains needs no causes of its own.
    done = max(
        (t.explains for t in tested if len(t.explains) >= constants().causes.many), key=len, default=frozenset[str]()
    )
    left = frozenset(key for finding, ids in stated if finding.id not in done for key in ids)
    tested += [test(h, judgement, stated, study) for h in screened(about_segments(scene, left), judgement, study)]
    chosen = _chosen(tested, stated)
    knowledge = judgement.anatomy.knowledge
    causes = [(t, cause_of(t, tested, stated, knowledge)) for t in chosen]
    weight = {finding.id: unexplained_cost(finding.severity, len(ids)) for finding, ids in stated}
    causes.sort(key=lambda c: (-sum(weight[f] for f in c[0].explains) * c[1].probability, c[0].cost, c[1].label))
    ordered = [t for t, _ in causes]
    more, of_these = ([], []) if any(t.hypothesis.is_global for t in chosen) else _exchanged(tested, scene, chosen)
    attached = _attach([f for f, _ in findings], ordered, tested, stated, scene)
    return [*attached, *more], [*(cause for _, cause in causes), *of_these]


def _exchanged(tested: Sequence[Tested], scene: Scene, chosen: Sequence[Tested]) -> tuple[list[Finding], list[Cause]]:
    """What no rule leads to: labels that lie in each other's places."""
    names = {facts.key: facts.name for facts in scene.anatomy.evidence.segments}
    told = {key for t in chosen for key in t.hypothesis.segments}
    found = list(exchange_findings(tested, told, scene, names))
    findings = [replace(f, repair=repair_of(t, scene, names)) for f, t in found]
    return findings, [finding.causes[0] for finding in findings]


def _without_the_declared(tested: list[Tested], findings: int) -> list[Tested]:
    """Without the causes of the whole study that nobody can test, where undoing another one explains as much.

    Under wrong names the anatomy of somebody mirrored, or turned, would be chance.
    """
    undone = [t.explains for t in tested if t.hypothesis.anatomy is not None and not t.introduces]
    most = max(undone, key=len, default=frozenset[str]())
    if len(most) < max(constants().causes.many, constants().causes.most_undone * findings):
        return tested
    return [t for t in tested if t.hypothesis.anatomy is not None or not t.explains <= most]


def _chosen(tested: Sequence[Tested], stated: Sequence[Stated]) -> list[Tested]:
    """The cheapest set of causes."""
    index = {finding.id: i for i, (finding, _) in enumerate(stated)}
    candidates = [Candidate(t.cost, frozenset(index[f] for f in t.explains)) for t in tested]
    best = best_causes(candidates, [f.severity for f, _ in stated], [len(ids) for _, ids in stated])
    return [tested[i] for i in best]


def _attach(
    findings: Sequence[Finding],
    chosen: Sequence[Tested],
    tested: Sequence[Tested],
    stated: Sequence[Stated],
    scene: Scene,
) -> list[Finding]:
    leaders, followers = _led(findings, chosen)
    by_id = {finding.id: finding for finding in findings}
    names = {facts.key: facts.name for facts in scene.anatomy.evidence.segments}
    knowledge = scene.anatomy.knowledge
    result = []
    for finding in findings:
        cause = leaders.get(finding.id) or leaders.get(followers.get(finding.id, ""))
        causes = tuple(alternatives(finding.id, tested, stated, knowledge, cause))
        told = replace(finding, causes=causes or finding.causes)
        if finding.id in leaders and cause is not None:
            told = _asked(told, cause, scene)
            if cause.hypothesis.is_global:
                told = _whole_study(told, cause, by_id)
            else:
                told = replace(told, segments=_concerned(told, cause, by_id, names))
            told = replace(told, repair=best_repair(cause, tested, stated, scene, names))
        elif cause is not None:
            follows = f"{finding.message} It follows from this: {cause.hypothesis.label}."
            told = replace(told, severity=Severity.INFO, message=follows)
        result.append(told)
    return result


def _concerned(told: Finding, cause: Tested, by_id: dict[str, Finding], names: dict[str, str]) -> tuple[str, ...]:
    """Segments that a leading finding is about: a doubtful cause names none that no finding names.

    A leak is a cause of two segments of which one has nothing odd; it may only be named where the leak is likely.
    """
    mine = cause.hypothesis
    likely = any(
        c.probability >= constants().causes.likely and c.id == mine.cause and set(c.segments) == set(mine.segments)
        for c in told.causes
    )
    if likely:
        return tuple(dict.fromkeys([*(names[key] for key in mine.segments if key in names), *told.segments]))
    keys = {names[key] for key in mine.segments if key in names}
    followed = [by_id[i] for i in sorted(cause.explains)] if mine.leads else []
    odd = (name for f in followed for name in f.segments if name in keys)
    return tuple(dict.fromkeys([*told.segments, *odd]))


def _led(findings: Sequence[Finding], chosen: Sequence[Tested]) -> tuple[dict[str, Tested], dict[str, str]]:
    """Which findings stand for a cause, and which follow from them."""
    leaders: dict[str, Tested] = {}
    followers: dict[str, str] = {}
    by_id = {finding.id: finding for finding in findings}
    for cause in chosen:
        mine = sorted(
            (by_id[i] for i in cause.explains if i not in leaders and i not in followers),
            key=lambda f: (f.severity.rank, f.kind is not Kind.CONTRADICTORY, f.message, f.id),
        )
        if not mine:
            continue
        leaders[mine[0].id] = cause
        if cause.hypothesis.leads:
            followers.update({finding.id: mine[0].id for finding in mine[1:]})
        else:
            leaders.update({finding.id: cause for finding in mine[1:]})
    return leaders, followers


def _whole_study(lead: Finding, cause: Tested, by_id: dict[str, Finding]) -> Finding:
    """One finding about the whole study, in place of one for each structure that shows it."""
    shown = sorted((by_id[i] for i in cause.explains), key=lambda f: (f.id != lead.id, f.message))
    label = cause.hypothesis.label
    return replace(
        lead,
        segments=tuple(dict.fromkeys(name for finding in shown for name in finding.segments)),
        message=f"{label[0].upper()}{label[1:]}: {len(shown)} findings say so at once."
        if len(shown) > 1
        else f"{lead.message} Likely: {label}.",
        evidence=tuple(measured for finding in shown for measured in finding.evidence[:1])[:8],
    )


def _asked(finding: Finding, cause: Tested, scene: Scene) -> Finding:
    """A finding that a variant or a history explains best asks for confirmation."""
    definition = definition_of(scene.anatomy.knowledge, cause.hypothesis.cause)
    if definition is None or definition.is_error or finding.severity is not Severity.BLOCK:
        return finding
    return replace(finding, kind=Kind.NEEDS_CONFIRMATION, severity=Severity.REVIEW)
