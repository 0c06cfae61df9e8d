"""SHA-256 of files and folders: what a pinned hash or a remembered yes holds on to."""

from __future__ import annotations

import hashlib
from pathlib import Path

from fmassist.errors import InputError


def sha256_of(path: Path) -> str:
    """Hash of one file's bytes, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def sha256_of_folder(folder: Path) -> str:
    """Hash of every file below a folder with its relative name, in a fixed order.

    Raises:
        InputError: the folder holds a link, which could change what it leads to afterwards.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*"), key=lambda found: found.relative_to(folder).as_posix()):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            raise InputError("the model's folder holds a link", "replace links by the files themselves")
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"{len(name.encode())}:{name}:{sha256_of(path)}\n".encode())
    return digest.hexdigest()


def fingerprint(path: Path) -> str:
    """Hash of a file or of a folder."""
    return sha256_of_folder(path) if path.is_dir() else sha256_of(path)


def require_sha256(path: Path, expected: str, *, what: str) -> None:
    """Refuse a file that is not, to the byte, the one that was pinned.

    Raises:
        InputError: the hash differs.
    """
    if sha256_of(path) != expected.lower():
        raise InputError(f"{what} is not the file that was pinned (wrong hash)", "get it again from its source")
