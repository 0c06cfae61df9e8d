"""Decide, undo, sign; and every way in which a signature stops to hold."""

import json
from datetime import datetime, timedelta, timezone

import pytest

from fmassist.errors import InputError
from fmassist.review import Review, SegmentContent, segmentation_digest

EYE = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]


def finding(name, severity="block", segments=("spleen",)):
    return {"id": name, "severity": severity, "segments": list(segments), "message": name, "repair": None}


@pytest.fixture
def review():
    result = {
        "schema_version": "1.0",
        "verdict": "implausible",
        "findings": [finding("a"), finding("b", "review", ("liver",)), finding("c", "info")],
    }
    return Review(result)


def decided(review):
    review.decide("keep", ["a"], reason="Normal variant of this patient", segment_digests={"spleen": "s1"})
    review.decide("reject", ["b"], segment_digests={"liver": "l1"})
    return review


def test_only_findings_above_info_ask_for_a_decision(review):
    assert [f["id"] for f in review.open_findings()] == ["a", "b"]
    assert [f["id"] for f in review.open_findings("liver")] == ["b"]


def test_decision_closes_and_undo_opens_again(review):
    review.decide("reject", ["a"])
    assert review.decision_on("a").action == "reject"
    assert review.undo().findings == ("a",)
    assert review.decision_on("a") is None
    assert [entry["action"] for entry in review.audit.entries] == ["checked", "decided", "undone"]


def test_undo_of_nothing_says_so(review):
    with pytest.raises(InputError, match="nothing to undo"):
        review.undo()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("keep", ["a"]), "without a reason"),
        (("keep", ["z"]), "no finding of that id"),
        (("delete", ["a"]), "unknown decision"),
        (("accept_repair", ["a"]), "no repair"),
        (("reject", []), "settles no finding"),
    ],
)
def test_bad_decision_is_refused_and_not_logged(review, arguments, says):
    before = review.audit.head
    with pytest.raises(InputError, match=says):
        review.decide(*arguments)
    assert review.audit.head == before
    assert review.decisions == ()


def test_signature_needs_a_name_and_every_decision(review):
    with pytest.raises(InputError, match="2 findings are not decided"):
        review.sign("A. Reader", "d")
    decided(review)
    with pytest.raises(InputError, match="needs a name"):
        review.sign("  ", "d")
    assert review.sign("A. Reader", "d").by == "A. Reader"
    assert review.verify("d").valid


def test_signature_is_void_on_an_edited_segmentation(review):
    decided(review).sign("A. Reader", "d")
    assert review.verify("e").reasons == ("the segmentation was changed after it was signed",)


def test_signature_is_void_after_a_later_decision_and_after_undo(review):
    decided(review).sign("A. Reader", "d")
    review.decide("keep", ["a"], reason="second thought")
    assert not review.verify("d").valid
    review.undo()
    assert review.verify("d").valid, "the decisions are again those that were signed"
    review.undo()
    assert not review.verify("d").valid


def stored(review, change=lambda value: None):
    value = json.loads(json.dumps(review.to_json()))
    change(value)
    return Review.from_json(value)


def test_everything_survives_storage(review):
    decided(review).sign("A. Reader", "d")
    again = stored(review)
    assert again.verify("d").valid
    assert again.decisions == review.decisions
    again.decide("reject", ["a"])
    assert again.decisions[-1].id == "d3", "ids are never used twice"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda v: v["decisions"][0].update(reason="other"), "decisions were changed"),
        (lambda v: v["decisions"].pop(), "decisions were changed"),
        (lambda v: v["result"]["findings"].pop(0), "findings are not those"),
        (lambda v: v["result"].update(verdict="plausible"), "findings are not those"),
        (lambda v: v["signature"].update(by="Somebody else"), "signature was edited"),
        (lambda v: v["audit"].pop(1), "removed, added or moved"),
        (lambda v: v["audit"][1]["details"].update(reason="other"), "was edited"),
        (lambda v: v.update(audit=v["audit"][:1]), "the log was cut"),
    ],
)
def test_tampering_with_the_stored_review_voids_the_signature(review, change, says):
    decided(review).sign("A. Reader", "d")
    verification = stored(review, change).verify("d")
    assert not verification.valid
    assert any(says in reason for reason in verification.reasons), verification.reasons


def test_unsigned_is_not_valid(review):
    assert review.verify("d").reasons == ("nobody has signed this result",)


def test_clock_set_back_between_decisions_is_noted_beside_a_valid_signature():
    noon = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
    times = [noon, noon - timedelta(hours=2)]
    review = Review({"findings": [finding("a")]}, clock=lambda: times.pop(0) if len(times) > 1 else times[0])
    review.decide("reject", ["a"])
    review.sign("A. Reader", "d")
    verification = review.verify("d")
    assert verification.valid
    assert len(verification.notes) == 1


def test_decisions_do_not_carry_over_to_another_segmentation(review):
    decided(review)
    assert review.stale_decisions({"spleen": "s1", "liver": "l1"}) == []
    assert [d.id for d in review.stale_decisions({"spleen": "other", "liver": "l1"})] == ["d1"]
    assert [d.id for d in review.stale_decisions({})] == ["d1", "d2"]


def test_review_of_another_version_is_refused(review):
    with pytest.raises(InputError, match="another version"):
        Review.from_json({**review.to_json(), "schema_version": "2.0"})


def test_segment_digest_counts_name_meaning_place_and_voxels():
    first = SegmentContent("spleen", "SCT", (1, 2, 3), (2, 2, 2), b"\xff")
    others = [
        SegmentContent("Spleen", "SCT", (1, 2, 3), (2, 2, 2), b"\xff"),
        SegmentContent("spleen", "", (1, 2, 3), (2, 2, 2), b"\xff"),
        SegmentContent("spleen", "SCT", (1, 2, 4), (2, 2, 2), b"\xff"),
        SegmentContent("spleen", "SCT", (1, 2, 3), (2, 2, 2), b"\xfe"),
    ]
    assert len({first.digest(), *(other.digest() for other in others)}) == 5


def test_segmentation_digest_ignores_order_and_rounding_of_files():
    wobbly = [[value + 1e-6 for value in row] for row in EYE]
    moved = [[1, 0, 0, 5], *EYE[1:]]
    assert segmentation_digest({"a": "1", "b": "2"}, EYE) == segmentation_digest({"b": "2", "a": "1"}, wobbly)
    assert segmentation_digest({"a": "1", "b": "2"}, EYE) != segmentation_digest({"a": "2", "b": "1"}, EYE)
    assert segmentation_digest({"a": "1"}, EYE) != segmentation_digest({"a": "1"}, moved)


def test_second_check_keeps_what_still_holds(review):
    for item in review.findings:
        item["rule"] = f"rule of {item['id']}"
    decided(review)
    result = {"verdict": "review", "findings": [{**f, "id": "new " + f["id"]} for f in review.findings]}
    again = review.checked_again(result, {"spleen": "s1", "liver": "edited since"})
    assert again.decision_on("new a").reason == "Normal variant of this patient"
    assert again.decision_on("new b") is None, "its segment was changed, so it has to be looked at again"
    assert again.audit.problems(expected=review.audit.head) == [], "the log goes on"


def test_withdrawn_signature_leaves_its_trace(review):
    decided(review).sign("A. Reader", "d")
    review.withdraw()
    assert review.signature is None
    assert review.verify("d").reasons == ("nobody has signed this result",)
    assert [entry["action"] for entry in review.audit.entries][-2:] == ["signed", "signature withdrawn"]
    with pytest.raises(InputError, match="nobody has signed"):
        review.withdraw()
