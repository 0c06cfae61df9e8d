"""No rule and no pattern is known to the program by its name, and no order of labels or of storing changes a report."""

from __future__ import annotations

import random
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from reasoning.paper import evidence_of, normal_adult

from fmassist.knowledge.load import load_knowledge, load_knowledge_from
from fmassist.knowledge.namespaces import ST, short
from fmassist.reasoning.anatomy import Anatomy
from fmassist.reasoning.check import check
from fmassist.reasoning.findings import CheckResult
from fmassist.reasoning.transform import mirrored

FOLDERS = ("ontology", "rules", "ranges", "variants", "causes")


def odd_study():
    """A trunk with the spleen above the heart, both kidneys exchanged, and L2 where L3 is."""
    plan = normal_adult()
    plan["kidney_left"], plan["kidney_right"] = plan["kidney_right"], plan["kidney_left"]
    (right, front, _), size = plan["spleen"]
    plan["spleen"] = ((right, front, plan["heart"][0][2] + 200.0), size)
    plan["vertebrae_L2"], plan["vertebrae_L3"] = plan["vertebrae_L3"], plan["vertebrae_L2"]
    return evidence_of(plan)


def report(evidence, knowledge) -> CheckResult:
    return check(evidence, knowledge, {s.key: ST + s.name for s in evidence.segments})


def told(result: CheckResult):
    """What a reader is told, without the names of rules and what was counted under them."""
    findings = sorted(
        (f.severity, f.kind, f.message, f.evidence, tuple(sorted(f.segments)), tuple(c.id for c in f.causes[:1]))
        for f in result.findings
    )
    return findings, sorted(c.label for c in result.causes), result.verdict, result.rule_counts


@pytest.mark.parametrize("seed", range(3))
def test_with_every_rule_and_pattern_renamed_the_report_is_the_same(seed, tmp_path, repository: Path):
    shipped = load_knowledge()
    names = [*(f"rule:{short(iri)}" for iri in shipped.rules), *(f"fmx:{short(iri)}" for iri in shipped.patterns)]
    numbers = random.Random(seed).sample(range(10_000), len(names))
    new = {name: f"{name.partition(':')[0]}:n{number}" for name, number in zip(names, numbers, strict=True)}
    word = re.compile("|".join(rf"{re.escape(name)}(?![\w-])" for name in sorted(new, key=len, reverse=True)))
    for folder in FOLDERS:
        shutil.copytree(repository / "Resources" / folder, tmp_path / folder)
    for path in tmp_path.rglob("*.ttl"):
        path.write_text(word.sub(lambda m: new[m[0]], path.read_text(encoding="utf-8")), encoding="utf-8")
    renamed = load_knowledge_from(tmp_path)
    assert not renamed.rules.keys() & shipped.rules.keys()
    evidence = odd_study()
    assert len(report(evidence, shipped).findings) > 3
    assert told(report(evidence, renamed)) == told(report(evidence, shipped))


def test_segments_in_another_order_give_the_same_report():
    evidence, knowledge = odd_study(), load_knowledge()
    other = replace(evidence, segments=tuple(random.Random(1).sample(evidence.segments, len(evidence.segments))))
    assert told(report(other, knowledge)) == told(report(evidence, knowledge))


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_mirrored_twice_is_as_it_was(axis):
    evidence, knowledge = odd_study(), load_knowledge()
    anatomy = Anatomy(evidence, knowledge, {s.key: ST + s.name for s in evidence.segments}, frozenset())
    twice = mirrored(mirrored(anatomy, axis), axis).evidence
    assert told(report(twice, knowledge)) == told(report(evidence, knowledge))
