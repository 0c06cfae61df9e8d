"""What the image says of outlines becomes one diagnosis: left out, drawn beyond, counted wrongly on one side."""

from __future__ import annotations

import pytest

from fmassist.bench.injectors import inject
from fmassist.bench.subject import OntologyChecker
from fmassist.phantom import Phantom, torso

RULE = "https://w3id.org/fmassist/rule/"


@pytest.fixture(scope="module")
def person() -> Phantom:
    return torso(seed=5, sex="female", field_of_view="torso", spacing_mm=(3.0, 3.0, 3.0))


@pytest.fixture(scope="module")
def checker() -> OntologyChecker:
    return OntologyChecker()


def test_nothing_is_said_of_outlines_that_are_right(person: Phantom, checker: OntologyChecker) -> None:
    result = checker.check(person.segmentation, person.volume, {})
    assert [finding.message for finding in result.findings if finding.severity != "info"] == []
    judged = {outcome.rule for outcome in result.outcomes if outcome.outcome == "passed"}
    assert {RULE + "nothing-left-outside", RULE + "own-tissue-at-edge", RULE + "border-on-neighbour"} <= judged


@pytest.mark.parametrize(
    ("kind", "seed", "causes"),
    [
        ("volume_shrunk", 1, {"incomplete"}),
        ("holes", 1, {"incomplete"}),
        ("ribs_duplicated", 1, {"run_shifted", "levels_merged"}),
        ("ribs_shifted_up_1", 1, {"run_shifted"}),
        ("fragment_near", 2, {"stray_fragment"}),
    ],
)
def test_one_error_has_one_cause(
    person: Phantom, checker: OntologyChecker, kind: str, seed: int, causes: set[str]
) -> None:
    spoilt = inject(person.segmentation, person.volume, kind=kind, severity=3, seed=seed)
    result = checker.check(spoilt.segmentation, spoilt.volume, spoilt.context)
    assert result.causes
    assert result.causes[0].id in causes
    loud = {name for finding in result.findings if finding.severity != "info" for name in finding.segments}
    assert loud & spoilt.wrong
