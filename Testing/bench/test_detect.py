"""The benchmark end to end, on a few small cases, with the real check."""

import json

import pytest

from fmassist.bench.cases import Anatomy
from fmassist.bench.peers import FourRules
from fmassist.bench.subject import OntologyChecker
from fmassist.bench.summary import kinds_table, summarise, table_rows
from fmassist.bench.trials import OURS, TWO_ERRORS, UNTOUCHED, run


@pytest.fixture(scope="module")
def tally():
    people = [Anatomy(10_001, "female", 50, 1.0, frozenset(), "upper_abdomen")]
    return run(people, OntologyChecker, [FourRules()], errors=3, spacing_mm=5.0)


@pytest.mark.slow
def test_every_checker_sees_the_same_cases(tally):
    seen = {name: [(c.anatomy, c.kind, c.severity) for c in cases] for name, cases in tally.scored.items()}
    assert seen[OURS] == seen["four rules"]
    assert seen[OURS][0] == (10_001, UNTOUCHED, 0)
    assert len(seen[OURS]) >= 4


@pytest.mark.slow
def test_nothing_is_detected_where_nothing_is_wrong(tally):
    clean = tally.scored[OURS][0]
    assert not clean.detected
    assert clean.true_flags == 0


@pytest.mark.slow
def test_the_summary_is_plain_data_and_its_table_names_every_kind_and_checker(tally):
    half = tally.scored[OURS][0].half
    summary = json.loads(json.dumps(summarise(tally, half=half)))
    told = {row[0] for row in kinds_table(summary["checkers"][OURS])}
    assert {c.kind.replace("_", " ") for c in tally.scored[OURS]} - {UNTOUCHED, TWO_ERRORS} <= told
    assert {row[0] for row in table_rows(summary)} == {"checker", OURS, "four rules"}
    other = {"tune": "test", "test": "tune"}[half]
    assert summarise(tally, half=other)["checkers"][OURS]["all"]["cases"] == 0
