"""What pairs of labels measure: contact, distance, overlap, one inside the other."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.evidence.canonical import Canonical
from fmassist.evidence.distances import measure_distances
from fmassist.evidence.facts import ApartFacts, PairFacts, SegmentFacts
from fmassist.evidence.pieces import Pieces
from fmassist.evidence.threads import at_once

Array = NDArray[Any]
Pair = tuple[int, int]
"""Two dense labels, the lower one first."""

MAX_PAIRS = 60_000
"""More pairs than this are no anatomy: 10,120 come from 1,000 labels packed into an abdomen."""
MAX_STEPS = 300_000_000
"""Runs to be walked for all outlines, which measures the work for distances too; 10⁷ in a label map of 10⁸ voxels."""
NEAR_MM = 6.0
"""Boxes closer than this make two labels near each other: two voxels of a 3 mm image."""
APART_MM = 60.0
"""Of labels whose boxes lie no further apart than this the distance is measured exactly: as far as neighbours are held
to be neighbours at all (the widest limit of any shipped rule); beyond it, the gap of the boxes is a lower bound."""
MOST_APART = 20_000
"""Pairs that lie apart and are measured, the nearest boxes first: some 2,500 of a whole trunk, some 0.1 ms each."""


def measure_pairs(
    study: Canonical,
    pieces: Pieces,
    segments: Sequence[SegmentFacts],
    foreign: Mapping[Pair, tuple[float, float]],
    only: Collection[int] | None = None,
) -> tuple[list[PairFacts], list[ApartFacts], float]:
    """Every pair that touches, overlaps or lies near; and the distances of those that lie apart.

    Args:
        study: its labels.
        pieces: of them.
        segments: facts of each.
        foreign: see `edges.Edges.between`.
        only: pairs with at least one of these dense labels; None for all.

    Returns:
        What near pairs measure, the distances of pairs apart, and up to which gap of their boxes those are complete
        in mm.
    """
    overlaps = _overlaps(study)
    gaps = _gaps(study, pieces)
    pairs = set(pieces.contacts) | set(overlaps) | {pair for pair, gap in gaps.items() if not gap}
    _require_anatomy(study, pieces, pairs)
    apart = {pair: gap for pair, gap in gaps.items() if pair not in pairs}
    if only is not None:
        pairs = {pair for pair in pairs if not set(pair).isdisjoint(only)}
    inside = _inside_outlines(study, pieces, pairs)
    distances = measure_distances(study, pieces, pairs, overlaps)
    areas = study.face_areas_mm2.tolist()
    facts = []
    for a, b in sorted(pairs):
        touching = sum(n * mm2 for n, mm2 in zip(pieces.contacts.get((a, b), (0, 0, 0)), areas, strict=True))
        overlap, distance = overlaps.get((a, b), 0), distances[a, b]
        if segments[b - 1].key < segments[a - 1].key:
            a, b = b, a
        facts.append(
            PairFacts(
                first=segments[a - 1].key,
                second=segments[b - 1].key,
                contact_area_mm2=touching,
                distance_mm=distance,
                overlap_ml=overlap * study.voxel_ml,
                first_inside_second_hull=inside.get((a, b), 0.0),
                second_inside_first_hull=inside.get((b, a), 0.0),
                first_edge_mm2=foreign[a, b][0] if (a, b) in foreign else None,
                first_like_second_mm2=foreign[a, b][1] if (a, b) in foreign else None,
                second_edge_mm2=foreign[b, a][0] if (b, a) in foreign else None,
                second_like_first_mm2=foreign[b, a][1] if (b, a) in foreign else None,
            )
        )
    return facts, *_apart(study, pieces, segments, apart, only)


def _apart(
    study: Canonical,
    pieces: Pieces,
    segments: Sequence[SegmentFacts],
    gaps: Mapping[Pair, float],
    only: Collection[int] | None,
) -> tuple[list[ApartFacts], float]:
    """The distances of pairs that lie apart, and up to which gap of the boxes all of them are there."""
    nearest = sorted(gaps, key=lambda pair: (gaps[pair], pair))
    reach = APART_MM
    if len(nearest) > MOST_APART:
        reach = gaps[nearest[MOST_APART]]
        nearest = [pair for pair in nearest[:MOST_APART] if gaps[pair] < reach]
    if only is not None:
        nearest = [pair for pair in nearest if not set(pair).isdisjoint(only)]
    distances = measure_distances(study, pieces, nearest, {})
    facts = []
    for a, b in sorted(nearest):
        first, second = sorted((segments[a - 1].key, segments[b - 1].key))
        facts.append(ApartFacts(first, second, distances[a, b]))
    return facts, reach


def _require_anatomy(study: Canonical, pieces: Pieces, pairs: set[Pair]) -> None:
    """Refuse labels that are strewn through each other like noise, which would take hours.

    Raises:
        InputError: there are too many pairs, or too many labels that each reach through everything.
    """
    involved = {dense for pair in pairs for dense in pair}
    boxes = pieces.label_boxes[sorted(involved)].astype(np.int64)
    share = (boxes[:, 3:5] - boxes[:, :2] + 1).prod(axis=1) / (study.shape[0] * study.shape[1])
    steps = float(share.sum()) * sum(len(layer.starts) for layer in study.layers)
    if len(pairs) > MAX_PAIRS or steps > MAX_STEPS:
        raise InputError(
            f"{len(involved)} labels are strewn through each other like noise", "is this the image and not its labels?"
        )


def _gaps(study: Canonical, pieces: Pieces) -> dict[Pair, float]:
    """Pairs whose boxes lie within `APART_MM` of each other, and the gap between these (0 for near ones) in mm."""
    dense = np.flatnonzero(pieces.label_moments[:, 0])
    low, high = pieces.label_boxes[dense, :3], pieces.label_boxes[dense, 3:]
    found: dict[Pair, float] = {}
    for n in range(len(dense) - 1):
        steps = np.maximum(np.maximum(low[n] - high[n + 1 :], low[n + 1 :] - high[n]), 0)
        centres = np.linalg.norm(steps * study.spacing_mm, axis=1)
        # Between boxes that hold whole voxels there is a step less.
        gap = np.linalg.norm(np.maximum(steps - 1, 0) * study.spacing_mm, axis=1)
        mm = np.where(centres <= NEAR_MM, 0.0, np.maximum(gap, 1e-6))
        near = np.flatnonzero(mm <= APART_MM)
        found.update(((int(dense[n]), int(dense[n + 1 + m])), float(mm[m])) for m in near.tolist())
    return found


def _overlaps(study: Canonical) -> dict[Pair, int]:
    """Voxels that two labels of different layers share."""
    from fmassist.evidence.kernels.sums import sum_overlaps

    layers = study.layers
    found: dict[Pair, int] = {}

    def work(both: tuple[int, int]) -> tuple[Array, Array]:
        return sum_overlaps(*layers[both[0]].runs, *layers[both[1]].runs, study.shape[2])

    for pairs, voxels in at_once(work, [(a, b) for a in range(len(layers)) for b in range(a + 1, len(layers))]):
        unique, where = np.unique(pairs, return_inverse=True)
        for key, count in zip(unique.tolist(), np.bincount(where, voxels).tolist(), strict=True):
            found[key >> 32, key & 0xFFFFFFFF] = int(count)
    return found


def _inside_outlines(study: Canonical, pieces: Pieces, pairs: set[Pair]) -> dict[Pair, float]:
    """(inner, outer) to the share of the inner within the outer's outline."""
    from fmassist.evidence.kernels.outline import inside_outline

    _, nj, ni = study.shape
    partners: dict[int, list[int]] = {}
    for a, b in pairs:
        partners.setdefault(a, []).append(b)
        partners.setdefault(b, []).append(a)

    def work(outer: int) -> list[tuple[int, int, int]]:
        box = pieces.label_boxes[outer]
        layer = study.layers[study.keys[outer - 1][0]]
        counts = np.zeros(len(study.keys) + 1, dtype=np.int64)
        others = np.array(partners[outer])
        for number, other in enumerate(study.layers):
            wanted = np.zeros(len(counts), dtype=np.bool_)
            wanted[[n for n in others.tolist() if study.keys[n - 1][0] == number]] = True
            if wanted.any():
                inside_outline(*layer.runs, other.runs, nj, ni, outer, box, wanted, counts)
        return [(inner, outer, int(counts[inner])) for inner in others.tolist() if counts[inner]]

    # The largest first, so that no thread is left alone with one at the end.
    outers = sorted(partners, key=lambda n: -pieces.label_moments[n, 0])
    voxels = pieces.label_moments[:, 0]
    return {(a, b): n / float(voxels[a]) for part in at_once(work, outers) for a, b, n in part}
