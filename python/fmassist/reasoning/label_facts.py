"""Where each label of a plain label map lies and how large it is: enough to tell which label map it was written with.

Measured in one pass and without meanings, long before the check measures everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil

import numpy as np
from numpy.typing import NDArray

from fmassist.evidence.facts import Evidence, Point
from fmassist.reasoning.transform import Turn
from fmassist.volume import Segmentation, Volume

_PIECE = 1 << 20
MOST_VOXELS = 16_000_000
"""Of a larger grid every second, third … voxel along each axis is looked at (algorithm: 512×512×60 is looked at whole,
and of 512×512×1200 a voxel in every 3 mm, where the smallest structure that a test speaks of has 1 mL)."""


@dataclass(frozen=True)
class LabelFacts:
    """One label.

    Args:
        centroid_ras_mm: its centre.
        volume_ml: its volume.
        is_cut: whether the border of the image cuts it.
        mean_hu: mean value of the image in it, None where the image is no CT.
    """

    centroid_ras_mm: Point
    volume_ml: float
    is_cut: bool
    mean_hu: float | None = None


def turned_facts(facts: Mapping[int, LabelFacts], turn: Turn) -> dict[int, LabelFacts]:
    """The same if the study lay another way; sizes and values stay."""
    found = {}
    for label, fact in facts.items():
        r, a, s = (turn.signs[i] * fact.centroid_ras_mm[turn.axes[i]] for i in range(3))
        found[label] = replace(fact, centroid_ras_mm=(r, a, s))
    return found


def facts_of_evidence(evidence: Evidence) -> dict[int, LabelFacts]:
    """The same of a study that was measured before."""
    is_ct = evidence.scan.modality == "CT"
    return {
        facts.label: LabelFacts(
            facts.centroid_ras_mm,
            facts.volume_ml,
            bool(facts.border_area_mm2),
            facts.intensity.mean if is_ct and facts.intensity is not None else None,
        )
        for facts in evidence.segments
        if facts.layer == 0 and facts.centroid_ras_mm is not None
    }


def facts_of_labels(segmentation: Segmentation, volume: Volume | None) -> dict[int, LabelFacts]:
    """Facts of every label of the first layer."""
    whole = segmentation.layers[0]
    step = ceil((whole.size / MOST_VOXELS) ** (1 / 3)) if whole.size > MOST_VOXELS else 1
    layer = whole[::step, ::step, ::step]
    flat = layer.ravel(order="F")
    count = np.bincount(flat)
    sums = [np.zeros(len(count)) for _ in range(3)]
    # One axis at a time: the counts of a label in each plane give its mean index along that axis.
    for axis in range(3):
        for index in range(layer.shape[axis]):
            plane = np.moveaxis(layer, axis, 0)[index]  # a view: numpy.take would copy the whole layer
            found = np.bincount(plane.ravel(), minlength=len(count))
            sums[axis] += found * index
    values = _means(flat, volume, len(count), step, whole.shape)
    at_border = set()
    for axis in range(3):
        for end in (0, -1):
            at_border |= set(np.unique(np.moveaxis(whole, axis, 0)[end]).tolist())
    voxel_ml = step**3 * abs(float(np.linalg.det(segmentation.geometry.index_to_ras_mm[:3, :3]))) / 1000
    facts = {}
    for label in np.flatnonzero(count[1:]) + 1:
        place = [float(step * sums[axis][label] / count[label]) for axis in range(3)]
        r, a, s = (float(x) for x in segmentation.geometry.to_ras_mm([place])[0])
        hu = None if values is None else float(values[label] / count[label])
        facts[int(label)] = LabelFacts((r, a, s), float(count[label]) * voxel_ml, int(label) in at_border, hu)
    return facts


def _means(
    flat: NDArray[np.unsignedinteger], volume: Volume | None, length: int, step: int, shape: tuple[int, ...]
) -> NDArray[np.float64] | None:
    if volume is None or volume.modality != "CT" or volume.voxels.shape != shape:
        return None
    sums: NDArray[np.float64] = np.zeros(length)
    values = volume.voxels[::step, ::step, ::step].ravel(order="F")
    for start in range(0, flat.size, _PIECE):
        piece = slice(start, start + _PIECE)
        sums += np.bincount(flat[piece], weights=values[piece].astype(np.float32), minlength=length)
    return sums
