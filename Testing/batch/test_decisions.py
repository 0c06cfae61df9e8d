"""Decisions of the worklist are kept in signed review records, and who changed one is found out."""

from __future__ import annotations

import json
import urllib.request

import pytest

from fmassist.batch.agreement import agreement
from fmassist.batch.decisions import all_decisions, checked, record_decision, take_decisions
from fmassist.batch.records import key_of, open_review, read_record, record_path, store_review
from fmassist.cli.main import main
from fmassist.errors import InputError
from fmassist.review.keys import REVIEWERS, make_key

ONE, TWO = "st-00001", "st-00002"


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("FMASSIST_SETTINGS", str(tmp_path / "settings"))
    return tmp_path / "settings"


@pytest.fixture
def batch(tmp_path, make_batch):
    return make_batch(tmp_path / "batch", 3)


def with_key(settings, name):
    key = make_key()
    (settings / REVIEWERS).mkdir()
    (settings / REVIEWERS / "own.pub").write_text(f"{key.public} {name}\n")
    return key


def decide(batch, study, reviewer, choice, at="2026-12-01T08:00:00.000Z", **more):
    record_decision(batch, checked({"study": study, "reviewer": reviewer, "decision": choice, "at": at, **more}, None))


def test_by_name_alone_it_says_so_and_the_last_word_counts(batch, capsys):
    decide(batch, ONE, "Dr. Anna", "accept", note="looks fine")
    decide(batch, ONE, "Dr. Anna", "reject", at="2026-12-01T09:00:00.000Z")
    (found,) = all_decisions(batch)
    assert (found["decision"], found["note"], found["proof"]) == ("reject", "", "by name alone")
    path = record_path(batch, ONE, "Dr. Anna")
    assert [entry["action"] for entry in read_record(path).review.audit.entries] == ["checked", "judged", "judged"]
    assert main(["review", "verify", str(path)]) == 0
    assert "who signed is not proved" in capsys.readouterr().out


def test_a_reviewers_own_key_signs_what_they_decide_and_nobody_elses(batch, own_settings, capsys):
    key = with_key(own_settings, "Dr. Anna")
    decide(batch, ONE, "dr. anna", "accept")
    decide(batch, TWO, "Dr. Ben", "reject")
    found = {one["study"]: one for one in all_decisions(batch)}
    assert (
        found[ONE]["proof"]
        == f"signed with key {key.public[:4]} {key.public[4:8]} {key.public[8:12]} {key.public[12:16]}"
    )
    assert found[TWO]["proof"] == "by name alone", "nobody signs for another"
    assert key_of("Dr. Ben") is None
    assert main(["review", "verify", str(record_path(batch, ONE, "dr. anna"))]) == 0
    assert "by anybody without that key" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"choice": "accept"', '"choice": "reject"'),
        ('"by": "Dr. Anna"', '"by": "Dr. Eve"'),
        ('"about": "0', '"about": "f'),
        ('"method": "ed25519"', '"method": "name"'),
        ('"action": "judged"', '"action": "noted"'),
    ],
)
def test_a_record_that_somebody_changed_does_not_count(batch, own_settings, before, after):
    with_key(own_settings, "Dr. Anna")
    decide(batch, ONE, "Dr. Anna", "accept", result="0" * 16)
    path = record_path(batch, ONE, "Dr. Anna")
    assert before in path.read_text()
    path.write_text(path.read_text().replace(before, after))
    found = all_decisions(batch)
    assert all(one["decision"] == "void" and one["proof"] for one in found)
    assert agreement(found) == []


def test_whoever_makes_all_digests_anew_cannot_sign(batch, own_settings):
    from dataclasses import replace

    from fmassist.review import Review

    with_key(own_settings, "Dr. Anna")
    decide(batch, ONE, "Dr. Anna", "accept")
    path = record_path(batch, ONE, "Dr. Anna")
    judgement = replace(read_record(path).review.judgement, choice="reject")
    forged = Review({"verdict": "plausible", "findings": []})
    forged.audit.append("judged", {**judgement.to_json(), "audit": forged.audit.head.to_json()})
    store_review(batch, ONE, "Dr. Anna", forged)
    (found,) = all_decisions(batch)
    assert found["decision"] == "void"


