"""Causes on paper studies: for each the smallest study that shows it, a neighbour that must not, and the sentence."""

from __future__ import annotations

import math

import pytest
from reasoning.paper import FIELD_OF_VIEW, evidence_of, normal_adult
from reasoning.test_check import flags, run, swapped

from fmassist.knowledge.load import load_knowledge
from fmassist.knowledge.model import Knowledge
from fmassist.reasoning.anatomy import Anatomy
from fmassist.reasoning.posterior import NONE_OF_THESE, Reliability, bin_of, learn_reliability
from fmassist.reasoning.transform import AS_STORED, TURNS, mirrored, scaled, turned


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_knowledge()


def anatomy_of(knowledge: Knowledge, plan: dict) -> Anatomy:
    from fmassist.knowledge.namespaces import ST

    evidence = evidence_of(plan)
    meanings = {s.key: ST + s.name for s in evidence.segments if ST + s.name in knowledge.structures}
    return Anatomy(evidence, knowledge, meanings, frozenset(meanings.values()))


def along(axes: tuple[int, int, int], signs: tuple[float, float, float]) -> dict:
    """The normal adult with body axis i read from stored axis `axes[i]`."""
    return {
        name: (
            tuple(signs[i] * centre[axes[i]] for i in range(3)),
            tuple(abs(size[axes[i]]) for i in range(3)),
        )
        for name, (centre, size) in normal_adult().items()
    }


@pytest.mark.parametrize(
    ("axes", "signs", "cause", "said"),
    [
        ((0, 1, 2), (-1, 1, 1), "image_mirrored", "mirrored left to right"),
        ((0, 1, 2), (1, -1, 1), "image_front_to_back", "turned front to back"),
        ((0, 1, 2), (1, 1, -1), "image_upside_down", "turned head to foot"),
        ((0, 1, 2), (-1, -1, 1), "image_front_to_back", "turned by 180° about its long axis"),
        ((0, 1, 2), (-1, 1, -1), "image_upside_down", "turned by 180° in the coronal plane"),
        ((0, 2, 1), (1, 1, -1), "image_turned", "turned by 90°"),
        ((2, 1, 0), (1, 1, -1), "image_turned", "turned by 90°"),
        ((1, 0, 2), (-1, 1, 1), "image_turned", "turned by 90°"),
    ],
)
def test_a_study_that_lies_another_way_is_one_finding_that_says_how(knowledge, axes, signs, cause, said):
    result = run(knowledge, evidence_of(along(axes, signs)))
    assert result.causes[0].id == cause
    assert said in result.causes[0].label
    assert len(flags(result)) <= 5
    assert all(finding.repair is None for finding in flags(result))


@pytest.mark.parametrize(
    ("factors", "said"),
    [
        ((2.0, 2.0, 2.0), "the whole study is about 2 times too large"),
        ((0.5, 0.5, 0.5), "the whole study is about 2 times too small"),
        ((1.0, 1.0, 3.0), "from head to foot the study is about"),
    ],
)
def test_voxels_of_another_size_are_one_cause_that_says_how_many_times(knowledge, factors, said):
    plan = {
        name: (
            tuple(c * f for c, f in zip(centre, factors, strict=True)),
            tuple(s * f for s, f in zip(size, factors, strict=True)),
        )
        for name, (centre, size) in normal_adult().items()
    }
    view = tuple(tuple(c * f for c, f in zip(corner, factors, strict=True)) for corner in FIELD_OF_VIEW)
    result = run(knowledge, evidence_of(plan, field_of_view_box_ras_mm=view))
    told = [cause for cause in result.causes if cause.id == "wrong_spacing"]
    assert told
    assert said in told[0].label
    assert not any(finding.repair for finding in result.findings)


def test_a_small_adult_has_no_wrong_voxel_size(knowledge):
    plan = {
        name: (tuple(0.85 * c for c in centre), tuple(0.85 * s for s in size))
        for name, (centre, size) in normal_adult().items()
    }
    assert not any(cause.id == "wrong_spacing" for cause in run(knowledge, evidence_of(plan)).causes)


def test_liver_and_spleen_exchanged_are_told_so_and_not_as_a_leak(knowledge):
    result = run(knowledge, evidence_of(swapped(normal_adult(), "liver", "spleen")))
    assert result.causes[0].id == "labels_exchanged"
    assert "liver" in result.causes[0].label
    assert "spleen" in result.causes[0].label


