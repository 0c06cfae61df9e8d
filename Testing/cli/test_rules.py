"""The curator's day: change a range, add an exception and a rule, retire one; and see what that does."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from fmassist.cli.main import main
from fmassist.phantom import torso
from fmassist.volume import write_segmentation


@pytest.fixture(scope="module")
def old(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The version of this morning."""
    root = tmp_path_factory.mktemp("old") / "Resources"
    for name in ("ontology", "rules", "ranges", "variants", "causes", "label_maps"):
        shutil.copytree(repository / "Resources" / name, root / name)
    return root


@pytest.fixture(scope="module")
def new(old: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The version of this evening."""
    root = tmp_path_factory.mktemp("new") / "Resources"
    shutil.copytree(old, root)
    change(root / "ranges/volumes.ttl", "fmx:low 81.1 ; fmx:high 322.0 ;", "fmx:low 2.0 ; fmx:high 20.0 ;")
    change(
        root / "rules/rules.ttl",
        "fmx:exceptFor fmx:ScatteredStructure , st:kidney_left , st:kidney_right ;",
        "fmx:exceptFor fmx:ScatteredStructure , st:kidney_left , st:kidney_right , st:liver ;",
    )
    change(root / "rules/rules.ttl", *obsolete(root, "no-flat-cut"))
    change(root / "ontology/fmassist.ttl", "ontology/2026-11-29>", "ontology/2026-11-30>")
    (root / "rules/mine.ttl").write_text(
        "@prefix fmx: <https://w3id.org/fmassist/ontology#> .\n@prefix st: <https://w3id.org/fmassist/structure/> .\n"
        "@prefix rule: <https://w3id.org/fmassist/rule/> .\n@prefix dcterms: <http://purl.org/dc/terms/> .\n"
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n\n"
        'rule:gallbladder-holes a fmx:Rule ; rdfs:label "No hole in the gallbladder" ; fmx:pattern fmx:NoCavity ;\n'
        "  fmx:subject st:gallbladder ; fmx:limit 5.0 ; fmx:grossLimit 20.0 ; fmx:minimumMl 1.0 ;\n"
        '  fmx:estimated "stones fill up to 5 %" ; fmx:kind "needs_confirmation" ; fmx:severity "review" ;\n'
        '  rdfs:comment "Stones are left out." ; dcterms:source "a paper" ; dcterms:creator "a curator" ;\n'
        '  dcterms:created "2026-11-24"^^xsd:date ; fmx:status "current" .\n'
    )
    case = {
        "rule": "gallbladder-holes",
        "fires": [{"says": "a gallbladder full of stones", "structures": {"gallbladder": {"cavity_ml": 15}}}],
        "silent": [{"says": "one without", "structures": {"gallbladder": {"cavity_ml": 0.5}}}],
    }
    (root / "rules/tests/gallbladder-holes.json").write_text(json.dumps(case))
    return root


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three checked studies, as `fmassist check` stores them."""
    folder = tmp_path_factory.mktemp("studies")
    for seed in (1, 2, 3):
        case = torso(seed=seed, spacing_mm=(6.0, 6.0, 6.0), field_of_view="abdomen")
        write_segmentation(case.segmentation, folder / "labels.seg.nrrd")
        main(["check", "--labels", str(folder / "labels.seg.nrrd"), "--out", str(folder / f"study{seed}")])
    return folder


def change(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def obsolete(root: Path, rule: str) -> tuple[str, str]:
    """The rule as it stands, and the same with its status changed."""
    text = (root / "rules/rules.ttl").read_text(encoding="utf-8")
    (found,) = re.findall(rf"^rule:{rule} a .*?\.\n\n", text, flags=re.DOTALL | re.MULTILINE)
    return found, found.replace('fmx:status "current"', 'fmx:status "obsolete"')


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict]:
    capsys.readouterr()
    code = main([*arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_the_evening_s_version_passes_the_check(new, capsys):
    code, found = said(capsys, "rules", "check", "--root", str(new))
    assert (code, [p for p in found["problems"] if p["level"] == "ERROR"]) == (0, [])


def test_the_difference_names_each_change_and_nothing_else(old, new, capsys):
    _, changes = said(capsys, "rules", "diff", str(old), str(new))
    told = {(c["group"], c["kind"], c["name"]) for c in changes}
    assert told == {
        ("ranges", "changed", "volume_spleen"),
        ("rules", "changed", "far-fragment"),
        ("rules", "changed", "no-flat-cut"),
        ("rules", "added", "gallbladder-holes"),
        ("other", "changed", "ontology"),
    }
    (spleen,) = [c for c in changes if c["name"] == "volume_spleen"]
    assert ["high", "322", "20"] in spleen["details"]


@pytest.mark.parametrize("form", ["text", "md", "html"])
def test_the_difference_can_be_read(old, new, capsys, form):
    main(["rules", "diff", str(old), str(new), "--format", form])
    assert "volume_spleen" in capsys.readouterr().out


def test_a_version_does_not_differ_from_itself(old, capsys):
    assert said(capsys, "rules", "diff", str(old), str(old)) == (0, [])


def test_the_impact_is_what_the_narrower_range_flags(old, new, studies, capsys):
    _, found = said(capsys, "rules", "impact", str(old), str(new), "--studies", str(studies))
    assert found["studies"] == 3
    assert {(d["rule"].rsplit("/", 1)[-1], d["kind"]) for d in found["differences"]} == {("size", "added")}
    assert {d["study"] for d in found["differences"]} == {"study1", "study2", "study3"}
    assert all("spleen" in d["finding"] for d in found["differences"])


def test_an_old_study_gives_its_old_findings_under_its_old_version_and_others_under_the_new(
    old, new, studies, tmp_path
):
    again = {}
    for version in (old, new):
        out = tmp_path / version.parent.name
        evidence = ["--evidence", str(studies / "study1/evidence.json")]
        main(["check", *evidence, "--knowledge", str(version), "--out", str(out)])
        again[version] = json.loads((out / "findings.json").read_text(encoding="utf-8"))
    then = json.loads((studies / "study1/findings.json").read_text(encoding="utf-8"))
    assert again[old] == then
    assert again[old]["versions"]["knowledge"] == "2026-11-29"
    assert again[new]["versions"]["knowledge"] == "2026-11-30"
    assert {f["id"] for f in again[new]["findings"]} - {f["id"] for f in then["findings"]} == {"size/spleen"}


def test_only_what_a_change_may_alter_is_judged_again(old, new, tmp_path):
    from fmassist.knowledge.load import load_knowledge_from
    from fmassist.knowledge.namespaces import FMX
    from fmassist.reasoning.workshop.concerned import patterns_concerned

    before, after = load_knowledge_from(old), load_knowledge_from(new)
    pieces = {FMX + name for name in ("OnePiece", "FewPieces", "NoFarFragment")}
    assert patterns_concerned(before, after) == pieces | {FMX + n for n in ("SizeRange", "NoCavity", "NoFlatCut")}
    for text, wanted in (
        (("fmx:huHigh 260.0", "fmx:huHigh 261.0"), {FMX + "TissueIntensity", FMX + "ImageUnits"}),
        (("fmx:levelTop 16.5", "fmx:levelTop 16.0"), None),
        (('"FMA:7204"', '"FMA:7205"'), set()),
    ):
        root = tmp_path / text[1][-4:]
        shutil.copytree(old, root)
        change(root / "ontology/fmassist.ttl", *text)
        assert patterns_concerned(before, load_knowledge_from(root)) == wanted


@pytest.mark.parametrize("way", ["option", "variable", "configuration"])
def test_knowledge_of_one_s_own_is_named_in_every_report(way, studies, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "knowledge"
    folder.mkdir()
    (folder / "mine.ttl").write_text(
        "@prefix fmx: <https://w3id.org/fmassist/ontology#> .\n@prefix st: <https://w3id.org/fmassist/structure/> .\n"
        "@prefix dcterms: <http://purl.org/dc/terms/> .\n"
        "<https://w3id.org/fmassist/range/volume_spleen> a fmx:ReferenceRange ; fmx:structure st:spleen ;\n"
        '  fmx:quantity "volume" ; fmx:unit "mL" ; fmx:low 2.0 ; fmx:high 20.0 ; dcterms:source "my patients" .\n'
    )
    given = ["--knowledge", str(folder)] if way == "option" else []
    if way == "variable":
        monkeypatch.setenv("FMASSIST_KNOWLEDGE", str(folder))
    if way == "configuration":
        monkeypatch.setenv("FMASSIST_SETTINGS", str(tmp_path))
    for command in ("check", "coverage") if way == "option" else ():
        assert ("mine.ttl" if command == "check" else "1 own file") in json.dumps(
            said(capsys, "rules", command, *given)[1]
        )
    out = tmp_path / "again"
    main(["check", "--evidence", str(studies / "study1/evidence.json"), "--out", str(out), *given])
    found = json.loads((out / "findings.json").read_text(encoding="utf-8"))
    assert "size/spleen" in {f["id"] for f in found["findings"]}
    assert re.fullmatch(r"[\d-]+ with 1 own file \(sha256 [0-9a-f]{8}…\)", found["versions"]["knowledge"])
    assert "1 own file" in (out / "report.html").read_text(encoding="utf-8")


def test_a_folder_without_studies_is_refused(old, tmp_path, capsys):
    assert main(["rules", "impact", str(old), str(old), "--studies", str(tmp_path)]) == 2
    assert "no stored study" in capsys.readouterr().err


def test_a_new_rule_is_laid_out_and_fails_until_it_is_filled_in(tmp_path, capsys):
    assert main(["rules", "new", "Contact", "--name", "spleen-at-stomach", "--out", str(tmp_path)]) == 0
    code, found = said(capsys, "rules", "test", "--knowledge", str(tmp_path), "--rule", "spleen-at-stomach")
    assert code == 2
    assert not all(case["holds"] for case in found["cases"])
    assert main(["rules", "new", "Contact", "--name", "spleen-at-stomach", "--out", str(tmp_path)]) == 2


def test_every_structure_of_total_has_every_kind_of_rule_that_applies(capsys):
    _, found = said(capsys, "rules", "coverage")
    assert found["structures"] == 117
    assert found["ground_rules"] >= 600
    assert {family: row["lacking"] for family, row in found["families"].items()} == {
        family: [] for family in found["families"]
    }
    assert found["rules_with_cases"] == found["rules"]


def test_a_rule_is_explained_with_its_place_and_its_numbers(capsys):
    _, found = said(capsys, "rules", "explain", "no-cavity")
    assert found["file"] == "rules/rules.ttl"
    assert found["numbers"]["limit"] == 3
    assert found["line"] > 1
    assert main(["rules", "explain", "nothing-like-it"]) == 2


@pytest.mark.parametrize("command", [("test", "--rule", "pair-size"), ("explain", "size"), ("coverage",)])
def test_what_a_command_says_is_kept_in_a_folder_too(command, tmp_path, capsys):
    out, name = tmp_path / "kept", f"rules_{command[0]}"
    for _ in range(2):  # what it wrote itself is replaced
        _, found = said(capsys, "rules", *command, "--out", str(out))
    assert json.loads((out / f"{name}.json").read_text(encoding="utf-8")) == found
    assert main(["rules", *command]) == 0
    assert (out / f"{name}.txt").read_text(encoding="utf-8") == capsys.readouterr().out
    (out / f"{name}.json").rename(out / "notes.json")
    assert main(["rules", *command, "--out", str(out)]) == 2
    assert sorted(path.name for path in out.iterdir()) == ["fmassist.json", "notes.json", f"{name}.txt"]


def test_the_ranges_of_each_sex_are_shown(tmp_path, capsys):
    _, found = said(capsys, "rules", "explain", "size")
    kidney = [(r["sex"], r["low"], r["high"]) for r in found["ranges"] if r["structure"] == "right kidney"]
    # J Clin Med 2024;13(3):769: 5th percentile in women 99 mL, in men 126; both together, that of women.
    assert [(sex, low) for sex, low, _ in kidney] == [(None, 99), ("female", 99), ("male", 126)]
    assert kidney[1][2] < kidney[2][2]
    assert main(["rules", "explain", "size"]) == 0
    assert "right kidney, male: 126 to" in capsys.readouterr().out
    _, counted = said(capsys, "rules", "coverage")
    assert counted["ranges"] > counted["ranges_by_sex"] >= 4
    main(["rules", "docs", "--out", str(tmp_path / "page")])
    page = (tmp_path / "page" / "rules.html").read_text(encoding="utf-8")
    assert "<td>126 to 266 mL</td><td>male</td>" in page


def test_the_page_of_rules_holds_every_rule_and_loads_nothing(tmp_path):
    main(["rules", "docs", "--out", str(tmp_path / "page")])
    page = (tmp_path / "page" / "rules.html").read_text(encoding="utf-8")
    assert page.count("<article") >= 44
    assert not re.search(r'(?:src|href)="(?!#)', page)