def test_a_record_that_was_moved_to_another_study_does_not_count(batch):
    decide(batch, ONE, "Dr. Anna", "accept")
    record_path(batch, ONE, "Dr. Anna").rename(record_path(batch, TWO, "Dr. Anna"))
    (found,) = all_decisions(batch)
    assert (found["study"], found["decision"], found["proof"]) == (TWO, "void", "its record is of another study")
    with pytest.raises(InputError, match="another study"):
        decide(batch, TWO, "Dr. Anna", "reject")


def test_a_key_that_cannot_be_used_stops_rather_than_signing_by_name(batch, own_settings):
    own_settings.mkdir()
    (own_settings / "signing-key.pem").write_text("no key")
    (own_settings / "signing-key.pem").chmod(0o600)
    with pytest.raises(InputError, match="cannot be read"):
        decide(batch, ONE, "Dr. Anna", "accept")
    assert all_decisions(batch) == []
    assert main(["serve", str(batch), "--no-browser"]) == 2


def test_a_file_taken_twice_adds_nothing_and_an_older_one_takes_nothing_back(batch, tmp_path):
    entry = {"study": ONE, "decision": "accept", "note": "", "result": "", "at": "2026-12-01T08:00:00.000Z"}
    saved = tmp_path / "saved.json"
    saved.write_text(json.dumps({"format": "fmassist-decisions/1", "reviewer": "Dr. Anna", "decisions": [entry]}))
    take_decisions(saved, batch, {ONE})
    before = record_path(batch, ONE, "Dr. Anna").read_bytes()
    take_decisions(saved, batch, {ONE})
    assert record_path(batch, ONE, "Dr. Anna").read_bytes() == before
    decide(batch, ONE, "Dr. Anna", "unsure", at="2026-12-01T10:00:00.000Z")
    take_decisions(saved, batch, {ONE})
    assert all_decisions(batch)[0]["decision"] == "unsure"


def test_the_panel_decides_findings_in_the_same_record(batch):
    finding = {"id": "f1", "rule": "r", "severity": "review", "segments": ["liver"]}
    (batch / ONE / "findings.json").write_text(json.dumps({"verdict": "review", "findings": [finding]}))
    decide(batch, ONE, "Dr. Anna", "accept")
    review = open_review(batch, ONE, "Dr. Anna")
    review.decide("keep", ["f1"], by="Dr. Anna", reason="seen")
    review.sign("Dr. Anna", "digest", key=None)
    store_review(batch, ONE, "Dr. Anna", review)
    again = open_review(batch, ONE, "Dr. Anna")
    assert again.verify("digest").valid
    decide(batch, ONE, "Dr. Anna", "accept", at="2026-12-01T09:00:00.000Z", note="signed off")
    assert open_review(batch, ONE, "Dr. Anna").verify("digest").valid, "a word on the study voids no sign-off"
    assert all_decisions(batch)[0]["decision"] == "accept"
    finding["id"] = "f2"  # the study is checked anew
    (batch / ONE / "findings.json").write_text(json.dumps({"verdict": "review", "findings": [finding]}))
    anew = open_review(batch, ONE, "Dr. Anna")
    assert anew.signature is None
    assert [entry["action"] for entry in anew.audit.entries][:4] == ["checked", "judged", "decided", "signed"]


def test_of_a_study_that_failed_something_can_be_said_too(batch):
    (batch / ONE / "findings.json").unlink()
    decide(batch, ONE, "Dr. Anna", "reject")
    decide(batch, ONE, "Dr. Anna", "unsure", at="2026-12-01T09:00:00.000Z")
    assert all_decisions(batch)[0]["decision"] == "unsure"


def test_two_reviewers_agreement_is_shown_over_loopback(server):
    for study, ben in ((ONE, "accept"), (TWO, "reject")):
        decide(server.batch, study, "Dr. Anna", "accept")
        said = {"study": study, "reviewer": "Dr. Ben", "decision": ben}
        own = {"X-FMAssist": "1", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{server.url}decisions", data=json.dumps(said).encode(), headers=own)
        with urllib.request.urlopen(request, timeout=10) as answer:
            told = json.loads(answer.read())
    assert told["agreement"] == ["Dr. Anna and Dr. Ben agree on 50% of 2 studies, kappa 0.00"]
    assert [one["study"] for one in told["decisions"]] == [TWO, TWO], "of the study decided"
