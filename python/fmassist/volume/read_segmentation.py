"""Reading one segmentation: a label map, Slicer's `.seg.nrrd`, or a DICOM SEG."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.volume.raster import Raster
from fmassist.volume.reading import is_dicom, quiet, read_raster, reading
from fmassist.volume.segmentation import Segment, Segmentation
from fmassist.volume.slicer_segments import has_segments, segments_from

_MAX_LABEL = 65535
_PIECE = 1 << 18


def read_segmentation(path: Path | str, *, names: Mapping[int, str] | None = None) -> Segmentation:
    """Read segments, with their geometry and their labels checked.

    Args:
        path: a label map (`.nii`, `.nii.gz`, `.nrrd`, `.nhdr`, `.mha`, `.mhd`), a `.seg.nrrd`, a DICOM SEG file, or a
            folder with exactly one DICOM SEG.
        names: for a plain label map, the name of each label; a label without one is called `label N`. A file that
            names its own segments keeps its names.

    Raises:
        InputError: one line about what is wrong with the file; it holds neither the path nor anything from a header
            that could name a patient.
    """
    path = Path(path)
    with reading("labels"):
        if path.is_dir() or (path.is_file() and is_dicom(path)):
            from fmassist.volume.dicom_seg import read_dicom_seg

            with quiet():
                return read_dicom_seg(path)
        return segmentation_from(read_raster(path), names or {})


def segmentation_from(raster: Raster, names: Mapping[int, str]) -> Segmentation:
    """Segments out of voxels, whether these were read from a file or were in memory. Errors as `read_segmentation`."""
    if has_segments(raster.fields):
        return _slicer_segmentation(raster)
    return _label_map(raster, names)


def _slicer_segmentation(raster: Raster) -> Segmentation:
    arrays = tuple(raster.voxels) if raster.voxels.ndim == 4 else (raster.voxels,)
    segments = segments_from(raster.fields, len(arrays))
    return Segmentation(tuple(_labels(array) for array in arrays), raster.geometry, segments)


def _label_map(raster: Raster, names: Mapping[int, str]) -> Segmentation:
    if raster.voxels.ndim == 4:
        raise InputError(
            f"it holds {raster.voxels.shape[0]} values for each voxel (a time series or probabilities)",
            "give one 3D label map",
        )
    layer = _labels(raster.voxels)
    segments = tuple(Segment(label=n, name=names.get(n, f"label {n}")) for n in _labels_in(layer))
    if not segments:
        raise InputError("no voxel is labelled", "give the labels of this volume")
    return Segmentation((layer,), raster.geometry, segments)


def _labels_in(layer: NDArray[np.unsignedinteger]) -> list[int]:
    """The labels over 0 that occur, in order; counted in pieces, since bincount makes eight bytes of each voxel."""
    counts = np.zeros(_MAX_LABEL + 1, dtype=np.int64)
    flat = layer.ravel(order="K")
    for start in range(0, flat.size, _PIECE):
        found = np.bincount(flat[start : start + _PIECE])
        counts[: len(found)] += found
    return [int(n) for n in np.flatnonzero(counts) if n > 0]


def _labels(voxels: NDArray[Any]) -> NDArray[np.unsignedinteger]:
    """The voxels as uint8, or uint16 where a label is over 255.

    Raises:
        InputError: a value is not a label.
    """
    low, high = voxels.min(), voxels.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise InputError("a label is NaN or infinite", "give a label map")
    if low < 0:
        raise InputError(f"a label is negative ({low:g})", "give an image of labels from 0 up, not an intensity image")
    if high > _MAX_LABEL:
        raise InputError(f"a label is {high:g}, over {_MAX_LABEL:,}", "renumber the labels")
    labels: NDArray[np.unsignedinteger] = voxels.astype(np.uint8 if high <= 255 else np.uint16, copy=False)
    if voxels.dtype.kind == "f" and not np.array_equal(labels, voxels):
        raise InputError(
            "a label is not a whole number (probabilities, or a label map that was interpolated?)",
            "give a label map, resampled by nearest neighbour",
        )
    return labels
