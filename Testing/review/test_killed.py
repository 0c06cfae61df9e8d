"""A process that writes a log or a signature and is killed at any moment leaves what was whole before, or after."""

import os
import random
import signal
import time
from datetime import datetime, timezone

import pytest

from fmassist.review import AuditLog, Review
from fmassist.review.keys import make_key, own_key

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
RESULT = {"verdict": "review", "findings": [{"id": "a", "severity": "block", "segments": ["spleen"], "message": "a"}]}

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="killed as POSIX kills")


def killed(work, after_s):
    """Runs `work` in a copy of this process and kills it after that time; whether it was still at it."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    time.sleep(after_s)  # not waited for: this is the moment of the kill
    os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1] == signal.SIGKILL


def written(path, rounds):
    log = AuditLog(clock=lambda: NOON)
    for number in range(rounds):
        log.append("decided", {"finding": f"f{number}", "reason": "x" * 200})
        log.write(path)
    return log


def test_a_log_whose_writer_is_killed_is_a_beginning_of_the_undisturbed_one(tmp_path):
    undisturbed = written(tmp_path / "undisturbed.jsonl", 60).entries
    chance = random.Random(13)
    hit = 0
    for attempt in range(24):
        path = tmp_path / f"{attempt}" / "audit.jsonl"
        path.parent.mkdir()
        hit += killed(lambda path=path: written(path, 10_000), chance.uniform(0.005, 0.06))
        if not path.exists():
            continue
        log, problems = AuditLog.read(path)
        if not path.with_name("audit.jsonl.head").exists():  # killed between the first log and its head
            assert len(log.entries) == 1
            continue
        assert problems == []
        assert log.entries[:60] == undisturbed[: len(log.entries)]
    assert hit >= 20


def test_a_signer_who_is_killed_leaves_a_key_and_a_record_that_can_be_read(settings):
    make_key()
    public = own_key().public

    def sign():
        while True:
            review = Review(RESULT)
            review.decide("reject", ["a"])
            review.sign("A. Reader", "d")
            review.withdraw()

    chance = random.Random(17)
    for _ in range(20):
        assert killed(sign, chance.uniform(0.002, 0.03))
        assert own_key().public == public
        lines = (
            (settings / "signatures.jsonl").read_text().splitlines() if (settings / "signatures.jsonl").exists() else []
        )
        assert all(line.startswith("{") and line.endswith("}") for line in lines)
    review = Review(RESULT)
    review.decide("reject", ["a"])
    review.sign("A. Reader", "d")
    assert review.verify("d").valid
