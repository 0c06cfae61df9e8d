"""Windows over a volume for networks that are no PyTorch modules: one layer of windows at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import Cancelled
from fmassist.models.interface import Cancelled as IsCancelled
from fmassist.models.interface import Progress

Array = NDArray[Any]


def windows(
    predict: Callable[[Array], Array],
    image: Array,
    *,
    roi: tuple[int, ...],
    overlap: float,
    progress: Progress,
    cancelled: IsCancelled | None,
) -> Array:
    """Labels `[i, j, k]`; scores of overlapping windows are averaged with one weight.

    Scores are kept for one layer of windows along the first axis and dropped as soon as no later window adds to them,
    so memory grows with the layer and not with the volume.

    Args:
        predict: from (1, 1, *roi) to (1, classes, *roi).
        image: float32 `[i, j, k]`; padded with its own border where it is smaller than a window.
        roi: size of a window in voxels.
        overlap: share of a window that the next one covers again, 0 up to 1.
        progress: told of each window.
        cancelled: asked before each window.

    Raises:
        Cancelled: `cancelled` said so.
    """
    padded = np.pad(image, [(0, max(0, r - n)) for r, n in zip(roi, image.shape, strict=True)], mode="edge")
    starts = [_starts(n, r, overlap) for n, r in zip(padded.shape, roi, strict=True)]
    labels = np.zeros(padded.shape, dtype=np.uint16)
    total, done = len(starts[0]) * len(starts[1]) * len(starts[2]), 0
    kept: Array | None = None
    for number, i in enumerate(starts[0]):
        for j in starts[1]:
            for k in starts[2]:
                if cancelled is not None and cancelled():
                    raise Cancelled("cancelled")
                part = (slice(i, i + roi[0]), slice(j, j + roi[1]), slice(k, k + roi[2]))
                scores = predict(np.ascontiguousarray(padded[part][None, None]))[0]
                if kept is None:
                    kept = np.zeros((len(scores), roi[0], *padded.shape[1:]), np.float32)
                if len(scores) == 1:  # it gives labels already: they can't be averaged, the last window's stand
                    kept[0, :, part[1], part[2]] = scores[0]
                else:
                    # Not divided by how many windows cover a voxel: that is the same for all of its classes.
                    kept[:, :, part[1], part[2]] += scores
                done += 1
                progress("segmenting", done / total)
        assert kept is not None
        ends = starts[0][number + 1] if number + 1 < len(starts[0]) else padded.shape[0]
        final = ends - i
        labels[i : i + final] = kept[0, :final] if len(kept) == 1 else kept[:, :final].argmax(axis=0)
        rest = kept[:, final:].copy()
        kept[:, : roi[0] - final] = rest
        kept[:, roi[0] - final :] = 0
    return labels[tuple(slice(0, n) for n in image.shape)]


def _starts(size: int, roi: int, overlap: float) -> list[int]:
    """First voxels of the windows along one axis; the last one ends where the volume does."""
    step = max(1, int(roi * (1 - overlap)))
    return sorted({min(start, size - roi) for start in range(0, max(1, size - roi + step), step)})
