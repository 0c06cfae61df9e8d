"""The folder that a batch writes into: its own, and of one batch at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fmassist.application.leftovers import held_file, shared_lock
from fmassist.errors import InputError

MARK = "fmassist-batch.json"
"""Says that a folder is a batch's. Without it, a file of a name that a batch uses is somebody else's."""
FORMAT = "fmassist-batch/1"
_NAMES = (
    *("summary.csv", "summary.json", "summary-*-of-*.csv", "summary-*-of-*.json", "*.failed.json"),
    *(f"{table}.{ending}" for table in ("studies", "segments", "findings", "rules") for ending in ("csv", "parquet")),
    *("index.html", "decisions"),
)


def claim(out: Path) -> None:
    """Marks a folder as a batch's, unless files of the names that a batch uses are there already.

    Raises:
        InputError: they are, and nothing says that a batch wrote them; or the folder cannot be written.
    """
    path = out / MARK
    if path.is_file() and not path.is_symlink():
        return
    foreign = any(found for name in _NAMES for found in out.glob(name))
    if foreign or path.exists() or path.is_symlink():
        raise InputError(
            "the output folder holds files with the names of a batch's tables that no batch is known to have written",
            "give another --out",
        )
    mark(out)


def mark(out: Path) -> None:
    """Writes that a folder is a batch's."""
    with held_file(out / MARK) as beside:
        beside.write_text(json.dumps({"format": FORMAT}) + "\n", encoding="utf-8")


@contextmanager
def at_work(out: Path, *, alone: bool) -> Iterator[None]:
    """The batch's folder, made and claimed, while nobody else is at work in it.

    Two batches that give one id to two patients would otherwise put one's result under the other's summary.

    Args:
        out: absolute path of the folder.
        alone: whether no part of a batch may be at work there either; parts work side by side.

    Raises:
        InputError: another batch is at work there, or the folder is not a batch's.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"the output folder cannot be made ({error.strerror})", "give another --out") from None
    with shared_lock(out, alone=alone) as is_ours:
        if not is_ours:
            raise InputError("another batch is at work in the output folder", "wait for its end, or give another --out")
        claim(out)
        yield
