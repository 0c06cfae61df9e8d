"""What a signature covers, who could fake what, and that each fake is found."""

import contextlib
import copy
import json
import os

import pytest

from fmassist.errors import InputError
from fmassist.review import Review, digest
from fmassist.review.keys import fingerprint, known_reviewers, make_key, own_key

RESULT = {
    "schema_version": "1.1",
    "verdict": "implausible",
    "study": {"modality": "CT", "spacing": {"value": [1, 1, 1], "unit": "mm"}},
    "context": {"age": 54, "sex": "female"},
    "label_map": "totalsegmentator:total",
    "segments": [{"key": "0:1", "name": "spleen", "structure": "st:spleen"}],
    "findings": [{"id": "a", "severity": "block", "segments": ["spleen"], "message": "a", "repair": None}],
    "causes": [],
    "rules": {"run": 10, "by_rule": []},
    "versions": {"program": "1", "knowledge": "2026", "knowledge_sha256": "k" * 64, "model": None},
}
EVIDENCE = {"scan": {"modality": "CT"}, "segments": [{"key": "0:1", "volume_ml": 200.0}]}


def signed(key="own", evidence=EVIDENCE):
    review = Review(copy.deepcopy(RESULT), evidence=evidence)
    review.decide("keep", ["a"], reason="Normal variant of this patient", segment_digests={"spleen": "s1"})
    review.sign("A. Reader", "d", key=key)
    return review


def stored(review, change=lambda value: None, *, evidence=EVIDENCE):
    value = json.loads(json.dumps(review.to_json()))
    change(value)
    return Review.from_json(value, evidence=evidence)


def whole(entries, key=None):
    """The log as somebody who knows SHA-256 would rewrite it, with its head."""
    before = "0" * 64
    for number, entry in enumerate(entries, start=1):
        entry["number"], entry["previous"] = number, before
        entry["digest"] = before = digest({k: v for k, v in entry.items() if k != "digest"})
    return {"audit": entries, "head": {"count": len(entries), "digest": before}}


def resigned(stored_review, **changes):
    """The signature with its own digest made anew, as an attacker without a key can."""
    content = {k: v for k, v in {**stored_review["signature"], **changes}.items() if k != "digest"}
    return {**content, "digest": digest(content)}


PARTS = {
    "context": lambda v: v["result"]["context"].update(sex="male"),
    "an added context": lambda v: v["result"]["context"].update(history=["splenectomy"]),
    "study": lambda v: v["result"]["study"].update(modality="MR"),
    "label map": lambda v: v["result"].update(label_map="litemedsam"),
    "meaning of a segment": lambda v: v["result"]["segments"][0].update(structure="st:liver"),
    "knowledge": lambda v: v["result"]["versions"].update(knowledge_sha256="x" * 64),
    "program": lambda v: v["result"]["versions"].update(program="2"),
    "model": lambda v: v["result"]["versions"].update(model="another"),
    "findings": lambda v: v["result"]["findings"].clear(),
    "a finding's words": lambda v: v["result"]["findings"][0].update(message="harmless"),
    "verdict": lambda v: v["result"].update(verdict="plausible"),
    "rules": lambda v: v["result"]["rules"].update(run=0),
    "something new": lambda v: v["result"].update(note="all is well"),
    "decision": lambda v: v["decisions"][0].update(action="reject"),
    "its reason": lambda v: v["decisions"][0].update(reason="other"),
    "who decided": lambda v: v["decisions"][0].update(by="B. Other"),
}


@pytest.mark.parametrize("key", ["name", "key"])
@pytest.mark.parametrize("change", PARTS.values(), ids=PARTS)
def test_everything_that_the_verdict_rests_on_is_signed(change, key):
    if key == "key":
        make_key()
    assert stored(signed()).verify("d").valid
    assert not stored(signed(), change).verify("d").valid


