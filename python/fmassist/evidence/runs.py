"""A layer of labels as runs: rows of voxels, cut where the label changes. Everything exact is computed from these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.evidence.threads import over_slabs

Array = NDArray[Any]


@dataclass(frozen=True)
class Layer:
    """One layer, axes (head–foot, front–back, right–left).

    Args:
        labels: as stored, 8 or 16 bits, C order, `[k, j, i]`.
        dense: stored label to its number in this study (0 for background).
        stored: number in this study to stored label, 0 for those of other layers.
        starts: first voxel of each run within its row; runs cover all rows, background too.
        values: number in this study of each run.
        offsets: for each row the first of its runs, and the number of all.
    """

    labels: Array
    dense: Array
    stored: Array
    starts: Array
    values: Array
    offsets: Array

    @property
    def runs(self) -> tuple[Array, Array, Array]:
        """What the kernels take."""
        return self.starts, self.values, self.offsets


def narrowed(array: Array) -> tuple[Array, Array | None]:
    """Labels in 8 or 16 bits, without a copy where they allow it, and their meaning where they had to be renumbered.

    Raises:
        InputError: negative labels, or more than 65,535 different ones.
    """
    if array.dtype == np.bool_:
        return array.view(np.uint8), None
    if array.dtype in (np.dtype(np.uint8), np.dtype(np.uint16)):
        return array, None
    if int(array.min()) < 0:
        raise InputError("the segmentation holds negative labels", "export it with labels from 0 on")
    if array.dtype.itemsize <= 2:
        return array.view(f"u{array.dtype.itemsize}"), None
    if int(array.max()) <= 65535:
        return array.astype(np.uint16, order="K"), None
    values, number = np.unique(array, return_inverse=True)
    offset = int(values[0] != 0)
    if len(values) + offset > 65536:
        raise InputError("the segmentation holds more than 65,535 labels", "is this the image and not its labels?")
    meaning = np.concatenate([np.zeros(offset, values.dtype), values])
    return (number.reshape(array.shape) + offset).astype(np.uint16), meaning


def read_runs(labels: Array) -> tuple[Array, Array, Array]:
    """Starts, stored labels and offsets of all runs (see `kernels.scan`)."""
    from fmassist.evidence.kernels.scan import scan

    nk, nj, ni = labels.shape
    flat = labels.reshape(-1)
    per = 8 // flat.itemsize
    words = flat[: len(flat) // per * per].view(np.uint64)
    parts = over_slabs(nk, lambda a, b: scan(flat, words, ni, a * nj, b * nj))
    ends = np.cumsum([0, *(len(starts) for starts, _, _ in parts)])
    offsets = [part[2][:-1] + begin for part, begin in zip(parts, ends[:-1], strict=True)]
    return (
        np.concatenate([part[0] for part in parts]),
        np.concatenate([part[1] for part in parts]),
        np.concatenate([*offsets, ends[-1:]]),
    )


def in_order(view: Array) -> Array:
    """The array in C order, read-only; copied only where it isn't already."""
    if not view.flags.c_contiguous:
        from fmassist.evidence.kernels.scan import transpose

        source = sealed(view)
        target = np.empty(view.shape, dtype=view.dtype)
        over_slabs(view.shape[0], lambda a, b: transpose(source, target, a, b))
        view = target
    return sealed(view)


def sealed(array: Array) -> Array:
    """A read-only view: the kernels are compiled for one kind of array, not for two."""
    sealed = array.view()
    sealed.flags.writeable = False
    return sealed
