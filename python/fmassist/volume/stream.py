"""Bytes out of plain and compressed files: exactly as many as the header promises, never more.

A gigabyte of zeros is a megabyte of gzip, so nothing is inflated into a buffer that was not sized beforehand from a
header that `require_room` has passed.
"""

from __future__ import annotations

import bz2
import gzip
import io
import zlib
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError

_CHUNK = 1 << 20


def decoded(stream: BinaryIO, encoding: str) -> BinaryIO:
    """`stream` read through `encoding`.

    Args:
        stream: positioned at the first encoded byte.
        encoding: `"raw"`, `"gzip"`, `"zlib"` or `"bzip2"`.
    """
    if encoding == "raw":
        return stream
    if encoding == "gzip":
        return cast("BinaryIO", gzip.GzipFile(fileobj=stream, mode="rb"))
    if encoding == "bzip2":
        return cast("BinaryIO", bz2.BZ2File(stream, mode="rb"))
    if encoding == "zlib":
        return cast("BinaryIO", io.BufferedReader(_Zlib(stream), _CHUNK))
    raise ValueError(encoding)


def read_exactly(stream: BinaryIO, count: int, *, may_go_on: bool = False) -> NDArray[np.uint8]:
    """The next `count` bytes, which must also be the last.

    Args:
        stream: as `decoded` gives it.
        count: bytes wanted.
        may_go_on: whether more may follow.

    Raises:
        InputError: there are fewer bytes, or more.
    """
    buffer = np.empty(count, dtype=np.uint8)
    view = memoryview(cast("Any", buffer))
    got = 0
    while got < count:
        step = cast("io.BufferedIOBase", stream).readinto(view[got : got + 16 * _CHUNK])
        if not step:
            raise InputError(
                f"it is cut short, {got:,} of {count:,} bytes of voxels are there", "copy or export it again"
            )
        got += step
    # Reading on also makes gzip verify its checksum.
    if not may_go_on and stream.read(1):
        raise InputError("it holds more data than its header declares", "export it anew")
    return buffer


def beside(header: Path, name: str) -> Path:
    """The data file that a detached header names, which must lie in the header's own folder.

    A header from elsewhere must not make the program read `../../anything` as voxels.

    Raises:
        InputError: the name leaves the folder, or stands for several files.
    """
    while name.startswith("./"):  # "./labels.raw" lies beside its header, as "labels.raw" does
        name = name[2:]
    if not name or name != Path(name).name or "\\" in name or name in (".", "..") or "%" in name or name == "LIST":
        raise InputError(
            "its header names voxel data outside its own folder or in several files", "save it as one file"
        )
    path = header.parent / name
    if not path.is_file():
        raise InputError("the file with its voxels is missing", "keep header and data side by side")
    return path


class _Zlib(io.RawIOBase):
    """A zlib stream as a file, inflated a bounded piece at a time."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._inflate = zlib.decompressobj()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._inflate.eof:
            piece = self._inflate.unconsumed_tail or self._stream.read(_CHUNK)
            out = self._inflate.decompress(piece, len(buffer))
            if out:
                buffer[: len(out)] = out
                return len(out)
            if not piece:
                raise EOFError("the zlib stream has no end")
        return 0