def test_the_evidence_is_signed_and_held_against_what_the_result_states():
    assert not stored(signed(), evidence={**EVIDENCE, "segments": []}).verify("d").valid
    assert stored(signed(), evidence=None).verify("d").valid, "where it is not at hand it cannot be compared"
    review = Review({**RESULT, "versions": {"evidence_sha256": "0" * 64}}, evidence=EVIDENCE)
    review.decide("reject", ["a"])
    with pytest.raises(InputError, match="evidence"):
        review.sign("A. Reader", "d")


def test_a_withdrawn_signature_cannot_be_put_back():
    review = signed()
    value = json.loads(json.dumps(review.to_json()))
    review.withdraw()
    pasted = {**json.loads(json.dumps(review.to_json())), "signature": value["signature"]}
    reasons = Review.from_json(pasted).verify("d").reasons
    assert any("withdrawn" in reason for reason in reasons), reasons
    # Nor with the whole review as it was before: this machine remembers.
    reasons = Review.from_json(value).verify("d").reasons
    assert reasons == ("this signature was withdrawn on this machine",)


def test_signing_again_gives_another_signature_and_the_withdrawn_one_stays_void():
    review = signed()
    first = review.signature
    review.withdraw()
    second = review.sign("A. Reader", "d")
    assert first.id != second.id
    assert review.verify("d").valid
    value = json.loads(json.dumps(review.to_json()))
    assert not Review.from_json({**value, "signature": first.to_json()}).verify("d").valid


@pytest.mark.parametrize("field", ["by", "at", "segmentation", "id", "method", "key", "value", "evidence", "decisions"])
@pytest.mark.parametrize("key", ["name", "key"])
def test_signer_time_and_all_else_of_a_signature_cannot_be_changed(field, key):
    if key == "key":
        make_key()
    review = signed()
    other = {"by": "B. Other", "at": "2020-01-01T00:00:00+00:00", "method": "name", "segmentation": "e"}.get(
        field, "ab"
    )

    def edit(value):
        value["signature"] = resigned(value, **{field: other})

    changed = stored(review, edit)
    if changed.signature is None or changed.signature.to_json() != review.signature.to_json():
        assert not changed.verify("e" if field == "segmentation" else "d").valid


def test_signer_and_time_of_a_signature_with_a_key_hold_even_where_the_log_is_rewritten():
    make_key()
    for changes in ({"by": "B. Other"}, {"at": "2020-01-01T00:00:00+00:00"}, {"result": "0" * 64}):
        value = json.loads(json.dumps(signed().to_json()))
        value["signature"] = resigned(value, **changes)
        value["audit"][-1]["details"] = value["signature"]
        value.update(whole(value["audit"]))
        assert any("not made with the key" in reason for reason in Review.from_json(value).verify("d").reasons)


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v.update(audit=[]),
        lambda v: v.update(audit=[], head={"count": 0, "digest": "0" * 64}),
        lambda v: v.pop("head"),
        lambda v: v.update(head=None),
        lambda v: v.update(audit=v["audit"][:-1]),
        lambda v: v.update(whole(v["audit"][:-1])),
        lambda v: v.update(whole(v["audit"][:1])),
        lambda v: v.update(whole(v["audit"][1:])),
        lambda v: v.update(whole(list(reversed(v["audit"])))),
        lambda v: v.update(whole([*v["audit"], {"action": "signature withdrawn", "at": "", "details": {}}])),
        lambda v: v["audit"].append({**v["audit"][-1]}),
        lambda v: v["audit"][1].pop("digest"),
        lambda v: v.update(audit=[v["audit"][0]] * len(v["audit"])),
        lambda v: v.update(audit=[{}] * 3),
        lambda v: (v["audit"][1]["details"].update(reason="x"), v.update(whole(v["audit"]))),
    ],
)
def test_an_empty_cut_or_rewritten_log_does_not_pass(change):
    assert not stored(signed(), change).verify("d").valid


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"schema_version": "1.1", "audit": 3},
        {"schema_version": "1.1", "audit": [1, 2]},
        {"schema_version": "1.1", "result": [1]},
        {"schema_version": "1.1", "result": {"findings": [3]}},
        {"schema_version": "1.1", "result": {"findings": {}}, "decisions": 3},
        {"schema_version": "1.1", "decisions_made": "many"},
        {"schema_version": "1.1", "decisions": [{"id": []}]},
        {"schema_version": "1.1", "result": {"a": "\ud800"}},
        {"schema_version": "1.1", "result": {"a": float("nan")}},
        {"schema_version": "1.1", "audit": [], "signature": [1]},
        {"schema_version": "1.1", "audit": [{"digest": 1, "number": [], "at": {}, "details": []}], "signature": {}},
    ],
)
def test_a_damaged_review_is_one_line_or_void_and_never_more(value):
    with contextlib.suppress(InputError):
        assert not Review.from_json(value).verify("d").valid


