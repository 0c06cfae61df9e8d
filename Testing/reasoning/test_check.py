"""The check on paper studies: what a reviewer would be told, and what not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pyoxigraph import Literal, NamedNode, Quad
from reasoning.paper import FIELD_OF_VIEW, evidence_of, normal_adult, piece, segment, study

from fmassist.errors import InputError
from fmassist.evidence import Evidence
from fmassist.knowledge.label_map import load_label_map
from fmassist.knowledge.load import load_knowledge
from fmassist.knowledge.model import Knowledge
from fmassist.knowledge.namespaces import FMX, RULE, ST
from fmassist.reasoning.check import check
from fmassist.reasoning.context import make_context
from fmassist.reasoning.findings import CheckResult, Finding
from fmassist.reasoning.study import vocabulary_of


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_knowledge()


def run(knowledge: Knowledge, evidence: Evidence, **context: object) -> CheckResult:
    meanings = {s.key: ST + s.name for s in evidence.segments if ST + s.name in knowledge.structures}
    vocabulary = vocabulary_of(load_label_map("totalsegmentator:total")) & set(meanings.values())
    return check(evidence, knowledge, meanings, make_context(context, knowledge), vocabulary=vocabulary)


def flags(result: CheckResult) -> list[Finding]:
    return [finding for finding in result.findings if finding.severity != "info"]


def swapped(plan: dict, a: str, b: str) -> dict:
    return {{a: b, b: a}.get(name, name): where for name, where in plan.items()}


def test_a_normal_adult_has_no_flag(knowledge):
    result = run(knowledge, evidence_of(normal_adult()))
    assert flags(result) == []
    assert result.verdict == "plausible"
    assert result.rule_counts["error"] == 0
    assert result.rule_counts["passed"] > 100


def test_exchanged_kidneys_are_one_diagnosis_with_the_exchange_as_repair(knowledge):
    result = run(knowledge, evidence_of(swapped(normal_adult(), "kidney_left", "kidney_right")))
    (finding,) = flags(result)
    assert finding.kind == "contradictory"
    assert set(finding.segments) == {"kidney_left", "kidney_right"}
    assert result.verdict == "implausible"
    assert result.causes[0].id == "pair_swapped"
    assert finding.repair is not None
    assert [step.action for step in finding.repair.steps] == ["swap"]


def test_a_vertebra_numbered_one_too_low_is_found_and_renumbered(knowledge):
    plan = normal_adult()
    plan["vertebrae_L3"] = plan.pop("vertebrae_L2")  # L3 itself was never labelled
    result = run(knowledge, evidence_of(plan))
    assert any("vertebrae_L3" in finding.segments and finding.severity == "block" for finding in flags(result))
    assert result.causes[0].id == "run_shifted"
    repairs = [finding.repair for finding in result.findings if finding.repair is not None]
    assert any(step.target == ST + "vertebrae_L2" for repair in repairs for step in repair.steps)


def test_a_mirrored_study_is_one_diagnosis_and_not_a_flag_for_each_organ(knowledge):
    plan = {name: ((-x, y, z), size) for name, ((x, y, z), size) in normal_adult().items()}
    result = run(knowledge, evidence_of(plan))
    assert result.causes[0].id == "image_mirrored"
    assert len(flags(result)) == 1
    assert result.verdict == "implausible"


def test_situs_inversus_asks_for_confirmation_and_is_never_implausible(knowledge):
    organs = ("liver", "spleen", "stomach", "heart", "aorta", "inferior_vena_cava")
    plan = {
        name: ((-x, y, z), size) if name in organs else ((x, y, z), size)
        for name, ((x, y, z), size) in normal_adult().items()
    }
    result = run(knowledge, evidence_of(plan))
    assert result.causes[0].id == "situs_inversus"
    assert result.verdict == "review"
    assert {finding.kind for finding in flags(result)} == {"needs_confirmation"}
    told = run(knowledge, evidence_of(plan), history=["situs_inversus"])
    assert flags(told) == []


def test_a_missing_kidney_is_asked_about_unless_the_history_explains_it(knowledge):
    plan = normal_adult()
    plan.pop("kidney_left")
    evidence = evidence_of(plan)
    meanings = {s.key: ST + s.name for s in evidence.segments}
    vocabulary = frozenset(meanings.values()) | {ST + "kidney_left"}
    silent = check(evidence, knowledge, meanings, vocabulary=vocabulary)
    (finding,) = flags(silent)
    assert finding.kind == "needs_confirmation"
    assert "left kidney" in finding.message
    assert {cause.id for cause in finding.causes} >= {"missed_by_model", "removed_or_absent"}
    told = make_context({"history": ["nephrectomy_left"]}, knowledge)
    assert flags(check(evidence, knowledge, meanings, told, vocabulary=vocabulary)) == []


def test_a_kidney_that_was_removed_cannot_be_labelled(knowledge):
    result = run(knowledge, evidence_of(normal_adult()), history=["nephrectomy_left"])
    assert any(f.kind == "contradictory" and "kidney_left" in f.segments for f in flags(result))


def test_an_organ_cut_by_the_border_is_said_to_be_cut_and_not_judged_small(knowledge):
    plan = normal_adult()
    evidence = evidence_of(plan)
    sliver = segment(99, "liver", piece((70.0, 10.0, 590.0), (60.0, 60.0, 20.0), ("superior",)))
    others = tuple(s for s in evidence.segments if s.name != "liver")
    # A lone liver at the upper border, so that nothing but its size could be held against it.
    result = run(knowledge, study(sliver))
    assert [v.status for v in result.segments] == ["cut_off"]
    assert flags(result) == []
    assert others


def test_a_prostate_is_contradictory_in_a_woman_and_not_where_the_sex_is_unknown(knowledge):
    plan = normal_adult()
    bladder = plan["urinary_bladder"][0]
    plan["prostate"] = ((0.0, 10.0, bladder[2] - 45), (35.0, 30.0, 28.0))
    assert flags(run(knowledge, evidence_of(plan))) == []
    (finding,) = flags(run(knowledge, evidence_of(plan), sex="female"))
    assert finding.kind == "contradictory"
    assert finding.segments == ("prostate",)


def test_a_kidney_of_the_side_that_was_not_examined_is_contradictory_without_its_partner(knowledge):
    plan = normal_adult()
    assert flags(run(knowledge, evidence_of(plan), laterality="R")) == []
    plan.pop("kidney_right")
    found = flags(run(knowledge, evidence_of(plan), laterality="R"))
    assert any(f.kind == "contradictory" and f.segments == ("kidney_left",) for f in found)


def test_a_ct_that_was_ordered_as_mr_is_asked_about(knowledge):
    (finding,) = flags(run(knowledge, evidence_of(normal_adult()), modality="MR"))
    assert finding.kind == "contradictory"
    assert "MR" in finding.message
    with pytest.raises(InputError, match="modality"):
        make_context({"modality": "XA"}, knowledge)


def test_a_piece_far_away_is_flagged_where_it_lies(knowledge):
    plan = normal_adult()
    spleen = plan["spleen"]
    evidence = evidence_of({name: where for name, where in plan.items() if name != "spleen"})
    stray = segment(88, "spleen", piece(*spleen), piece((60.0, 0.0, spleen[0][2] - 260.0), (20.0, 20.0, 20.0)))
    result = run(knowledge, replace(evidence, segments=(*evidence.segments, stray)))
    (finding,) = flags(result)
    assert finding.segments == ("spleen",)
    assert finding.location_ras_mm is not None
    assert finding.location_ras_mm[0] == pytest.approx(60.0)
    assert result.causes[0].id == "stray_fragment"


def test_a_label_without_meaning_is_reported_as_input(knowledge):
    evidence = evidence_of({**normal_adult(), "label 250": ((0.0, 0.0, 0.0), (10.0, 10.0, 10.0))})
    result = run(knowledge, evidence)
    assert any(f.kind == "input" and f.segments == ("label 250",) for f in result.findings)
    assert next(v for v in result.segments if v.name == "label 250").status == "unknown"


def test_a_rule_that_cannot_run_is_reported_and_not_forgotten(knowledge):
    store = knowledge.store
    pattern = NamedNode(FMX + "Broken")
    rule_iri = RULE + "broken"
    from fmassist.knowledge.model import Pattern, Rule

    broken = replace(
        knowledge,
        patterns={**knowledge.patterns, pattern.value: Pattern(pattern.value, "broken", "SELECT nonsense", "", "", "")},
        rules={
            **knowledge.rules,
            rule_iri: Rule(rule_iri, "A broken rule", pattern.value, "implausible", "review", "review"),
        },
        store=store,
    )
    result = run(broken, evidence_of(normal_adult()))
    assert result.rule_counts["error"] == 1
    assert result.verdict == "review"
    assert any("A broken rule" in finding.message for finding in flags(result))
    assert Quad(pattern, pattern, Literal("")) not in store


def test_the_same_study_gives_the_same_verdict_to_the_byte(knowledge):
    evidence = evidence_of(swapped(normal_adult(), "kidney_left", "kidney_right"))
    assert repr(run(knowledge, evidence)) == repr(run(knowledge, evidence))


@pytest.mark.parametrize(
    ("main", "said"),
    [
        (60.0, "apart from the main one, one of them at least 15 mm away."),
        # Within the box of a long main piece nothing is known of the way between the two.
        (150.0, "apart from the main one."),
    ],
)
def test_how_far_pieces_lie_is_told_only_where_it_is_known(knowledge, main, said):
    """Nobody reads 'up to 0 mm away' of pieces that do not touch: boxes that meet tell no distance."""
    spleen = segment(1, "spleen", piece((-100, 0, 0), (60, 60, main)), piece((-100, 0, 60), (40, 40, 30)))
    (finding,) = [f for f in run(knowledge, study(spleen)).findings if "pieces" in f.message]
    assert said in finding.message
    assert "2 pieces" in finding.message


def test_the_field_of_view_of_paper_studies_cuts_nothing():
    low, high = FIELD_OF_VIEW
    for centre, size in normal_adult().values():
        assert all(low[i] < centre[i] - size[i] / 2 and centre[i] + size[i] / 2 < high[i] for i in range(3))


def test_a_missing_organ_is_looked_for_on_its_own_side(knowledge):
    plan = normal_adult()
    del plan["kidney_left"], plan["kidney_right"]
    evidence = evidence_of(plan)
    meanings = {s.key: ST + s.name for s in evidence.segments if ST + s.name in knowledge.structures}
    able = frozenset({*meanings.values(), ST + "kidney_left", ST + "kidney_right"})
    result = check(evidence, knowledge, meanings, make_context({}, knowledge), vocabulary=able)
    places = {f.id.rsplit("/", 1)[-1]: f.location_ras_mm for f in result.findings if f.id.startswith("present-in-view")}
    assert places["kidney_left"][0] < -30, "the patient's left is negative R"
    assert places["kidney_right"][0] > 30


def test_an_organ_of_the_wrong_size_cites_the_source_of_its_own_range(knowledge):
    plan = normal_adult()
    centre, size = plan["spleen"]
    plan["spleen"] = (centre, tuple(0.2 * s for s in size))
    found = {f.id: f for f in run(knowledge, evidence_of(plan)).findings}
    assert found["size/spleen"].sources == knowledge.ranges["https://w3id.org/fmassist/range/volume_spleen"].basis
    assert found["size/spleen"].sources
