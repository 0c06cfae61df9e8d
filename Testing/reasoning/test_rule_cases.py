"""Every shipped rule tells its cases apart, and a wrong rule or case is noticed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from fmassist.errors import InputError
from fmassist.knowledge.load import load_knowledge
from fmassist.knowledge.namespaces import RULE
from fmassist.reasoning.workshop.cases import Case, account, load_cases, run_cases


@pytest.fixture(scope="module")
def knowledge():
    return load_knowledge()


def test_every_rule_has_cases_and_every_case_holds(knowledge):
    found = account(load_cases(), knowledge)
    assert [(o.case.file, o.case.says, o.reason) for o in found.outcomes if not o.holds] == []
    assert found.without_firing == ()
    assert found.without_silent == ()


def test_a_case_that_expects_the_contrary_does_not_hold(knowledge):
    case = next(c for c in load_cases() if c.rule == RULE + "pair-order" and c.fires)
    (outcome,) = run_cases([replace(case, fires=False)], knowledge)
    assert not outcome.holds
    assert "kidney_left" in outcome.reason


def test_silence_for_want_of_anything_to_judge_is_no_proof(knowledge):
    case = next(c for c in load_cases() if c.rule == RULE + "pair-order" and not c.fires)
    (outcome,) = run_cases([replace(case, content={**case.content, "only": True})], knowledge)
    assert not outcome.holds
    assert "not judged" in outcome.reason


def test_a_rule_without_a_case_is_named(knowledge):
    cases = [case for case in load_cases() if case.rule != RULE + "size"]
    found = account(cases[:1], knowledge)
    assert RULE + "size" in found.without_firing
    assert not found.holds


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "holds no cases"),
        ('{"rule": "size", "fires": [{"structures": {}}]}', "holds no cases"),
        ('{"rule": "size", "fires": [{"says": "x", "struktures": {}}]}', "struktures"),
    ],
)
def test_a_file_that_is_no_set_of_cases_is_answered_with_one_line(tmp_path, content, said):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "mine.json").write_text(content)
    with pytest.raises(InputError, match=said):
        load_cases(tmp_path)


def test_a_curator_s_own_case_is_run(tmp_path, knowledge):
    folder = tmp_path / "tests"
    folder.mkdir()
    case = {"rule": "size", "fires": [{"says": "a heart of 9 L", "structures": {"heart": {"volume_ml": 9000}}}]}
    (folder / "size.json").write_text(json.dumps(case))
    (mine,) = [c for c in load_cases(tmp_path) if c.says == "a heart of 9 L"]
    (outcome,) = run_cases([mine], knowledge)
    assert outcome.holds
    mistaken = replace(mine, content={"says": "x", "structures": {"hart": {}}})
    (outcome,) = run_cases([mistaken], knowledge)
    assert "hart" in outcome.reason


def test_every_pattern_shows_in_its_own_file_when_it_fires_and_when_not(knowledge):
    for pattern in knowledge.patterns.values():
        rules = [rule.iri for rule in knowledge.rules.values() if rule.pattern == pattern.iri]
        kinds = {kind for kind, _ in pattern.examples}
        assert kinds == {"fires", "silent"}, pattern.iri
        for kind, text in pattern.examples:
            content = json.loads(text)
            found = run_cases([Case(r, content["says"], kind == "fires", content, "") for r in rules], knowledge)
            assert any(outcome.holds for outcome in found), (pattern.iri, kind, [o.reason for o in found])
