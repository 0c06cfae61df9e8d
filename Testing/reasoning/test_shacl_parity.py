"""The same rules, exported as SHACL and run by pySHACL, give the same violations."""

from __future__ import annotations

import pytest

from fmassist.evidence.rdf import evidence_quads
from fmassist.knowledge.load import load_knowledge
from fmassist.knowledge.namespaces import ST
from fmassist.knowledge.workshop.export import export_shacl
from fmassist.knowledge.workshop.sources import read_sources
from fmassist.reasoning.anatomy import Anatomy
from fmassist.reasoning.context import make_context
from fmassist.reasoning.derive import derived_quads
from fmassist.reasoning.judge import judge
from fmassist.reasoning.workshop.paper import evidence_on_paper, normal_adult

pyshacl = pytest.importorskip("pyshacl", reason="pySHACL is not installed", exc_type=ImportError)
rdflib = pytest.importorskip("rdflib")

PLAN = normal_adult()
STUDIES = {
    "a normal adult": {},
    "kidneys exchanged": {"structures": {"kidney_left": PLAN["kidney_right"], "kidney_right": PLAN["kidney_left"]}},
    "a heart too low, a spleen in two pieces, a large liver, air under a kidney": {
        "structures": {
            "heart": {"centre_ras_mm": [-15, 20, -100]},
            "spleen": {"pieces": [{"centre_ras_mm": [60, 0, -200], "size_mm": [30, 30, 30]}]},
            "liver": {"volume_ml": 9000},
            "kidney_right": {"median_hu": -700},
        }
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("name", STUDIES)
def test_pyshacl_finds_what_the_check_finds(name):
    knowledge = load_knowledge()
    exported = export_shacl(knowledge, read_sources())
    evidence = evidence_on_paper(STUDIES[name], knowledge)
    meanings = {segment.key: ST + segment.name for segment in evidence.segments}
    anatomy = Anatomy(evidence, knowledge, meanings, frozenset(meanings.values()))
    context = make_context({"sex": "female"}, knowledge)
    data = rdflib.Graph()
    for quad in (*knowledge.store, *evidence_quads(evidence), *derived_quads(anatomy, context)):
        data.add(tuple(_term(term) for term in (quad.subject, quad.predicate, quad.object)))
    shapes = rdflib.Graph().parse(data=exported.turtle, format="turtle")
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes, js=False, do_owl_imports=False, advanced=False)
    sh = rdflib.Namespace("http://www.w3.org/ns/shacl#")
    theirs = {
        (str(report.value(result, sh.focusNode)), tuple(sorted(str(report.value(result, sh.value)).split())))
        for result in report.subjects(rdflib.RDF.type, sh.ValidationResult)
    }
    ours = set()
    for row in judge(anatomy, context).rows:
        if row.outcome == "failed" and row.rule.iri not in exported.left_out:
            nodes = [f"urn:fmassist:segment:{key}" for key in row.segments] or [str(row.values.get("structure", ""))]
            ours.add((row.rule.iri, tuple(sorted(nodes))))
    assert theirs == ours
    assert bool(ours) == bool(STUDIES[name])
    assert set(exported.left_out) == {"https://w3id.org/fmassist/rule/image-units"}


def _term(term):
    from pyoxigraph import BlankNode, NamedNode

    if isinstance(term, NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, BlankNode):
        return rdflib.BNode(term.value)
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    kind = rdflib.URIRef(term.datatype.value)
    # rdflib tells a plain string from one that says so; RDF 1.1 does not.
    return rdflib.Literal(term.value) if kind == rdflib.XSD.string else rdflib.Literal(term.value, datatype=kind)
