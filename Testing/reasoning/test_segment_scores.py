"""The score of a segment: shipped, calibrated on people left out, and higher where more speaks against it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from fmassist.bench.real.segments import Row, fit, left_out, reliability
from fmassist.bench.real.spreads import FLUID, kind_of, with_priors
from fmassist.knowledge.load import load_knowledge
from fmassist.reasoning.relations import Spread
from fmassist.reasoning.segment_scores import FEATURES, shipped_weights
from fmassist.resources import resource


def features(**values: float) -> tuple[float, ...]:
    """Those named, and 0 for all others."""
    return tuple(values.get(name.replace(", ", "_").replace(" ", "_"), 0.0) for name in FEATURES)


def test_a_finding_that_blocks_counts_more_than_one_that_asks_and_that_more_than_none():
    weights = shipped_weights()
    nothing = weights.probability(features())
    asked = weights.probability(features(review_alone=1.0))
    blocked = weights.probability(features(block_alone=1.0))
    assert nothing < 0.2 < asked < 0.4 < blocked
    assert weights.probability(features(block_alone=1.0, graded=3.0)) > 0.8


def test_what_is_shipped_says_how_well_it_holds_in_people_left_out():
    content = json.loads((resource("calibration") / "segments.json").read_text(encoding="utf-8"))
    for part in ("people left out", "test half"):
        told = content[part]
        assert sum(row["segments"] for row in told["ranges"]) == told["segments"] > 1000
        assert told["expected calibration error"] < 0.05
        assert told["AUROC"] > 0.8


def test_weights_are_found_again_and_a_person_is_not_scored_by_what_was_learned_from_them():
    rng = np.random.default_rng(3)
    rows = []
    for n in range(1500):
        block = float(rng.random() < 0.3)
        wrong = bool(rng.random() < 1 / (1 + np.exp(2.0 - 3.0 * block)))
        rows.append(Row(f"person {n % 5}", str(n), features(block_alone=block), wrong))
    weights = fit(rows)
    assert weights.intercept == pytest.approx(-2.0, abs=0.35)
    assert weights.weights[list(FEATURES).index("block, alone")] == pytest.approx(3.0, abs=0.5)
    odd = [Row("odd one", "x", features(info=1.0), True)] * 200
    scored = [score for score, _ in left_out([*odd, *rows])]
    assert fit([*rows, *odd]).probability(features(info=1.0)) > 0.9
    assert max(scored[:200]) < 0.2, "the odd one comes first by name, and nobody else has a remark"
    assert reliability(left_out(rows))["expected calibration error"] < 0.05


def test_a_relation_that_two_people_tell_is_as_wide_as_those_of_its_kind():
    """Two people may be alike by chance: bowel wanders all the same, and vertebrae do not."""
    rng = np.random.default_rng(5)
    kinds = {**{f"v{n}": "vertebra" for n in range(12)}, **{f"h{n}": "hollow organ" for n in range(12)}}
    relations: dict[str, dict[str, dict[str, Spread]]] = {}
    for one in kinds:
        for other in kinds:
            if one != other and kinds[one] == kinds[other]:
                spread, far = Spread(0, 0.0, 0.0), 4.0 if kinds[one] == "vertebra" else 20.0
                for value in rng.normal(10.0, far * 2**0.5, 4):
                    spread = spread.with_one(float(value))
                relations.setdefault(one, {})[other] = {"right": spread}
    relations["h0"]["h1"] = {"right": Spread(2, 10.0, 0.0)}
    relations["v0"]["v1"] = {"right": Spread(2, 10.0, 0.0)}
    told = with_priors(relations, kinds)
    bowel = told["h0"]["h1"]["right"].scale(is_size=False)
    bones = told["v0"]["v1"]["right"].scale(is_size=False)
    assert bowel > 20 > 10 > bones > 3


def test_fluids_of_the_brain_are_a_kind_of_their_own():
    by_key = {s.key: s for s in load_knowledge().structures.values()}
    assert kind_of(by_key["cerebrospinal_fluid"]) == FLUID
    assert kind_of(by_key["brain_stem"]) == "brain"
    assert kind_of(by_key["rib_left_6"]) == "rib"
    assert kind_of(by_key["colon"]) == "hollow organ"
