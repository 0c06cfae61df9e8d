"""What was made once and would be made alike again, kept in the user's own cache folder.

Nothing is read that somebody else could have written. Whatever goes wrong, from a full disk to a folder that belongs
to another, nothing is kept and nothing is said: it is only made again.
"""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


def cache_folder() -> Path:
    """`FMASSIST_CACHE`, or the user's cache folder (XDG Base Directory Specification 0.8; LOCALAPPDATA on Windows)."""
    given = os.environ.get("FMASSIST_CACHE")
    if given:
        return Path(given).expanduser()
    if os.name == "nt" and os.environ.get("LOCALAPPDATA"):
        return Path(os.environ["LOCALAPPDATA"]) / "fmassist" / "cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fmassist"


def read_kept(kind: str, key: str) -> bytes | None:
    """What was kept under this key; None where there is nothing, or nothing that only the user could have written.

    Args:
        kind: names a folder: what sort of thing it is.
        key: in letters and digits; everything that the content depends on goes into it.
    """
    try:
        folder = cache_folder() / kind
        if not (_is_private(folder.parent) and _is_private(folder)):
            return None
        # Opened without following a link, and judged by what was opened.
        opened = os.open(folder / key, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(opened, "rb") as file:
            return file.read() if _is_ours(os.fstat(opened)) else None
    except (OSError, RuntimeError):  # RuntimeError: the user has no home folder
        return None


def keep(kind: str, key: str, content: bytes, *, most: int = 8) -> None:
    """Keep this for the next process, whole or not at all.

    Args:
        kind: as in `read_kept`.
        key: as in `read_kept`.
        content: what to keep.
        most: of this kind; of more, the oldest go.
    """
    try:
        folder = cache_folder() / kind
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        if not (_is_private(folder.parent) and _is_private(folder)):
            return
        handle, written = tempfile.mkstemp(dir=folder, prefix=".")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(written).replace(folder / key)
        except BaseException:
            Path(written).unlink(missing_ok=True)
            raise
        kept = sorted((path for path in folder.iterdir() if path.name[0] != "."), key=lambda p: -p.stat().st_mtime)
        for old in kept[most:]:
            old.unlink(missing_ok=True)
    except (OSError, RuntimeError):
        return


def _is_private(folder: Path) -> bool:
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and _is_ours(found)


def _is_ours(found: os.stat_result) -> bool:
    """Whether only the user may write it. On Windows the folder's place in the user's profile says so."""
    if not hasattr(os, "geteuid"):
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & OTHERS_MAY_WRITE
