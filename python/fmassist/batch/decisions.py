"""People's decisions from the worklist: `accept`, `reject` or `unsure` on a study, with a note.

They are kept in the review records (`fmassist.batch.records`), signed with the reviewer's own key where it is this
machine's user's, else by name alone. A decision says nothing of the verdict, which stays as it is, and it names the
result that it was made about by that result's hash: where a study was redone since, the decision is of an earlier
result, and is told as that.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from fmassist.batch.records import (
    FINDINGS,
    FOLDER,
    STUDY,
    key_of,
    one_at_a_time,
    open_review,
    printable_name,
    read_record,
    record_path,
    result_hash,
    store_review,
)
from fmassist.errors import InputError
from fmassist.json_file import read_json
from fmassist.outside_text import printable
from fmassist.review import Review
from fmassist.review.judgement import CHOICES
from fmassist.review.keys import fingerprint

FORMAT = "fmassist-decisions/1"
MAX_BYTES = 64 * 1024 * 1024
MOST_NOTE = 2000
_GIVE = "give a file that the worklist saved"

Known = dict[Path, tuple[tuple[int, int, int], dict[str, Any] | None]]
"""Records that were read before, and the size, time and inode that their files had then."""


def take_decisions(source: Path, out: Path, studies: Collection[str]) -> int:
    """Reads decision files of the worklist, and writes each decision into its review record; returns how many.

    Args:
        source: a file that the worklist saved, or a folder of such files.
        out: the batch's folder.
        studies: ids that it knows.

    Raises:
        InputError: a file holds no decisions, or names a study that the batch has not.
    """
    paths = sorted(source.glob("*.json")) if source.is_dir() else [source]
    found = [one for path in paths for one in read_decisions(path)]
    for one in found:
        if one["study"] not in studies:
            raise InputError("a decision is about a study that this batch has not", "give the batch's own decisions")
    for one in found:
        record_decision(out, one)
    return len(found)


def read_decisions(path: Path) -> list[dict[str, Any]]:
    """The decisions of one file, checked.

    Raises:
        InputError: it holds none.
    """
    document = read_json(path, "the decisions", _GIVE, max_bytes=MAX_BYTES)
    entries = document.get("decisions") if isinstance(document, dict) and document.get("format") == FORMAT else None
    if not isinstance(entries, list):
        raise InputError("the file holds no decisions", _GIVE)
    return [checked(entry, document.get("reviewer")) for entry in entries]


def checked(entry: Any, reviewer: Any) -> dict[str, Any]:
    """One decision in the form that is kept.

    Raises:
        InputError: it is none.
    """
    if not isinstance(entry, dict) or entry.get("decision") not in CHOICES:
        raise InputError("a decision is none of accept, reject and unsure", _GIVE)
    study = entry.get("study")
    if not isinstance(study, str) or not STUDY.fullmatch(study):
        raise InputError("a decision names no study", _GIVE)
    name = printable_name(entry.get("reviewer") or reviewer)
    if not name:
        raise InputError("a decision has no reviewer", "say who decided, in the worklist")
    return {
        "study": study,
        "reviewer": name,
        "decision": entry["decision"],
        "note": printable(str(entry.get("note", "")).strip(), most=MOST_NOTE),
        "result": printable(str(entry.get("result", "")), most=64),
        "at": printable(str(entry.get("at", "")), most=40),
    }


def record_decision(out: Path, decision: dict[str, Any]) -> None:
    """Writes a decision into its reviewer's record of the study. One that they said before their last is passed over.

    Args:
        out: the batch's folder.
        decision: as `checked` gives it.

    Raises:
        InputError: the record is damaged or cannot be written, or the reviewer's key cannot be used.
    """
    study, reviewer = decision["study"], decision["reviewer"]
    key = key_of(reviewer)
    now = result_hash(out, study)
    about = now if decision["result"] and now.startswith(decision["result"]) else decision["result"]
    with one_at_a_time(out):
        review = _review(out, study, reviewer)
        last = review.judgement
        if last is not None and decision["at"] and decision["at"] <= last.said_at:
            return
        note, said_at = decision["note"], decision["at"]
        review.judge(decision["decision"], by=reviewer, note=note, about=about, said_at=said_at, key=key)
        store_review(out, study, reviewer, review)


def _review(out: Path, study: str, reviewer: str) -> Review:
    """The reviewer's review; of a study that failed there is no result, and yet something to say."""
    if (out / study / FINDINGS).is_file():
        return open_review(out, study, reviewer)
    path = record_path(out, study, reviewer)
    return read_record(path).review if path.is_file() else Review({})


def all_decisions(out: Path, known: Known | None = None) -> list[dict[str, Any]]:
    """Every decision that lies in a batch's records, with `proof`: how it is signed, or what is wrong with it.

    A decision whose record was changed by somebody has `decision` `"void"`.

    Args:
        out: the batch's folder.
        known: what an earlier call read; it is brought up to date, so that only changed files are read.
    """
    known = {} if known is None else known
    found = []
    for path in sorted((out / FOLDER).glob("*.json")):
        try:
            stat = path.stat()
        except OSError:
            continue
        stamp = (stat.st_size, stat.st_mtime_ns, stat.st_ino)
        if path not in known or known[path][0] != stamp:
            known[path] = stamp, _read_one(path)
        one = known[path][1]
        if one is not None:
            found.append(one)
    return found


def _read_one(path: Path) -> dict[str, Any] | None:
    study = path.name.rsplit(".", 2)[0]
    try:
        record = read_record(path)
        judgement = record.review.judgement
    except InputError:
        return {**_void(study), "proof": "its record cannot be read"}
    if judgement is None:
        return None
    found = {
        "study": record.study,
        "reviewer": judgement.by,
        "decision": judgement.choice,
        "note": judgement.note,
        "result": judgement.about[:16],
        "at": judgement.said_at or judgement.at,
    }
    verification = record.verify()
    if record.study != study:
        return {**_void(study), "proof": "its record is of another study"}
    if not verification.valid:
        return {**_void(study), "reviewer": judgement.by, "proof": verification.reasons[0]}
    return {**found, "proof": f"signed with key {fingerprint(judgement.key)}" if judgement.key else "by name alone"}


def _void(study: str) -> dict[str, Any]:
    return {"study": study, "reviewer": "", "decision": "void", "note": "", "result": "", "at": ""}
