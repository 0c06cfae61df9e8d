"""Unpacking an archive that somebody else made: nothing escapes, nothing links, nothing explodes."""

from __future__ import annotations

import errno
import shutil
import stat
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO
from uuid import uuid4

from fmassist.errors import InputError

MAX_BYTES = 32 * 1024**3
"""Unpacked. TotalSegmentator's largest task is below 2 GB, the largest of MONAI's bundles below 8 GB."""
MAX_MEMBERS = 20_000
MAX_RATIO = 200
"""Unpacked to packed, beyond `FREE_BYTES`. Weights hardly shrink; text shrinks by less than 50; deflate's limit, which
only zeros reach, is 1,032."""
FREE_BYTES = 64 * 1024**2
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


def is_archive(path: Path) -> bool:
    """Whether the file's bytes are those of a zip or tar archive, whatever its name."""
    try:
        return path.is_file() and (zipfile.is_zipfile(path) or tarfile.is_tarfile(path))
    except (OSError, EOFError, zlib.error):
        return False


def unpack(archive: Path, folder: Path, *, max_bytes: int = MAX_BYTES) -> Path:
    """Unpack a zip or tar file into a new folder, whole or not at all.

    Only plain files and folders are made, without their access rights.

    Args:
        archive: the file.
        folder: must not be there; its parent is made.
        max_bytes: how much it may hold unpacked.

    Returns:
        `folder`.

    Raises:
        InputError: the archive is damaged, or holds something that no model needs: a path that leaves the folder, a
            link, a device, an encrypted file, two files of one name, or far more than its size tells.
    """
    if folder.exists():
        raise InputError("the folder to unpack into is there already", "remove it, or give another")
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = folder.parent / f".fmassist-{uuid4().hex[:12]}"
    work.mkdir()
    try:
        with _damage_said():
            if zipfile.is_zipfile(archive):
                _write(_zip_members(archive), work, archive, max_bytes)
            elif tarfile.is_tarfile(archive):
                _write(_tar_members(archive), work, archive, max_bytes)
            else:
                raise InputError("the file is no zip and no tar archive")
        work.rename(folder)
    except OSError as error:
        raise InputError(
            f"the archive can't be unpacked ({error.strerror})", "free space, or give another folder"
        ) from None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder


def _write(members: Iterable[tuple[str, IO[bytes] | None]], work: Path, archive: Path, max_bytes: int) -> None:
    limit = min(max_bytes, max(FREE_BYTES, MAX_RATIO * archive.stat().st_size))
    written, seen = 0, set()
    for count, (name, stream) in enumerate(members, start=1):
        if count > MAX_MEMBERS:
            raise InputError(f"the archive holds more than {MAX_MEMBERS:,} files", "this is no model")
        target = work / _safe(name)
        if stream is None:
            target.mkdir(parents=True, exist_ok=True)
            continue
        # One file on a disk that ignores case or composes letters, and the second would replace the first.
        key = unicodedata.normalize("NFC", target.relative_to(work).as_posix()).casefold()
        if key in seen:
            raise InputError("the archive holds two files of one name", "this is no model")
        seen.add(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        with stream, target.open("xb") as out:
            # Counted as it comes: what an archive says of its own sizes may be a lie.
            while block := stream.read(1 << 20):
                written += len(block)
                if written > limit:
                    raise InputError("the archive unpacks to far more than it should", "this is no model")
                out.write(block)


def _safe(name: str) -> PurePosixPath:
    """The member's path if it stays inside, on any operating system."""
    path = PurePosixPath(name)
    wrong = (
        not name
        or "\0" in name
        or "\\" in name
        or ":" in name
        or path.is_absolute()
        or ".." in path.parts
        or any(part.split(".")[0].strip().lower() in RESERVED or part != part.rstrip(". ") for part in path.parts)
    )
    if wrong:
        raise InputError("the archive holds a path that leaves its folder", "this is no model")
    return path


def _zip_members(archive: Path) -> Iterator[tuple[str, IO[bytes] | None]]:
    with zipfile.ZipFile(archive) as opened:
        if len(opened.infolist()) > MAX_MEMBERS:  # said before the first of them is written
            raise InputError(f"the archive holds more than {MAX_MEMBERS:,} files", "this is no model")
        for entry in opened.infolist():
            kind = stat.S_IFMT(entry.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise InputError("the archive holds a link or a device", "this is no model")
            if entry.flag_bits & 0x1:
                raise InputError("the archive is encrypted", "unpack it yourself and give the folder")
            yield entry.filename, None if entry.is_dir() else opened.open(entry)


def _tar_members(archive: Path) -> Iterator[tuple[str, IO[bytes] | None]]:
    with tarfile.open(archive) as opened:
        for entry in opened:
            if not (entry.isreg() or entry.isdir()):
                raise InputError("the archive holds a link or a device", "this is no model")
            yield entry.name, None if entry.isdir() else opened.extractfile(entry)


@contextmanager
def _damage_said() -> Iterator[None]:
    damage = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)
    try:
        yield
    except FileExistsError:
        raise InputError("the archive holds a file and a folder of one name", "this is no model") from None
    except OSError as error:
        if error.errno != errno.EINVAL:  # of a seek to where a damaged directory points
            raise
        raise InputError("the archive is damaged", "get it again") from None
    except damage:
        raise InputError("the archive is damaged", "get it again") from None
