"""The image under each label."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.evidence.canonical import Canonical
from fmassist.evidence.facts import IntensityFacts
from fmassist.evidence.passes import over_slabs

Array = NDArray[Any]

AIR_HU = -900.0
"""Below this a voxel is air (Fleischner Society: emphysema below −950; 50 HU for noise)."""
METAL_HU = 2500.0
"""Above this a voxel is metal: beyond the densest cortical bone, about 2,000 HU (estimate from CT scales)."""
MAX_CELLS = 24_000_000
"""Cells of the histogram table at most, for all labels together (96 MB)."""
QUANTILES = (0.01, 0.05, 0.5, 0.95, 0.99)
EXACT_BINS = 8192
"""An integer image that spans no more values than this gets one bin a value, so its percentiles are exact."""


def looks_like_hu(image: Array) -> bool:
    """Whether an image's values look like Hounsfield units: air near −1,000, and soft tissue near 0.

    Read off a thinned-out image: at least 1 % of voxels below −500 and at least 5 % between −200 and 200.
    """
    thin = np.asarray(image[:: max(1, image.shape[0] // 32), ::4, ::4], dtype=np.float32)
    thin = thin[np.isfinite(thin)]
    if thin.size == 0 or float(thin.min()) > -500:
        return False
    return bool((thin < -500).mean() > 0.01 and ((thin > -200) & (thin < 200)).mean() > 0.05)


def padding_value(image: Array) -> float | None:
    """The value that fills most of the image's corners and is its lowest, or None."""
    edges = [0, -1]
    corners = [float(image[k, j, i]) for k in edges for j in edges for i in edges]
    values, counts = np.unique([c for c in corners if np.isfinite(c)], return_counts=True)
    if len(values) and counts.max() >= 4:
        value = float(values[counts.argmax()])
        # Air is noisy; padding is not. Only a value that the image never goes below can be padding.
        if value <= float(np.nanmin(image[:: max(1, image.shape[0] // 16)])):
            return value
    return None


def measure_intensities(study: Canonical, *, is_hu: bool, padding: float | None) -> dict[int, IntensityFacts]:
    """By dense label; labels without a finite voxel are left out."""
    assert study.image is not None
    image, count = study.image, len(study.keys)
    low, high = _range(image)
    bins = int(min(high - low + 1, EXACT_BINS if np.issubdtype(image.dtype, np.integer) else 4096))
    bins = max(16, min(bins, MAX_CELLS // max(1, count + 1)))
    step = max((high - low) / (bins - 1), 1e-12)
    facts: dict[int, IntensityFacts] = {}
    for labels in study.layers:
        table, sums = _tables(labels, image, count, low, step, bins)
        centres = low + step * np.arange(bins)
        for label in np.flatnonzero(sums[:, 0]).tolist():
            n, total, squares = sums[label]
            mean = total / n
            shares = np.cumsum(table[label]) / n
            p = [float(centres[min(int(np.searchsorted(shares, q)), bins - 1)]) for q in QUANTILES]
            air = float(table[label][centres < AIR_HU].sum() / n) if is_hu else 0.0
            metal = float(table[label][centres > METAL_HU].sum() / n) if is_hu else 0.0
            padded = 0.0 if padding is None else float(table[label][np.abs(centres - padding) <= step / 2].sum() / n)
            sd = float(np.sqrt(max(squares / n - mean * mean, 0.0)))
            facts[label] = IntensityFacts(float(mean), sd, p[0], p[1], p[2], p[3], p[4], air, padded, metal)
    return facts


def _tables(labels: Array, image: Array, count: int, low: float, step: float, bins: int) -> tuple[Array, Array]:
    from fmassist.evidence.kernels import histogram

    def work(first: int, last: int) -> tuple[Array, Array]:
        table = np.zeros((count + 1, bins), dtype=np.uint32)
        sums = np.zeros((count + 1, 3))
        histogram(labels, image, first, last, low, step, table, sums)
        return table, sums

    parts = over_slabs(labels.shape[0], work)
    table, sums = parts[0]
    for more, added in parts[1:]:
        table += more
        sums += added
    return table, sums


def _range(image: Array) -> tuple[float, float]:
    if np.issubdtype(image.dtype, np.integer):
        return float(image.min()), float(image.max())
    finite = image[np.isfinite(image)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
