"""A folder with one mask file for each structure, as TotalSegmentator, MOOSE, HaN-Seg and many data sets come.

The masks may overlap: each goes into the first layer in which its voxels are free.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.geometry import Geometry, lattice_map
from fmassist.volume.raster import require_room
from fmassist.volume.reading import read_raster, suffix_of
from fmassist.volume.segmentation import Segment, Segmentation
from fmassist.volume.slicer_segments import has_segments
from fmassist.volume.whole_numbers import labels_of

MAX_MASKS = 2000
_ENDINGS = (".nii.gz", ".nii", ".nrrd", ".seg.nrrd", ".mha", ".mhd", ".nhdr", ".mgz", ".hdr")
_IMAGES = re.compile(
    r"(?:.*[_-])?(?:ct|cta|cbct|mr|mri|t1w|t2w|flair|pet|suv|image|img|volume|vol|scan|imaging|0000)",
    re.IGNORECASE,
)
"""Names of files that are images beside their masks. T1 and T2 are not among them: they may be vertebrae."""
_WITHIN = ("segmentations", "segmentation", "masks", "labels", "structures")


@dataclass(frozen=True)
class Mask:
    """One file of a folder.

    Args:
        file: the file.
        name: what it is called, without what is a file's alone.
        is_one_structure: False where it is the folder's only file, which may be a whole label map.
    """

    file: Path
    name: str
    is_one_structure: bool = True


def find_masks(folder: Path) -> list[Mask]:
    """The mask files of a folder, or of its one sub-folder of masks; images and other files are passed over."""
    within = [place for word in _WITHIN if (place := folder / word).is_dir()]
    files = _mask_files(folder, may_be_image=not within) or (
        _mask_files(within[0], may_be_image=False) if within else []
    )
    names = _without_case(_unlike([_stem(file) for file in files]))
    if len(set(names)) < len(names):
        names = [_stem(file) for file in files]
    return [Mask(file, name, len(files) > 1) for file, name in zip(files, names, strict=True)]


def read_masks(masks: Sequence[Mask]) -> Segmentation:
    """One segmentation of all masks, those without a voxel included.

    Raises:
        InputError: the masks do not lie on one grid, or one of them is no mask.
    """
    layers: list[NDArray[Any]] = []
    segments: list[Segment] = []
    notes: list[str] = []
    geometry: Geometry | None = None
    dtype = np.uint8 if len(masks) < 256 else np.uint16
    left_out = 0
    for mask in masks:
        raster = read_raster(mask.file)
        where = _where(raster.voxels, raster.step, has_segments(raster.fields))
        if where is None:
            left_out += 1
            continue
        if geometry is None:
            geometry = raster.geometry
            require_room((*geometry.shape, 4), dtype().itemsize)
        elif not (raster.geometry.shape == geometry.shape and raster.geometry.matches(geometry)):
            where = _turned(where, raster.geometry, geometry)
        label = len(segments) + 1
        segments.append(Segment(label, mask.name, _put(layers, where, label, dtype), named_by="file name"))
    if geometry is None or not segments:
        raise InputError("the folder holds no mask", "give a folder with one file for each structure")
    if not any(layer.any() for layer in layers):
        raise InputError("no voxel is labelled in any of its masks", "give the labels of this volume")
    if left_out:
        notes.append(
            f"{left_out} file{'s' if left_out > 1 else ''} beside the masks hold several labels or an image, and "
            f"{'were' if left_out > 1 else 'was'} left out."
        )
    listed = frozenset(segment.name for segment in segments)
    return Segmentation(tuple(layers), geometry, tuple(segments), listed=listed, notes=tuple(notes))


def _mask_files(folder: Path, *, may_be_image: bool) -> list[Path]:
    entries = list(islice(folder.iterdir(), MAX_MASKS * 4))
    files = [path for path in sorted(entries) if path.is_file() and not path.name.startswith(".")]
    files = [path for path in files if suffix_of(path) in _ENDINGS]
    if len(files) > 1 or not may_be_image:
        files = [path for path in files if not _IMAGES.fullmatch(_stem(path))]
    if len(files) > MAX_MASKS:
        raise InputError(f"the folder holds more than {MAX_MASKS:,} files", "give the folder of one study's masks")
    return files


def _stem(file: Path) -> str:
    return file.name[: -len(suffix_of(file))]


def _unlike(stems: list[str]) -> list[str]:
    """Names without what all of them begin with, where that tells a case and not a structure: it has digits.

    Such a beginning may also be a patient's number, which must not reach a report.
    """
    if len(stems) < 3:
        return stems
    start = stems[0]
    while start and not all(stem.startswith(start) for stem in stems):
        start = start[:-1]
    cut = max(start.rfind("_"), start.rfind("-"), start.rfind(".")) + 1
    if cut == 0 or not any(letter.isdigit() for letter in start[:cut]) or any(len(stem) <= cut for stem in stems):
        return stems
    return [stem[cut:] for stem in stems]


def _without_case(stems: list[str]) -> list[str]:
    """Names without a beginning that says what kind of file it is, such as HaN-Seg's `OAR_`."""
    return [re.sub(r"^(?:OAR|mask|seg|label|roi)[_-](?=\w)", "", stem, flags=re.IGNORECASE) for stem in stems]


def _where(voxels: NDArray[Any], step: float, has_own_segments: bool) -> NDArray[np.bool_] | None:
    """Where a mask is; None for what is none: an image, a label map of several structures, several volumes."""
    if voxels.ndim != 3 or (has_own_segments and voxels.max() > 1):
        return None
    try:
        labels, _ = labels_of(voxels, step)
    except InputError:
        return None
    high = labels.max()
    where: NDArray[np.bool_] = labels == high
    if high == 0:
        return np.zeros(labels.shape, dtype=bool)
    return where if np.count_nonzero(labels) == np.count_nonzero(where) else None


def _turned(where: NDArray[np.bool_], source: Geometry, target: Geometry) -> NDArray[np.bool_]:
    """A mask put on the grid of the first one, without resampling."""
    from fmassist.volume.align import placed

    place = lattice_map(source, target)
    if place is None:
        raise InputError("its masks do not lie on one grid", "give masks that were made on one volume")
    turned: NDArray[np.bool_] = placed(where, place, target.shape)
    return turned


def _put(layers: list[NDArray[Any]], where: NDArray[np.bool_], label: int, dtype: type[np.unsignedinteger]) -> int:
    """The layer that a mask was written into: the first in which its voxels are free."""
    for number, layer in enumerate(layers):
        if not layer[where].any():
            layer[where] = label
            return number
    layers.append(np.zeros(where.shape, dtype=dtype, order="F"))
    layers[-1][where] = label
    return len(layers) - 1
