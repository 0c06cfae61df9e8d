"""What a segment stands for, from each source that can say it."""

from __future__ import annotations

import csv
import json
import re

import numpy as np
import pytest

from fmassist.errors import InputError
from fmassist.geometry import Geometry
from fmassist.knowledge.label_map import CATALOGUE, LabelMap, load_label_map
from fmassist.knowledge.load import load_knowledge
from fmassist.knowledge.meaning import is_judged, understand
from fmassist.knowledge.names import side_in, words
from fmassist.knowledge.namespaces import ST
from fmassist.volume import Code, Segment, Segmentation, Terminology

NO_MAP = LabelMap("auto", {}, {})
SIDES = {"left": Code("7771000", "SCT", "Left"), "right": Code("24028007", "SCT", "Right")}


def coded(value, side=None, scheme="SCT", region=None):
    return Terminology(
        Code("123037004", "SCT", "Anatomical Structure"), Code(value, scheme, ""), SIDES.get(side), region
    )


def meaning(segment, label_map=NO_MAP):
    segmentation = Segmentation((np.ones((2, 2, 2), np.uint8),), Geometry((2, 2, 2), np.eye(4)), (segment,))
    understanding = understand(segmentation, label_map, load_knowledge())
    found = understanding.found.get("0:1")
    return (found.iri.removeprefix(ST) if found else None), understanding


@pytest.mark.parametrize(
    "name",
    [
        "kidney_left", "left kidney", "Left Kidney", "KIDNEY LEFT", "L_Kidney", "Kidney_L", "kidney-l", "Kidneys_Left",
        "LeftKidney", "kidney (left)", "lt kidney", "kidney left", "Kidney, left",
    ],
)  # fmt: skip
def test_one_name_however_it_is_written(name):
    assert meaning(Segment(1, name))[0] == "kidney_left"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("postcava", "inferior_vena_cava"), ("IVC", "inferior_vena_cava"), ("gall bladder", "gallbladder"),
        ("oesophagus", "esophagus"), ("Oesophagus", "esophagus"), ("bladder", "urinary_bladder"),
        ("C1", "vertebrae_C1"), ("T12", "vertebrae_T12"), ("Th12", "vertebrae_T12"), ("vertebra L5", "vertebrae_L5"),
        ("Left First rib", "rib_left_1"), ("rib_r_07", "rib_right_7"), ("OAR_Parotid_L", "parotid_gland_left"),
        ("ctx-lh-precuneus", "cortex_precuneus_left"), ("3rd-Ventricle", "third_ventricle"),
        ("liver tumor", "hepatic_tumor"), ("liver_tumour", "hepatic_tumor"), ("LV", "heart_ventricle_left"),
        ("upper_left_central_incisor_fdi21", "upper_left_central_incisor"), ("FDI_21", "upper_left_central_incisor"),
        ("pelvis_right", "hip_right"), ("spinal_chord", "spinal_cord"), ("Liver_Segment_4", "liver_segment_4"),
    ],
)  # fmt: skip
def test_names_of_other_tools_are_understood(name, key):
    assert meaning(Segment(1, name))[0] == key


@pytest.mark.parametrize("name", ["Left", "Segment_1", "label 7", "roi", "xyz", "part 3", ""])
def test_what_says_nothing_means_nothing(name):
    assert meaning(Segment(1, name))[0] is None


def test_the_code_with_its_modifier_goes_before_the_name():
    assert meaning(Segment(1, "Segment_1", terminology=coded("64033007", "left")))[0] == "kidney_left"
    assert meaning(Segment(1, "Kidney", terminology=coded("64033007", "right")))[0] == "kidney_right"
    assert meaning(Segment(1, "x", terminology=coded("T-71000", "left", "SRT")))[0] == "kidney_left"
    assert meaning(Segment(1, "x", terminology=coded("UBERON:0004538", None, "UBERON")))[0] == "kidney_left"
    assert meaning(Segment(1, "x", terminology=coded("7205", None, "FMA")))[0] == "kidney_left"


def test_a_code_without_a_side_takes_it_from_the_name_and_nothing_else():
    assert meaning(Segment(1, "Left kidney", terminology=coded("64033007")))[0] == "kidney_left"


@pytest.mark.parametrize(("code", "key"), [("29700009", "subclavian_artery"), ("181674001", "gluteus_maximus")])
@pytest.mark.parametrize("side", ["left", "right"])
def test_codes_that_tables_had_wrong_are_read_as_meant(code, key, side):
    assert meaning(Segment(1, "x", terminology=coded(code, side)))[0] == f"{key}_{side}"


