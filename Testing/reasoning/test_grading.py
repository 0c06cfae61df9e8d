"""Graded evidence: a structure that lies otherwise than in people is odd, one among right ones is not."""

from __future__ import annotations

import numpy as np
import pytest

from fmassist.bench.real.learn import Observed, learn
from fmassist.knowledge.constants import constants
from fmassist.reasoning.grading import graded, log_ratio, weighted_median
from fmassist.reasoning.relations import Spread, read_relations, relations_as_json, using

NAMES = [f"structure_{n}" for n in range(10)]


def person(seed: int, moved: str | None = None, by: tuple[float, float, float] = (0.0, 0.0, 0.0)):
    """Ten structures at their places, some millimetres off in each person, as they are compared."""
    places = np.random.default_rng(7).uniform(-90, 90, (len(NAMES), 3))
    places = places + np.random.default_rng(seed).normal(0, 4, places.shape)
    if moved is not None:
        places[NAMES.index(moved)] += by
    found = {}
    for one, a in zip(NAMES, places, strict=True):
        found[one] = {
            other: {
                "right": a[0] - b[0],
                "anterior": a[1] - b[1],
                "top": a[2] - b[2],
                "bottom": a[2] - b[2],
                "size": 0.0,
            }
            for other, b in zip(NAMES, places, strict=True)
            if other != one
        }
    return found


@pytest.fixture(scope="module")
def known():
    return learn(Observed(f"person {n}", person(n), {}) for n in range(6))


def test_a_person_who_was_not_learned_from_is_not_odd(known):
    with using(known):
        assert max(grade.evidence for grade in graded(person(100)).values()) < constants().oddities.enough


def test_one_displaced_structure_is_odd_and_its_neighbours_are_not(known):
    with using(known):
        found = graded(person(100, NAMES[3], (45.0, -30.0, 0.0)))
    odd = {key for key, grade in found.items() if grade.evidence >= constants().oddities.enough}
    assert odd == {NAMES[3]}
    assert found[NAMES[3]].probability > 5 * max(g.probability for k, g in found.items() if k != NAMES[3])


def test_small_oddities_in_several_directions_add_up(known):
    with using(known):
        one = graded(person(100, NAMES[3], (26.0, 0.0, 0.0)))[NAMES[3]].evidence
        three = graded(person(100, NAMES[3], (26.0, 26.0, 26.0)))[NAMES[3]].evidence
    assert three > one


def test_a_bound_says_nothing_where_the_true_value_may_be_the_expected_one(known):
    study = person(100)
    for other in study[NAMES[3]].values():
        other["top"] -= 200.0
        other["top bound"] = 1.0  # cut off above: the true top lies at or above what is seen
    with using(known):
        assert all(o.feature != "top" for o in graded(study)[NAMES[3]].oddities)


def test_what_is_learned_reads_back_as_it_was_written(known):
    text = relations_as_json(known)
    assert relations_as_json(read_relations(text)) == text
    assert "person 3" not in text


def test_a_spread_of_few_people_is_wider_than_theirs():
    alike = Spread(0, 0.0, 0.0)
    for value in (10.0, 10.5, 9.5):
        alike = alike.with_one(value)
    assert alike.mean == pytest.approx(10.0)
    assert alike.scale(is_size=False) > 4.0


def test_evidence_grows_with_surprise_and_is_little_against_where_nothing_is_odd():
    values = [log_ratio(x) for x in (0.0, 1.0, 2.0, 4.0, 8.0)]
    assert values == sorted(values)
    assert -0.6 < values[0] < 0 < values[-1]


def test_the_median_is_not_moved_by_one_wild_neighbour():
    assert weighted_median([1.0, 1.1, 0.9, 500.0], [1.0, 1.0, 1.0, 1.0]) <= 1.1
