"""`explanation.ttl`: a graph that a curator can ask."""

from __future__ import annotations

import pytest
from pyoxigraph import RdfFormat, Store

from fmassist.knowledge.load import load_knowledge
from fmassist.knowledge.namespaces import ST
from fmassist.reasoning.check import check
from fmassist.reasoning.workshop.paper import evidence_on_paper
from fmassist.report.explanation import explanation
from fmassist.report.findings_json import to_json

PREFIXES = """PREFIX prov: <http://www.w3.org/ns/prov#> PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX fmx: <https://w3id.org/fmassist/ontology#> PREFIX rule: <https://w3id.org/fmassist/rule/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> """


@pytest.fixture(scope="module")
def document():
    """What a check says of a spleen of 1.6 L."""
    knowledge = load_knowledge()
    evidence = evidence_on_paper({"structures": {"spleen": {"volume_ml": 1600}}}, knowledge)
    result = check(evidence, knowledge, {segment.key: ST + segment.name for segment in evidence.segments})
    return to_json(result, evidence)


def graph_of(document) -> Store:
    store = Store()
    store.load(explanation(document), format=RdfFormat.TURTLE)
    return store


def test_each_finding_is_derived_from_its_rule_its_facts_and_its_axioms(document):
    store = graph_of(document)
    found = store.query(PREFIXES + "SELECT ?f { ?f a fmx:Finding ; prov:wasGeneratedBy ?check }")
    assert len(list(found)) == len(document["findings"])
    finding = document["findings"][0]
    facts = store.query(
        PREFIXES + f'SELECT ?q {{ ?f rdfs:label "{finding["message"]}" ; prov:wasDerivedFrom ?m . ?m fmx:quantity ?q }}'
    )
    assert sorted(row["q"].value for row in facts) == sorted(m["quantity"] for m in finding["evidence"])
    axioms = store.query(
        PREFIXES + "ASK { ?f prov:wasDerivedFrom ?s . ?s a rdf:Statement ; rdf:object fmx:SolidOrgan }"
    )
    assert bool(axioms) == any(a["object"].endswith("#SolidOrgan") for a in finding["trace"]["axioms"])
    rules = store.query(PREFIXES + f"ASK {{ ?f a fmx:Finding ; prov:wasDerivedFrom <{finding['rule']}> }}")
    assert bool(rules)


def test_the_same_findings_give_the_same_bytes(document):
    assert explanation(document) == explanation(document)


def test_odd_names_neither_break_nor_escape_the_graph(document):
    finding = {**document["findings"][0], "id": 'a/b c<>"{}|^`\\é', "message": 'x" . <urn:evil> <urn:p> "y'}
    store = graph_of({**document, "findings": [finding]})
    assert not bool(store.query("ASK { <urn:evil> ?p ?o }"))
