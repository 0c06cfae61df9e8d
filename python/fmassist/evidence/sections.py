"""Each segment's sections from foot to head: how large, and where across the body, in slabs common to all segments.

Two structures are compared in the slabs in which both are seen, so that it does not matter where the scan cuts them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.evidence.canonical import Canonical

Array = NDArray[Any]
Section = tuple[int, float, float, float, float]
"""Slab, counted alike for all segments; S mm of its middle; mean area in mm²; R and A mm of its centroid."""

SLAB_MM = 8.0
"""Slabs are about this thick: a quarter of a lumbar level, and thicker than most slices."""


def find_sections(study: Canonical) -> dict[int, tuple[Section, ...]]:
    """By dense label, from the runs of all layers."""
    nk, nj, _ = study.shape
    step = max(1, round(SLAB_MM / float(study.spacing_mm[0])))
    slabs = -(-nk // step)
    rows = (len(study.keys) + 1) * slabs
    grows = study.index_to_ras_mm[2, 0] > 0  # Slabs are counted from the feet, however the study is stored.
    sums = np.zeros((4, rows))
    for layer in study.layers:
        row = np.repeat(np.arange(nk * nj), np.diff(layer.offsets))
        ends = np.append(layer.starts[1:], 0)
        last = layer.offsets[1:] - 1
        ends[last] = study.shape[2]
        inside = layer.values > 0
        k, j = row[inside] // nj, row[inside] % nj
        up = k if grows else nk - 1 - k
        first, stop = layer.starts[inside].astype(np.float64), ends[inside]
        length = stop - first
        key = layer.values[inside].astype(np.int64) * slabs + up // step
        for at, weight in enumerate((length, length * k, length * j, length * (first + stop - 1) / 2)):
            sums[at] += np.bincount(key, weight, rows)
    found: dict[int, list[Section]] = {}
    filled = np.flatnonzero(sums[0])
    centres = study.to_ras_mm((sums[1:, filled] / sums[0, filled]).T)
    thick = np.minimum(step, nk - (filled % slabs) * step) * study.spacing_mm[0]
    areas = sums[0, filled] * study.voxel_ml * 1000 / thick
    for at, area, (right, anterior, superior) in zip(filled.tolist(), areas.tolist(), centres.tolist(), strict=True):
        section = (at % slabs, round(superior, 4), round(area, 4), round(right, 4), round(anterior, 4))
        found.setdefault(at // slabs, []).append(section)
    return {dense: tuple(sections) for dense, sections in found.items()}
