"""`fmassist rules check`: nothing wrong with what is shipped, and every planted mistake found on its line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from fmassist.cli.main import main
from fmassist.knowledge.workshop.check import check_sources
from fmassist.knowledge.workshop.check.shapes import check_shapes
from fmassist.knowledge.workshop.sources import read_sources, subject_lines

RULES, RANGES, ONTOLOGY, PATTERNS = (
    "rules/rules.ttl",
    "ranges/volumes.ttl",
    "ontology/fmassist.ttl",
    "rules/patterns/PresentInView.ttl",
)
BY_SEX, SPINE, VARIANTS = "ranges/volumes_by_sex.ttl", "ranges/spine.ttl", "variants/variants.ttl"
FOLDERS = ("ontology", "rules", "ranges", "variants", "causes", "label_maps")
TOTAL = "label_maps/totalsegmentator_total.sssom.tsv"
# ruff: noqa: E501 - what stands in the files stands here on one line too
PLANTED = {
    # name: (file, what stands there, what is planted, check that must find it, subject or row it is found at)
    "syntax": (RULES, "rule:size a fmx:Rule ;", "rule:size a fmx:Rule", "syntax", None),
    "unknown structure in a range": (
        RANGES,
        "range:volume_spleen a fmx:ReferenceRange ; fmx:structure st:spleen ;",
        "range:volume_spleen a fmx:ReferenceRange ; fmx:structure st:spleeen ;",
        "dangling-reference",
        "range:volume_spleen",
    ),
    "unknown variant": (
        RULES,
        'fmx:excusedBy variant:accessory_spleen ;\n  rdfs:comment "Pieces',
        'fmx:excusedBy variant:second_spleen ;\n  rdfs:comment "Pieces',
        "dangling-reference",
        "rule:one-piece",
    ),
    "unknown pattern": (
        RULES,
        "fmx:pattern fmx:PairOrder ;",
        "fmx:pattern fmx:PairOrdr ;",
        "rule-pattern",
        "rule:pair-order",
    ),
    "unknown property": (RULES, "  fmx:tolerance 0.5 ;", "  fmx:tolerence 0.5 ;", "dangling-reference", "rule:size"),
    "kind that is none": (
        RULES,
        'fmx:kind "contradictory" ; fmx:severity "block" ; fmx:grossSeverity "block" ;\n  rdfs:comment "A pair',
        'fmx:kind "wrong" ; fmx:severity "block" ; fmx:grossSeverity "block" ;\n  rdfs:comment "A pair',
        "rule-value",
        "rule:pair-order",
    ),
    "severity left out": (
        RULES,
        'fmx:kind "contradictory" ; fmx:severity "block" ; fmx:grossSeverity "block" ;\n  rdfs:comment "A pair',
        'fmx:kind "contradictory" ;\n  rdfs:comment "A pair',
        "rule-incomplete",
        "rule:pair-order",
    ),
    "two severities": (
        RULES,
        'fmx:severity "block" ; fmx:grossSeverity "block" ;\n  rdfs:comment "A pair',
        'fmx:severity "block" , "review" ; fmx:grossSeverity "block" ;\n  rdfs:comment "A pair',
        "rule-ambiguous",
        "rule:pair-order",
    ),
    "gross counts for less": (
        RULES,
        'fmx:severity "block" ; fmx:grossSeverity "block" ;\n  rdfs:comment "A pair',
        'fmx:severity "block" ; fmx:grossSeverity "info" ;\n  rdfs:comment "A pair',
        "severity-order",
        "rule:pair-order",
    ),
    "no source": (
        RULES,
        '  dcterms:source "ranges/volumes.ttl" , "Kim DW et al., 2,989 donors (liver, spleen)" , "J Clin Med 2024;13(3):769 (kidneys, n=1,815)" , "10.1007/s00261-018-1793-8 (pancreas)" ;\n',
        "",
        "rule-without-source",
        "rule:size",
    ),
    "number without a reason": (
        RULES,
        '  fmx:limit 5.0 ; fmx:estimated "two voxels',
        '  fmx:limit 5.0 ; rdfs:seeAlso "two voxels',
        "number-without-reason",
        "rule:pair-order",
    ),
    "rule range upside down": (
        RULES,
        "fmx:low 0.62 ; fmx:high 1.55 ;",
        "fmx:low 1.62 ; fmx:high 1.55 ;",
        "range-empty",
        "rule:spine-spacing",
    ),
    "gross limit before the limit": (
        RULES,
        "fmx:limit 12.0 ; fmx:grossLimit 30.0 ;",
        "fmx:limit 12.0 ; fmx:grossLimit 3.0 ;",
        "limits-order",
        "rule:side-of-midline",
    ),
    "rule twice": (
        RULES,
        "# --- Order ---",
        'rule:pair-order-again a fmx:Rule ; rdfs:label "The right partner lies right" ; fmx:pattern fmx:PairOrder ;\n'
        '  fmx:subject fmx:PairedStructure ; fmx:limit 5.0 ; fmx:estimated "as before" ; fmx:kind "contradictory" ;\n'
        '  fmx:severity "block" ; rdfs:comment "x" ; dcterms:source "Terminologia Anatomica" ; fmx:status "testing" .\n'
        "# --- Order ---",
        "rule-duplicate",
        "rule:pair-order-again",
    ),
    "rule in another's shadow": (
        RULES,
        "# --- Order ---",
        'rule:kidney-order a fmx:Rule ; rdfs:label "The right kidney lies right" ; fmx:pattern fmx:PairOrder ;\n'
        '  fmx:subject st:kidney_right ; fmx:limit 50.0 ; fmx:estimated "as before" ; fmx:kind "contradictory" ;\n'
        '  fmx:severity "block" ; rdfs:comment "x" ; dcterms:source "Terminologia Anatomica" ; fmx:status "testing" .\n'
        "# --- Order ---",
        "rule-shadowed",
        None,
    ),
    "rule that binds nothing": (
        RULES,
        "fmx:pattern fmx:SexBound ; fmx:subject fmx:AnatomicalStructure ;",
        "fmx:pattern fmx:SexBound ; fmx:subject fmx:PairOrder ;",
        "rule-binds-nothing",
        "rule:sex-bound",
    ),
    "range upside down": (
        RANGES,
        "fmx:low 81.1 ; fmx:high 322.0 ;",
        "fmx:low 381.1 ; fmx:high 322.0 ;",
        "range-empty",
        "range:volume_spleen",
    ),
    "ranges that exclude each other": (
        RANGES,
        "range:volume_kidney_left a",
        'range:volume_spleen_again a fmx:ReferenceRange ; fmx:structure st:spleen ; fmx:quantity "volume" ;\n'
        '  fmx:unit "mL" ; fmx:low 900.0 ; fmx:high 950.0 ; dcterms:source "x" .\n'
        "range:volume_kidney_left a",
        "ranges-exclude",
        None,
    ),
    "range without a source": (
        RANGES,
        '  dcterms:source "10.1007/s00261-018-1793-8: observed range" .',
        '  fmx:population "none" .',
        "range-without-source",
        "range:volume_pancreas",
    ),
    "partner that does not answer": (
        ONTOLOGY,
        'fmx:side "right" ; fmx:partner st:kidney_left ;',
        'fmx:side "right" ; fmx:partner st:adrenal_gland_left ;',
        "partner-one-way",
        "st:kidney_right",
    ),
    "side against the name": (
        ONTOLOGY,
        'fmx:side "right" ; fmx:partner st:kidney_left ;',
        'fmx:side "left" ; fmx:partner st:kidney_left ;',
        "side-against-name",
        "st:kidney_right",
    ),
    "two values where one is meant": (
        ONTOLOGY,
        "fmx:levelTop 16.5 ; fmx:levelBottom 20.2 ;",
        "fmx:levelTop 16.5 , 15.0 ; fmx:levelBottom 20.2 ;",
        "two-values",
        "st:spleen",
    ),
    "levels upside down": (
        ONTOLOGY,
        "fmx:levelTop 16.5 ; fmx:levelBottom 20.2 ;",
        "fmx:levelTop 26.5 ; fmx:levelBottom 20.2 ;",
        "levels-upside-down",
        "st:spleen",
    ),
    "above and below at once": (
        ONTOLOGY,
        "owl:onProperty fmx:inferiorTo ; owl:someValuesFrom st:heart ] ;\n  rdfs:subClassOf [ a owl:Restriction ; owl:onProperty fmx:posteriorTo ; owl:someValuesFrom st:stomach ] .\n\nst:kidney_right",
        "owl:onProperty fmx:inferiorTo ; owl:someValuesFrom st:urinary_bladder ] .\n\nst:kidney_right",
        "direction-contradiction",
        "st:spleen",
    ),
    "a class that nothing can be": (
        ONTOLOGY,
        'rdfs:subClassOf fmx:SolidOrgan , fmx:EnclosedOrgan , fmx:AbdominalOrgan , fmx:UnpairedStructure ;\n  fmx:snomedType "78961009"',
        'rdfs:subClassOf fmx:SolidOrgan , fmx:EnclosedOrgan , fmx:PairedStructure , fmx:UnpairedStructure ;\n  fmx:snomedType "78961009"',
        "unsatisfiable-class",
        "st:spleen",
    ),
    "query that reaches outside": (
        PATTERNS,
        "  BIND(?share * 100 AS ?value)\n  BIND(!?present AS ?failed)",
        "  SERVICE <http://example.org/sparql> { ?s ?p ?o }\n  BIND(!?present AS ?failed)",
        "query-unsafe",
        "fmx:PresentInView",
    ),
    "query that does not parse": (
        PATTERNS,
        "  BIND(!?present AS ?failed)",
        "  BIND(!?present AS )",
        "query-syntax",
        "fmx:PresentInView",
    ),
    "sentence with a word that nobody answers": (
        PATTERNS,
        '"The {structure} is not labelled, though its usual place is in view."',
        '"The {organ} is not labelled, though its usual place is in view."',
        "sentence-variables",
        "fmx:PresentInView",
    ),
    "number in a query": (
        PATTERNS,
        "IF(?share < ?limit,",
        "IF(?share < 0.6,",
        "query-number",
        "fmx:PresentInView",
    ),
    "measurement that nobody makes": (
        PATTERNS,
        "ev:inViewShare ?share",
        "ev:inSightShare ?share",
        "query-term",
        "fmx:PresentInView",
    ),
    "parameter that is not said": (
        PATTERNS,
        "sh:path fmx:limit",
        "sh:path fmx:high",
        "pattern-parameter",
        "fmx:PresentInView",
    ),
    "pattern without a facet": (
        PATTERNS,
        "fmx:facet facet:presence ; ",
        "",
        "pattern-without-facet",
        "fmx:PresentInView",
    ),
    "pattern without an example": (
        PATTERNS,
        "  fmx:silent ",
        "  fmx:fires ",
        "pattern-without-example",
        "fmx:PresentInView",
    ),
    "rule without a number that its pattern needs": (
        RULES,
        "  fmx:limit 25.0 ; fmx:grossLimit 50.0 ;",
        "  fmx:limit 25.0 ;",
        "rule-incomplete",
        "rule:continuity",
    ),
    "rule with a number that nobody reads": (
        RULES,
        "  fmx:limit 25.0 ; fmx:grossLimit 50.0 ;",
        "  fmx:limit 25.0 ; fmx:grossLimit 50.0 ; fmx:tolerance 3.0 ;",
        "rule-stray",
        "rule:continuity",
    ),
    "label of the other side": (TOTAL, "st:kidney_left", "st:kidney_right", "label-other-side", "kidney_left"),
    "label of no structure": (TOTAL, "st:spleen", "st:spleeen", "label-without-structure", "spleen"),
    "two ranges of one sex": (
        BY_SEX,
        'fmx:sex "female" ; fmx:low 99.0 ; fmx:high 210.0',
        'fmx:sex "male" ; fmx:low 99.0 ; fmx:high 210.0',
        "range-twice",
        "range:volume_kidney_right_male",
    ),
    "range of one sex alone": (
        RANGES,
        "range:volume_kidney_left a fmx:ReferenceRange ;",
        'range:volume_kidney_left a fmx:ReferenceRange ; fmx:sex "female" ;',
        "range-of-one-sex",
        None,
    ),
}


@pytest.fixture(scope="module")
def shipped(repository: Path) -> Path:
    return repository / "Resources"


@pytest.fixture
def copy(shipped: Path, tmp_path: Path) -> Path:
    root = tmp_path / "Resources"
    for name in FOLDERS:
        shutil.copytree(shipped / name, root / name)
    return root


def test_what_is_shipped_has_no_error(shipped):
    assert [p for p in check_sources(read_sources(shipped)) if p.level == "ERROR"] == []


FORMS = {
    # name: (file, subject, what stands in its statements, what is planted, property that the message names)
    "no unit": (RANGES, "range:volume_liver", ' ; fmx:unit "mL"', "", "unit"),
    "unit of a length": (RANGES, "range:volume_stomach", 'fmx:unit "mL"', 'fmx:unit "mm"', "volume_stomach"),
    "sex that is none": (BY_SEX, "range:volume_kidney_left_male", 'fmx:sex "male"', 'fmx:sex "men"', "sex"),
    "spacing of one sex": (SPINE, "range:spacing_C2", "fmx:typical", 'fmx:sex "male" ; fmx:typical', "spacing_C2"),
    "end that is a text": (RANGES, "range:volume_aorta", "fmx:high 520.0", 'fmx:high "520"', "high"),
    "no definition": (ONTOLOGY, "st:vertebrae_T1", "  obo:IAO_0000115 ", "  rdfs:comment ", "definition"),
    "definition of nobody": (ONTOLOGY, "st:vertebrae_T2", "  obo:IAO_0000119 ", "  rdfs:comment ", "vertebrae_T2"),
    "two labels": (ONTOLOGY, "st:vertebrae_T3", "rdfs:label ", 'rdfs:label "third" , ', "label"),
    "side that is a flag": (ONTOLOGY, "st:kidney_right", 'fmx:side "right"', "fmx:side true", "side"),
    "partner that is a text": (ONTOLOGY, "st:lung_left", "fmx:partner st:lung_right", 'fmx:partner "right"', "partner"),
    "flag that is a text": (ONTOLOGY, "st:liver", "fmx:onePiece true", 'fmx:onePiece "yes"', "onePiece"),
    "level that is a text": (ONTOLOGY, "st:spleen", "fmx:levelTop 16.5", 'fmx:levelTop "T9"', "levelTop"),
    "level without the other": (ONTOLOGY, "st:pancreas", " fmx:levelBottom 22.0 ;", "", "levelBottom"),
    "level of no source": (ONTOLOGY, "st:vertebrae_T4", "fmx:levelSource", "rdfs:comment", "levelSource"),
    "tissue that is none": (ONTOLOGY, "st:vertebrae_T5", "fmx:tissue fmx:BoneTissue", "fmx:tissue fmx:Bone", "tissue"),
    "half a place in a chain": (ONTOLOGY, "st:vertebrae_T6", "fmx:chainIndex 13", "fmx:chainIndex 13.5", "chainIndex"),
    "place in no chain": (ONTOLOGY, "st:vertebrae_T7", 'fmx:chain "spine" ; ', "", "chain"),
    "region that is none": (ONTOLOGY, "st:vertebrae_T8", '"thorax"', '"chest"', "bodyRegion"),
    "relation to nothing": (ONTOLOGY, "st:vertebrae_S1", "; owl:someValuesFrom st:sacrum", "", "subClassOf"),
    "code that is none": (ONTOLOGY, "st:vertebrae_T9", 'fmx:snomedType "', 'fmx:snomedType "T', "snomedType"),
    "cross-reference of nobody": (ONTOLOGY, "st:vertebrae_T10", '"FMA:', '"', "hasDbXref"),
    "colour beyond its end": (ONTOLOGY, "st:vertebrae_L5", '"137,112,77"', '"137,312,77"', "colorRGB"),
    "tissue upside down": (ONTOLOGY, "fmx:BoneTissue", "fmx:huLow 60.0", "fmx:huLow 1600.0", "huLow"),
    "word without a meaning": (ONTOLOGY, "fmx:elongated", "  obo:IAO_0000115 ", "  rdfs:comment ", "elongated"),
    "modality that is none": (RULES, "rule:tissue", 'fmx:modality "CT"', 'fmx:modality "PET"', "modality"),
    "limit that is a text": (RULES, "rule:no-flat-cut", "fmx:limit 900.0", 'fmx:limit "900.0"', "limit"),
    "parameter of two kinds": (
        PATTERNS,
        "fmx:PresentInView",
        "sh:datatype",
        "sh:nodeKind sh:IRI ; sh:datatype",
        "View",
    ),
    "figure of nobody": (VARIANTS, "variant:short_rib", "; dcterms:source", "; rdfs:comment", "short_rib"),
}


@pytest.fixture(scope="module")
def formless(shipped: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[tuple[str, int | None, str]]]:
    """A copy with every mistake of `FORMS`, each in a subject of its own, and what the shapes say of it."""
    root = tmp_path_factory.mktemp("formless") / "Resources"
    for name in FOLDERS:
        shutil.copytree(shipped / name, root / name)
    for file, subject, old, new, _ in FORMS.values():
        path = root / file
        head, mark, rest = path.read_text(encoding="utf-8").partition(f"\n{subject} a ")
        statements, end, after = rest.partition(" .\n")
        assert old in statements, subject
        path.write_text(head + mark + statements.replace(old, new, 1) + end + after, encoding="utf-8")
    own = tmp_path_factory.mktemp("own")  # replaces a shipped range whole, so it has one low end, not two
    (own / "mine.ttl").write_text(
        "@prefix fmx: <https://w3id.org/fmassist/ontology#> .\n@prefix dcterms: <http://purl.org/dc/terms/> .\n"
        "<https://w3id.org/fmassist/range/volume_spleen> a fmx:ReferenceRange ;\n"
        "  fmx:structure <https://w3id.org/fmassist/structure/spleen> ;\n"
        '  fmx:quantity "volume" ; fmx:unit "mL" ; fmx:low 70.0 ; fmx:high 300.0 ; dcterms:source "my patients" .\n'
    )
    return root, {(p.file, p.line, p.message) for p in check_shapes(read_sources(root, own=own))}


@pytest.mark.parametrize("name", FORMS)
def test_a_mistake_of_form_is_found_on_its_line(formless, name):
    root, found = formless
    file, subject, _, _, about = FORMS[name]
    line = line_of((root / file).read_text(encoding="utf-8"), subject)
    assert any(about in message for where, at, message in found if (where, at) == (file, line))


def test_nothing_else_is_said_of_the_form(formless):
    root, found = formless
    planted = {
        (file, line_of((root / file).read_text(encoding="utf-8"), subject)) for file, subject, *_ in FORMS.values()
    }
    assert {(file, line) for file, line, _ in found} == planted


def line_of(text: str, subject: str) -> int:
    """The line that begins with the subject (of a label map: whose row has it as its label)."""
    lines = text.splitlines()
    found = [
        n
        for n, line in enumerate(lines, start=1)
        if line.startswith(subject + " ") or f"\t{subject}\t" in f"\t{line}\t"
    ]
    return found[0]


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_mistake_is_found_on_its_line(copy, name):
    file, old, new, check, subject = PLANTED[name]
    path = copy / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    spoilt = text.replace(old, new, 1)
    path.write_text(spoilt, encoding="utf-8")
    found = [p for p in check_sources(read_sources(copy), shapes=False) if p.check == check]
    assert found, f"nothing found by {check}"
    if subject is not None:
        assert (file, line_of(spoilt, subject)) in {(p.file, p.line) for p in found}


def test_a_current_rule_without_a_case_is_an_error(copy):
    (copy / "rules" / "tests" / "size.json").unlink()
    (problem,) = [p for p in check_sources(read_sources(copy)) if p.check == "rule-without-test"]
    assert problem.message.startswith("size ")
    assert problem.level == "ERROR"


def test_the_command_says_it_for_machines_and_ends_with_2(copy, capsys):
    assert main(["rules", "check", "--root", str(copy), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"]["ERROR"] == 0
    (copy / "rules" / "mine.ttl").write_text(
        "@prefix fmx: <https://w3id.org/fmassist/ontology#> .\nfmx:x a fmx:Rle .\n"
    )
    assert main(["rules", "check", "--root", str(copy), "--json"]) == 2
    (problem,) = [p for p in json.loads(capsys.readouterr().out)["problems"] if p["level"] == "ERROR"]
    assert (problem["file"], problem["line"]) == ("rules/mine.ttl", 2)


def test_lines_of_subjects():
    text = "@prefix a: <http://a/> .\n\na:one a:is a:two ;\n  a:three a:four .\n<http://b/five> a:is a:six .\n"
    assert subject_lines(text) == {"http://a/one": 3, "http://b/five": 5}


@pytest.mark.slow
def test_hermit_agrees_where_java_is_present(copy):
    import shutil as tools

    pytest.importorskip("owlready2", reason="owlready2 is not installed")
    if tools.which("java") is None:
        pytest.skip("there is no Java here")
    file, old, new, _, _ = PLANTED["a class that nothing can be"]
    assert not [p for p in check_sources(read_sources(copy), reason=True) if p.level == "ERROR"]
    path = copy / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    (problem,) = [p for p in check_sources(read_sources(copy), reason=True) if "HermiT" in p.message]
    assert problem.check == "unsatisfiable-by-reasoner"
