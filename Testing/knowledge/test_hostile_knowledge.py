"""Knowledge files that attack: each ends with one line, and nothing is fetched, followed or run."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest

from fmassist.errors import InputError
from fmassist.knowledge.apart import Limits
from fmassist.knowledge.load import load_knowledge
from fmassist.knowledge.safety import query_danger
from fmassist.knowledge.workshop.check import check_sources
from fmassist.knowledge.workshop.sources import read_sources
from fmassist.reasoning.ask import ask
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
  fmx:subject st:liver ; fmx:limit 11.0 ; fmx:grossLimit 40.0 ; fmx:estimated "a guess" ;
  fmx:kind "{kind}" ; fmx:severity "{severity}" ; fmx:status "current" .
"""


def own(folder: Path, text: str, name: str = "mine.ttl") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def rule(pattern: str = "InsideBody", kind: str = "implausible", severity: str = "review") -> str:
    return PREFIXES + RULE.format(pattern=pattern, kind=kind, severity=severity)


def pattern(query: str) -> str:
    head = 'fmx:Mine a fmx:Pattern ; rdfs:label "x" ; rdfs:comment "x" ; '
    head += 'fmx:sentence "x" ; fmx:quantity "x" ; fmx:unit "" ; fmx:query '
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
        (PREFIXES + "st:a " + "[ fmx:b " * 100_000, "file 1 of 1 of the knowledge folder"),
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
        (PREFIXES + "st:liver rdfs:comment << st:liver a st:spleen >> .", "file 1 of 1 of the knowledge folder"),
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


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("own.owl", r"1 file that is no Turtle \(.owl\)"),
        ("own.rdf", "no Turtle"),
        ("context.jsonld", "no Turtle"),
        ("own.ttl.txt", "no Turtle"),
        ("own", "no Turtle"),
        ("own.ttl~", "no Turtle"),
        ("below/further/own.OWL", "no Turtle"),
    ],
)
def test_what_is_not_read_is_refused_and_never_silently_left_out(tmp_path, name, said):
    own(tmp_path, rule())
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>')
    for read in (load_knowledge, lambda folder: read_sources(own=folder)):
        with pytest.raises(InputError, match=said) as caught:
            read(tmp_path)
        assert Path(name).name not in str(caught.value)


@pytest.mark.parametrize("name", ["mine.TTL", "Mine.Ttl", "below/mine.ttl", "a.b.c.ttL"])
def test_turtle_is_read_whatever_the_case_of_its_ending(tmp_path, name):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    assert "https://w3id.org/fmassist/rule/mine" in load_knowledge(own(tmp_path, rule(), name)).rules


@pytest.mark.parametrize("names", [(), ("README.md",), ("tests/a.json",), (".hidden.ttl",)])
def test_a_folder_without_a_rule_is_no_knowledge(tmp_path, names):
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("[]")
    with pytest.raises(InputError, match=r"no \.ttl file"):
        load_knowledge(tmp_path)


def test_a_link_to_another_folder_is_not_passed_over(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    own(tmp_path / "elsewhere", rule())
    (tmp_path / "mine").mkdir()
    own(tmp_path / "mine", rule("OnePiece"))
    (tmp_path / "mine" / "more").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="link to another folder"):
        load_knowledge(tmp_path / "mine")