def test_a_deep_review_is_one_line():
    deep: list = []
    for _ in range(5_000):
        deep = [deep]
    with pytest.raises(InputError):
        Review.from_json({**signed().to_json(), "result": {"study": deep}})


def test_a_signature_of_the_older_form_says_that_it_covered_less():
    def older(value):
        value["signature"] = {"by": "A", "at": "", "segmentation": "d", "findings": "", "decisions": "", "audit": {}}

    assert any("older form" in reason for reason in stored(signed(), older).verify("d").reasons)


def test_by_name_alone_it_says_so_and_with_a_key_whose():
    assert "by name alone" in signed().verify("d").proof
    key = make_key()
    review = signed()
    verification = review.verify("d")
    assert verification.valid
    assert fingerprint(key.public) in verification.proof
    assert "nobody whom this machine knows" in verification.notes[0]
    assert review.signature.key == key.public


def test_a_known_key_names_its_owner_and_another_name_is_refused(settings):
    key = make_key()
    (settings / "reviewers").mkdir()
    (settings / "reviewers" / "a.pub").write_text(f"{key.public} A. Reader\n")
    verification = signed().verify("d")
    assert (verification.valid, verification.notes) == (True, ())
    assert "of A. Reader" in verification.proof
    (settings / "reviewers" / "a.pub").write_text(f"{key.public} B. Other\n")
    assert any("names somebody else" in reason for reason in signed().verify("d").reasons)


def test_another_s_key_does_not_pass_for_one_s_own(tmp_path, settings):
    """Somebody who signs anew with a key of their own under the reviewer's name."""
    mine, theirs = make_key(), make_key(folder=tmp_path)
    (settings / "reviewers").mkdir()
    (settings / "reviewers" / "a.pub").write_text(f"{mine.public} A. Reader\n")
    verification = signed(theirs).verify("d")
    assert verification.valid
    assert "nobody here knows" in verification.proof
    assert "nobody whom this machine knows" in verification.notes[0]


def test_a_value_made_for_another_review_does_not_fit():
    make_key()
    one, other = signed(), signed()

    def swap(value):
        value["signature"] = resigned(value, value=other.signature.value)

    assert not stored(one, swap).verify("d").valid


def test_stripping_the_key_leaves_no_valid_signature():
    make_key()

    def strip(value):
        value["signature"] = resigned(value, method="name", key="", value="")

    assert not stored(signed(), strip).verify("d").valid


def test_a_key_lies_in_a_file_that_nobody_else_can_read(settings):
    key = make_key()
    path = settings / "signing-key.pem"
    assert path.stat().st_mode & 0o777 == 0o600
    assert own_key().public == key.public
    assert key.sign(b"x") == own_key().sign(b"x")
    with pytest.raises(InputError, match="already"):
        make_key()
    private = path.read_text().splitlines()[1]
    assert private not in repr(key)
    assert private not in str(own_key())


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_key_that_others_can_read_is_not_used(settings):
    make_key()
    (settings / "signing-key.pem").chmod(0o644)
    with pytest.raises(InputError, match="others can read"):
        signed()


