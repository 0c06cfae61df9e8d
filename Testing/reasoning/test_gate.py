"""The gate before a repair is kept: what harms one structure does not pass, whatever the number of findings."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reasoning.paper import evidence_of, normal_adult
from reasoning.test_check import run, swapped

from fmassist.knowledge.load import load_knowledge
from fmassist.knowledge.model import Knowledge
from fmassist.knowledge.namespaces import ST
from fmassist.reasoning.gate import Side, harm

NOTHING: frozenset[str] = frozenset()


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_knowledge()


def side(knowledge: Knowledge, plan: dict) -> Side:
    evidence = evidence_of(plan)
    meanings = {s.key: ST + s.name for s in evidence.segments if ST + s.name in knowledge.structures}
    return Side(evidence, meanings, run(knowledge, evidence))


def test_an_exchange_undone_passes(knowledge):
    before = side(knowledge, swapped(normal_adult(), "liver", "spleen"))
    after = side(knowledge, normal_adult())
    keys = frozenset(key for key, iri in before.meanings.items() if iri in (ST + "liver", ST + "spleen"))
    assert harm(before, after, knowledge, keys, NOTHING) == ""


def test_a_right_pair_that_is_exchanged_does_not(knowledge):
    before, after = side(knowledge, normal_adult()), side(knowledge, swapped(normal_adult(), "liver", "spleen"))
    keys = frozenset(before.meanings)
    assert harm(before, after, knowledge, keys, NOTHING)


def test_half_of_an_organ_is_not_taken_away_though_no_rule_minds(knowledge):
    plan = normal_adult()
    before = side(knowledge, plan)
    key = next(k for k, iri in before.meanings.items() if iri == ST + "urinary_bladder")
    facts = before.evidence.segment(key)
    smaller = replace(facts, volume_ml=facts.volume_ml * 0.6)
    segments = tuple(smaller if s.key == key else s for s in before.evidence.segments)
    after = replace(before, evidence=replace(before.evidence, segments=segments))
    assert harm(before, after, knowledge, NOTHING, NOTHING) == "it would take away 40 % of the urinary bladder"
    assert harm(before, after, knowledge, NOTHING, frozenset({key})) == ""