def test_a_name_against_its_code_is_a_contradiction_and_a_finer_name_is_none():
    key, understanding = meaning(Segment(1, "right kidney", terminology=coded("64033007", "left")))
    assert key == "kidney_left"
    assert [c.other.iri.removeprefix(ST) for c in understanding.contradictions] == ["kidney_right"]
    assert not meaning(Segment(1, "kidney", terminology=coded("64033007", "left")))[1].contradictions


def test_the_identifier_counts_where_it_says_something():
    assert meaning(Segment(1, "Left", id="kidney_left"))[0] == "kidney_left"
    assert meaning(Segment(1, "liver", id="Segment_12"))[0] == "liver"


def test_a_name_in_the_file_is_not_overruled_by_the_value():
    total = load_label_map("totalsegmentator:total")
    key, understanding = meaning(Segment(1, "liver_segment_1", named_by="file"), total)
    assert key == "liver_segment_1"
    assert understanding.found["0:1"].source == "name"
    assert meaning(Segment(1, "spleen", named_by="label map"), total)[1].found["0:1"].source == "label map"


def test_left_out_words_make_a_guess_and_it_is_said():
    key, understanding = meaning(Segment(1, "OAR mandible seg"))
    assert key == "mandible"
    assert understanding.found["0:1"].is_guess


def test_every_class_name_of_totalsegmentator_is_understood(shared):
    maps = json.loads((shared / "data" / "labels" / "totalsegmentator_class_maps.json").read_text())
    names = set().union(*(set(classes.values()) for classes in maps.values()))
    dictionary = load_knowledge().dictionary
    assert [name for name in names if dictionary.by_name(name) is None] == []
    assert [name for name in names if dictionary.by_name(name).is_guess] == []


def tables(shared):
    for name in ("slicertotalsegmentator_segment_names", "moose3_snomed"):
        text = (shared / "knowledge" / "label_tables" / f"{name}.tsv").read_text(encoding="utf-8")
        yield from csv.DictReader((line for line in text.splitlines() if not line.startswith("#")), delimiter="\t")


CODE = ("code", "modifier_code", "region_code", "region_modifier_code")


def test_with_names_blanked_the_codes_are_understood_each_with_its_side(shared):
    """Of the rows whose codes tell one structure: those of teeth say neither the jaw nor, of a pulp, the side."""
    knowledge = load_knowledge()
    rows = [row for row in tables(shared) if row["code_scheme"] == "SCT" and row["code"]]
    shared_by: dict[tuple[str, ...], set[str]] = {}
    for row in rows:
        key = tuple(row.get(name) or "" for name in CODE)
        shared_by.setdefault(key, set()).add(
            re.sub(r"_(left|right)$", "", row["name"]).lower().replace("vertebrae", "vertebra")
        )
    known, told = 0, [row for row in rows if len(shared_by[tuple(row.get(name) or "" for name in CODE)]) == 1]
    for row in told:
        type_, modifier, region, region_modifier = (
            Code(row[name], "SCT", "") if row.get(name) else None for name in CODE
        )
        terminology = Terminology(Code(row["category_code"], "SCT", ""), type_, modifier, region, region_modifier)
        match = knowledge.dictionary.by_terminology(terminology)
        known += match is not None
        said = re.findall(r"(?:^|_)(left|right)(?:_|$)", row["name"])
        if match is not None and said and "heart" not in row["name"] and row["modifier_code"]:
            assert knowledge.structures[match.iri].side == said[0], row["name"]
    assert len(told) > 400
    assert known >= 0.95 * len(told)


def test_codes_of_the_ontology_are_those_of_the_tables(shared):
    """TotalSegmentator's table, as its pull request 612 corrects it."""
    text = (shared / "data" / "labels" / "totalsegmentator_snomed_mapping.csv").read_text(encoding="utf-8")
    corrected = {"29700009": "36765005", "181674001": "206007"}
    structures = load_knowledge().structures
    checked = 0
    for row in csv.DictReader(text.splitlines()):
        structure = structures.get(ST + row["Structure"])
        code = row["SegmentedPropertyTypeCodeSequence.CodeValue"]
        if structure is None or structure.snomed_type is None:
            continue
        checked += 1
        assert structure.snomed_type[0] == corrected.get(code, code), row["Structure"]
    assert checked >= 100


