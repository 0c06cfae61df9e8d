"""What a curator adds without a line of Python is seen by a check at once: a neighbour, a pattern, and its cause."""

from __future__ import annotations

from reasoning.paper import evidence_of, normal_adult

from fmassist.knowledge.load import load_knowledge
from fmassist.knowledge.namespaces import ST
from fmassist.reasoning.check import check

MINE = """@prefix fmx: <https://w3id.org/fmassist/ontology#> .
@prefix st: <https://w3id.org/fmassist/structure/> .
@prefix rule: <https://w3id.org/fmassist/rule/> .
@prefix facet: <https://w3id.org/fmassist/facet/> .
@prefix cause: <https://w3id.org/fmassist/cause/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix dcterms: <http://purl.org/dc/terms/> .

facet:ratio a fmx:Facet ; rdfs:label "ratio" ; rdfs:comment "Two organs stand in an odd ratio." .

fmx:MyRatio a fmx:Pattern ; rdfs:label "ratio of two neighbours" ; rdfs:comment "Volumes of two that adjoin." ;
  fmx:facet facet:ratio ; fmx:view "axial" ; fmx:speaksOf "relation" ;
  sh:parameter [ sh:path fmx:relation ; sh:nodeKind sh:IRI ; sh:description "the relation" ] ;
  sh:parameter [ sh:path fmx:limit ; sh:datatype xsd:decimal ; fmx:unit "times" ; sh:description "at most" ] ;
  fmx:quantity "ratio" ; fmx:unit "times" ; fmx:sentence "The {a} is {value} times the {b}." ;
  fmx:query \"\"\"SELECT ?rule ?a ?b ?value ?high ?failed WHERE {
    ?rule fmx:pattern fmx:MyRatio ; fmx:relation ?relation ; fmx:limit ?high ; fmx:binds ?sa .
    ?sa ?relation ?sb . ?a ev:structure ?sa ; ev:volumeMl ?va . ?b ev:structure ?sb ; ev:volumeMl ?vb .
    BIND(?va / ?vb AS ?value) BIND(?value > ?high AS ?failed) }\"\"\" .

rule:my-ratio a fmx:Rule ; rdfs:label "A liver of few spleens" ; rdfs:comment "why" ; fmx:pattern fmx:MyRatio ;
  fmx:relation fmx:adjacentTo ; fmx:subject st:liver ; fmx:limit 2.0 ; fmx:estimated "a guess" ;
  fmx:kind "implausible" ; fmx:severity "review" ; fmx:status "current" ; dcterms:source "me" .

st:liver fmx:adjacentTo st:spleen .

cause:storage_disease a fmx:Cause ; rdfs:label "a storage disease" ; fmx:prior 0.05 ; fmx:about "segment" ;
  fmx:explains facet:ratio ; dcterms:source "me" .
"""


def test_a_pattern_of_one_s_own_fires_and_has_the_cause_that_it_was_given(tmp_path):
    (tmp_path / "mine.ttl").write_text(MINE, encoding="utf-8")
    knowledge = load_knowledge(tmp_path)
    plan = normal_adult()
    plan["spleen"] = (plan["spleen"][0], (60.0, 75.0, 80.0))
    evidence = evidence_of(plan)
    result = check(evidence, knowledge, {s.key: ST + s.name for s in evidence.segments})
    (finding,) = [f for f in result.findings if f.id == "my-ratio/liver+spleen"]
    assert finding.evidence[0].high == 2.0
    assert "storage_disease" in {cause.id for cause in finding.causes}
    assert finding.causes[0].id == "storage_disease"
