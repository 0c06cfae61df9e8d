"""Working folders that know whose they are, so that what a killed process left is cleaned by the next one.

A folder's name says which process made it, and a lock on a file in it says whether that process still lives: the
system lets go of it however the process ends. Only folders that hold both are ever removed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from uuid import uuid4

PREFIX = ".fmassist-work-"
OWNER = ".fmassist-owner"
"""The file that is locked. What it holds is for people."""


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder for temporary files that nobody else may enter, which goes when the block ends."""
    with work_folder(Path(tempfile.gettempdir())) as folder:
        yield folder / "inside"


@contextmanager
def work_folder(parent: Path) -> Iterator[Path]:
    """A new folder in `parent` with an empty `inside`, which goes when the block ends or, at the latest, when the next
    one is made there.

    Raises:
        OSError: it can't be made.
    """
    sweep(parent)
    folder = parent / f"{PREFIX}{os.getpid()}-{uuid4().hex[:12]}"
    folder.mkdir(mode=0o700)
    owner = (folder / OWNER).open("w", encoding="ascii")
    try:
        _lock(owner)
        owner.write(f"{os.getpid()}\n")
        owner.flush()
        (folder / "inside").mkdir(mode=0o700)
        yield folder
    finally:
        owner.close()
        shutil.rmtree(folder, ignore_errors=True)


def sweep(parent: Path) -> int:
    """Removes what processes that live no longer left in a folder, and says how many folders that were."""
    removed = 0
    with contextlib.suppress(OSError):
        for folder in parent.glob(f"{PREFIX}*"):
            if _is_abandoned(folder):
                shutil.rmtree(folder, ignore_errors=True)
                removed += not folder.exists()
    return removed


def _is_abandoned(folder: Path) -> bool:
    if folder.is_symlink() or not folder.is_dir():
        return False
    try:
        if hasattr(os, "getuid") and folder.stat().st_uid != os.getuid():
            return False
        flags = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        with os.fdopen(os.open(folder / OWNER, flags), "r+", encoding="ascii") as owner:
            # Made a moment ago, and not locked yet: it has not written its number either.
            if not owner.read(32).strip().isdigit():
                return False
            owner.seek(0)
            return _lock(owner)
    except (OSError, ValueError):
        return False


def _lock(stream: IO[str]) -> bool:
    """Whether the lock could be had. It is let go of when the file is closed, or its process ends."""
    try:
        if os.name == "nt":
            import msvcrt

            stream.seek(0)
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
