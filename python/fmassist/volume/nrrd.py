"""NRRD (`.nrrd`, `.nhdr`) with names in any script, read and written.

pynrrd drops every letter beyond ASCII from names and inflates without a bound, so the format, which is lines of text
and one block of numbers, is handled here. Source: https://teem.sourceforge.net/nrrd/format.html.
"""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.geometry import Geometry, index_to_lps_mm
from fmassist.volume.raster import Raster, require_room, require_sane_grid
from fmassist.volume.stream import beside, decoded, read_exactly

_MAX_LINE = 1 << 20
_MAX_LINES = 100_000
_MAX_SKIP = 1 << 20
_MAX_HEADER = 1 << 24
"""16 MiB; Slicer writes about 1 kB for each segment."""

_TO_RAS = {
    "right-anterior-superior": (1, 1, 1),
    "ras": (1, 1, 1),
    "left-anterior-superior": (-1, 1, 1),
    "las": (-1, 1, 1),
    "left-posterior-superior": (-1, -1, 1),
    "lps": (-1, -1, 1),
}
_ENCODINGS = {"raw": "raw", "gz": "gzip", "gzip": "gzip", "bz2": "bzip2", "bzip2": "bzip2"}
_DTYPES = {
    "i1": ("signed char", "int8", "int8_t"),
    "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
    "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    "i4": ("int", "signed int", "int32", "int32_t"),
    "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
    "i8": ("longlong", "long long", "long long int", "signed long long", "signed long long int", "int64", "int64_t"),
    "u8": ("ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"),
    "f4": ("float",),
    "f8": ("double",),
}
_DTYPE_OF = {said: name for name, all_said in _DTYPES.items() for said in all_said}
_NAME_OF = {np.dtype(name): said[-1] for name, said in _DTYPES.items()}


@dataclass(frozen=True)
class _Header:
    fields: dict[str, str]
    """The format's own fields, by lower-case name."""
    pairs: dict[str, str]
    """Everybody else's key/value pairs, such as Slicer's segments."""


def read_nrrd(path: Path) -> Raster:
    """The voxels, the grid and the key/value pairs of one NRRD file.

    Raises:
        InputError: the file is not a 3D grid in patient space, or is damaged.
        OSError: a file cannot be opened or its compression is damaged.
    """
    with path.open("rb") as file:
        header = _read_header(file)
        sizes = [int(n) for n in header.fields["sizes"].split()]
        if len(sizes) != int(header.fields["dimension"]):
            raise InputError("its header contradicts itself on the number of dimensions", "export it anew")
        dtype = _dtype(header)
        count = require_room(sizes, dtype.itemsize)
        geometry, component_axis = _grid(header, sizes)
        encoding = _ENCODINGS.get(header.fields["encoding"].lower())
        if encoding is None:
            raise InputError("its voxels are in an encoding that is not supported", "save it raw or compressed (gzip)")
        name = _detached(header)
        if name is None:
            stored = _stored(file, encoding, count, header)
        else:
            with beside(path, name).open("rb") as data:
                stored = _stored(data, encoding, count, header)
    voxels = stored.view(dtype).reshape(sizes, order="F")
    voxels = voxels.astype(dtype.newbyteorder("="), copy=False)
    if component_axis is not None:
        voxels = np.moveaxis(voxels, component_axis, 0)
        voxels = voxels[0] if len(voxels) == 1 else voxels
    return Raster(voxels, geometry, header.pairs)


def data_file(path: Path) -> Path | None:
    """The other file that holds the voxels of a detached header; None where they follow it. Errors as `read_nrrd`."""
    with path.open("rb") as file:
        name = _detached(_read_header(file))
    return None if name is None else beside(path, name)


def _detached(header: _Header) -> str | None:
    return header.fields.get("data file", header.fields.get("datafile"))


