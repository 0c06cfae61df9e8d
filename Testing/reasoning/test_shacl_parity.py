"""The same rules, exported as SHACL and run by pySHACL, give the same violations."""

from __future__ import annotations

import os

import pytest

from fmassist.bench.natural import OUTPUTS
from fmassist.bench.reasoning_speed import violations_by_pyshacl
from fmassist.knowledge.label_map import load_label_map
from fmassist.knowledge.load import load_knowledge
from fmassist.knowledge.namespaces import ST
from fmassist.phantom import torso
from fmassist.reasoning.context import make_context
from fmassist.reasoning.study import check_study, vocabulary_of
from fmassist.reasoning.workshop.paper import evidence_on_paper, normal_adult
from fmassist.volume import labels_on_image, read_segmentation, read_volume

pytest.importorskip("pyshacl", reason="pySHACL is not installed", exc_type=ImportError)

PLAN = normal_adult()
STUDIES = {
    "a normal adult": {},
    "kidneys exchanged": {"structures": {"kidney_left": PLAN["kidney_right"], "kidney_right": PLAN["kidney_left"]}},
    "a heart too low, a spleen in two pieces, a large liver, air under a kidney, one too large for a woman": {
        "structures": {
            "heart": {"centre_ras_mm": [-15, 20, -100]},
            "spleen": {"pieces": [{"centre_ras_mm": [60, 0, -200], "size_mm": [30, 30, 30]}]},
            "liver": {"volume_ml": 9000},
            "kidney_right": {"median_hu": -700},
            "kidney_left": {"volume_ml": 360},
        }
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("name", STUDIES)
def test_pyshacl_finds_what_the_check_finds(name):
    knowledge = load_knowledge()
    evidence = evidence_on_paper(STUDIES[name], knowledge)
    meanings = {segment.key: ST + segment.name for segment in evidence.segments}
    context = make_context({"sex": "female"}, knowledge)
    found = violations_by_pyshacl(knowledge, evidence, meanings, frozenset(meanings.values()), context)
    assert found.theirs == found.ours
    assert bool(found.ours) == bool(STUDIES[name])


FEW = ("ct_abdomen, LiteMedSAM by one box", "mr_abdomen", "brain_t1, subcortical")
"""Of the shared studies, those that every run tries: pySHACL takes most of a minute for each."""
TRIED = [output for output in OUTPUTS if "FMASSIST_LONG_TESTS" in os.environ or output.name in FEW]


@pytest.mark.slow
@pytest.mark.parametrize("output", TRIED, ids=lambda output: output.name)
def test_pyshacl_finds_the_same_in_shared_studies(output, shared):
    knowledge, labels = load_knowledge(), load_label_map(output.label_map)
    volume = read_volume(shared / "data" / output.image, modality=output.modality)
    segmentation = read_segmentation(shared / "data" / output.labels, names=labels.names)
    segmentation = labels_on_image(segmentation, volume)
    _, evidence, meanings = check_study(segmentation, volume, label_map=labels, knowledge=knowledge)
    found = violations_by_pyshacl(knowledge, evidence, meanings, vocabulary_of(labels))
    assert found.theirs == found.ours


@pytest.mark.slow
@pytest.mark.parametrize(("field_of_view", "variant"), [("heart", "situs_inversus")])
def test_pyshacl_finds_the_same_in_phantoms(field_of_view, variant):
    knowledge, labels = load_knowledge(), load_label_map("totalsegmentator:total")
    person = torso(seed=7, spacing_mm=(5, 5, 5), variants={variant}, field_of_view=field_of_view)
    _, evidence, meanings = check_study(person.segmentation, person.volume, label_map=labels, knowledge=knowledge)
    found = violations_by_pyshacl(knowledge, evidence, meanings, vocabulary_of(labels))
    assert found.theirs == found.ours
