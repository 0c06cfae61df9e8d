"""Voxels as labels: whole numbers from 0 up, however a program stored them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError

MAX_LABEL = 65535
OFF_BY = 1e-3
"""How far a stored value may be from the whole number that it stands for: a float that went through a rescale or a
double is off by 10⁻⁷ of itself, and labels scaled into 16 bits by 1/65,535 of the largest one. An interpolated label
map has values everywhere between."""
_IGNORED = -1


def labels_of(voxels: NDArray[Any], step: float = 0.0) -> tuple[NDArray[np.unsignedinteger], tuple[str, ...]]:
    """The voxels as uint8, or uint16 where a label is over 255, and what was settled on the way.

    Args:
        voxels: numbers of any type.
        step: by how much two stored values that follow each other differ, where the file scales whole numbers; a value
            may then be half of that off, as long as no two of them become one label.

    Raises:
        InputError: a value is not a label.
    """
    low, high = voxels.min(), voxels.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise InputError("a label is NaN or infinite", "give a label map")
    notes: tuple[str, ...] = ()
    if low < -OFF_BY:
        voxels, said = _without_ignored(voxels, float(low))
        notes += (said,)
    if high > MAX_LABEL + OFF_BY:
        raise InputError(f"a label is {high:g}, over {MAX_LABEL:,}", "renumber the labels")
    dtype = np.uint8 if high < 255.5 else np.uint16
    if voxels.dtype.kind != "f":
        return voxels.astype(dtype, copy=False), notes
    whole = np.rint(voxels)
    off = float(np.abs(voxels - whole).max())
    if off > max(OFF_BY, step / 2 * 1.01) or (off > OFF_BY and not _each_of_its_own(voxels)):
        raise InputError(
            "a label is not a whole number (probabilities, or a label map that was interpolated?)",
            "give a label map, resampled by nearest neighbour",
        )
    if off > 1e-5:
        notes += (f"The labels are stored as numbers up to {off:.2g} off a whole one, and were rounded.",)
    return whole.astype(dtype), notes


def _without_ignored(voxels: NDArray[Any], low: float) -> tuple[NDArray[Any], str]:
    """−1, by which nnU-Net's files say that a voxel is left out, counts as background; no other negative one does."""
    ignored = voxels < -OFF_BY
    if low != _IGNORED or not bool((voxels[ignored] == _IGNORED).all()):
        raise InputError(f"a label is negative ({low:g})", "give an image of labels from 0 up, not an intensity image")
    count = int(ignored.sum())
    kept = voxels.copy()
    kept[ignored] = 0
    return kept, f"{count:,} voxels have the label -1 (left out, as nnU-Net writes it) and count as background."


def _each_of_its_own(voxels: NDArray[Any]) -> bool:
    """Whether each value stands for another whole number, as in labels that were scaled into fewer bits."""
    values = np.unique(voxels)
    return len(values) <= MAX_LABEL and len(np.unique(np.rint(values))) == len(values) and len(values) > 2