def test_what_lies_beside_the_rules_of_a_curator_is_no_fault(tmp_path):
    for name in ("README.md", "catalog-v001.xml", ".git/config", "tests/mine.json", "own.sssom.tsv", "paper.pdf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    assert "https://w3id.org/fmassist/rule/mine" in load_knowledge(own(tmp_path, rule())).rules


SELECT = "SELECT ?rule ?failed WHERE { ?rule a fmx:Rule . "
ENDLESS = {
    "everything with everything": SELECT + "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?failed }",
    "counted inside": "SELECT ?rule (COUNT(?i) AS ?failed) WHERE { ?rule a fmx:Rule . ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } "
    "GROUP BY ?rule",
    "sorted": SELECT + "?a ?b ?c . ?d ?e ?failed } ORDER BY ?c ?failed",
    "distinct": "SELECT DISTINCT ?rule ?a ?failed WHERE { ?rule a fmx:Rule . ?a ?b ?c . ?d ?e ?failed }",
    "joined by a common class": SELECT + "?a a ?t . ?b a ?t . ?c a ?t . ?d a ?failed . FILTER(?a != ?b) }",
    "never answered": SELECT + "?a ?b ?c . ?d ?e ?f . ?g ?h ?failed . FILTER(?a = ?failed && ?a != ?d) }",
    "without end below": SELECT
    + "FILTER NOT EXISTS { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER(?a = 1) } ?x ?y ?failed }",
}


@pytest.mark.parametrize("query", ENDLESS.values(), ids=ENDLESS)
def test_a_query_without_end_is_ended_and_its_rule_is_said_to_be_unchecked(tmp_path, monkeypatch, query):
    monkeypatch.setattr("fmassist.reasoning.ask.LIMITS", Limits(seconds=0.3, memory_bytes=300_000_000))
    monkeypatch.setattr("fmassist.knowledge.load._require_sound", lambda own: None)
    knowledge = load_knowledge(own(tmp_path, pattern(query) + rule("Mine").removeprefix(PREFIXES)))
    evidence = evidence_on_paper({"only": ["liver"]}, knowledge)
    meanings = {s.key: f"https://w3id.org/fmassist/structure/{s.name}" for s in evidence.segments}
    result = check(evidence, knowledge, meanings)
    (row,) = [row for row in result.outcomes if row.rule.endswith("/mine")]
    assert (row.outcome, "ended" in row.reason) == ("error", True)
    assert "rule-error/mine" in {finding.id for finding in result.findings}
    assert result.verdict != "plausible"


def test_a_harmless_query_of_one_s_own_answers_as_the_shipped_one_does(tmp_path, monkeypatch):
    shipped = load_knowledge()
    asked: list[str] = []
    monkeypatch.setattr(
        "fmassist.reasoning.evaluate.ask", lambda store, query: asked.append(query) or ask(store, query)
    )
    inside = shipped.patterns["https://w3id.org/fmassist/ontology#InsideBody"]
    mine = pattern(inside.query.replace("fmx:InsideBody", "fmx:Mine"))
    monkeypatch.setattr("fmassist.knowledge.load._require_sound", lambda own: None)
    limits = " fmx:subject st:liver ; fmx:limit 0.05 ; fmx:grossLimit 0.3 ;"
    text = mine + rule("Mine").removeprefix(PREFIXES).replace(" fmx:subject st:liver ;", limits)
    knowledge = load_knowledge(own(tmp_path, text.strip()))
    evidence = evidence_on_paper({"only": ["liver"]}, knowledge)
    meanings = {s.key: f"https://w3id.org/fmassist/structure/{s.name}" for s in evidence.segments}
    outcomes = {row.rule.rsplit("/", 1)[-1]: row.outcome for row in check(evidence, knowledge, meanings).outcomes}
    assert outcomes["mine"] == outcomes["inside-body"]
    assert asked, "what is not shipped is asked in a process of its own"
    assert all("fmx:Mine" in query for query in asked)


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"st:c{n} a owl:Class ; rdfs:subClassOf st:c{n + 1} .\n" for n in range(3000)),
        "".join(
            f"st:l{n}_{m} a owl:Class ; rdfs:subClassOf {', '.join(f'st:l{n - 1}_{k}' for k in range(20))} .\n"
            for n in range(1, 80)
            for m in range(20)
        ),
        "".join(
            f"st:p{n} a owl:Class ; rdfs:subClassOf [ a owl:Restriction ; owl:onProperty fmx:partOf ;"
            f" owl:someValuesFrom st:p{n + 1} ] .\n"
            for n in range(2000)
        ),
        "".join(f"st:c{n} a owl:Class ; rdfs:subClassOf st:liver .\n" for n in range(30_000)),
    ],
    ids=["a chain", "a lattice", "parts of parts", "too many"],
)
def test_an_ontology_that_grows_without_measure_is_refused(tmp_path, monkeypatch, text):
    monkeypatch.setattr("fmassist.knowledge.load._require_sound", lambda own: None)
    with pytest.raises(InputError, match=r"too much follows|more than 60,000|too long"):
        load_knowledge(own(tmp_path, PREFIXES + text))


def test_a_folder_whose_check_takes_too_long_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("fmassist.knowledge.load.CHECKING", Limits(seconds=0.01))
    with pytest.raises(InputError, match="could not be checked"):
        load_knowledge(own(tmp_path, rule()))


def test_another_version_of_the_knowledge_says_so_and_is_asked_apart(tmp_path, repository):
    shutil.copytree(repository / "Resources", tmp_path / "old")
    assert load_knowledge(tmp_path / "old").stated_version == load_knowledge().stated_version
    rules = tmp_path / "old/rules/rules.ttl"
    rules.write_text(rules.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    other = load_knowledge(tmp_path / "old")
    assert "changed (sha256" in other.stated_version
    assert other.digest != load_knowledge().digest


def test_shapes_in_one_s_own_folder_are_never_run(tmp_path):
    own(tmp_path, HOSTILE_SHAPES, "shapes.ttl")
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
    query = "SELECT ?rule ?failed WHERE { ?rule fmx:pattern fmx:Pattern . BIND(true AS ?failed) }"
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
