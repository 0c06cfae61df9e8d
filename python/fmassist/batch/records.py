"""Review records of a batch: one file a study and reviewer, which the worklist, `serve` and the panel share.

A record is a review (`fmassist.review.Review`) with its log, decisions and signatures. It leaves out only the result
that it is about, which lies beside it in the study's folder, so that those of thousands of studies are quick to read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from fmassist.application.folder import marker_of
from fmassist.application.leftovers import held_file
from fmassist.errors import InputError
from fmassist.json_file import read_json
from fmassist.outside_text import printable
from fmassist.review import Review, Verification
from fmassist.review.keys import SigningKey, known_reviewers, own_key

FOLDER = "decisions"
FORMAT = "fmassist-record/1"
FINDINGS = "findings.json"
MAX_BYTES = 64 * 1024 * 1024
STUDY = re.compile(r"[\w-][\w.-]{0,119}", re.ASCII)


@dataclass(frozen=True)
class Record:
    """A stored record.

    Args:
        study: whose it is.
        review: without its result.
    """

    study: str
    review: Review

    def verify(self) -> Verification:
        """Whether what its reviewer said of the study stands in the log as it was said."""
        return self.review.verify_judgement()


def record_path(batch: Path, study: str, reviewer: str) -> Path:
    """Where a reviewer's record on a study lies. The reviewer's name is in the record, not in the file's name."""
    who = sha256(reviewer.strip().encode("utf-8", "replace")).hexdigest()[:12]
    return batch / FOLDER / f"{study}.{who}.json"


def read_record(path: Path) -> Record:
    """A stored record, without its result.

    Raises:
        InputError: it is none.
    """
    value = read_json(path, "the record", "give a record of a batch's decisions", max_bytes=MAX_BYTES)
    if not isinstance(value, dict) or value.get("format") != FORMAT or not isinstance(value.get("review"), dict):
        raise InputError("the file is no record of decisions", "give a record of a batch's decisions")
    study = value.get("study")
    if not isinstance(study, str) or not STUDY.fullmatch(study):
        raise InputError("the record names no study", "it was damaged; decide again")
    return Record(study, Review.from_json(value["review"]))


def open_review(batch: Path, study: str, reviewer: str) -> Review:
    """A reviewer's review of a study of a batch: the stored one, or a new one; with the study's result as it is now.

    Where the study was checked anew since, that check is written into the log, and decisions on findings that are the
    same keep their place only where their segments are known to be unchanged.

    Raises:
        InputError: the study has no result, or the stored record is damaged.
    """
    remedy = "run the batch again"
    result = read_json(batch / study / FINDINGS, "the study's result", remedy, max_bytes=MAX_BYTES * 4)
    path = record_path(batch, study, reviewer)
    if not path.is_file():
        return Review(result)
    stored = read_record(path)
    if stored.study != study:
        raise InputError("the record is of another study", "it was moved or damaged; decide again")
    review = Review.from_json({**stored.review.to_json(), "result": result})
    checks = [e["details"].get("result") for e in review.audit.entries if e.get("action") == "checked"]
    return review if checks and checks[-1] == review.result_digest() else review.checked_again(result, {})


def store_review(batch: Path, study: str, reviewer: str, review: Review) -> Path:
    """Stores a reviewer's review of a study, in place of their earlier one, whose log it goes on with.

    Raises:
        InputError: it cannot be written.
    """
    said = {name: value for name, value in review.to_json().items() if name != "result"}
    path = record_path(batch, study, reviewer)
    path.parent.mkdir(exist_ok=True)
    text = json.dumps({"format": FORMAT, "study": study, "review": said}, indent=1, ensure_ascii=True)
    with held_file(path) as beside:
        beside.write_text(text + "\n", encoding="ascii")
    return path


def result_hash(batch: Path, study: str) -> str:
    """SHA-256 of a study's `findings.json` as it was written; `""` where it has none."""
    return str((marker_of(batch / study).get("files") or {}).get(FINDINGS, ""))


def key_of(reviewer: str) -> SigningKey | None:
    """This user's own key where it is that reviewer's, else None: nobody signs for another.

    Raises:
        InputError: there is a key that cannot be used.
    """
    key = own_key()
    if key is None or known_reviewers().get(key.public, "").casefold() != reviewer.strip().casefold():
        return None
    return key


@contextmanager
def one_at_a_time(batch: Path) -> Iterator[None]:
    """Keeps other writers of records waiting, of this process and, where the file system locks, of others."""
    import contextlib
    import os

    folder = batch / FOLDER
    try:
        folder.mkdir(exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        if not folder.is_dir():
            raise InputError(f"decisions cannot be written ({error.strerror})", "see the batch's folder") from None
        handle = -1  # Windows opens no folders
    try:
        with contextlib.suppress(ImportError, OSError):
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        if handle >= 0:
            os.close(handle)


def printable_name(name: object) -> str:
    """A reviewer's name as it is kept."""
    return printable(str(name or "").strip(), most=100)
