"""MetaImage (`.mha`, `.mhd`), read.

ITK's own reader prints to the terminal when a file is cut short and follows a header to any path, so the format,
lines of text before one block of numbers, is read here. Source: https://itk.org/Wiki/ITK/MetaIO/Documentation.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.geometry import Geometry, geometry_from_lps
from fmassist.volume.raster import Raster, require_room, require_sane_grid
from fmassist.volume.stream import beside, decoded, read_exactly

_DTYPES = {
    "MET_CHAR": "i1", "MET_UCHAR": "u1", "MET_SHORT": "i2", "MET_USHORT": "u2", "MET_INT": "i4", "MET_UINT": "u4",
    "MET_LONG": "i4", "MET_ULONG": "u4", "MET_LONG_LONG": "i8", "MET_ULONG_LONG": "u8", "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}  # fmt: skip
_MAX_LINE = 1 << 16
_MAX_LINES = 10_000


def read_metaimage(path: Path) -> Raster:
    """The voxels and the grid of one MetaImage file.

    Raises:
        InputError: the file is not a 3D grid in patient space, or is damaged.
        OSError: a file cannot be opened.
    """
    with path.open("rb") as file:
        header = _read_header(file)
        shape = [int(n) for n in header["DimSize"].split()]
        if len(shape) == 2:
            raise InputError("it is two-dimensional", "give a volume of several slices")
        if len(shape) == 4 and shape[3] == 1:
            header, shape = _three_dimensional(header), shape[:3]
        if len(shape) != 3:
            raise InputError(f"it has {len(shape)} dimensions, not three", "give one 3D volume")
        components = int(header.get("ElementNumberOfChannels", "1"))
        dtype = _dtype(header)
        count = require_room((*shape, components) if components != 1 else shape, dtype.itemsize)
        geometry = _grid(header, shape)
        compressed = _true(header, "CompressedData")
        name = header["ElementDataFile"]
        if name.upper() == "LOCAL":
            stored = _stored(decoded(file, "zlib" if compressed else "raw"), count, header)
        else:
            if header.get("HeaderSize", "0") not in ("0", "-1"):
                raise InputError("its header skips part of its data file", "save it as one .mha")
            with beside(path, name).open("rb") as data:
                if header.get("HeaderSize") == "-1" and not compressed:  # the voxels are the file's last bytes
                    data.seek(max(data.seek(0, io.SEEK_END) - count, 0))
                stored = _stored(decoded(data, "zlib" if compressed else "raw"), count, header)
    if len(stored) == 2 * count:
        dtype = np.dtype(f"{dtype.byteorder}{dtype.kind}8")
    full = (components, *shape) if components > 1 else tuple(shape)
    voxels = stored.view(dtype).reshape(full, order="F")
    return Raster(voxels.astype(dtype.newbyteorder("="), copy=False), geometry)


def data_file(path: Path) -> Path | None:
    """The other file that holds the voxels; None where they follow the header. Errors as `read_metaimage`."""
    with path.open("rb") as file:
        name = _read_header(file)["ElementDataFile"]
    return None if name.upper() == "LOCAL" else beside(path, name)


def _stored(stream: BinaryIO, count: int, header: dict[str, str]) -> NDArray[np.uint8]:
    """The voxels' bytes, twice `count` of them where the header says MET_LONG and the file means eight bytes by it.

    MetaIO counts four bytes for a long; programs on Linux and macOS wrote their own, which has eight.
    """
    if header["ElementType"] not in ("MET_LONG", "MET_ULONG"):
        return read_exactly(stream, count)
    first = read_exactly(stream, count, may_go_on=True)
    more = stream.read(1)
    if not more:
        return first
    require_room((count, 2), 1)
    rest = read_exactly(stream, count - 1)
    return np.concatenate([first, np.frombuffer(more, np.uint8), rest])


def _three_dimensional(header: dict[str, str]) -> dict[str, str]:
    """The header of a four-dimensional file with a single volume, without its fourth axis."""
    short = dict(header)
    for key in ("Offset", "Position", "Origin", "ElementSpacing"):
        if len(header.get(key, "").split()) == 4:
            short[key] = " ".join(header[key].split()[:3])
    for key in ("TransformMatrix", "Rotation", "Orientation"):
        numbers = header.get(key, "").split()
        if len(numbers) == 16:
            short[key] = " ".join(numbers[row * 4 + column] for row in range(3) for column in range(3))
    return short


def _read_header(file: BinaryIO) -> dict[str, str]:
    header: dict[str, str] = {}
    for _ in range(_MAX_LINES):
        line = file.readline(_MAX_LINE)
        key, equals, value = line.decode("utf-8", errors="replace").partition("=")
        if not equals:
            break
        header[key.strip()] = value.strip()
        if key.strip() == "ElementDataFile":  # always the last
            break
    if header.get("ObjectType", "Image") != "Image" or "ElementDataFile" not in header:
        raise InputError("it is not a MetaImage file", "export it anew, or give it the ending of its own format")
    for needed in ("DimSize", "ElementType"):
        if needed not in header:
            raise InputError(f"its header lacks the field {needed!r}", "export it anew")
    if not _true(header, "BinaryData", "True"):
        raise InputError("its voxels are written as text", "save it in binary")
    return header


def _true(header: dict[str, str], key: str, default: str = "False") -> bool:
    return header.get(key, default).lower() in ("true", "1")


def _dtype(header: dict[str, str]) -> np.dtype[Any]:
    name = _DTYPES.get(header["ElementType"])
    if name is None:
        raise InputError("its voxels are colours or of an unknown number type", "give a scalar image")
    big = _true(header, "BinaryDataByteOrderMSB") or _true(header, "ElementByteOrderMSB")
    return np.dtype(name).newbyteorder(">" if big else "<")


def _grid(header: dict[str, str], shape: list[int]) -> Geometry:
    """MetaImage is in LPS; row i of its matrix is the direction of index axis i."""
    matrix = header.get("TransformMatrix") or header.get("Rotation") or header.get("Orientation")
    origin = header.get("Offset") or header.get("Position") or header.get("Origin")
    spacing = header.get("ElementSpacing")
    if matrix is None or origin is None or spacing is None:
        raise InputError(
            "it does not say how it lies in the patient (TransformMatrix, Offset, ElementSpacing)",
            "export it with its orientation",
        )
    directions = np.array([float(x) for x in matrix.split()]).reshape(3, 3).T
    lps = np.eye(4)
    lps[:3, :3] = directions * np.array([float(x) for x in spacing.split()]).reshape(3)
    lps[:3, 3] = np.array([float(x) for x in origin.split()]).reshape(3)
    i, j, k = shape
    return require_sane_grid(geometry_from_lps((i, j, k), lps))
