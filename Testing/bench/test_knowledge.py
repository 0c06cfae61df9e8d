"""The bench of the knowledge compares what it says that it compares."""

from __future__ import annotations

import json

import pytest

from fmassist.bench import knowledge
from fmassist.errors import InputError
from fmassist.evidence.store import write_evidence
from fmassist.knowledge.load import load_knowledge
from fmassist.reasoning.workshop.paper import evidence_on_paper


def test_the_two_versions_differ_and_the_studies_do_too(tmp_path, monkeypatch):
    monkeypatch.setattr(knowledge, "STUDIES", 6)
    monkeypatch.setattr(knowledge, "FULL", 1)
    (tmp_path / "one").mkdir()
    write_evidence(evidence_on_paper({}, load_knowledge()), tmp_path / "one" / "evidence.json")
    stored = knowledge._stored(tmp_path, tmp_path / "unused", lambda *_: None)
    studies = knowledge._varied(stored, tmp_path / "many", lambda *_: None)
    volumes = {json.loads(path.read_text())["segments"][0]["volume_ml"] for path in studies}
    assert len(volumes) == 6
    comparison, each = knowledge._comparison(*knowledge._versions(tmp_path), studies, lambda *_: None)
    assert comparison.note is not None
    assert comparison.note.endswith("0 unreadable")
    assert " 0 studies change" not in comparison.note  # the spleen of an adult is larger than the new range
    assert each.ratio is not None


def test_a_folder_without_studies_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"evidence\.json"):
        knowledge.measure(data=tmp_path)
