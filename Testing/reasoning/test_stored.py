"""A stored study is judged again as it was, whatever its labels' meanings came from."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from fmassist.knowledge.label_map import LabelMap
from fmassist.knowledge.load import load_knowledge
from fmassist.knowledge.namespaces import ST
from fmassist.phantom import torso
from fmassist.reasoning.check import check
from fmassist.reasoning.stored import map_then, understood_then
from fmassist.reasoning.study import check_study, vocabulary_of
from fmassist.report.findings_json import to_json
from fmassist.report.schema import check_findings

OWN = LabelMap(
    "own label map 0123456789ab",
    {1: "spleen", 2: "kidney_right", 3: "liver", 4: "gallbladder"},
    {name: ST + name for name in ("spleen", "kidney_right", "liver", "gallbladder")},
    frozenset({"stomach"}),
)


@pytest.fixture(scope="module")
def segmentation():
    """Few organs: one under a name that is a guess, one whose id contradicts its name, one declared to be nothing."""
    whole = torso(seed=2, spacing_mm=(7.0, 6.0, 8.0), field_of_view="abdomen").segmentation
    kept = [s for s in whole.segments if s.name in ("spleen", "kidney_right", "liver", "stomach", "pancreas")]
    changed = {"pancreas": {"name": "pancreas organ"}, "kidney_right": {"id": "kidney_left"}}
    renamed = [replace(s, **changed.get(s.name, {})) for s in kept]
    return replace(whole, segments=tuple(renamed), listed=frozenset(OWN.structures))


def again(result, evidence, knowledge, label_map):
    document = json.loads(json.dumps(to_json(result, evidence, label_map=label_map.id)))
    check_findings(document)
    labels = map_then(document)
    understood = understood_then(document, evidence, labels, knowledge)
    return document, check(
        evidence, knowledge, understood.meanings, vocabulary=vocabulary_of(labels), understanding=understood
    )


def test_it_gives_what_it_gave(segmentation):
    knowledge = load_knowledge()
    result, evidence, _ = check_study(segmentation, None, label_map=OWN, knowledge=knowledge)
    told = {finding.id.split("/")[0] for finding in result.findings}
    assert {"meaning-guessed", "meaning-contradicts", "present-in-view"} <= told
    assert not any("stomach" in f.segments for f in result.findings if f.id == "label-unknown")
    document, now = again(result, evidence, knowledge, OWN)
    assert now == result
    assert json.loads(json.dumps(to_json(now, evidence, label_map=OWN.id))) == document


def test_a_structure_that_the_knowledge_has_got_since_is_judged(segmentation):
    knowledge = load_knowledge()
    without = replace(knowledge, structures={k: s for k, s in knowledge.structures.items() if k != ST + "liver"})
    names = LabelMap("names in the file", {}, {})
    result, evidence, _ = check_study(segmentation, None, label_map=names, knowledge=without)
    assert {s.name: s.structure for s in result.segments}["liver"] is None
    _, now = again(result, evidence, knowledge, names)
    assert {s.name: s.structure for s in now.segments}["liver"] == ST + "liver"


def test_a_structure_that_the_knowledge_has_no_more_is_unknown(segmentation):
    knowledge = load_knowledge()
    without = replace(knowledge, structures={k: s for k, s in knowledge.structures.items() if k != ST + "liver"})
    names = LabelMap("names in the file", {}, {})
    result, evidence, _ = check_study(segmentation, None, label_map=names, knowledge=knowledge)
    _, now = again(result, evidence, without, names)
    assert {s.name: s.status for s in now.segments}["liver"] == "unknown"
