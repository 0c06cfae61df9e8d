"""NIfTI-1 and NIfTI-2, in one file (`.nii`, `.nii.gz`) or as a pair (`.hdr` and `.img`), read and written exactly.

The header is read here rather than through a library because a checker must see what libraries settle silently: which
of qform and sform they took, NaN and singular matrices, a size that does not fit the data.
Source: nifti1.h and nifti2.h, https://nifti.nimh.nih.gov/.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.geometry import Geometry
from fmassist.volume.nifti_labels import names_in_extensions
from fmassist.volume.nifti_orientation import quaternion_of, same_place, stored_affine
from fmassist.volume.raster import Raster, require_room, require_sane_grid
from fmassist.volume.stream import decoded, read_exactly

_MAX_HEADER_BYTES = 1 << 26
"""64 MiB of extensions between header and voxels are more than any known writer leaves."""

_DTYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8"}
_CODES = {np.dtype(name): code for code, name in _DTYPES.items()}

_NIFTI1 = [
    ("sizeof_hdr", "i4"), ("unused1", "V35"), ("dim_info", "u1"), ("dim", "i2", 8), ("intent_p", "f4", 3),
    ("intent_code", "i2"), ("datatype", "i2"), ("bitpix", "i2"), ("slice_start", "i2"), ("pixdim", "f4", 8),
    ("vox_offset", "f4"), ("scl_slope", "f4"), ("scl_inter", "f4"), ("slice_end", "i2"), ("slice_code", "u1"),
    ("xyzt_units", "u1"), ("cal", "f4", 2), ("unused2", "V16"), ("descrip", "S80"), ("aux_file", "S24"),
    ("qform_code", "i2"), ("sform_code", "i2"), ("quatern", "f4", 3), ("qoffset", "f4", 3), ("srow", "f4", (3, 4)),
    ("intent_name", "S16"), ("magic", "S4"),
]  # fmt: skip
_NIFTI2 = [
    ("sizeof_hdr", "i4"), ("magic", "S8"), ("datatype", "i2"), ("bitpix", "i2"), ("dim", "i8", 8),
    ("intent_p", "f8", 3), ("pixdim", "f8", 8), ("vox_offset", "i8"), ("scl_slope", "f8"), ("scl_inter", "f8"),
    ("cal", "f8", 2), ("unused1", "V16"), ("slice_start", "i8"), ("slice_end", "i8"), ("descrip", "S80"),
    ("aux_file", "S24"), ("qform_code", "i4"), ("sform_code", "i4"), ("quatern", "f8", 3), ("qoffset", "f8", 3),
    ("srow", "f8", (3, 4)), ("slice_code", "i4"), ("xyzt_units", "i4"), ("intent_code", "i4"),
    ("intent_name", "S16"), ("dim_info", "u1"), ("unused2", "V15"),
]  # fmt: skip
HEADER_1 = np.dtype(_NIFTI1)
HEADER_2 = np.dtype(_NIFTI2)


def read_nifti(path: Path) -> Raster:
    """The voxels and the grid of one NIfTI file, rescaled where the header says so.

    Raises:
        InputError: any of what a header can get wrong; see `Testing/volume/test_nifti.py`.
        OSError: the file cannot be opened or its compression is damaged.
    """
    path, data = header_and_voxels(path)
    with path.open("rb") as file:
        stream = decoded(file, _encoding(file))
        header, header_bytes = _read_header(stream, is_pair=data is not None)
        shape, components = _sizes(header)
        dtype = _dtype(header)
        full = (*shape, components) if components != 1 else shape
        count = require_room(full, dtype.itemsize)
        geometry = require_sane_grid(Geometry(shape, stored_affine(header, shape)))
        if data is None:
            between = _between(stream, header, header_bytes)
            stored = read_exactly(stream, count).view(dtype)
    if data is not None:
        between = b""
        with data.open("rb") as file:
            stream = decoded(file, _encoding(file))
            read_exactly(stream, int(_offset(header)), may_go_on=True)
            stored = read_exactly(stream, count).view(dtype)
    voxels = stored.reshape(full, order="F")
    if components > 1:
        voxels = np.moveaxis(voxels, -1, 0)
    names = names_in_extensions(between, "<" if header.dtype["dim"].base.str.startswith("<") else ">")
    return Raster(_rescaled(voxels, header), geometry, label_names=names, step=_step(dtype, header))


def header_and_voxels(path: Path) -> tuple[Path, Path | None]:
    """The header's file and, for a pair, the one with the voxels.

    Raises:
        InputError: one of a pair is missing.
    """
    name = path.name
    for ending in (".hdr", ".img", ".hdr.gz", ".img.gz"):
        if name.lower().endswith(ending):
            stem = name[: -len(ending)]
            found = {
                part: next((file for e in (part, part + ".gz") if (file := path.with_name(stem + e)).is_file()), None)
                for part in (".hdr", ".img")
            }
            if found[".hdr"] is None or found[".img"] is None:
                raise InputError("a pair of header (.hdr) and voxels (.img) is incomplete", "keep both side by side")
            return found[".hdr"], found[".img"]
    return path, None


def _encoding(file: BinaryIO) -> str:
    compressed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    return "gzip" if compressed else "raw"


def write_nifti(path: Path, voxels: NDArray[Any], geometry: Geometry) -> None:
    """Write one NIfTI-1 file; compressed where the name ends in `.gz`.

    The sform holds the affine. The qform repeats it wherever a float32 quaternion can say the same to 0.01 mm, and is
    left out (code 0) where it cannot, as for a sheared grid; a reader then never has to choose.

    Raises:
        InputError: NIfTI has no such number type or size.
    """
    dtype = voxels.dtype.newbyteorder("=")
    if dtype not in _CODES or max(geometry.shape) > 32767:
        raise InputError("NIfTI cannot hold these voxels", "write .nrrd instead")
    header: Any = np.zeros((), dtype=HEADER_1)
    header["sizeof_hdr"], header["magic"], header["vox_offset"] = 348, b"n+1", 352
    header["dim"] = (3, *geometry.shape, 1, 1, 1, 1)
    header["datatype"], header["bitpix"] = _CODES[dtype], dtype.itemsize * 8
    header["pixdim"] = (1, *geometry.spacing_mm, 0, 0, 0, 0)
    header["scl_slope"], header["xyzt_units"] = 1, 2  # millimetres
    header["sform_code"], header["srow"] = 1, geometry.index_to_ras_mm[:3]
    handedness, quaternion = quaternion_of(geometry)
    header["pixdim"][0], header["quatern"], header["qoffset"] = handedness, quaternion, geometry.index_to_ras_mm[:3, 3]
    header["qform_code"] = 1
    if not same_place(header, geometry.shape, tolerance_mm=0.01):
        header["qform_code"] = 0
    data = header.tobytes() + bytes(4) + np.ascontiguousarray(voxels.astype(dtype, copy=False).T).tobytes()
    with path.open("wb") as file:
        if path.name.endswith(".gz"):
            # No file name and no time inside: the same voxels give the same bytes.
            with gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=4, mtime=0) as packed:
                packed.write(data)
        else:
            file.write(data)


def _read_header(stream: BinaryIO, *, is_pair: bool) -> tuple[Any, int]:
    start = read_exactly(stream, 4, may_go_on=True).tobytes()
    orders: tuple[Literal["<"], Literal[">"]] = ("<", ">")
    for order in orders:
        size = int(np.frombuffer(start, dtype=f"{order}i4")[0])
        for layout in (HEADER_1, HEADER_2):
            if size == layout.itemsize:
                rest = read_exactly(stream, layout.itemsize - 4, may_go_on=True).tobytes()
                header = np.frombuffer(start + rest, dtype=layout.newbyteorder(order))[0]
                in_two = header["magic"][:3] in (b"ni1", b"ni2")
                if not in_two and header["magic"][:3] not in (b"n+1", b"n+2"):
                    raise InputError(
                        "it is an Analyze 7.5 file, which does not say which side is left", "export it anew as .nii.gz"
                    )
                if in_two and not is_pair:
                    raise InputError("its header and voxels are in two files", "give the .hdr with its .img beside it")
                return header, layout.itemsize
    raise InputError("it is not a NIfTI file", "export it anew, or give it the ending of its own format")


def _sizes(header: Any) -> tuple[tuple[int, int, int], int]:
    dim = [int(n) for n in header["dim"]]
    if not 1 <= dim[0] <= 7:
        raise InputError(f"its header declares {dim[0]} dimensions", "export it anew")
    sizes = dim[1 : dim[0] + 1]
    if len(sizes) < 3:
        raise InputError("it is two-dimensional", "give a volume of several slices")
    i, j, k, *more = sizes
    components = 1
    for n in more:
        components *= n
    return (i, j, k), components


def _dtype(header: Any) -> np.dtype[Any]:
    name = _DTYPES.get(int(header["datatype"]))
    if name is None:
        raise InputError("its voxels are colours, complex or of an unknown number type", "give a scalar image")
    dtype = np.dtype(name)
    if int(header["bitpix"]) != dtype.itemsize * 8:
        raise InputError("its header contradicts itself on the size of a voxel", "export it anew")
    return dtype.newbyteorder("<" if header.dtype["dim"].base.str.startswith("<") else ">")


def _between(stream: BinaryIO, header: Any, header_bytes: int) -> bytes:
    """What stands between header and voxels."""
    # Writers leave 0 for "straight after the header and its four extension bytes".
    start = max(int(_offset(header)), header_bytes + 4)
    return read_exactly(stream, start - header_bytes, may_go_on=True).tobytes()


def _offset(header: Any) -> float:
    offset = float(header["vox_offset"])
    if not 0 <= offset <= _MAX_HEADER_BYTES:  # NaN too
        raise InputError("its header puts the voxels beyond any file's end", "export it anew")
    return offset


def _step(dtype: np.dtype[Any], header: Any) -> float:
    """By how much two stored whole numbers that follow each other differ in value; 0 where any number may be stored."""
    slope = float(header["scl_slope"])
    if dtype.kind == "f":
        return 0.0
    return abs(slope) if np.isfinite(slope) and slope != 0 else 1.0


def _rescaled(voxels: NDArray[Any], header: Any) -> NDArray[Any]:
    """Stored values × slope + intercept; whole numbers stay whole where they can."""
    native = voxels.astype(voxels.dtype.newbyteorder("="), copy=False)
    slope, intercept = float(header["scl_slope"]), float(header["scl_inter"])
    if not np.isfinite(slope) or slope == 0 or (slope == 1 and (intercept == 0 or not np.isfinite(intercept))):
        return native
    if not np.isfinite(intercept):
        intercept = 0.0
    if native.dtype.kind in "iu" and slope.is_integer() and intercept.is_integer() and native.dtype.itemsize <= 2:
        bound = abs(slope) * 65536 + abs(intercept)
        if bound < 2**31:
            return cast("NDArray[Any]", native.astype(np.int32) * np.int32(slope) + np.int32(intercept))
    wide = np.dtype(np.float32 if native.dtype.itemsize <= 2 or native.dtype == np.float32 else np.float64)
    real = native.astype(wide)
    real *= slope
    real += intercept
    return real
