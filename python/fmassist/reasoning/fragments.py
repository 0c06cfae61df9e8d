"""Pieces of a segment apart from its main one, as far as they can be judged."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fmassist.evidence.facts import Box, ComponentFacts, SegmentFacts


@dataclass(frozen=True)
class Strays:
    """All pieces but the main one that can't join it outside the image."""

    count: int
    volume_ml: float
    share: float
    """Of the whole segment."""
    largest: ComponentFacts | None
    farthest: ComponentFacts | None
    farthest_gap_mm: float
    """Gap between the boxes of the farthest piece and of the main one: never more than their true distance."""


def stray_pieces(facts: SegmentFacts) -> list[tuple[int, ComponentFacts]]:
    """The pieces apart from the main one, with their place among the components.

    A piece that touches the border may go on outside the image and join the main one there, so it is not judged; unless
    the main one touches no border and so is seen whole.
    """
    main, *others = facts.components or (None,)
    if main is None:
        return []
    return [(i, piece) for i, piece in enumerate(others, start=1) if not (piece.border_faces and main.border_faces)]


def strays(facts: SegmentFacts) -> Strays:
    """The stray pieces of one segment, measured."""
    pieces = [piece for _, piece in stray_pieces(facts)]
    if not pieces or facts.volume_ml <= 0:
        return Strays(0, 0.0, 0.0, None, None, 0.0)
    main = facts.components[0]
    gaps = [(box_gap_mm(main.box_ras_mm, piece.box_ras_mm), piece) for piece in pieces if piece.volume_ml >= 0.1]
    gap, farthest = max(gaps, key=lambda g: g[0] * min(1.0, g[1].volume_ml), default=(0.0, None))
    # Evidence lists the largest pieces alone: a label that is dust has nearly all of itself in the others, each of
    # which is smaller than any that is listed.
    unlisted = max(0, facts.component_count - len(facts.components))
    beyond = facts.volume_ml - sum(piece.volume_ml for piece in facts.components) if unlisted else 0.0
    volume = sum(piece.volume_ml for piece in pieces) + max(0.0, beyond)
    return Strays(len(pieces) + unlisted, volume, volume / facts.volume_ml, pieces[0], farthest, gap)


def box_gap_mm(a: Box, b: Box) -> float:
    """Shortest distance between two boxes; 0 when they meet."""
    gaps = [max(0.0, b[0][axis] - a[1][axis], a[0][axis] - b[1][axis]) for axis in range(3)]
    return math.hypot(*gaps)
