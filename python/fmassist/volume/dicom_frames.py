"""A DICOM image of many frames: Enhanced CT and MR (PS3.3 A.38, A.36), and their legacy forms.

highdicom puts the frames in their place by their own positions, and applies each one's rescale.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.geometry import Geometry, geometry_from_lps
from fmassist.volume.dicom_header import SliceHeader, read_slice_header
from fmassist.volume.raster import Raster, require_room, require_sane_grid


def read_frames(path: Path) -> tuple[Raster, str, dict[str, str | float]]:
    """The frames of one file as a volume, its modality, and what its header says that a check may use.

    Raises:
        InputError: the file is a single slice, or its frames do not make one even stack.
        OSError: the file cannot be read.
    """
    header = read_slice_header(path)
    _require_many(header)
    image, geometry = _opened(path)
    try:
        volume = image.get_volume(apply_modality_transform=True)
        voxels = np.asarray(volume.array).transpose(2, 1, 0)[:, :, :: 1 if _runs_along_normal(volume.affine) else -1]
    except Exception:
        # What highdicom raises quotes values of the header.
        raise InputError(
            "its frames do not make one volume (several echoes, phases or kinds of value in one file?)",
            "split them, as Slicer or dcm2niix do when they import the series",
        ) from None
    if voxels.dtype.kind == "f" and np.array_equal(voxels, np.rint(voxels)) and np.abs(voxels).max() < 2**15:
        voxels = voxels.astype(np.int16)
    modality = header.modality if header.modality in ("CT", "MR") else "unknown"
    return Raster(np.asfortranarray(voxels), geometry), modality, dict(header.context)


def geometry_of_frames(path: Path) -> Geometry:
    """The grid of one file's frames.

    Raises:
        InputError: they do not make one even stack.
    """
    return _opened(path)[1]


def _require_many(header: SliceHeader) -> None:
    if header.frames <= 1:
        raise InputError("it is one DICOM file", "give the folder in which all its slices lie")
    if header.samples != 1:
        raise InputError("its frames are in colour", "give a scalar image")
    require_room((header.columns, header.rows, header.frames), 8)


def _runs_along_normal(affine: NDArray[np.float64]) -> bool:
    """Whether the frames of a volume `[slice, row, column]` are in the order that single slices are put in."""
    normal = np.cross(affine[:3, 2], affine[:3, 1])
    return float(affine[:3, 0] @ normal) > 0


def _opened(path: Path) -> tuple[Any, Geometry]:
    import highdicom as hd

    try:
        image = hd.imread(path)
        placing = image.get_volume_geometry()
    except Exception:
        raise InputError("its frames cannot be read as an image", "convert them to NIfTI or to single slices") from None
    if placing is None:
        raise InputError(
            "its frames do not lie on a regular grid (several stacks or phases in one file?)",
            "split them, as Slicer or dcm2niix do when they import the series",
        )
    slices, rows, columns = placing.spatial_shape
    lps = placing.affine[:, [2, 1, 0, 3]].copy()
    if not _runs_along_normal(placing.affine):
        lps[:3, 3] += (slices - 1) * lps[:3, 2]
        lps[:3, 2] *= -1
    return image, require_sane_grid(geometry_from_lps((columns, rows, slices), lps))
