"""Whether the image has a border where a label ends: its intensities a few millimetres inside and outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.evidence.canonical import Canonical
from fmassist.evidence.facts import EdgeFacts, IntensityFacts, Point
from fmassist.evidence.runs import Layer, sealed
from fmassist.evidence.threads import over_slabs

Array = NDArray[Any]

REACH_MM = 3.0
"""How far in and out of the surface the image is looked at: beyond the blur of partial volume in a 3 mm image."""
WIDTH = 2.0
"""Standard deviations to each side of the median that are a label's own intensity: 95 of 100 of its voxels, were it
one tissue with noise."""
LEAST_SD = 5.0
"""Of a label's intensity: images without noise have edges of partial volume all the same (HU; estimate)."""
MOST_PAIRED = 512
"""With more labels than this the foreign share of contacts is left out: its table grows with their square."""


@dataclass(frozen=True)
class Edges:
    """Facts by dense label, and by (label, neighbour) the mm² of contact that were judged, and that are foreign."""

    by_label: dict[int, EdgeFacts] = field(default_factory=dict)
    between: dict[tuple[int, int], tuple[float, float]] = field(default_factory=dict)


def measure_edges(study: Canonical, intensities: Mapping[int, IntensityFacts]) -> Edges:
    """Look across every label's surface."""
    assert study.image is not None
    own = own_intensity(intensities, len(study.keys) + 1)
    by_label: dict[int, EdgeFacts] = {}
    between: dict[tuple[int, int], tuple[float, float]] = {}
    for layer in study.layers:
        judged, same, other, places, pairs = _across(study, layer, own)
        areas = study.face_areas_mm2[None, :, None]
        for label in np.flatnonzero(judged.sum(axis=(1, 2))).tolist():
            faces = (judged * areas)[label], (same * areas)[label]
            by_label[label] = EdgeFacts(
                own_low=float(own[label, 0]),
                own_high=float(own[label, 1]),
                judged_mm2=float(faces[0].sum()),
                same_outside_mm2=float(faces[1].sum()),
                other_inside_mm2=float((other * areas)[label].sum()),
                same_outside_by_face={
                    study.face(axis, high=bool(high)): (float(faces[0][axis, high]), float(faces[1][axis, high]))
                    for axis in range(3)
                    for high in range(2)
                },
                same_outside_at_ras_mm=_place(study, places[label, 0], int(same[label].sum())),
                other_inside_at_ras_mm=_place(study, places[label, 1], int(other[label].sum())),
            )
        for a, b in np.argwhere(pairs[..., 0]).tolist() if pairs.size else ():
            between[a, b] = (float(pairs[a, b, 0]), float(pairs[a, b, 1]))
    return Edges(by_label, between)


def own_intensity(intensities: Mapping[int, IntensityFacts], rows: int) -> Array:
    """`[label, low or high]`: median ± 2 robust standard deviations (quartiles over 1.349, as of a normal one)."""
    own = np.empty((rows, 2))
    own[:] = (np.inf, -np.inf)
    for label, facts in intensities.items():
        if facts.p25 is not None and facts.p75 is not None:
            width = WIDTH * max((facts.p75 - facts.p25) / 1.349, LEAST_SD)
            own[label] = (facts.p50 - width, facts.p50 + width)
    return own


def _across(study: Canonical, layer: Layer, own: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Counts of one layer, with the axes in the study's order again."""
    from fmassist.evidence.kernels.edges import look_across

    assert study.image is not None
    image = study.image
    order = sorted(range(3), key=lambda axis: -abs(image.strides[axis]))
    labels, values = sealed(layer.labels.transpose(order)), sealed(image.transpose(order))
    steps = np.maximum(1, np.round(REACH_MM / study.spacing_mm)).astype(np.int64)[order]
    areas = study.face_areas_mm2[order]
    taken = np.zeros((0, 0, 0), dtype=np.bool_)
    if len(study.layers) > 1:
        others = [other.labels.transpose(order) > 0 for other in study.layers if other is not layer]
        taken = np.logical_or.reduce(others)
    rows = len(study.keys) + 1
    paired = rows if rows <= MOST_PAIRED else 0

    def work(first: int, last: int) -> tuple[Array, ...]:
        judged, same, other = (np.zeros((rows, 3, 2), dtype=np.int64) for _ in range(3))
        places = np.zeros((rows, 2, 3))
        between = np.zeros((paired, paired, 2))
        found = (judged, same, other, places, between)
        look_across(labels, layer.dense, values, own, steps, areas, sealed(taken), first, last, *found)
        return found

    parts = over_slabs(labels.shape[0], work)
    judged, same, other, places, between = (np.sum([part[n] for part in parts], axis=0) for n in range(5))
    back = np.argsort(order)
    return judged[:, back], same[:, back], other[:, back], places[:, :, back], between


def _place(study: Canonical, sums: Array, count: int) -> Point | None:
    if not count:
        return None
    at = study.to_ras_mm(sums / count)
    return float(at[0]), float(at[1]), float(at[2])