def _stored(file: BinaryIO, encoding: str, count: int, header: _Header) -> NDArray[np.uint8]:
    """The voxels' bytes, after what the header says to skip: lines first, then bytes, −1 for all but the last ones."""
    lines, skipped = (_skipped(header, word) for word in ("line", "byte"))
    if skipped == -1:
        if encoding != "raw":
            raise InputError("its header skips to the end of compressed data", "save it as one .nrrd")
        start = file.tell()
        end = file.seek(0, io.SEEK_END)
        file.seek(max(end - count, start))
        return read_exactly(file, count)
    for _ in range(lines):
        file.readline(_MAX_LINE)
    stream = decoded(file, encoding)
    if skipped:
        read_exactly(stream, skipped, may_go_on=True)
    return read_exactly(stream, count)


def _skipped(header: _Header, word: str) -> int:
    text = header.fields.get(f"{word} skip", header.fields.get(f"{word}skip", "0"))
    number = int(text)
    if not (0 <= number <= _MAX_SKIP or (word == "byte" and number == -1)):
        raise InputError("its header skips more than any known writer leaves", "save it as one .nrrd")
    return number


def write_nrrd(path: Path, voxels: NDArray[Any], geometry: Geometry, pairs: Mapping[str, str] | None = None) -> None:
    """Write one gzip-compressed NRRD file in LPS, as Slicer does.

    Args:
        path: the file.
        voxels: `[i, j, k]`, or `[layer, i, j, k]`.
        geometry: the grid.
        pairs: key/value pairs; line breaks and backslashes are escaped as the format asks.

    Raises:
        InputError: NRRD has no such number type.
    """
    dtype = voxels.dtype.newbyteorder("=")
    if dtype not in _NAME_OF:
        raise InputError("NRRD cannot hold these voxels", "convert them to integers or floats")
    lps = index_to_lps_mm(geometry)[:3]
    directions = [_vector(lps[:, axis]) for axis in range(3)]
    lines = [
        "NRRD0004",
        "# Complete NRRD file format specification at:",
        "# http://teem.sourceforge.net/nrrd/format.html",
        f"type: {_NAME_OF[dtype]}",
        f"dimension: {voxels.ndim}",
        "space: left-posterior-superior",
        f"sizes: {' '.join(str(n) for n in voxels.shape)}",
        f"space directions: {' '.join(['none', *directions] if voxels.ndim == 4 else directions)}",
        f"kinds: {'list ' if voxels.ndim == 4 else ''}domain domain domain",
    ]
    if dtype.itemsize > 1:
        lines.append("endian: little")
    lines += ["encoding: gzip", f"space origin: {_vector(lps[:, 3])}"]
    lines += [f"{key}:={_escaped(value)}" for key, value in (pairs or {}).items()]
    with path.open("wb") as file:
        file.write(("\n".join(lines) + "\n\n").encode("utf-8"))
        # Label maps shrink a hundredfold at any level; 4 takes a third of level 9's time.
        with gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=4, mtime=0) as packed:
            packed.write(voxels.astype(dtype.newbyteorder("<"), copy=False).tobytes(order="F"))


def _read_header(file: BinaryIO) -> _Header:
    if not re.fullmatch(rb"NRRD000[1-6]\s*", file.readline(_MAX_LINE)):
        raise InputError("it is not an NRRD file", "export it anew, or give it the ending of its own format")
    fields: dict[str, str] = {}
    pairs: dict[str, str] = {}
    room = _MAX_HEADER
    for _ in range(_MAX_LINES):
        line = file.readline(_MAX_LINE)
        room -= len(line)
        if room < 0:
            raise InputError("its header is larger than any header", "export it anew")
        text = line.decode("utf-8", errors="replace").rstrip("\r\n")
        if not text.strip():
            break  # a blank line, or the end of a detached header
        if text.startswith("#"):
            continue
        key, colon, value = text.partition(":")
        if not colon:
            raise InputError("its header is damaged", "export it anew")
        if value.startswith("="):
            if _unescaped(key) in pairs:
                raise InputError("its header says the same thing twice", "export it anew")
            pairs[_unescaped(key)] = _unescaped(value[1:])
            continue
        if key.strip().lower() in fields:
            raise InputError("its header says the same thing twice", "export it anew")
        fields[key.strip().lower()] = value.strip()
    for needed in ("type", "dimension", "sizes", "encoding"):
        if needed not in fields:
            raise InputError(f"its header lacks the field {needed!r}", "export it anew")
    return _Header(fields, pairs)


