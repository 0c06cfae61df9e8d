"""SHA-256 of files and folders: what a pinned hash or a remembered yes holds on to."""

from __future__ import annotations

import hashlib
import os
import stat
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from fmassist.errors import InputError

FORM = b"fmassist folder 2\n"
"""Goes before everything else, so that the hash of a folder is never that of a file."""
BLOCK = 1 << 20
BYTECODE = (".pyc", ".pyo")
MOST_FILES = 100_000


def sha256_of(path: Path) -> str:
    """Hash of one file's bytes, as 64 hexadecimal digits."""
    with path.open("rb") as stream:
        return _hash(stream, None)


def sha256_of_folder(folder: Path) -> str:
    """Hash of every file below a folder with its relative name, in a fixed order: all of them, whatever they are.

    Raises:
        InputError: the folder holds a link, which could change what it leads to afterwards; something that is no file;
            or two names that are one on some disks.
    """
    digest = hashlib.sha256(FORM)
    for name, path in _files(folder):
        with _opened(path) as stream:
            digest.update(_line(name, _hash(stream, None)))
    return digest.hexdigest()


def fingerprint(path: Path) -> str:
    """Hash of a file or of a folder."""
    return sha256_of_folder(path) if path.is_dir() else sha256_of(path)


def copy_with_fingerprint(folder: Path, target: Path) -> str:
    """Copies a folder and gives the fingerprint of the bytes that were copied, each of which is read once.

    What is used is then what was hashed, whoever changes the folder meanwhile. Python's bytecode counts for the
    fingerprint and is not copied: it would run in place of the source that somebody read.

    Args:
        folder: of the model.
        target: a new folder.

    Raises:
        InputError: as `sha256_of_folder`.
    """
    digest = hashlib.sha256(FORM)
    target.mkdir(mode=0o700)
    for name, path in _files(folder):
        is_bytecode = name.endswith(BYTECODE) or "__pycache__" in name.split("/")
        with _opened(path) as stream:
            if is_bytecode:
                digest.update(_line(name, _hash(stream, None)))
                continue
            beside = target / name
            beside.parent.mkdir(parents=True, exist_ok=True)
            with beside.open("xb") as out:
                digest.update(_line(name, _hash(stream, out)))
    return digest.hexdigest()


def require_sha256(path: Path, expected: str, *, what: str) -> None:
    """Refuse a file that is not, to the byte, the one that was pinned.

    Raises:
        InputError: the hash differs.
    """
    if sha256_of(path) != expected.lower():
        raise InputError(f"{what} is not the file that was pinned (wrong hash)", "get it again from its source")


def _hash(stream: BinaryIO, out: BinaryIO | None) -> str:
    digest = hashlib.sha256()
    while block := stream.read(BLOCK):
        digest.update(block)
        if out is not None:
            out.write(block)
    return digest.hexdigest()


def _line(name: str, digest: str) -> bytes:
    spelt = os.fsencode(name)
    return b"%d:%s:%s\n" % (len(spelt), spelt, digest.encode())


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Relative names with paths, in the order of the names' bytes."""
    found: list[tuple[str, Path]] = []
    waiting = [("", folder)]
    while waiting:
        above, here = waiting.pop()
        with os.scandir(here) as entries:
            for entry in entries:
                name = f"{above}{entry.name}"
                if entry.is_symlink() or _is_junction(entry):
                    raise InputError("the model's folder holds a link", "replace links by the files themselves")
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((f"{name}/", Path(entry.path)))
                elif entry.is_file(follow_symlinks=False):
                    found.append((name, Path(entry.path)))
                else:
                    raise InputError("the model's folder holds something that is no file", "this is no model")
                if len(found) + len(waiting) > MOST_FILES:
                    raise InputError(f"the model's folder holds more than {MOST_FILES:,} files", "this is no model")
    plain = {unicodedata.normalize("NFC", name).casefold() for name, _ in found}
    if len(plain) != len(found):
        raise InputError("the model's folder holds two files whose names differ in case only", "this is no model")
    yield from sorted(found, key=lambda pair: os.fsencode(pair[0]))


def _is_junction(entry: os.DirEntry[str]) -> bool:
    is_junction = getattr(entry, "is_junction", None)  # from Python 3.12, of Windows
    return bool(is_junction is not None and is_junction())


def _opened(path: Path) -> BinaryIO:
    """The file itself: what was a file a moment ago may be a link or a pipe now, and would lead elsewhere or wait."""
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        number = os.open(path, flags)
    except OSError as error:
        raise InputError(f"a file of the model can't be read ({error.strerror})", "get it again") from None
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise InputError("the model's folder holds something that is no file", "this is no model")
    return os.fdopen(number, "rb")
