"""Evidence knows no meaning: a stored study says of any new axiom what the same study says when it is measured anew."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode, Quad, Store

from fmassist.evidence.store import read_evidence, write_evidence
from fmassist.knowledge.label_map import load_label_map
from fmassist.knowledge.load import load_knowledge
from fmassist.knowledge.namespaces import FMX, ST
from fmassist.phantom import torso
from fmassist.reasoning.check import check
from fmassist.reasoning.stored import map_then, understood_then
from fmassist.reasoning.study import check_study, vocabulary_of
from fmassist.report.findings_json import to_json

RELATIONS = ("adjacentTo", "continuousWith", "containedIn", "superiorTo", "anteriorTo", "mayOverlap")


@pytest.fixture(scope="module")
def person():
    return torso(seed=4, spacing_mm=(7.0, 6.0, 8.0), field_of_view="abdomen")


@pytest.fixture(scope="module")
def stored(person, tmp_path_factory):
    label_map = load_label_map("totalsegmentator:total")
    result, evidence, _ = check_study(
        person.segmentation, person.volume, label_map=label_map, knowledge=load_knowledge()
    )
    path = tmp_path_factory.mktemp("stored") / "evidence.json"
    write_evidence(evidence, path)
    document = json.loads(json.dumps(to_json(result, evidence, label_map=label_map.id)))
    return read_evidence(path), document


def knowing(*axioms: tuple[str, str, str]):
    """The shipped knowledge with these axioms on top."""
    shipped = load_knowledge()
    store = Store()
    store.extend(shipped.store)
    store.extend(Quad(NamedNode(ST + a), NamedNode(FMX + relation), NamedNode(ST + b)) for a, relation, b in axioms)
    return replace(shipped, store=store)


def again(stored, knowledge):
    evidence, document = stored
    return judged_again(evidence, document, knowledge)


def judged_again(evidence, document, knowledge):
    """As a stored study is judged: with what its findings.json keeps of the labels' meanings."""
    labels = map_then(document)
    understood = understood_then(document, evidence, labels, knowledge)
    return check(evidence, knowledge, understood.meanings, vocabulary=vocabulary_of(labels), understanding=understood)


def test_a_new_neighbour_is_asked_for_in_a_study_of_long_ago(stored):
    found = again(stored, knowing(("spleen", "adjacentTo", "duodenum"), ("spleen", "adjacentTo", "gallbladder")))
    failed = {o.segments for o in found.outcomes if o.rule.endswith("/contact") and o.outcome == "failed"}
    assert failed == {("spleen", "duodenum"), ("spleen", "gallbladder")}
    (finding,) = [f for f in found.findings if f.id.startswith("contact/spleen+")]
    assert {m.quantity: m.high for m in finding.evidence} == {
        "spleen and duodenum: gap": 30.0,
        "spleen and gallbladder: gap": 30.0,
    }


def test_of_two_that_lie_far_apart_a_lower_bound_is_told_as_one(stored):
    found = again(stored, knowing(("spleen", "adjacentTo", "gallbladder")))
    (finding,) = [f for f in found.findings if f.id.startswith("contact/spleen+")]
    assert "lie at least 102 mm apart" in finding.message


names = st.sampled_from(("liver", "spleen", "kidney_left", "stomach", "pancreas", "aorta", "urinary_bladder", "sacrum"))
joined = st.tuples(names, st.sampled_from(RELATIONS), names).filter(lambda a: a[0] != a[2])
axioms = st.lists(joined, min_size=1, max_size=4)


@settings(max_examples=6, deadline=None)
@given(axioms)
def test_stored_evidence_plus_any_axiom_equals_the_study_measured_anew(person, stored, axioms):
    knowledge = knowing(*axioms)
    anew, _, _ = check_study(person.segmentation, person.volume, label_map=map_then(stored[1]), knowledge=knowledge)
    assert again(stored, knowledge) == anew


def test_evidence_of_an_older_form_ends_with_cannot_tell_and_never_passes(stored):
    evidence, document = stored
    old = replace(evidence, apart=(), apart_measured_mm=6.0)
    near = {frozenset((pair.first, pair.second)) for pair in old.pairs}
    names = {facts.name: facts.key for facts in old.segments}
    knowledge = knowing(("spleen", "adjacentTo", "duodenum"))
    assert frozenset((names["spleen"], names["duodenum"])) not in near
    found = judged_again(old, document, knowledge)
    (row,) = [o for o in found.outcomes if o.rule.endswith("/contact") and set(o.segments) == {"spleen", "duodenum"}]
    assert row.outcome == "cannot tell"
    assert row.reason == "their distance was not measured"
    assert found.rule_counts["cannot tell"] >= 1
