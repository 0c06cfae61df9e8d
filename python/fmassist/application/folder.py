"""An output folder that is there whole or not at all, and that says itself what FMAssist wrote into it."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import fmassist
from fmassist.application.leftovers import held_folder, put_aside, tidy
from fmassist.errors import InputError

MARKER = "fmassist.json"
"""Lists every file that FMAssist wrote into a folder, with its hash. Without it a folder is somebody else's."""
FORMAT = "fmassist-result/1"
MAX_MARKER_BYTES = 16 * 1024 * 1024


@contextmanager
def whole_folder(out: Path, *, overwrite: bool = False, about: Mapping[str, Any] | None = None) -> Iterator[Path]:
    """A folder beside `out` to write into, which becomes `out` only once the block has ended well.

    Args:
        out: the folder wanted; its parents are made.
        overwrite: replace what FMAssist wrote there before, and nothing else.
        about: what else the folder's marker shall say, such as what the results were made from.

    Raises:
        InputError: `out` is there and not empty, or cannot be written.
    """
    out = out.absolute()
    tidy(out)
    require_free(out, overwrite=overwrite)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"the output folder cannot be made ({error.strerror})", "give another --out") from None
    try:
        with held_folder(out) as work:
            yield work
            _mark(work, about or {})
            _put(work, out, overwrite=overwrite)
    except OSError as error:
        raise InputError(
            f"the results cannot be written ({error.strerror})", "free space, or give another --out"
        ) from None


def require_free(out: Path, *, overwrite: bool = False) -> None:
    """Raises `InputError` where `out` may not be written; asked before the work, not after it."""
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise InputError("--out is there and is no folder", "give a folder")
    try:
        empty = not out.is_dir() or not any(out.iterdir())
    except OSError as error:
        raise InputError(f"the output folder cannot be read ({error.strerror})", "give another --out") from None
    if empty:
        return
    if not overwrite:
        raise InputError("the output folder is not empty", "give another --out, or add --overwrite")
    _require_ours(out)


def _require_ours(out: Path) -> None:
    """Raises `InputError` unless a folder holds exactly what its marker says that FMAssist wrote."""
    written = marker_of(out).get("files")
    if not isinstance(written, dict):
        raise InputError(
            "the output folder holds something that FMAssist did not write, or its fmassist.json is missing",
            "give another --out, or remove it yourself",
        )
    try:
        there = {_relative(path, out): path for path in _everything(out) if _relative(path, out) != MARKER}
        for name, path in there.items():
            folder = path.is_dir() and not path.is_symlink()
            if folder and any(other.startswith(f"{name}/") for other in written):
                continue
            if name not in written:
                raise InputError(
                    "the output folder holds something that FMAssist did not write",
                    "move it away, or give another --out",
                )
            if path.is_symlink() or hash_of(path) != written[name]:
                raise InputError(
                    "a file in the output folder was changed after FMAssist wrote it",
                    "move it away, or give another --out",
                )
    except OSError as error:
        raise InputError(f"the output folder cannot be read ({error.strerror})", "give another --out") from None


def marker_of(folder: Path) -> dict[str, Any]:
    """What a folder's marker says; empty where it has none, or one that is not ours."""
    path = folder / MARKER
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > MAX_MARKER_BYTES:
            return {}
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) and said.get("format") == FORMAT else {}


def hash_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal.

    Raises:
        OSError: it is no file, or cannot be read.
    """
    if not path.is_file():  # a pipe would be waited for without end
        raise OSError(errno.EINVAL, "it is no file")
    digest = sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _mark(work: Path, about: Mapping[str, Any]) -> None:
    files = {_relative(path, work): hash_of(path) for path in _everything(work) if path.is_file()}
    document = {"format": FORMAT, "program": fmassist.__version__, **about, "files": files}
    (work / MARKER).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _everything(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


def _relative(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _put(work: Path, out: Path, *, overwrite: bool) -> None:
    require_free(out, overwrite=overwrite)  # somebody else may have been quicker
    if out.is_dir() and any(out.iterdir()):
        old = put_aside(out)
        try:
            _require_ours(old)  # what somebody put there meanwhile comes back with it
            work.rename(out)
        except (OSError, InputError):
            old.rename(out)
            raise
        shutil.rmtree(old, ignore_errors=True)
        return
    if out.is_dir():
        out.rmdir()
    work.rename(out)
