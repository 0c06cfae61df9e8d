"""The image under each label."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.evidence.canonical import Canonical
from fmassist.evidence.facts import IntensityFacts
from fmassist.evidence.runs import sealed
from fmassist.evidence.thin import Thin
from fmassist.evidence.threads import over_slabs

Array = NDArray[Any]

AIR_HU = -900.0
"""Below this a voxel is air (Fleischner Society: emphysema below −950; 50 HU for noise)."""
STATED_LOWEST_HU = -60.0
"""A CT of soft tissue holds fat, which lies below this (−60 to −120 HU)."""
LEAST_GAS = 0.0005
"""Share of voxels below −500 HU in a field of view inside the body (estimate: a bowel's gas in one of 16 cm)."""
METAL_HU = 2500.0
"""Above this a voxel is metal: beyond the densest cortical bone, about 2,000 HU (estimate from CT scales)."""
MAX_CELLS = 24_000_000
"""Cells of the histogram table at most, for all labels together (96 MB)."""
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
EXACT_BINS = 8192
"""An integer image that spans no more values than this gets one bin a value, so its percentiles are exact."""
REAL_BINS = 65_536
"""Bins at most for an image of real numbers: its percentiles are exact to this part of its range."""


def looks_like_hu(thin: Thin, *, stated: bool = False) -> bool:
    """Whether an image's values look like Hounsfield units: air or gas near −1,000, and soft tissue near 0.

    Read off the thinned-out image: some voxels below −500 and at least 5 % between −200 and 200. A field of view
    inside the body shows little gas, so a few voxels are enough; of an image that is stated to be a CT, fat is.

    Args:
        stated: whether the source says that it is a CT.
    """
    values = thin.image[np.isfinite(thin.image)]
    if values.size == 0 or float(values.min()) > (STATED_LOWEST_HU if stated else -500):
        return False
    soft = float(((values > -200) & (values < 200)).mean())
    return soft > 0.05 and (stated or float((values < -500).mean()) > LEAST_GAS)


def measure_intensities(
    study: Canonical, extent: tuple[float, float], *, is_hu: bool, padding: float | None
) -> dict[int, IntensityFacts]:
    """By dense label; labels without a finite voxel are left out."""
    assert study.image is not None
    count = len(study.keys)
    low, high = extent
    whole = np.issubdtype(study.image.dtype, np.integer)
    bins = int(min(high - low + 1, EXACT_BINS)) if whole else REAL_BINS
    bins = max(16, min(bins, MAX_CELLS // (count + 1)))
    step = max((high - low) / (bins - 1), 1e-12)
    centres = low + step * np.arange(bins)
    facts: dict[int, IntensityFacts] = {}
    for layer in study.layers:
        table, sums = _tables(layer.labels, layer.dense, study.image, count, low, step, bins)
        for label in np.flatnonzero(sums[:, 0]).tolist():
            n, total, squares = sums[label].tolist()
            mean = total / n
            below = np.cumsum(table[label])
            # The least value that as many voxels do not exceed: NumPy's "inverted_cdf".
            p = centres[np.searchsorted(below, np.ceil(np.array(QUANTILES) * n - 1e-6))].tolist()
            facts[label] = IntensityFacts(
                mean=mean,
                sd=float(np.sqrt(max(squares / n - mean * mean, 0.0))),
                p01=p[0],
                p05=p[1],
                p25=p[2],
                p50=p[3],
                p75=p[4],
                p95=p[5],
                p99=p[6],
                air_share=_share(table[label], centres < AIR_HU, n) if is_hu else 0.0,
                padding_share=0.0
                if padding is None
                else _share(table[label], np.abs(centres - padding) <= step / 2, n),
                metal_share=_share(table[label], centres > METAL_HU, n) if is_hu else 0.0,
            )
    return facts


def _share(counts: Array, where: Array, n: float) -> float:
    return float(counts[where].sum() / n)


def _tables(
    labels: Array, dense: Array, image: Array, count: int, low: float, step: float, bins: int
) -> tuple[Array, Array]:
    """Histogram and sums by label, read in the order in which the image lies in memory."""
    from fmassist.evidence.kernels.voxels import histogram

    order = sorted(range(3), key=lambda axis: -abs(image.strides[axis]))
    labels, image = sealed(labels.transpose(order)), sealed(image.transpose(order))

    def work(first: int, last: int) -> tuple[Array, Array]:
        table = np.zeros((count + 1, bins), dtype=np.uint32)
        sums = np.zeros((count + 1, 3))
        histogram(labels, dense, image, first, last, low, step, table, sums)
        return table, sums

    parts = over_slabs(labels.shape[0], work)
    table, sums = parts[0]
    for more, added in parts[1:]:
        table += more
        sums += added
    return table, sums
