"""A log that was tampered with says so; a whole one does not."""

from datetime import datetime, timedelta, timezone

import pytest

from fmassist.errors import InputError
from fmassist.review import AuditLog, Head

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=timezone.utc)


@pytest.fixture
def log():
    times = iter(NOON + timedelta(minutes=n) for n in range(100))
    log = AuditLog(clock=lambda: next(times))
    for number in range(5):
        log.append("decided", {"finding": f"f{number}"})
    return log


def tampered(log, change):
    entries = [dict(entry) for entry in log.entries]
    change(entries)
    return AuditLog(entries)


def test_whole_log_has_no_problem(log):
    assert AuditLog(log.entries).problems(expected=log.head) == []


def test_edited_entry_is_named(log):
    def edit(entries):
        entries[2]["details"] = {"finding": "another"}

    assert any("entry 3 was edited" in problem for problem in tampered(log, edit).problems())


def test_edit_with_a_fresh_digest_breaks_the_chain(log):
    from fmassist.review import digest

    def edit(entries):
        entries[2]["details"] = {"finding": "another"}
        entries[2]["digest"] = digest({k: v for k, v in entries[2].items() if k != "digest"})

    assert any("entry 4 does not follow" in problem for problem in tampered(log, edit).problems())


@pytest.mark.parametrize("position", [0, 2, 3])
def test_removed_entry_is_seen(log, position):
    assert tampered(log, lambda entries: entries.pop(position)).problems()


def test_swapped_entries_are_seen(log):
    def swap(entries):
        entries[1], entries[2] = entries[2], entries[1]

    assert tampered(log, swap).problems()


def test_cut_end_is_seen_against_the_head_only(log):
    cut = tampered(log, lambda entries: entries.pop())
    assert cut.problems() == [], "nothing inside a cut log can tell"
    assert cut.problems(expected=log.head) == ["the log was cut: it has 4 entries and had 5"]


def test_rewritten_log_is_seen_against_an_earlier_head(log):
    head = log.head
    other = AuditLog()
    for _ in range(7):
        other.append("decided", {"finding": "f"})
    assert any("replaced" in problem for problem in other.problems(expected=head))


def test_clock_set_back_is_noted_and_is_no_problem():
    times = iter([NOON, NOON - timedelta(days=1), NOON + timedelta(hours=1)])
    log = AuditLog(clock=lambda: next(times))
    for _ in range(3):
        log.append("decided", {})
    assert log.problems() == []
    assert len(log.notes()) == 1
    assert "entry 2" in log.notes()[0]


def test_key_makes_a_rewritten_log_visible(log):
    keyed = AuditLog(key=b"of the institution")
    keyed.append("decided", {})
    assert AuditLog(keyed.entries, key=b"of the institution").problems() == []
    forged = AuditLog()
    forged.append("decided", {})
    assert AuditLog(forged.entries, key=b"of the institution").problems()


def test_file_round_trip_and_its_cut(log, tmp_path):
    path = tmp_path / "audit.jsonl"
    log.write(path)
    again, problems = AuditLog.read(path)
    assert again.entries == log.entries
    assert problems == []
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:-1]), encoding="utf-8")
    assert AuditLog.read(path)[1] == ["the log was cut: it has 4 entries and had 5"]
    (tmp_path / "audit.jsonl.head").unlink()
    assert "head is missing" in AuditLog.read(path)[1][0]


@pytest.mark.parametrize("content", ["{", "[1]", "3\n"])
def test_no_log_is_one_clear_line(tmp_path, content):
    path = tmp_path / "audit.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="not an audit log"):
        AuditLog.read(path)


def test_empty_log_has_the_empty_head():
    assert AuditLog().head == Head(0, "0" * 64)


@pytest.mark.parametrize("count", [-1, -(10**30)])
def test_a_head_that_counts_less_than_nothing_is_none(log, count):
    assert log.problems(expected=Head(count, "0" * 64)) == ["what was signed as the log's head is none"]
