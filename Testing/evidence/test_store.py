"""The evidence file: exact, small, and no door for anything else."""

from __future__ import annotations

import gzip
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


@pytest.mark.parametrize(
    "content",
    [
        b"[" + b"0," * 5_000_000 + b"0]",
        b"[" + b"[]," * 2_000_000 + b"[]]",
        b"[" * 200_000 + b"]" * 200_000,
        b'{"a":' * 2_000 + b"1" + b"}" * 2_000,
        b" " * (130 << 20),
        b'{"scan": "\\ud800"}',
        b'{"scan": NaN}',
    ],
    ids=["values", "lists", "depth", "objects", "blanks", "half a character", "NaN"],
)
def test_what_unpacks_to_more_than_any_evidence_is_refused_before_it_is_built(tmp_path, content):
    path = tmp_path / "evidence.json.gz"
    path.write_bytes(gzip.compress(content, compresslevel=1))
    with pytest.raises(InputError) as caught:
        read_evidence(path)
    assert "\n" not in str(caught.value)


def test_a_damaged_stream_is_one_line(tmp_path):
    path = tmp_path / "evidence.json.gz"
    whole = bytearray(gzip.compress(b'{"scan": {"modality": "CT"}, "segments": []}' * 20))
    for place in range(10, len(whole)):
        path.write_bytes(bytes(whole[:place]) + b"\xff" + bytes(whole[place + 1 :]))
        with pytest.raises(InputError):
            read_evidence(path)
