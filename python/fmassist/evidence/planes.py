"""How the body lies, told by its labels: head-to-foot axis, mid-sagittal plane, and partners mirrored at it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from fmassist.evidence.facts import Axis, ChainFacts, MirrorFacts, Plane, Point, SegmentFacts

HEADER_CONFIDENCE = 0.5
"""That a header tells head from foot where nothing in the labels confirms it (a guess)."""
ENOUGH_LINKS = 4
"""A chain of fewer links has no direction of its own (estimate: three may be swapped by one wrong name)."""
ENOUGH_PAIRS = 3
"""Fewer pairs than this have no plane of their own: two could be tilted by one wrong partner."""


def head_to_foot(segments: Sequence[SegmentFacts], chains: Sequence[ChainFacts]) -> Axis:
    """Towards the feet: along the longest chain, by its numbers; else as the header says.

    The direction is that of the regression of the links' centroids on their numbers. How sure: the share of their
    spread which that line explains (R²), so that links in disorder make it unsure.
    """
    places = {facts.key: facts.centroid_ras_mm for facts in segments}
    longest = max(chains, key=lambda chain: len(chain.members), default=None)
    if longest is not None and len(longest.members) >= ENOUGH_LINKS:
        points = np.array([places[member.key] for member in longest.members], dtype=np.float64)
        numbers = np.array([member.order for member in longest.members], dtype=np.float64)
        points, numbers = points - points.mean(axis=0), numbers - numbers.mean()
        slope = numbers @ points / max(float(numbers @ numbers), 1e-12)
        length = float(np.linalg.norm(slope))
        if length > 0:
            explained = float(length**2 * (numbers @ numbers) / (points * points).sum())
            return Axis(_point(slope / length), round(min(explained, 1.0), 3), "ordered chain")
    return Axis((0.0, 0.0, -1.0), HEADER_CONFIDENCE, "image header")


def plane_of_pairs(segments: Sequence[SegmentFacts], partners: Sequence[tuple[str, str]]) -> Plane | None:
    """The plane between (right, left) partners; None when too few of them are whole.

    Its normal is the median direction from the left one to the right one, its point the median of their middles, so
    that less than half of the pairs may be wrong. How sure: the share of pairs whose middle lies within a tenth of
    their distance from it.
    """
    by_key = {facts.key: facts for facts in segments}
    pairs = [
        (np.array(a.centroid_ras_mm), np.array(b.centroid_ras_mm))
        for right, left in partners
        if (a := by_key.get(right)) and (b := by_key.get(left)) and _is_whole(a) and _is_whole(b)
    ]
    steps = [(a - b, (a + b) / 2) for a, b in pairs if np.linalg.norm(a - b) > 0]
    if len(steps) < ENOUGH_PAIRS:
        return None
    normal = np.median([step / np.linalg.norm(step) for step, _ in steps], axis=0)
    length = float(np.linalg.norm(normal))
    if length < 0.5:  # the pairs point everywhere
        return None
    normal = normal / length
    point = np.median([middle for _, middle in steps], axis=0)
    agreeing = [abs(float((middle - point) @ normal)) <= 0.1 * float(np.linalg.norm(step)) for step, middle in steps]
    return Plane(_point(point), _point(normal), round(sum(agreeing) / len(agreeing), 3), "paired structures")


def measure_mirrored(
    segments: Sequence[SegmentFacts], partners: Sequence[tuple[str, str]], plane: Plane | None
) -> Iterator[MirrorFacts]:
    """How each right structure differs from its left partner; pairs of which one has no voxel are left out."""
    by_key = {facts.key: facts for facts in segments if facts.voxel_count}
    for right, left in partners:
        if right not in by_key or left not in by_key or right == left:
            continue
        one, two = by_key[right], by_key[left]
        assert one.centroid_ras_mm is not None
        assert two.centroid_ras_mm is not None
        assert one.principal_extents_mm is not None
        assert two.principal_extents_mm is not None
        assert one.principal_axes is not None
        assert two.principal_axes is not None
        a, b = np.array(one.centroid_ras_mm), np.array(two.centroid_ras_mm)
        normal = np.array(plane.normal) if plane else np.array([1.0, 0.0, 0.0])
        point = np.array(plane.point_ras_mm) if plane else (a + b) / 2
        mirrored = a - 2 * float((a - point) @ normal) * normal
        axis = np.array(one.principal_axes[0])
        axis = axis - 2 * float(axis @ normal) * normal
        cosine = min(1.0, abs(float(axis @ np.array(two.principal_axes[0]))))
        ratios = [x / y for x, y in zip(one.principal_extents_mm, two.principal_extents_mm, strict=True)]
        yield MirrorFacts(
            right=right,
            left=left,
            volume_ratio=one.volume_ml / two.volume_ml,
            extent_ratios=(ratios[0], ratios[1], ratios[2]),
            axis_angle_deg=math.degrees(math.acos(cosine)),
            offset_mm=_point(mirrored - b),
            plane_source=plane.source if plane else "this pair",
        )


def _is_whole(facts: SegmentFacts) -> bool:
    return facts.voxel_count > 0 and not facts.border_area_mm2


def _point(values: np.ndarray) -> Point:
    return float(values[0]), float(values[1]), float(values[2])
