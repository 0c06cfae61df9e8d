"""Pieces of a segment apart from its main one, as far as they can be judged."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fmassist.evidence.facts import Box, ComponentFacts, SegmentFacts


@dataclass(frozen=True)
class Strays:
    """All pieces but the main one that the border does not cut."""

    count: int
    volume_ml: float
    share: float
    """Of the whole segment."""
    largest: ComponentFacts | None
    farthest: ComponentFacts | None
    farthest_gap_mm: float
    """Gap between the boxes of the farthest piece and of the main one: never more than their true distance."""


def strays(facts: SegmentFacts) -> Strays:
    """The stray pieces of one segment.

    A piece that touches the border may continue outside the image and join the others there, so it is not judged.
    """
    pieces = [piece for piece in facts.components[1:] if not piece.border_faces]
    if not pieces or facts.volume_ml <= 0:
        return Strays(0, 0.0, 0.0, None, None, 0.0)
    main = facts.components[0]
    gaps = [(box_gap_mm(main.box_ras_mm, piece.box_ras_mm), piece) for piece in pieces if piece.volume_ml >= 0.1]
    gap, farthest = max(gaps, key=lambda g: g[0] * min(1.0, g[1].volume_ml), default=(0.0, None))
    volume = sum(piece.volume_ml for piece in pieces)
    return Strays(len(pieces), volume, volume / facts.volume_ml, pieces[0], farthest, gap)


def box_gap_mm(a: Box, b: Box) -> float:
    """Shortest distance between two boxes; 0 when they meet."""
    gaps = [max(0.0, b[0][axis] - a[1][axis], a[0][axis] - b[1][axis]) for axis in range(3)]
    return math.hypot(*gaps)
