"""A label that lies beside its organ is noticed by the image, by its partner, by its neighbours; a right one is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fmassist.evidence.facts import IntensityFacts
from fmassist.knowledge.label_map import load_label_map
from fmassist.knowledge.load import load_knowledge
from fmassist.knowledge.meaning import Meaning, Understanding
from fmassist.knowledge.namespaces import ST
from fmassist.phantom import torso
from fmassist.reasoning.check import check
from fmassist.reasoning.context import make_context
from fmassist.reasoning.tissues import share_below
from fmassist.reasoning.workshop.paper import evidence_on_paper, normal_adult

HALF_IN_FAT = {"median_hu": -20, "fifth_hu": -110, "ninety_fifth_hu": 150, "lowest_hu": -125}


@pytest.fixture(scope="module")
def knowledge():
    return load_knowledge()


def checked(case, knowledge, context=None, *, vocabulary=()):
    evidence = evidence_on_paper(case, knowledge)
    found = {s.key: Meaning(ST + s.name, "name", "") for s in evidence.segments}
    understood = Understanding(found, label_map=load_label_map("totalsegmentator:total"))
    meanings = {key: meaning.iri for key, meaning in found.items()}
    known = make_context(context or {}, knowledge)
    return check(evidence, knowledge, meanings, known, vocabulary=vocabulary, understanding=understood)


def test_shares_of_a_structure_are_read_off_its_percentiles():
    fat_and_kidney = IntensityFacts(-30, 60, -120, -110, -20, 40, 60, 0, 0, 0, p25=-95, p75=30)
    assert share_below(fat_and_kidney, -95) == pytest.approx(0.25, abs=0.01)
    assert share_below(fat_and_kidney, -500) == 0
    assert share_below(fat_and_kidney, 500) == 1
    flat = replace(fat_and_kidney, p01=0, p05=0, p25=0, p50=0, p75=0, p95=0, p99=0)
    assert share_below(flat, -1) == 0
    assert share_below(flat, 1) == 1


def test_a_kidney_half_in_fat_is_drawn_in_the_wrong_place(knowledge):
    result = checked({"structures": {"kidney_left": HALF_IN_FAT}}, knowledge)
    (finding,) = [f for f in result.findings if "kidney_left" in f.segments and f.severity != "info"]
    assert finding.causes[0].id == "displaced"
    assert not any("kidney_right" in f.segments for f in result.findings if f.severity != "info")


def test_a_pancreas_with_fat_in_it_is_nothing(knowledge):
    result = checked({"structures": {"pancreas": {**HALF_IN_FAT, "median_hu": 10}}}, knowledge)
    assert not any("pancreas" in f.segments for f in result.findings if f.severity != "info")


def test_a_vertebra_beside_the_line_of_its_neighbours_is_told_and_a_bent_spine_is_not(knowledge):
    result = checked({"structures": {"vertebrae_L2": {"centre_ras_mm": [14.0, -60.0, 61.2]}}}, knowledge)
    assert any("vertebrae_L2" in f.segments for f in result.findings if f.severity == "review")
    bent = {f"vertebrae_L{n}": {"centre_ras_mm": [n * n * 1.5, -60.0, 129.2 - 34 * n]} for n in range(1, 6)}
    result = checked({"structures": bent}, knowledge)
    assert not [f for f in result.findings if "spine-in-line" in f.rule]


def test_who_misses_a_structure_is_told_the_name_of_its_label(knowledge):
    able = [ST + name for name in normal_adult()]
    result = checked({"structures": {"kidney_left": None}}, knowledge, vocabulary=able)
    (finding,) = [f for f in result.findings if "present" in f.rule]
    assert "left kidney (kidney_left)" in finding.message


def test_an_image_of_another_modality_than_said_may_be_another_s(knowledge):
    result = checked({}, knowledge, {"modality": "MR"})
    (finding,) = [f for f in result.findings if f.id == "modality-differs"]
    assert (finding.severity, finding.causes[0].id) == ("review", "wrong_intensity")
    assert result.causes[0].id == "wrong_intensity"
    assert result.causes[0].probability < 0.9


def test_where_nearly_all_is_labelled_what_is_often_left_out_is_missed_and_a_bladder_is_not():
    from fmassist.reasoning.study import check_study

    person = torso(seed=5, field_of_view="torso", spacing_mm=(4.0, 4.0, 4.0))
    label_map, known = load_label_map("totalsegmentator:total"), load_knowledge()

    def without(*names: str):
        labels = person.segmentation.layers[0].copy()
        for segment in person.segmentation.segments:
            if segment.name in names:
                labels[labels == segment.label] = 0
        spoilt = replace(person.segmentation, layers=(labels,))
        result, _, _ = check_study(spoilt, None, label_map=label_map, knowledge=known)
        return [f for f in result.findings if f.id.startswith("absent-on-body")]

    assert without() == []
    assert without("urinary_bladder", "gallbladder") == []
    (finding,) = without("sternum")
    assert "sternum is not labelled" in finding.message
    assert finding.causes[0].id == "missed_by_model"
    assert finding.causes[0].probability <= 0.5
