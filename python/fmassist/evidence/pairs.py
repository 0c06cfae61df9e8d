"""What pairs of labels measure: contact, distance, overlap, one inside the other, direction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.evidence.canonical import Canonical
from fmassist.evidence.distances import measure_distances
from fmassist.evidence.facts import FACES, PairFacts, Point, SegmentFacts
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


def measure_pairs(
    study: Canonical,
    pieces: Pieces,
    segments: Sequence[SegmentFacts],
    wanted: Iterable[tuple[str, str]],
    foreign: Mapping[Pair, tuple[float, float]],
) -> list[PairFacts]:
    """Every pair that touches, overlaps, lies near or is asked for.

    Args:
        study: its labels.
        pieces: of them.
        segments: facts of each.
        wanted: keys of pairs that are measured even where they lie far apart.
        foreign: see `edges.Edges.between`.
    """
    dense = {facts.key: n for n, facts in enumerate(segments, start=1) if facts.voxel_count}
    overlaps = _overlaps(study)
    pairs = set(pieces.contacts) | set(overlaps) | _near(study, pieces)
    for first, second in wanted:
        if first in dense and second in dense and first != second:
            pairs.add(_ordered(dense[first], dense[second]))
    _require_anatomy(study, pieces, pairs)
    inside = _inside_outlines(study, pieces, pairs)
    distances = measure_distances(study, pieces, pairs, overlaps)
    areas = study.face_areas_mm2.tolist()
    facts = []
    ordered = sorted(pairs)
    for (a, b), box_a, box_b in zip(ordered, *_box_shares(pieces.label_boxes, ordered), strict=True):
        touching = sum(n * mm2 for n, mm2 in zip(pieces.contacts.get((a, b), (0, 0, 0)), areas, strict=True))
        overlap, distance = overlaps.get((a, b), 0), distances[a, b]
        if segments[b - 1].key < segments[a - 1].key:
            a, b, box_a, box_b = b, a, box_b, box_a
        one, two = segments[a - 1], segments[b - 1]
        assert one.centroid_ras_mm is not None
        assert two.centroid_ras_mm is not None
        facts.append(
            PairFacts(
                first=one.key,
                second=two.key,
                contact_area_mm2=touching,
                contact_share=touching / min(one.surface_area_mm2, two.surface_area_mm2),
                distance_mm=distance,
                overlap_ml=overlap * study.voxel_ml,
                first_inside_second_box=box_a,
                second_inside_first_box=box_b,
                first_inside_second_hull=inside.get((a, b), 0.0),
                second_inside_first_hull=inside.get((b, a), 0.0),
                directions=directions(one.centroid_ras_mm, two.centroid_ras_mm),
                first_inside_second=overlap / one.voxel_count,
                second_inside_first=overlap / two.voxel_count,
                first_edge_mm2=foreign[a, b][0] if (a, b) in foreign else None,
                first_like_second_mm2=foreign[a, b][1] if (a, b) in foreign else None,
                second_edge_mm2=foreign[b, a][0] if (b, a) in foreign else None,
                second_like_first_mm2=foreign[b, a][1] if (b, a) in foreign else None,
            )
        )
    return facts


def directions(origin: Point, target: Point) -> dict[str, float]:
    """How much `target` lies in each anatomical direction from `origin`, in [0, 1].

    The squared cosine between the line of the centroids and the direction, 0 beyond 90 degrees: the centroid method
    of Krishnapuram, Keller & Ma (IEEE Trans Fuzzy Syst 1993;1:222), in the form whose degrees add up to 1.
    """
    step = [b - a for a, b in zip(origin, target, strict=True)]
    length = sum(part * part for part in step)
    if length == 0:
        return dict.fromkeys(FACES, 0.0)
    return {face: max(0.0, step[n // 2] * (1 if n % 2 == 0 else -1)) ** 2 / length for n, face in enumerate(FACES)}


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


def _ordered(a: int, b: int) -> Pair:
    return (a, b) if a < b else (b, a)


def _box_shares(boxes: Array, pairs: Sequence[Pair]) -> tuple[list[float], list[float]]:
    """Of each pair, the share of the first's box within the second's, and the other way round."""
    both = boxes[np.array(pairs, dtype=np.int64).reshape(-1, 2)].astype(np.float64)
    low, high = both[..., :3], both[..., 3:]
    common = np.maximum(high.min(axis=1) - low.max(axis=1) + 1, 0).prod(axis=1)
    shares = common[:, None] / (high - low + 1).prod(axis=2)
    return shares[:, 0].tolist(), shares[:, 1].tolist()


def _near(study: Canonical, pieces: Pieces) -> set[Pair]:
    """Pairs whose boxes lie within `NEAR_MM`."""
    dense = np.flatnonzero(pieces.label_moments[:, 0])
    low, high = pieces.label_boxes[dense, :3], pieces.label_boxes[dense, 3:]
    found: set[Pair] = set()
    for n in range(len(dense) - 1):
        gap = np.maximum(np.maximum(low[n] - high[n + 1 :], low[n + 1 :] - high[n]), 0) * study.spacing_mm
        near = dense[n + 1 :][(gap * gap).sum(axis=1) <= NEAR_MM * NEAR_MM]
        found.update((int(dense[n]), other) for other in near.tolist())
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
