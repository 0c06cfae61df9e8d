"""How well segments fit as structures: place, extents and volume against the typical body's.

Every part is a Student t, so that one large oddity does not outweigh all that fits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fmassist.evidence.facts import FACES, SegmentFacts
from fmassist.knowledge.constants import constants
from fmassist.reasoning.body.expected import Expected, Numbers

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
    given = constants().fit
    seen = expected.share >= given.in_view
    at = np.where(seen[:, None], expected.middle, 0.0)
    size = np.where(seen[:, None], scale * (expected.high - expected.low), 100.0)
    size = np.maximum(size, LEAST_EXTENT_MM)
    total = _log_t((mine.middle - (scale * at + offset)) / (given.place_mm + given.place_share * size)).sum(1)
    ratio = np.log(np.maximum(mine.high - mine.low, LEAST_EXTENT_MM) / size)
    total += np.where(mine.cut_low | mine.cut_high, 0.0, _log_t(ratio / given.log_extent)).sum(1)
    usual = np.maximum(expected.volume_ml * float(np.prod(scale)), LEAST_ML)
    total += _log_t(np.log(np.maximum(mine.volume_ml, LEAST_ML) / usual) / given.log_volume)
    cut = (mine.cut_low | mine.cut_high).any(1)
    return np.where(seen, np.maximum(total, given.worst), np.where(cut, given.unseen, given.worst))


def _log_t(x: Numbers) -> Numbers:
    given = constants().fit
    return np.asarray(-(given.freedom + 1) / 2 * np.log1p(x * x / given.freedom))
