"""Two segments of one structure are told as such, by where they lie, and every finding keeps a name of its own."""

from __future__ import annotations

import pytest
from reasoning.paper import evidence_of, normal_adult

from fmassist.knowledge.load import load_knowledge
from fmassist.knowledge.namespaces import ST
from fmassist.reasoning.check import check


def result_of(where, size=(50.0, 55.0, 70.0)):
    plan = normal_adult()
    plan["another spleen"] = (where, size)
    evidence = evidence_of(plan)
    meanings = {s.key: ST + ("spleen" if s.name == "another spleen" else s.name) for s in evidence.segments}
    return check(evidence, load_knowledge(), meanings)


@pytest.mark.parametrize(
    ("shift", "told"),
    [
        ((3.0, 0.0, 0.0), "drawn twice at one place"),
        ((0.0, 0.0, -73.0), "beside each other, as if one structure were split in two"),
        ((190.0, 0.0, 0.0), "apart, so that one of them may bear the wrong name"),
    ],
)
def test_their_places_tell_what_two_of_one_are(shift, told):
    place = tuple(a + b for a, b in zip(normal_adult()["spleen"][0], shift, strict=True))
    (finding,) = [f for f in result_of(place).findings if f.id == "meaning-twice/spleen"]
    assert told in finding.message
    assert set(finding.segments) == {"spleen", "another spleen"}


def test_every_finding_has_an_id_of_its_own():
    (right, front, up) = normal_adult()["spleen"][0]
    found = result_of((right, front, up + 400.0)).findings
    assert len({f.id for f in found}) == len(found)


def test_one_of_each_is_no_finding():
    evidence = evidence_of(normal_adult())
    result = check(evidence, load_knowledge(), {s.key: ST + s.name for s in evidence.segments})
    assert not [f for f in result.findings if f.id.startswith("meaning-twice")]