def test_none_of_these_is_told_beside_every_cause_and_all_are_no_more_than_certain(knowledge):
    result = run(knowledge, evidence_of(swapped(normal_adult(), "kidney_left", "kidney_right")))
    (finding,) = flags(result)
    assert finding.causes[-1].id == NONE_OF_THESE
    assert sum(cause.probability for cause in finding.causes) <= 1.001


def test_a_cause_is_never_surer_than_the_times_that_it_was_right():
    learned = learn_reliability([("leak", 0.99, False)] * 20 + [("leak", 0.99, True)] * 10)
    assert learned.limit("leak", 0.99) < 0.5
    assert learned.limit("leak", 0.2) == 0.2
    assert Reliability({}).limit("anything", 0.99) < 0.9
    assert bin_of(1.0) == bin_of(0.96) != bin_of(0.6)


def test_a_curators_own_cause_is_told_without_python(tmp_path):
    (tmp_path / "causes").mkdir()
    (tmp_path / "causes" / "mine.ttl").write_text(
        """@prefix fmx: <https://w3id.org/fmassist/ontology#> .
@prefix cause: <https://w3id.org/fmassist/cause/> .
@prefix facet: <https://w3id.org/fmassist/facet/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
cause:old_scanner a fmx:Cause ; rdfs:label "the old scanner" ; fmx:prior 0.4 ; fmx:about "segment" ;
  fmx:explains facet:size ; fmx:sentence "the old scanner swells {a}" ; fmx:estimated "a test" .
""",
        encoding="utf-8",
    )
    plan = normal_adult()
    centre, size = plan["spleen"]
    plan["spleen"] = (centre, tuple(2.0 * s for s in size))
    result = run(load_knowledge(tmp_path), evidence_of(plan))
    assert any(c.id == "old_scanner" and c.label == "the old scanner swells spleen" for c in result.causes)
    without = run(load_knowledge(), evidence_of(plan))
    assert not any(c.id == "old_scanner" for c in without.causes)


def test_every_turn_keeps_volumes_and_its_inverse_gives_the_study_back(knowledge):
    anatomy = anatomy_of(knowledge, {name: normal_adult()[name] for name in ("liver", "spleen")})
    assert TURNS[0] == AS_STORED
    assert len(set(TURNS)) == 48
    for turn in TURNS:
        seen = turned(anatomy, turn)
        inverse = next(t for t in TURNS if turned(seen, t).evidence.segments == anatomy.evidence.segments)
        assert seen.evidence.segments[0].volume_ml == anatomy.evidence.segments[0].volume_ml
        assert turn.mirrors == inverse.mirrors


def test_scaling_scales_lengths_areas_and_volumes_alike(knowledge):
    anatomy = anatomy_of(knowledge, {"liver": normal_adult()["liver"]})
    before, after = (a.evidence.segments[0] for a in (anatomy, scaled(anatomy, (2.0, 2.0, 2.0))))
    assert math.isclose(after.volume_ml, 8 * before.volume_ml)
    assert math.isclose(after.surface_area_mm2, 4 * before.surface_area_mm2)
    (low, high), (wide_low, wide_high) = before.box_ras_mm, after.box_ras_mm
    assert math.isclose(wide_high[0] - wide_low[0], 2 * (high[0] - low[0]))


def test_a_mirror_exchanges_the_faces_of_its_axis_alone(knowledge):
    anatomy = anatomy_of(knowledge, {"liver": normal_adult()["liver"]})
    facts = mirrored(anatomy, 0).evidence.segments[0]
    before = anatomy.evidence.segments[0]
    assert facts.box_ras_mm[1][0] == -before.box_ras_mm[0][0]
    assert facts.box_ras_mm[0][1:] == before.box_ras_mm[0][1:]


def test_a_sure_cause_of_the_whole_study_is_told_though_no_rule_fails():
    """Where every structure is cut, no size is judged; all together are too small."""
    from dataclasses import replace

    from fmassist.reasoning.hypotheses import Hypothesis
    from fmassist.reasoning.silent import silent_findings
    from fmassist.reasoning.testing import Tested

    sure = Hypothesis(
        "wrong_spacing", "the whole study is about 2 times too small", (), is_global=True, extra_cost=-6.0
    )
    (finding,), (cause,) = silent_findings([Tested(sure, frozenset(), (), 0.9)])
    assert finding.severity == "review"
    assert finding.message.startswith("The whole study is about 2 times too small.")
    assert cause.probability < 1
    unsure = replace(sure, extra_cost=-1.0)
    assert silent_findings([Tested(unsure, frozenset(), (), 5.9)]) == ([], [])
    known = Tested(sure, frozenset({"size/liver"}), (), 0.9)
    assert silent_findings([known]) == ([], []), "a finding says so already"
