"""Reading one segmentation: a label map, a folder of masks, Slicer's `.seg.nrrd`, a DICOM SEG or RT Structure Set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.geometry import Geometry
from fmassist.volume.raster import Raster
from fmassist.volume.reading import is_dicom, quiet, read_raster, reading
from fmassist.volume.segmentation import Segment, Segmentation
from fmassist.volume.slicer_segments import has_segments, segments_from
from fmassist.volume.whole_numbers import MAX_LABEL, labels_of

_PIECE = 1 << 18


def read_segmentation(
    path: Path | str, *, names: Mapping[int, str] | None = None, grid: Geometry | None = None
) -> Segmentation:
    """Read segments, with their geometry and their labels checked.

    Args:
        path: a label map (`.nii`, `.nii.gz`, `.hdr` with `.img`, `.nrrd`, `.nhdr`, `.mha`, `.mhd`, `.mgz`), a
            `.seg.nrrd`, a DICOM SEG or RT Structure Set, a folder with exactly one of these two, or a folder with one
            mask file for each structure.
        names: for a plain label map, the name of each label; a label without one is called `label N`. A file that
            names its own segments keeps its names.
        grid: the grid of the image, onto which the contours of an RT Structure Set are drawn.

    Raises:
        InputError: one line about what is wrong with the file; it holds neither the path nor anything from a header
            that could name a patient.
    """
    path = Path(path)
    with reading("labels"):
        if path.is_dir():
            from fmassist.volume.mask_folder import find_masks, read_masks

            masks = find_masks(path)
            if len(masks) == 1 and not masks[0].is_one_structure:
                return segmentation_from(read_raster(masks[0].file), names or {})
            if masks:
                return read_masks(masks)
        if path.is_dir() or (path.is_file() and is_dicom(path)):
            from fmassist.volume.dicom_labels import read_dicom_labels

            with quiet():
                return read_dicom_labels(path, grid)
        return segmentation_from(read_raster(path), names or {})


def segmentation_from(raster: Raster, names: Mapping[int, str]) -> Segmentation:
    """Segments out of voxels, whether these were read from a file or were in memory. Errors as `read_segmentation`."""
    if has_segments(raster.fields):
        return _slicer_segmentation(raster)
    return _label_map(raster, names)


def _slicer_segmentation(raster: Raster) -> Segmentation:
    arrays = tuple(raster.voxels) if raster.voxels.ndim == 4 else (raster.voxels,)
    segments = segments_from(raster.fields, len(arrays))
    layers = tuple(labels_of(array)[0] for array in arrays)
    if max(raster.geometry.shape) == 1:  # what Slicer saves where nothing is drawn
        raise InputError("the segmentation is empty: no voxel is labelled", "draw or import its segments, and save it")
    return Segmentation(layers, raster.geometry, segments, listed=frozenset(s.name for s in segments))


def _label_map(raster: Raster, names: Mapping[int, str]) -> Segmentation:
    if raster.voxels.ndim == 4:
        raise InputError(
            f"it holds {raster.voxels.shape[0]} values for each voxel (a time series or probabilities)",
            "give one 3D label map",
        )
    layer, notes = labels_of(raster.voxels, raster.step)
    own = raster.label_names
    segments = tuple(_segment(n, own, names) for n in _labels_in(layer))
    if not segments:
        raise InputError("no voxel is labelled", "give the labels of this volume")
    listed = frozenset(own.values()) if own else None
    return Segmentation((layer,), raster.geometry, segments, listed=listed, notes=notes)


def _segment(label: int, own: Mapping[int, str], names: Mapping[int, str]) -> Segment:
    if label in own:
        return Segment(label, own[label], named_by="file")
    if label in names:
        return Segment(label, names[label], named_by="label map")
    return Segment(label, f"label {label}", named_by="value")


def _labels_in(layer: NDArray[np.unsignedinteger]) -> list[int]:
    """The labels over 0 that occur, in order; counted in pieces, since bincount makes eight bytes of each voxel."""
    counts = np.zeros(MAX_LABEL + 1, dtype=np.int64)
    flat: NDArray[Any] = layer.ravel(order="K")
    for start in range(0, flat.size, _PIECE):
        found = np.bincount(flat[start : start + _PIECE])
        counts[: len(found)] += found
    return [int(n) for n in np.flatnonzero(counts) if n > 0]
