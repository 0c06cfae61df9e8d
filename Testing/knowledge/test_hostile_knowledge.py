"""Knowledge files that attack: each ends with one line, and nothing is fetched, followed or run."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from fmassist.errors import InputError
from fmassist.knowledge.load import load_knowledge
from fmassist.knowledge.safety import query_danger
from fmassist.knowledge.workshop.check import check_sources
from fmassist.knowledge.workshop.sources import read_sources
from fmassist.reasoning.check import check
from fmassist.reasoning.workshop.paper import evidence_on_paper

PREFIXES = """@prefix fmx: <https://w3id.org/fmassist/ontology#> .
@prefix st: <https://w3id.org/fmassist/structure/> .
@prefix rule: <https://w3id.org/fmassist/rule/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
"""
RULE = """rule:mine a fmx:Rule ; rdfs:label "A rule of mine" ; rdfs:comment "why" ; fmx:pattern fmx:{pattern} ;
  fmx:subject st:liver ; fmx:kind "{kind}" ; fmx:severity "{severity}" ; fmx:status "current" .
"""


def own(folder: Path, text: str, name: str = "mine.ttl") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def rule(pattern: str = "InsideBody", kind: str = "implausible", severity: str = "review") -> str:
    return PREFIXES + RULE.format(pattern=pattern, kind=kind, severity=severity)


def pattern(query: str) -> str:
    head = 'fmx:Mine a fmx:Pattern ; rdfs:label "x" ; fmx:sentence "x" ; fmx:quantity "x" ; fmx:unit "" ; fmx:query '
    return f'{PREFIXES}{head}"""{query}""" .\n'


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something reached for the network")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("this is no turtle", "Expected|expected|not|Turtle"),
        ('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>', "line 1|not"),
        ('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>', "line 1|not"),
        (PREFIXES + "st:a " + "[ fmx:b " * 100_000, "mine.ttl"),
        (rule(pattern="NoSuchPattern"), "NoSuchPattern"),
        (rule(severity="sever"), "sever"),
        (rule(kind="odd"), "odd"),
        (PREFIXES + "st:liver rdfs:subClassOf st:nothing_like_it .", "nothing_like_it"),
        (pattern("SELECT ?rule ?failed WHERE { SERVICE <http://x/> { ?rule ?p ?failed } }"), "SERVICE"),
        (pattern("LOAD <file:///etc/passwd>"), "LOAD"),
        (pattern("SELECT ?rule ?failed FROM <http://x/> WHERE { ?rule ?p ?failed }"), "FROM"),
        (pattern("SELECT ?rule ?failed WHERE { ?rule ?p ?failed FILTER(REGEX(?p, '(a+)+$')) }"), "regular"),
        (pattern("SELECT ?rule ?failed WHERE { ?rule fmx:partOf* ?failed }"), "path"),
        (pattern("SELECT ?rule ?failed WHERE " + "{" * 60 + "?rule ?p ?failed" + "}" * 60), "nested"),
        (pattern("SELECT ?rule ?failed WHERE { ?rule ?p ?failed } #" + "x" * 30_000), "20,000"),
        (pattern("SELECT ?rule WHERE { ?rule ?p ?o }"), "failed"),
        (pattern("SELECT ?rule ?failed WHERE { SERVICESILENT<http://x/> { ?rule ?p ?failed } }"), "SERVICE"),
        (
            pattern("SELECT ?rule ?failed WHERE { BIND('\"' AS ?q) SERVICE <http://x/> { ?rule ?p ?failed } }"),
            "SERVICE",
        ),
        (pattern("SELECT ?rule ?failed WHERE { ?rule ?p ?failed FILTERREGEX(?p, 'a') }"), "regular|no word"),
        (pattern("SELECT ?rule ?failed WHERE { BIND(CONCAT(?a, ?a) AS ?b) ?rule ?p ?failed }"), "CONCAT"),
        (pattern("SELECT ?rule ?failed WHERE { " + "?rule ?p ?failed . " * 300 + " }"), "more than"),
        (PREFIXES + "st:liver rdfs:comment << st:liver a st:spleen >> .", "mine.ttl"),
    ],
)
def test_what_attacks_or_errs_is_refused_with_one_line(tmp_path, text, said):
    with pytest.raises(InputError, match=said) as caught:
        load_knowledge(own(tmp_path, text))
    assert len(str(caught.value).splitlines()) == 1
    assert "/etc/passwd" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        PREFIXES + "<https://example.org/mine> a owl:Ontology ; owl:imports <http://example.org/other.ttl> .",
        PREFIXES + "<https://example.org/mine> a owl:Ontology ; owl:imports <file:///etc/passwd> .",
        PREFIXES
        + "<https://e.org/a> owl:imports <https://e.org/b> . <https://e.org/b> owl:imports <https://e.org/a> .",
        PREFIXES
        + 'st:liver <http://www.lesfleursdunormal.fr/static/_downloads/owlready_ontology.owl#python_module> "os" .',
    ],
)
def test_what_points_elsewhere_is_text_and_nothing_more(tmp_path, text):
    assert load_knowledge(own(tmp_path, text)).structure("liver").label == "liver"


@pytest.mark.parametrize(
    ("limit", "text", "said"),
    [
        ("MAX_BYTES", "# " + "x" * 2000, "larger than"),
        ("MAX_STATEMENTS", "".join(f"st:s{n} a st:liver .\n" for n in range(1001)), "more than 1,000 statements"),
        ("MAX_TEXT", f'st:liver rdfs:comment "{"x" * 1001}" .', "more than 1,000 characters"),
    ],
)
def test_a_file_beyond_its_bounds_is_refused(tmp_path, monkeypatch, limit, text, said):
    monkeypatch.setattr(f"fmassist.knowledge.turtle.{limit}", 1000)
    if limit != "MAX_BYTES":
        monkeypatch.setattr("fmassist.knowledge.load._shipped_files", list)
    with pytest.raises(InputError, match=said):
        load_knowledge(own(tmp_path, PREFIXES + text))


HOSTILE_SHAPES = """@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix fmx: <https://w3id.org/fmassist/ontology#> .
@prefix e: <https://example.org/> .
e:a a sh:NodeShape ; sh:targetClass fmx:Rule ; sh:node e:b . e:b a sh:NodeShape ; sh:node e:a .
e:c a sh:NodeShape ; sh:targetClass fmx:Rule ; sh:js [ a sh:JSConstraint ; sh:jsFunctionName "f" ;
  sh:jsLibrary [ sh:jsLibraryURL "file:///etc/passwd" , "http://example.org/x.js" ] ] .
