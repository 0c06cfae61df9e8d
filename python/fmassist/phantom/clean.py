"""Truth without crumbs: what carving by neighbours split off goes back to the background."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fmassist.phantom.labels import LABELS

CRUMB_ML = 2.0
CRUMB_SHARE = 0.1
"""Smaller than both: an artefact of drawing on voxels. Cartilages and an accessory spleen are truly apart."""
CRUMB_APART_ML = 0.3
_TRULY_APART = (LABELS["costal_cartilages"], LABELS["spleen"])


def drop_crumbs(labels: NDArray[np.uint8], voxel_ml: float) -> None:
    """Set to 0, in place, every small piece of a label that has a larger one and doesn't touch the border."""
    from scipy.ndimage import find_objects, label

    neighbours = np.ones((3, 3, 3), dtype=bool)
    for value, box in enumerate(find_objects(labels), start=1):
        if box is None:
            continue
        pieces, count = label(labels[box] == value, structure=neighbours)
        if count < 2:
            continue
        sizes = np.bincount(pieces.ravel())[1:]
        for piece, size in enumerate(sizes, start=1):
            least = CRUMB_APART_ML if value in _TRULY_APART else CRUMB_ML
            small = size * voxel_ml < least and size < CRUMB_SHARE * sizes.sum()
            if small and not _at_border(pieces == piece, box, labels.shape):
                labels[box][pieces == piece] = 0


def _at_border(mask: NDArray[np.bool_], box: tuple[slice, ...], shape: tuple[int, ...]) -> bool:
    for axis, (side, length) in enumerate(zip(box, shape, strict=True)):
        if side.start == 0 and mask.take(0, axis).any():
            return True
        if side.stop == length and mask.take(-1, axis).any():
            return True
    return False
