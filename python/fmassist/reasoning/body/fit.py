"""How well segments fit as structures: place, extents and volume against the typical body's.

Every part is a Student t, so that one large oddity does not outweigh all that fits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fmassist.evidence.facts import FACES, SegmentFacts
from fmassist.reasoning.body.expected import Expected, Numbers

PLACE_MM = 15.0
"""Scale of a middle about its expected place once the bodies lie on each other (estimate: the median distance over the
structures of a whole real trunk and of a real abdomen is 23 and 11 mm in three dimensions)."""
PLACE_SHARE = 0.1
"""Of its length, by which a structure's middle moves besides with how much of it is drawn (estimate)."""
LOG_EXTENT = 0.30
"""Scale of the logarithm of an extent over the expected one (estimate: 0.21 to 0.44 in the same two people)."""
LOG_VOLUME = 0.5
"""The same of a volume (estimate: 0.4 in the same two people, and more in hollow organs)."""
FREEDOM = 4.0
"""Of the t distributions: heavy tails (estimate)."""
IN_VIEW = 0.15
"""Share of a structure that has to be in view before anything is expected of it (estimate)."""
WORST = -12.0
"""Nats of a segment that bears the name of a structure out of view; no fit is worse (estimate)."""
UNSEEN = -4.0
"""Nats of one that the border cuts, of a structure of which too little is in view (estimate: a usual, poor fit)."""
LEAST_EXTENT_MM = 3.0
LEAST_ML = 0.05
"""Smaller is not told apart (algorithm: a voxel of a usual scan)."""


@dataclass(frozen=True)
class Placements:
    """What is seen of segments' main pieces, one row each, RAS mm.

    Attributes:
        cut_low, cut_high: by axis, whether the border of the field of view cuts it there.
    """

    keys: tuple[str, ...]
    middle: Numbers
    low: Numbers
    high: Numbers
    volume_ml: Numbers
    cut_low: NDArray[np.bool_]
    cut_high: NDArray[np.bool_]

    def rows(self, which: Sequence[int]) -> Placements:
        """Those alone, in that order; a place may be asked for more than once."""
        at = list(which)
        return Placements(
            tuple(self.keys[i] for i in at),
            self.middle[at],
            self.low[at],
            self.high[at],
            self.volume_ml[at],
            self.cut_low[at],
            self.cut_high[at],
        )


def observed(segments: Sequence[SegmentFacts]) -> Placements:
    """The placements of all segments that have voxels."""
    full = [facts for facts in segments if facts.voxel_count and facts.components]
    cut = np.array([[face in facts.border_area_mm2 for face in FACES] for facts in full], dtype=bool).reshape(-1, 6)
    boxes = np.array([facts.components[0].box_ras_mm for facts in full], dtype=np.float64).reshape(-1, 2, 3)
    return Placements(
        tuple(facts.key for facts in full),
        np.array([facts.components[0].centroid_ras_mm for facts in full], dtype=np.float64).reshape(-1, 3),
        boxes[:, 0],
        boxes[:, 1],
        np.array([facts.components[0].volume_ml for facts in full], dtype=np.float64),
        cut_low=cut[:, 1::2],
        cut_high=cut[:, 0::2],
    )


def log_fit(mine: Placements, expected: Expected, scale: Numbers, offset: Numbers) -> Numbers:
    """Nats of each segment as the structure in the same row; 0 is a perfect fit.

    Args:
        expected: what the field of view shows of the structures, in the typical body's millimetres.
        scale, offset: study mm = scale · typical mm + offset, by axis.
    """
    seen = expected.share >= IN_VIEW
    at = np.where(seen[:, None], expected.middle, 0.0)
    size = np.where(seen[:, None], scale * (expected.high - expected.low), 100.0)
    size = np.maximum(size, LEAST_EXTENT_MM)
    total = _log_t((mine.middle - (scale * at + offset)) / (PLACE_MM + PLACE_SHARE * size)).sum(1)
    ratio = np.log(np.maximum(mine.high - mine.low, LEAST_EXTENT_MM) / size)
    total += np.where(mine.cut_low | mine.cut_high, 0.0, _log_t(ratio / LOG_EXTENT)).sum(1)
    usual = np.maximum(expected.volume_ml * float(np.prod(scale)), LEAST_ML)
    total += _log_t(np.log(np.maximum(mine.volume_ml, LEAST_ML) / usual) / LOG_VOLUME)
    cut = (mine.cut_low | mine.cut_high).any(1)
    return np.where(seen, np.maximum(total, WORST), np.where(cut, UNSEEN, WORST))


def _log_t(x: Numbers) -> Numbers:
    return np.asarray(-(FREEDOM + 1) / 2 * np.log1p(x * x / FREEDOM))
