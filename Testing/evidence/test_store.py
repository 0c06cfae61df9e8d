"""The evidence file: exact, small, and no door for anything else."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from reasoning.paper import evidence_of, normal_adult

from fmassist.errors import InputError
from fmassist.evidence.store import read_evidence, write_evidence


@pytest.mark.parametrize("name", ["evidence.json", "evidence.json.gz"])
def test_what_was_written_is_read_again_exactly(tmp_path, name):
    evidence = evidence_of(normal_adult())
    write_evidence(evidence, tmp_path / name)
    assert read_evidence(tmp_path / name) == evidence
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_same_evidence_gives_the_same_bytes(tmp_path):
    evidence = evidence_of(normal_adult())
    write_evidence(evidence, tmp_path / "a.json.gz")
    write_evidence(replace(evidence), tmp_path / "b.json.gz")
    assert (tmp_path / "a.json.gz").read_bytes() == (tmp_path / "b.json.gz").read_bytes()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"scan": 1}', "[" * 100_000, "NaN"])
def test_what_is_no_evidence_is_one_line(tmp_path, text):
    path = tmp_path / "evidence.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_evidence(path)
    assert "\n" not in str(caught.value)


def test_an_unknown_entry_is_refused_and_not_ignored(tmp_path):
    path = tmp_path / "evidence.json"
    write_evidence(evidence_of(normal_adult()), path)
    data = json.loads(path.read_text(encoding="utf-8"))
    data["segments"][0]["patient_name"] = "somebody"
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(InputError, match="segments/0"):
        read_evidence(path)
