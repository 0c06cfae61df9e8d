"""Writing volumes and segmentations, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.geometry import Geometry, index_to_lps_mm
from fmassist.volume.nifti import write_nifti
from fmassist.volume.nrrd import write_nrrd
from fmassist.volume.reading import suffix_of
from fmassist.volume.segmentation import Segmentation
from fmassist.volume.slicer_segments import pairs_for
from fmassist.volume.volume import Volume
from fmassist.volume.whole_file import whole_file


def write_volume(volume: Volume, path: Path | str) -> None:
    """Write `volume` as `.nii`, `.nii.gz`, `.nrrd` or `.mha`; its context is not written.

    Raises:
        InputError: the ending is none of these, the format cannot hold the volume, or the folder cannot be written.
    """
    path = Path(path)
    _write_array(path, volume.voxels, volume.geometry)


def write_segmentation(segmentation: Segmentation, path: Path | str) -> None:
    """Write `segmentation`.

    `.seg.nrrd` keeps everything (names, colours, terminology, layers) and opens in Slicer as a segmentation; `.nii`,
    `.nii.gz`, `.nrrd` and `.mha` keep the labels of a single layer.

    Raises:
        InputError: the ending is none of these, several layers would be lost, or the folder cannot be written.
    """
    path = Path(path)
    layers = _same_type(segmentation.layers)
    if suffix_of(path) == ".seg.nrrd":
        voxels = np.stack(layers) if len(layers) > 1 else layers[0]
        with whole_file(path) as beside:
            write_nrrd(beside, voxels, segmentation.geometry, pairs_for(segmentation, _extents(segmentation)))
        return
    if len(layers) > 1:
        raise InputError("a label map cannot hold segments that overlap", "write .seg.nrrd")
    _write_array(path, layers[0], segmentation.geometry)


def _write_array(path: Path, voxels: NDArray[Any], geometry: Geometry) -> None:
    suffix = suffix_of(path)
    if suffix not in (".nii", ".nii.gz", ".nrrd", ".mha"):
        raise InputError(f"cannot write {suffix or 'a file without an ending'}", "choose .nii.gz, .nrrd or .mha")
    if voxels.dtype.kind not in "iuf" or voxels.dtype == np.float16:
        raise InputError(f"{suffix} cannot hold these voxels", "convert them to integers or floats")
    with whole_file(path) as beside:
        if suffix == ".nrrd":
            write_nrrd(beside, voxels, geometry)
        elif suffix == ".mha":
            _write_metaimage(beside, voxels, geometry)
        else:
            write_nifti(beside, voxels, geometry)


def _write_metaimage(path: Path, voxels: NDArray[Any], geometry: Geometry) -> None:
    import SimpleITK as sitk

    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    lps = index_to_lps_mm(geometry)[:3]
    image = sitk.GetImageFromArray(np.ascontiguousarray(voxels.T))
    image.SetSpacing(geometry.spacing_mm)
    image.SetDirection((lps[:, :3] / np.array(geometry.spacing_mm)).ravel().tolist())
    image.SetOrigin(lps[:, 3].tolist())
    try:
        sitk.WriteImage(image, str(path), useCompression=True)
    except RuntimeError:  # its text holds the path
        raise InputError("MetaImage cannot hold this volume or the disk is full", "write .nrrd instead") from None


def _same_type(layers: tuple[NDArray[np.unsignedinteger], ...]) -> list[NDArray[np.unsignedinteger]]:
    """All layers as uint8, or as uint16 where any label needs it."""
    high = max(int(layer.max()) for layer in layers)
    if high > 65535:
        raise InputError(f"a label is {high}, over 65,535", "renumber the labels")
    return [layer.astype(np.uint8 if high <= 255 else np.uint16, copy=False) for layer in layers]


def _extents(segmentation: Segmentation) -> list[tuple[int, ...]]:
    """First and last voxel of each segment along i, j, k."""
    from scipy.ndimage import find_objects

    boxes = [find_objects(layer) for layer in segmentation.layers]
    extents = []
    for segment in segmentation.segments:
        found = boxes[segment.layer]
        box = found[segment.label - 1] if segment.label <= len(found) else None
        extents.append(tuple(n for s in box for n in (s.start, s.stop - 1)) if box else (0, -1, 0, -1, 0, -1))
    return extents
