"""Ordered chains along the curve that their links lie on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from statistics import median

from fmassist.evidence.facts import ChainFacts, ChainMember, SegmentFacts

GAP = 0.5
"""Neighbours further apart than their numbers say by this share of a typical spacing have a gap (half of one link)."""


def measure_chains(
    segments: Sequence[SegmentFacts], chains: Sequence[tuple[str, Sequence[tuple[str, int]]]]
) -> Iterator[ChainFacts]:
    """Each chain's links in the order in which they lie, from the top down, with arc length through their centroids.

    The curve is the polyline through the centroids, sorted from head to foot: chains of the trunk run that way, and a
    spline through so few points adds nothing to their distances.
    """
    by_key = {facts.key: facts for facts in segments if facts.centroid_ras_mm is not None}
    for name, numbered in chains:
        present = [(by_key[key], number) for key, number in numbered if key in by_key]
        if not present:
            continue
        present.sort(key=lambda link: (-_superior(link[0]), link[1]))
        positions = [0.0]
        for (a, _), (b, _) in pairwise(present):
            assert a.centroid_ras_mm is not None
            assert b.centroid_ras_mm is not None
            positions.append(positions[-1] + math.dist(a.centroid_ras_mm, b.centroid_ras_mm))
        members = tuple(
            ChainMember(facts.key, number, position)
            for (facts, number), position in zip(present, positions, strict=True)
        )
        steps = [(b.position_mm - a.position_mm) / max(1, abs(b.order - a.order)) for a, b in pairwise(members)]
        spacing = median(steps) if steps else 0.0
        inversions = tuple((a.key, b.key) for a, b in pairwise(members) if b.order < a.order)
        gaps = tuple(
            (a.key, b.key, surplus)
            for a, b in pairwise(members)
            if spacing > 0
            and (surplus := (b.position_mm - a.position_mm) / spacing - max(1, abs(b.order - a.order))) > GAP
        )
        duplicates = tuple((a.key, b.key) for a, b in combinations(members, 2) if a.order == b.order)
        jumps = tuple((a.key, b.key, step) for a, b in pairwise(members) if abs(step := b.order - a.order) > 1)
        yield ChainFacts(name, members, spacing, inversions, gaps, duplicates, jumps)


def _superior(facts: SegmentFacts) -> float:
    assert facts.centroid_ras_mm is not None
    return facts.centroid_ras_mm[2]
