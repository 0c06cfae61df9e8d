"""A cause is tested by undoing it: what no longer fails is explained, what fails anew speaks against it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fmassist.knowledge.constants import constants
from fmassist.knowledge.model import CauseDefinition, Knowledge
from fmassist.knowledge.namespaces import short
from fmassist.reasoning.abduction import unexplained_cost
from fmassist.reasoning.context import Context
from fmassist.reasoning.evaluate import Row, Study
from fmassist.reasoning.findings import Finding
from fmassist.reasoning.hypotheses import CAUSE, Hypothesis
from fmassist.reasoning.judge import Judgement, judge, structures_of

MAX_SCREENED = 6
"""Of the hypotheses about one chain, the likeliest by their own cost are screened, so that a chain that is wrong in
many places costs no more than others."""
MAX_TESTS = 4
"""Of hypotheses that are screened, at most this many are tested in full."""
MAX_TESTED = 30
"""Hypotheses about segments that are tested in full, the likeliest by their own cost first, so that a study that is
wrong everywhere costs no more than a few seconds (algorithm: counted and not timed, so that the result is the same)."""
LEAST_COST = 0.05
"""No evidence makes a cause cheaper than this (algorithm: costs stay positive)."""

Stated = tuple[Finding, frozenset[str]]
"""A finding, with the identities of the failed ground rules behind it."""


@dataclass(frozen=True)
class Tested:
    """A hypothesis with what testing it showed."""

    hypothesis: Hypothesis
    explains: frozenset[str]
    """Ids of findings."""
    introduces: tuple[str, ...]
    """Failures that the study would have only without this cause."""
    cost: float


def definition_of(knowledge: Knowledge, cause: str) -> CauseDefinition | None:
    """The entry of a cause by its short name."""
    return knowledge.causes.get(CAUSE + cause)


def prior_cost(knowledge: Knowledge, cause: str) -> float:
    """−ln of a cause's prior."""
    definition = definition_of(knowledge, cause)
    return -math.log(definition.prior if definition else constants().testing.fallback_prior)


def screened(stage: list[Hypothesis], judgement: Judgement, study: Study) -> list[Hypothesis]:
    """Of hypotheses with a screen, the few that mend most under its rules alone; of the others, no more than can be
    tested.
    """
    knowledge = judgement.anatomy.knowledge
    ranked: list[tuple[float, int, Hypothesis]] = []
    able = [h for h in stage if h.screen is not None and h.anatomy is not None]
    seen: Counter[str | None] = Counter()
    for hypothesis in sorted(able, key=lambda h: h.extra_cost):
        assert hypothesis.anatomy is not None
        chain = knowledge.structures[judgement.anatomy.meanings[hypothesis.segments[0]]].chain
        seen[chain] += 1
        if seen[chain] > MAX_SCREENED or hypothesis.screen is None:
            continue
        facets = hypothesis.screen
        before = [key for key, row in judgement.failures().items() if row.pattern.facets & facets]
        names = frozenset(short(iri) for iri, pattern in knowledge.patterns.items() if pattern.facets & facets)
        context = hypothesis.context or Context()
        after = judge(hypothesis.anatomy, context, study=study, patterns=names, base=judgement).failures()
        ranked.append((len(after) - len(before) + hypothesis.extra_cost / 10, len(ranked), hypothesis))
    best = {id(h) for gain, _, h in sorted(ranked, key=lambda r: r[:2])[:MAX_TESTS] if gain < 0}
    kept = [h for h in stage if h.screen is None or id(h) in best]
    costly = sorted(
        (h for h in kept if h.anatomy is not None), key=lambda h: prior_cost(knowledge, h.cause) + h.extra_cost
    )
    left_out = {id(h) for h in costly[MAX_TESTED:]}
    return [h for h in kept if id(h) not in left_out]


def test(hypothesis: Hypothesis, judgement: Judgement, findings: Sequence[Stated], study: Study) -> Tested:
    """What a hypothesis explains, and what it costs."""
    given = constants().testing
    knowledge = judgement.anatomy.knowledge
    cost = prior_cost(knowledge, hypothesis.cause) + hypothesis.extra_cost
    declared = _declared(hypothesis, judgement, findings)
    if hypothesis.anatomy is None:
        return Tested(hypothesis, declared, (), max(cost, LEAST_COST))
    before = judgement.failures()
    after = judge(hypothesis.anatomy, hypothesis.context or Context(), study=study, base=judgement).failures()
    # Seen in a mirror, the same segments may fail the same rule under their partners' names: that is not new.
    still = _of_segments(before) & _of_segments(after) if hypothesis.is_global else set()
    after = {key: row for key, row in after.items() if key in before or (row.rule.iri, row.segments) not in still}
    explains = frozenset(
        finding.id
        for finding, ids in findings
        if len(ids & after.keys()) <= given.remains * len(ids)
        and sum((before[i].rule.iri, before[i].segments) in still for i in ids if i in before)
        <= given.remains * len(ids)
        and _concerns(hypothesis, ids, before)
    )
    if hypothesis.is_global:
        explains |= declared
    introduces = _beyond_exchange(before, after)
    cost += _cost_anew(hypothesis, [after[key] for key in introduces])
    return Tested(hypothesis, explains, introduces, max(cost, LEAST_COST))


def _cost_anew(hypothesis: Hypothesis, rows: list[Row]) -> float:
    asked = sum(row.rule.kind == "needs_confirmation" for row in rows)
    wrong = len(rows) - asked
    if hypothesis.tempered:
        # Under a wrong reading of everything, errors of single labels don't show: that they do without it is no wonder.
        return unexplained_cost("review", len(rows)) / 2 if rows else 0.0
    return constants().testing.question_cost * asked + unexplained_cost("review") * wrong


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


def _declared(hypothesis: Hypothesis, judgement: Judgement, findings: Sequence[Stated]) -> frozenset[str]:
    """Findings all of whose failed rules show a facet, and are about structures, that the cause names."""
    failures = judgement.failures()
    definition = definition_of(judgement.anatomy.knowledge, hypothesis.cause)
    explained = set()
    for finding, ids in findings:
        rows = [failures[i] for i in ids if i in failures]
        declares = bool(rows) and all(hypothesis.declares(row, definition) for row in rows)
        if declares and _is_about(hypothesis, rows, judgement):
            explained.add(finding.id)
    return frozenset(explained)


def _is_about(hypothesis: Hypothesis, rows: list[Row], judgement: Judgement) -> bool:
    if hypothesis.is_global:
        return True
    if hypothesis.structures:
        return all(set(structures_of(r, judgement.anatomy)[:1]) & set(hypothesis.structures) for r in rows)
    mine = set(hypothesis.segments)
    if not mine or not all(set(row.segments) & mine for row in rows):
        return False
    if any("chain" in row.pattern.facets for row in rows):
        return True
    # What rules say of another structure against one of these is that other one's, unless every row names one alone.
    common = set.intersection(*(set(row.segments) for row in rows))
    # What is said of two is about the smaller one, where the failure tells which that is.
    first = str(rows[0].values.get("small", rows[0].segments[0]))
    return bool(common & mine) and (first in mine or rows[0].segments[0] in mine or bool(common <= mine))
