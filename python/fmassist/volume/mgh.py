"""FreeSurfer's MGH (`.mgh`) and its compressed form (`.mgz`), read.

Source: https://surfer.nmr.mgh.harvard.edu/fswiki/FsTutorial/MghFormat. The header is read here for the reason that
NIfTI's is: a checker must see what libraries settle silently, such as a file that says nothing of its orientation.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from fmassist.errors import InputError
from fmassist.geometry import Geometry
from fmassist.volume.raster import Raster, require_room, require_sane_grid
from fmassist.volume.stream import decoded, read_exactly

_HEADER = np.dtype(
    [
        ("version", ">i4"),
        ("size", ">i4", 4),
        ("type", ">i4"),
        ("freedom", ">i4"),
        ("oriented", ">i2"),
        ("spacing", ">f4", 3),
        ("directions", ">f4", (3, 3)),
        ("centre_ras_mm", ">f4", 3),
        ("unused", "V194"),
    ]
)
_DTYPES = {0: "u1", 1: ">i4", 3: ">f4", 4: ">i2", 10: ">u2"}


def read_mgh(path: Path) -> Raster:
    """The voxels and the grid of one MGH file.

    Raises:
        InputError: the file is no MGH, says nothing of its orientation, or holds no scalars.
        OSError: the file cannot be opened or its compression is damaged.
    """
    with path.open("rb") as file:
        compressed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        stream = decoded(file, "gzip" if compressed else "raw")
        header: Any = read_exactly(stream, _HEADER.itemsize, may_go_on=True).view(_HEADER)[0]
        if int(header["version"]) != 1:
            raise InputError("it is not an MGH file", "export it anew, or give it the ending of its own format")
        name = _DTYPES.get(int(header["type"]))
        if name is None:
            raise InputError("its voxels are of an unknown number type", "give a scalar image")
        i, j, k, frames = (int(n) for n in header["size"])
        shape = (i, j, k)
        dtype = np.dtype(name)
        count = require_room((*shape, frames), dtype.itemsize)
        geometry = _grid(header, shape)
        stored = read_exactly(stream, count, may_go_on=True)  # tags may follow
    voxels = stored.view(dtype).reshape((*shape, frames), order="F")
    voxels = voxels.astype(dtype.newbyteorder("="), copy=False)
    return Raster(voxels[..., 0] if frames == 1 else np.moveaxis(voxels, -1, 0), geometry)


def _grid(header: Any, shape: tuple[int, int, int]) -> Geometry:
    """Columns of `directions` as stored are rows here; `centre_ras_mm` is of the voxel at half the size."""
    if int(header["oriented"]) != 1:
        raise InputError(
            "it does not say how it lies in the patient (goodRASFlag is 0)", "export it with its orientation"
        )
    affine = np.eye(4)
    affine[:3, :3] = header["directions"].astype(float).T * header["spacing"].astype(float)
    affine[:3, 3] = header["centre_ras_mm"].astype(float) - affine[:3, :3] @ (np.array(shape) / 2)
    return require_sane_grid(Geometry(shape, affine))
