"""What a finding says of itself: the axioms behind it, and what would have to be otherwise."""

from __future__ import annotations

import pytest

from fmassist.knowledge.load import load_knowledge
from fmassist.knowledge.namespaces import FMX, RDFS, ST
from fmassist.reasoning.check import check
from fmassist.reasoning.context import make_context
from fmassist.reasoning.trace import path_up
from fmassist.reasoning.workshop.paper import evidence_on_paper


@pytest.fixture(scope="module")
def knowledge():
    return load_knowledge()


def finding_of(knowledge, structures, rule: str, **context):
    evidence = evidence_on_paper({"structures": structures}, knowledge)
    meanings = {segment.key: ST + segment.name for segment in evidence.segments}
    result = check(evidence, knowledge, meanings, make_context(context, knowledge))
    return next(f for f in result.findings if f.rule.endswith("/" + rule))


def test_the_way_from_a_structure_to_the_class_of_the_rule_is_told_step_by_step(knowledge):
    way = path_up(knowledge, ST + "vertebrae_L3", frozenset({FMX + "Vertebra"}))
    assert way == [ST + "vertebrae_L3", FMX + "LumbarVertebra", FMX + "Vertebra"]


def test_a_pair_exchanged_is_traced_to_what_makes_it_a_pair(knowledge):
    left = {"centre_ras_mm": [65.0, -50.0, 95.2]}
    right = {"centre_ras_mm": [-65.0, -50.0, 95.2]}
    finding = finding_of(knowledge, {"kidney_left": left, "kidney_right": right}, "pair-order")
    said = {(a.subject, a.predicate, a.object) for a in finding.trace.axioms}
    assert (ST + "kidney_right", FMX + "partner", ST + "kidney_left") in said
    assert any(predicate == RDFS + "subClassOf" and target == FMX + "PairedStructure" for _, predicate, target in said)
    assert finding.id in finding.trace.ground_rules


def test_the_nearer_bound_is_what_would_have_to_be_met(knowledge):
    # The spleen's range is 81 to 322 mL, widened by half: 483 mL would hold.
    finding = finding_of(knowledge, {"spleen": {"volume_ml": 1600}}, "size")
    assert "at most 483 mL" in finding.counterfactual
    finding = finding_of(knowledge, {"liver": {"volume_ml": 100}}, "size")
    assert "at least 550 mL" in finding.counterfactual  # 824.5 over 1.5


def test_a_piece_is_named_by_its_volume_and_place(knowledge):
    piece = {"centre_ras_mm": [-100.0, 0.0, -60.0], "size_mm": [15, 15, 15]}
    finding = finding_of(knowledge, {"liver": {"pieces": [piece]}}, "far-fragment")
    assert finding.counterfactual == "Without the piece of 3.4 mL at R −100, A 0, S −60 the liver would be one piece."


def test_tissue_is_traced_to_the_tissue(knowledge):
    finding = finding_of(knowledge, {"kidney_left": {"median_hu": -800}}, "tissue")
    assert any(axiom.text == "left kidney consists of organ tissue" for axiom in finding.trace.axioms)