def test_named_structures_are_understood_and_judged_by_no_rule():
    knowledge = load_knowledge()
    assert not is_judged(ST + "liver_segment_1", knowledge)
    assert is_judged(ST + "liver", knowledge)
    bound = {iri for rule in knowledge.rules.values() for iri in rule.binds}
    assert not [iri for iri in bound if not is_judged(iri, knowledge)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dataset.json", json.dumps({"labels": {"background": 0, "liver": 1, "kidney_left": 2}})),
        ("dataset.json", json.dumps({"labels": {"0": "background", "1": "liver", "2": "left kidney"}})),
        ("a_dseg.tsv", "index\tname\n1\tLiver\n2\tLeft kidney\n"),
        ("c.ctbl", "# Color table\n0 background 0 0 0 0\n1 liver 221 130 101 255\n2 kidney_left 1 2 3 255\n"),
        ("snap.txt", '# ITK-SnAP\n0 0 0 0 0 0 0 "Clear Label"\n1 255 0 0 1 1 1 "Liver"\n2 0 9 0 1 1 1 "Kidney L"\n'),
        ("t.csv", "value,name\n1,liver\n2,kidney_left\n"),
        ("t.csv", "1,liver\n2,kidney_left\n"),
        ("t.csv", "label;name\n1;liver\n2;kidney_left\n"),
        ("m.tsv", "subject_label\tobject_id\tlabel_value\na\tUBERON:0002107\t1\nb\tFMA:7205\t2\n"),
        ("m.tsv", "subject_label\tobject_id\tlabel_value\na\tSNOMEDCT:10200004\t1\nkidney left\tSCT:64033007\t2\n"),
    ],
)
def test_tables_that_users_have_are_label_maps(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    read = load_label_map(str(tmp_path / name))
    keys = {value: read.structures[label].removeprefix(ST) for value, label in read.names.items()}
    assert keys == {1: "liver", 2: "kidney_left"}


def test_a_misspelt_structure_is_an_error_with_the_nearest_names(tmp_path):
    path = tmp_path / "m.tsv"
    path.write_text("subject_label\tobject_id\tlabel_value\nx\tst:kidney_rihgt\t1\n")
    with pytest.raises(InputError, match="st:kidney_right"):
        load_label_map(str(path))


@pytest.mark.parametrize("text", ["", "\n", "{", '{"a": 1.5}', "nonsense here\n"])
def test_what_is_no_table_is_refused_in_one_line(tmp_path, text):
    path = tmp_path / "m.csv"
    path.write_text(text)
    with pytest.raises(InputError) as refusal:
        load_label_map(str(path))
    assert "\n" not in str(refusal.value)


def test_every_shipped_map_is_in_the_index_and_reads():
    assert len(CATALOGUE) > 100
    for identity in CATALOGUE:
        assert load_label_map(identity).id == identity


def coded_tables(shared):
    """Every SNOMED CT code of the tables of TotalSegmentator, MOOSE, Slicer and DICOM, with its meanings."""
    found: dict[str, set[str]] = {}

    def walk(item):
        if isinstance(item, dict):
            for name in ("CodeValue", "SNOMEDCTConceptID"):
                if item.get(name) and item.get("CodeMeaning"):
                    found.setdefault(item[name], set()).add(item["CodeMeaning"])
            for value in item.values():
                walk(value)
        elif isinstance(item, list):
            for value in item:
                walk(value)

    for path in (shared / "knowledge").glob("*.json"):
        walk(json.loads(path.read_text(encoding="utf-8")))
    for path in (shared / "knowledge" / "label_tables").glob("*.tsv"):
        lines = path.read_text(encoding="utf-8").splitlines()
        if "code_scheme" in lines[1]:
            for row in csv.DictReader(lines[1:], delimiter="\t"):
                for part in ("", "region_"):
                    if row.get(part + "code"):
                        meaning_of = row.get("code_meaning" if not part else "region_meaning")
                        found.setdefault(row[part + "code"], set()).add(meaning_of or "")
    return found


def test_every_code_of_the_ontology_means_in_the_tables_what_it_means_here(shared):
    """The same meaning, and no code of the other side, or of one side for both."""
    tables = coded_tables(shared)
    wrong = []
    coded = [s for s in load_knowledge().structures.values() if s.snomed_type is not None]
    assert len(coded) > 600
    for structure in coded:
        code, said = structure.snomed_type
        meanings = {frozenset(words(one)) - {"proper"} for one in tables.get(code, ())}
        side = side_in(words(said))
        part_of_heart = {"ventricle", "atrium", "atrial", "hepatic"} & set(words(said))
        if frozenset(words(said)) - {"proper"} not in meanings:
            wrong.append(f"{structure.key}: {code} {said!r} is {tables.get(code)}")
        elif side is not None and side != structure.side and not part_of_heart:
            wrong.append(f"{structure.key}: {code} {said!r} is of one side")
    assert wrong == []


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize(
    ("value", "key"),
    [("81745001", "eye"), ("79652003", "eye"), ("84301002", "auditory_canal"), ("119406000", "thalamus"),
     ("60005003", "pectoralis_major"), ("15665001", "latissimus_dorsi"), ("8205005", "carpal")],
)  # fmt: skip
def test_other_codes_of_the_tables_are_known_with_their_side(value, side, key):
    assert meaning(Segment(1, "x", terminology=coded(value, side)))[0] == f"{key}_{side}"