"""


def test_shapes_and_other_forms_of_rdf_in_one_s_own_folder_are_never_run_or_read(tmp_path):
    own(tmp_path, HOSTILE_SHAPES, "shapes.ttl")
    own(tmp_path, '{"@context": "file:///etc/passwd", "@id": "st:liver", "label": "spleen"}', "context.jsonld")
    own(tmp_path, '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>', "x.owl")
    assert load_knowledge(tmp_path).structure("liver").label == "liver"
    found = check_sources(read_sources(own=tmp_path))
    assert [p for p in found if p.level == "ERROR" and p.check != "dangling-reference"] == []
    assert "root:" not in str(found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("st:spleen rdfs:subClassOf fmx:PairedStructure .", "exclude each other"),
        ("st:liver fmx:levelTop 30.0 .", "two values of fmx:levelTop"),
        ("st:liver rdfs:subClassOf st:spleen . st:spleen rdfs:subClassOf st:liver .", "the contrary|under the other"),
        (RULE.format(pattern="InsideBody", kind="input", severity='block" , "info'), "two values"),
    ],
)
def test_what_contradicts_what_is_shipped_is_refused(tmp_path, text, said):
    with pytest.raises(InputError, match=said):
        load_knowledge(own(tmp_path, PREFIXES + text))


def test_a_rule_that_its_pattern_never_answers_for_is_accounted_for(tmp_path):
    """Loaded and silently never run would be a check that says nothing and looks like one that passed."""
    query = "SELECT ?rule ?failed WHERE { ?rule fmx:pattern fmx:Nobody . BIND(true AS ?failed) }"
    mine = RULE.format(pattern="Mine", kind="input", severity="review")
    knowledge = load_knowledge(own(tmp_path, pattern(query) + mine))
    evidence = evidence_on_paper({"only": ["liver"]}, knowledge)
    meanings = {s.key: f"https://w3id.org/fmassist/structure/{s.name}" for s in evidence.segments}
    outcomes = check(evidence, knowledge, meanings).outcomes
    (row,) = [row for row in outcomes if row.rule.endswith("/mine")]
    assert (row.outcome, bool(row.reason)) == ("not applicable", True)
    assert {row.rule for row in outcomes} == {r.iri for r in knowledge.rules.values() if r.status != "obsolete"}


def test_a_million_statements_are_refused_before_they_fill_the_memory(tmp_path):
    (tmp_path / "mine.ttl").write_bytes((PREFIXES + "st:x0 a st:liver .\n" * 800_000).encode())
    with pytest.raises(InputError, match=r"larger than|more than 200,000 statements"):
        load_knowledge(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "mine.ttl")
    with pytest.raises(InputError, match="plain file"):
        load_knowledge(tmp_path)


def test_a_user_s_rule_replaces_the_shipped_one_whole(tmp_path):
    text = rule().replace("rule:mine", "rule:size").replace("A rule of mine", "My own size")
    knowledge = load_knowledge(own(tmp_path, text))
    mine = knowledge.rules["https://w3id.org/fmassist/rule/size"]
    assert mine.label == "My own size"
    assert mine.sources == ()
    assert any("own" in name for name in knowledge.files)
    assert load_knowledge().rules[mine.iri].label != "My own size"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?from WHERE { ?a ev:from ?from . BIND(2 * ?x AS ?y) BIND((?a + 1) * 3 AS ?z) }",
        'SELECT ("LOAD" AS ?x) {}',
    ],
)
def test_words_that_only_look_dangerous_are_let_through(query):
    assert query_danger(query) is None
