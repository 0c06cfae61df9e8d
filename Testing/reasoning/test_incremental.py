"""Asking anew only what changed gives what asking everything gives, whatever labels are read otherwise."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from reasoning.paper import evidence_of, normal_adult

from fmassist.knowledge.load import load_knowledge
from fmassist.knowledge.namespaces import ST
from fmassist.reasoning.anatomy import Anatomy
from fmassist.reasoning.context import Context
from fmassist.reasoning.evaluate import Study
from fmassist.reasoning.judge import judge
from fmassist.reasoning.transform import renamed

NAMES = sorted(normal_adult())


def rows_of(judgement):
    return [(r.rule.iri, r.segments, r.outcome, r.reason, r.is_gross, dict(r.values)) for r in judgement.rows]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), min_size=1, max_size=3))
def test_what_is_asked_anew_equals_a_full_evaluation(exchanges):
    evidence, knowledge = evidence_of(normal_adult()), load_knowledge()
    keys = {s.name: s.key for s in evidence.segments}
    meanings = {s.key: ST + s.name for s in evidence.segments}
    new = dict(meanings)
    for one, other in exchanges:
        new[keys[one]], new[keys[other]] = new[keys[other]], new[keys[one]]
    anatomy = Anatomy(evidence, knowledge, meanings, frozenset(meanings.values()))
    with Study(knowledge, evidence) as study:
        base = judge(anatomy, Context(), study=study)
        quick = judge(renamed(anatomy, new), Context(), study=study, base=base)
        full = judge(renamed(anatomy, new), Context(), study=study)
    assert rows_of(quick) == rows_of(full)
