"""Files for tests: sound ones by the program's own writers, then spoiled at the bytes that the format documents."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np

from fmassist.geometry import Geometry
from fmassist.volume.nifti import write_nifti

NIFTI1 = {  # nifti1.h: name -> (byte offset, struct format)
    "dim": (40, "8h"),
    "datatype": (70, "h"),
    "bitpix": (72, "h"),
    "pixdim": (76, "8f"),
    "vox_offset": (108, "f"),
    "scl_slope": (112, "f"),
    "scl_inter": (116, "f"),
    "xyzt_units": (123, "B"),
    "qform_code": (252, "h"),
    "sform_code": (254, "h"),
    "quatern": (256, "3f"),
    "qoffset": (268, "3f"),
    "srow": (280, "12f"),
    "magic": (344, "4s"),
}


def some_voxels(shape=(5, 6, 7), dtype=np.int16) -> np.ndarray:
    """Values that all differ, so that a voxel in the wrong place shows."""
    return np.arange(np.prod(shape), dtype=dtype).reshape(shape) - 20


def nifti(path: Path, voxels: np.ndarray | None = None, affine: np.ndarray | None = None, **header: object) -> Path:
    """A NIfTI file with some header fields overwritten."""
    voxels = some_voxels() if voxels is None else voxels
    plain = path.with_name("sound.nii")
    shape = (*voxels.shape, 1, 1)[:3]
    write_nifti(plain, voxels, Geometry(shape, np.diag([2.0, 3.0, 4.0, 1.0]) if affine is None else affine))
    content = bytearray(plain.read_bytes())
    plain.unlink()
    for name, value in header.items():
        offset, layout = NIFTI1[name]
        values = np.ravel(value).tolist() if not isinstance(value, bytes) else [value]
        struct.pack_into("<" + layout, content, offset, *values)
    path.write_bytes(gzip.compress(bytes(content), 1) if path.name.endswith(".gz") else content)
    return path


def nrrd(path: Path, voxels: np.ndarray, *lines: str, drop: tuple[str, ...] = (), data: bytes | None = None) -> Path:
    """A raw NRRD file from its lines, the usual ones first; those that start with a word in `drop` are left out."""
    usual = [
        "NRRD0004",
        f"type: {voxels.dtype.name if voxels.dtype != np.float32 else 'float'}",
        f"dimension: {voxels.ndim}",
        "space: left-posterior-superior",
        f"sizes: {' '.join(map(str, voxels.shape))}",
        "space directions: " + ("none " if voxels.ndim == 4 else "") + "(1,0,0) (0,1,0) (0,0,2)",
        "kinds: " + ("list " if voxels.ndim == 4 else "") + "domain domain domain",
        "endian: little",
        "encoding: raw",
        "space origin: (-10,-20,30)",
    ]
    kept = [line for line in usual if not line.startswith(drop)] if drop else usual
    head = "\n".join([*kept, *lines]) + "\n\n"
    path.write_bytes(head.encode() + (voxels.tobytes(order="F") if data is None else data))
    return path
