"""Folders that are being written, and what a killed process left of them.

A folder of results is made beside its place under a hidden name and then renamed. Its maker holds a lock on it, which
the system lets go when the process ends, however it ends. So the next process that writes to the same place knows
which hidden folders nobody is at work in, and removes them.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fmassist.errors import InputError

PREFIX = ".fmassist-"
_OURS = re.compile(r"\.fmassist-([0-9a-f]{8})-(work|old)-[0-9a-f]{12}")
UNLOCKABLE_S = 24 * 3600.0
"""Where a file system (or Windows) locks no folders, one that nothing changed in for a day counts as left (estimate:
no study takes as long)."""


@contextmanager
def held_folder(out: Path) -> Iterator[Path]:
    """A new hidden folder beside `out`, locked while the block runs, and gone after it unless it was renamed.

    Raises:
        OSError: it cannot be made.
    """
    while True:
        work = out.parent / _name(out, "work")
        work.mkdir()
        lock = _lock(work)
        if work.is_dir():  # somebody who tidies up may have come before the lock
            break
        _release(lock)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        _release(lock)


@contextmanager
def held_file(path: Path, *, within: Path | None = None) -> Iterator[Path]:
    """A path to write to, which becomes `path` once the block has ended well; a killed process leaves it to `tidy_all`.

    Args:
        path: the file wanted; what stands there stays until the very end.
        within: the folder that holds the hidden folder meanwhile, on the same disk; by default the file's own.

    Raises:
        InputError: it cannot be written.
    """
    place = (within or path.parent) / path.name
    try:
        with held_folder(place) as work:
            yield work / path.name
            with (work / path.name).open("rb+") as written:
                os.fsync(written.fileno())
            (work / path.name).replace(path)
    except OSError as error:
        if error.errno is None:
            raise
        what = f"cannot write the result: {error.strerror}"
        raise InputError(what, "choose another folder or free space") from None


def put_aside(out: Path) -> Path:
    """Renames a folder that will be replaced, so that it can be brought back; returns its hidden place."""
    old = out.parent / _name(out, "old")
    out.rename(old)
    return old


def tidy(out: Path) -> None:
    """Removes what dead processes left of `out`; what one had put aside and not yet replaced comes back first."""
    mine = _key(out)
    at_work = False
    for path, kind in _found(out.parent, mine):
        if kind == "work":
            left = _is_left(path)
            at_work = at_work or not left
            if left:
                shutil.rmtree(path, ignore_errors=True)
    for path, kind in _found(out.parent, mine):
        if kind == "old" and not at_work:
            with contextlib.suppress(OSError):
                if out.exists():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.rename(out)


def tidy_all(folder: Path) -> None:
    """Removes what dead processes left of any result in `folder`, which is a batch's."""
    for path, kind in _found(folder, None):
        if kind == "work" and _is_left(path):
            shutil.rmtree(path, ignore_errors=True)


def _found(folder: Path, key: str | None) -> list[tuple[Path, str]]:
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 - only names are wanted, of thousands
    except OSError:
        return []
    matches = [(name, _OURS.fullmatch(name)) for name in names if name.startswith(PREFIX)]
    return [(folder / name, found[2]) for name, found in matches if found and key in (None, found[1])]


def _key(out: Path) -> str:
    return hashlib.sha256(os.fsencode(out.name)).hexdigest()[:8]


def _name(out: Path, kind: str) -> str:
    return f"{PREFIX}{_key(out)}-{kind}-{secrets.token_hex(6)}"


def _is_left(work: Path) -> bool:
    """Whether nobody is at work in a folder."""
    lock = _lock(work)
    if lock is not None:
        _release(lock)
        return lock != _TAKEN
    try:
        return time.time() - work.stat().st_mtime > UNLOCKABLE_S
    except OSError:
        return False


_TAKEN = -1


@contextmanager
def shared_lock(folder: Path, *, alone: bool) -> Iterator[bool]:
    """A lock on a folder that several may have at once, or one alone; False where others have it.

    It ends with its process. Where a file system (or Windows) has no such locks, everybody gets it.
    """
    lock = _lock(folder, alone=alone)
    try:
        yield lock != _TAKEN
    finally:
        _release(lock)


def _lock(folder: Path, *, alone: bool = True) -> int | None:
    """A lock on a folder: its descriptor, `_TAKEN` where another process has it, None where there are no locks."""
    try:
        import fcntl

        descriptor = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):
        return None
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        return _TAKEN if error.errno in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES) else None
    return descriptor


def _release(lock: int | None) -> None:
    if lock is not None and lock != _TAKEN:
        os.close(lock)