def test_a_passphrase_is_asked_for_and_no_signature_by_name_slips_in_instead(monkeypatch):
    make_key(passphrase="secret words")
    for given in ("", "other words"):
        monkeypatch.setenv("FMASSIST_KEY_PASSPHRASE", given)
        with pytest.raises(InputError, match="signing key"):
            signed()
    monkeypatch.setenv("FMASSIST_KEY_PASSPHRASE", "secret words")
    assert signed().verify("d").valid


@pytest.mark.parametrize("content", [b"", b"no key", b"\xff" * 2000, b"-----BEGIN PRIVATE KEY-----\n"])
def test_a_damaged_key_is_one_line(settings, content):
    (settings / "signing-key.pem").write_bytes(content)
    (settings / "signing-key.pem").chmod(0o600)
    with pytest.raises(InputError, match="signing key"):
        own_key()


def test_odd_files_among_the_known_reviewers_are_passed_over(settings):
    folder = settings / "reviewers"
    folder.mkdir()
    for name, content in {
        "a.pub": b"\xff",
        "b.pub": b"abc A",
        "c.pub": b"0" * 20_000,
        "d.txt": b"0" * 64 + b" D",
    }.items():
        (folder / name).write_bytes(content)
    (folder / "e.pub").write_bytes(b"0" * 64 + b" E\x1b[2J")
    assert known_reviewers() == {"0" * 64: "E\ufffd[2J"}


def test_a_damaged_record_of_signatures_does_not_stop_anybody(settings):
    review = signed()
    path = settings / "signatures.jsonl"
    path.write_bytes(b"{\n[]\n3\n" + path.read_bytes() + b'{"signature": "' + review.signature.id.encode() + b'"}\n')
    assert review.verify("d").valid
    path.write_bytes(b"\xff\xfe")
    assert review.verify("d").valid


@pytest.mark.parametrize("key", ["name", "key"])
def test_a_withdrawn_signature_that_the_log_is_made_to_tell_of_twice_is_found_on_any_machine(key, tmp_path):
    """Somebody copies the log's own entry of the signature behind its withdrawal, and makes the chain anew."""
    from fmassist.review.register import Register

    review = signed(key=make_key() if key == "key" else None)
    signature = review.to_json()["signature"]
    review.withdraw()
    value = json.loads(json.dumps(review.to_json()))
    again = next(dict(entry) for entry in value["audit"] if entry["action"] == "signed")
    value |= {"signature": signature, **whole([*value["audit"], again])}
    elsewhere = Review.from_json(value, evidence=EVIDENCE, register=Register(tmp_path))
    assert any("another place of the log" in reason for reason in elsewhere.verify("d").reasons)


def test_evidence_that_came_after_a_signature_without_it_must_be_that_of_the_result():
    from fmassist.review.digest import evidence_digest

    result = copy.deepcopy(RESULT)
    result["versions"]["evidence_sha256"] = evidence_digest(EVIDENCE)
    review = Review(result)
    review.decide("keep", ["a"], reason="Normal variant of this patient", segment_digests={"spleen": "s1"})
    review.sign("A. Reader", "d", key=None)
    other = {**EVIDENCE, "segments": []}
    assert stored(review).verify("d").valid
    assert stored(review, evidence=other).verify("d").reasons == (
        "the evidence is not that which the result was made from",
    )


def test_a_signature_by_name_of_somebody_whose_key_is_known_is_noted(settings):
    assert signed(key=None).verify("d").notes == ()
    (settings / "reviewers").mkdir()
    (settings / "reviewers" / "a.pub").write_text(f"{make_key().public} A. Reader\n")
    found = signed(key=None).verify("d")
    assert found.valid
    assert "a key of A. Reader" in found.notes[0]


def forged(review, **changes):
    """The stored review with another signature, and the log's last entry and end made anew to tell of it."""
    value = json.loads(json.dumps(review.to_json()))
    value["signature"] = resigned(value, **changes)
    value["audit"][-1]["details"] = value["signature"]
    return Review.from_json({**value, **whole(value["audit"])}, evidence=EVIDENCE)