def _dtype(header: _Header) -> np.dtype[Any]:
    name = _DTYPE_OF.get(header.fields["type"].lower())
    if name is None:
        raise InputError("its voxels are of an unknown number type", "give a scalar image")
    dtype = np.dtype(name)
    if dtype.itemsize == 1:
        return dtype
    order = {"little": "<", "big": ">"}.get(header.fields.get("endian", "").lower())
    if order is None:
        raise InputError("its header lacks the byte order", "export it anew")
    return dtype.newbyteorder(order)  # type: ignore[arg-type]


def _grid(header: _Header, sizes: list[int]) -> tuple[Geometry, int | None]:
    """The grid, and the axis (first, last or none) along which the values of one voxel lie."""
    fields = header.fields
    flip = _TO_RAS.get(fields.get("space", "").lower())
    if flip is None or "space directions" not in fields or "space origin" not in fields:
        if len(sizes) == 2:
            raise InputError("it is two-dimensional", "give a volume of several slices")
        raise InputError(
            "it does not say how it lies in the patient (NRRD fields space, space directions, space origin)",
            "export it with its orientation",
        )
    units = set(re.findall(r'"([^"]*)"', fields.get("space units", ""))) - {"", "mm"}
    if units:
        raise InputError("its spacing is not in millimetres", "export it in millimetres")
    directions = [_parsed_vector(v) for v in re.findall(r"none|\([^)]*\)", fields["space directions"])]
    if len(directions) != len(sizes):
        raise InputError("its header does not give one direction for each axis", "export it anew")
    spatial = [axis for axis, direction in enumerate(directions) if direction is not None]
    if len(spatial) == 2:
        raise InputError("it is two-dimensional", "give a volume of several slices")
    if len(spatial) != 3 or len(sizes) > 4:
        raise InputError(f"it has {len(sizes)} dimensions, not three", "give one 3D volume")
    is_last = spatial == [0, 1, 2] and fields.get("kinds", "").lower().split()[-1:] == ["list"]
    if len(sizes) == 4 and spatial != [1, 2, 3] and not is_last:
        raise InputError("it is four-dimensional (a time series?)", "give one 3D volume")
    affine = np.eye(4)
    for column, axis in enumerate(spatial):
        affine[:3, column] = directions[axis]
    affine[:3, 3] = _parsed_vector(fields["space origin"])
    affine[:3] *= np.array(flip)[:, None]
    i, j, k = (sizes[axis] for axis in spatial)
    return require_sane_grid(Geometry((i, j, k), affine)), (None if len(sizes) == 3 else 3 if is_last else 0)


def _parsed_vector(text: str) -> tuple[float, float, float] | None:
    if text == "none":
        return None
    numbers = [float(part) for part in text.strip("() ").split(",")]
    if len(numbers) != 3:
        raise InputError("its header gives a direction that is not in space", "export it anew")
    return numbers[0], numbers[1], numbers[2]


def _vector(numbers: NDArray[np.float64]) -> str:
    return "(" + ",".join(repr(float(x) + 0.0) for x in numbers) + ")"


def _escaped(value: str) -> str:
    return value.replace("\r", " ").replace("\\", "\\\\").replace("\n", "\\n")


def _unescaped(value: str) -> str:
    return re.sub(r"\\(n|\\)", lambda found: "\n" if found[1] == "n" else "\\", value)