@pytest.mark.parametrize("sign", ["00", "80"])
@pytest.mark.parametrize("point", ["01" + "00" * 31, "00" * 32, "ec" + "ff" * 30 + "7f"])
def test_a_key_that_fits_every_signature_is_no_key(monkeypatch, tmp_path, point, sign):
    """RFC 8032 lets a point of small order be a public key; then R alone, with S = 0, can sign anything."""
    review = signed(make_key())
    monkeypatch.setenv("FMASSIST_SETTINGS", str(tmp_path / "another machine"))
    key = point[:62] + f"{int(point[62:], 16) | int(sign, 16):02x}"
    assert not forged(review, key=key, value="01" + "00" * 63).verify("d").valid


def test_a_signature_is_written_in_one_way(monkeypatch, tmp_path):
    review = signed(make_key())
    monkeypatch.setenv("FMASSIST_SETTINGS", str(tmp_path / "another machine"))
    assert forged(review).verify("d").valid
    for value in (review.signature.value.upper(), f" {review.signature.value}", review.signature.value[:64] + " " * 64):
        assert not forged(review, value=value).verify("d").valid


@pytest.mark.parametrize("key", ["name", "key"])
def test_what_was_written_into_the_log_after_a_signature_is_not_taken_for_signed(key):
    value = json.loads(json.dumps(signed(make_key() if key == "key" else None).to_json()))
    assert not Review.from_json(value, evidence=EVIDENCE).verify("d").notes[1:]
    last = value["audit"][-1]
    value["audit"].append({"at": last["at"], "action": "seen", "details": {"by": "the head of department"}})
    found = Review.from_json({**value, **whole(value["audit"])}, evidence=EVIDENCE).verify("d")
    assert "1 entry of the log came after the signature, which does not cover what came after it" in found.notes


def test_evidence_that_nobody_signed_is_not_taken_for_signed():
    found = stored(signed(evidence=None)).verify("d")
    assert found.valid
    assert "the evidence at hand is not covered by the signature" in found.notes
    assert stored(signed()).verify("d").notes == ()


@pytest.mark.parametrize("by", ["\u0410. Reader", "A. Read\u0435r", "A.  READER", "A. Reader\u200b", "A\u0301. Reader"])
def test_a_name_that_looks_like_one_with_a_key_is_noted(settings, by):
    (settings / "reviewers").mkdir()
    (settings / "reviewers" / "a.pub").write_text(f"{make_key().public} A. Reader\n")
    review = Review(copy.deepcopy(RESULT), evidence=EVIDENCE)
    review.decide("keep", ["a"], reason="Normal variant of this patient", segment_digests={"spleen": "s1"})
    review.sign(by, "d", key=None)
    assert "a key of A. Reader" in review.verify("d").notes[0]


def test_what_a_log_says_is_not_repeated_to_a_terminal(tmp_path, capsys):
    from fmassist.cli.main import main

    value = json.loads(json.dumps(signed(None).to_json()))
    value["audit"][0] |= {"number": "\x1b[2JMusterfrau", "clock_set_back": True, "at": "\x1b]0;Musterfrau\x07"}
    path = tmp_path / "review.json"
    path.write_text(json.dumps(value))
    assert main(["review", "verify", str(path)]) == 3
    said = capsys.readouterr()
    assert "entry 1 has no number" in said.out
    assert "\x1b" not in said.out + said.err
    assert "Musterfrau" not in said.out + said.err


def test_an_empty_digest_of_the_segmentation_is_none(tmp_path, capsys):
    from fmassist.cli.main import main

    path = tmp_path / "review.json"
    path.write_text(json.dumps(signed(None).to_json()))
    assert main(["review", "verify", str(path), "--segmentation", ""]) == 2
    assert "digest is empty" in capsys.readouterr().err
    assert main(["review", "verify", str(path), "--segmentation", "d"]) == 0


@pytest.mark.parametrize("versions", [3.5, [], "1", {"evidence_sha256": 3}])
def test_versions_that_are_none_are_no_fault(versions):
    assert not stored(signed(), lambda v: v["result"].update(versions=versions)).verify("d").valid
