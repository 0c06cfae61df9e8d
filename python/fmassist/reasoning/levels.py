"""Heights in the body as vertebral levels, found from whatever this image shows.

Level n is the middle of the n-th presacral vertebra (C1 = 1, T1 = 8, L1 = 20, L5 = 24; the sacrum follows). The
ontology says between which levels each structure is usually found; the structures that are seen then say which height
in this image is which level.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from statistics import median

import numpy as np
from pyoxigraph import Literal, NamedNode

from fmassist.knowledge.constants import constants
from fmassist.knowledge.model import Knowledge
from fmassist.knowledge.namespaces import FMX, ST
from fmassist.reasoning.anatomy import Anatomy


@dataclass(frozen=True)
class LevelScale:
    """Superior mm to level and back, for one person."""

    nominal_mm: tuple[tuple[float, float], ...]
    """(level, mm below C1) for a typical adult, both growing."""
    top_mm: float
    """S of C1's middle."""
    scale: float
    anchors: int
    """From how many structures it was found; 0 means that it is only a guess."""

    def level(self, superior_mm: float) -> float:
        """The level at a height."""
        return _interpolate(self.nominal_mm, (self.top_mm - superior_mm) / self.scale, inverse=True)

    def superior_mm(self, level: float) -> float:
        """The height of a level."""
        return self.top_mm - self.scale * _interpolate(self.nominal_mm, level)


def nominal_levels(knowledge: Knowledge) -> tuple[tuple[float, float], ...]:
    """(level, mm below C1) of a typical adult, from `ranges/spine.ttl`."""
    known = _nominal.get(id(knowledge.store))
    if known is None or known[0] is not knowledge.store:
        _nominal.clear()
        known = _nominal[id(knowledge.store)] = (knowledge.store, _read_nominal(knowledge))
    return known[1]


_nominal: dict[int, tuple[object, tuple[tuple[float, float], ...]]] = {}
"""The levels of the knowledge that was asked last, beside the store that they were read from."""


def _read_nominal(knowledge: Knowledge) -> tuple[tuple[float, float], ...]:
    given = constants().levels
    spacing: dict[int, float] = {}
    store = knowledge.store
    for quad in store.quads_for_pattern(None, NamedNode(FMX + "quantity"), Literal("spacing")):
        assert isinstance(quad.subject, NamedNode)
        iri = next(store.quads_for_pattern(quad.subject, NamedNode(FMX + "structure"), None)).object.value  # type: ignore[union-attr]
        typical = next(store.quads_for_pattern(quad.subject, NamedNode(FMX + "typical"), None)).object.value  # type: ignore[union-attr]
        index = knowledge.structures[iri].chain_index if iri in knowledge.structures else None
        if index is not None:
            spacing[index] = float(typical)
    points = [(1.0, 0.0)]
    for index in range(1, max(spacing, default=0) + 1):
        points.append((index + 1.0, points[-1][1] + spacing.get(index, 0.0)))
    for level in range(int(points[-1][0]) + 1, 30):
        points.append((float(level), points[-1][1] + given.sacral_level_mm))
    points.append((points[-1][0] + 30, points[-1][1] + 30 * given.lower_level_mm))
    return ((-9.0, -160.0), *points)


def find_levels(anatomy: Anatomy) -> LevelScale:
    """The scale of this study; medians of slopes and of offsets, so that single wrong labels don't move it."""
    given = constants().levels
    nominal = nominal_levels(anatomy.knowledge)
    spine = [
        (_interpolate(nominal, float(k.structure.chain_index or 0)), k.superior_mm)
        for k in anatomy.known
        if k.structure.iri.startswith(ST + "vertebrae_") and k.structure.chain_index and not k.is_cut_along_body
    ]
    anchors = spine if len(spine) >= 3 else spine + _organ_anchors(anatomy, nominal)
    if not anchors:
        middle = anatomy.evidence.scan.field_of_view_box_ras_mm
        return LevelScale(nominal, (middle[0][2] + middle[1][2]) / 2, 1.0, 0)
    span = max(a[0] for a in anchors) - min(a[0] for a in anchors)
    scale = 1.0
    # Organs alone fix the scale only over a long stretch: each is good to about one level.
    if span > (60 if len(spine) >= 3 else 250):
        slopes = [(a[1] - b[1]) / (b[0] - a[0]) for a, b in combinations(anchors, 2) if abs(b[0] - a[0]) > 30]
        if slopes:
            scale = min(max(median(slopes), given.child_to_giant[0]), given.child_to_giant[1])
    return LevelScale(nominal, median(s + scale * z for z, s in anchors), scale, len(anchors))


@dataclass(frozen=True)
class OrganOffset:
    """How the organs lie against the numbers of the vertebrae."""

    levels: float
    """Median over the organs: positive where they lie lower than the numbers say."""
    organs: int
    vertebra: str
    """Key of the middle one of the vertebrae that it was measured with."""


def organ_offset(anatomy: Anatomy) -> OrganOffset | None:
    """Whether the organs lie at the heights that the vertebrae's numbers say; None where either is too few to tell.

    One organ is good to about one level. All of them a level or two off, the same way, means that the vertebrae are
    numbered wrongly.
    """
    given = constants().levels
    spine, organs = [], []
    for known in anatomy.known:
        structure, top, bottom = known.structure, known.structure.level_top, known.structure.level_bottom
        if known.is_cut_along_body:
            continue
        if structure.iri.startswith(ST + "vertebrae_") and structure.chain_index:
            spine.append((known.superior_mm, float(structure.chain_index), known.facts.key))
        elif structure.chain is None and top is not None and bottom is not None and bottom - top < given.most_levels:
            organs.append((known.superior_mm, (top + bottom) / 2))
    if len(spine) < 2 or len(organs) < given.enough_organs:
        return None
    spine.sort()
    heights, numbers = np.array([z for z, _, _ in spine]), np.array([n for _, n, _ in spine])
    slope, start = np.polyfit(heights, numbers, 1)
    offsets = [
        (np.interp(z, heights, numbers) if heights[0] <= z <= heights[-1] else start + slope * z) - usual
        for z, usual in organs
    ]
    return OrganOffset(float(median(offsets)), len(organs), spine[len(spine) // 2][2])


def _organ_anchors(anatomy: Anatomy, nominal: tuple[tuple[float, float], ...]) -> list[tuple[float, float]]:
    """The middle of every structure that is seen from end to end."""
    found = []
    for known in anatomy.known:
        top, bottom = known.structure.level_top, known.structure.level_bottom
        if top is None or bottom is None or known.is_cut_along_body or known.facts.box_ras_mm is None:
            continue
        if bottom - top > 12:
            continue  # too long for its middle to mean a level
        low, high = known.facts.box_ras_mm
        found.append(((_interpolate(nominal, top) + _interpolate(nominal, bottom)) / 2, (low[2] + high[2]) / 2))
    return found


def _interpolate(points: tuple[tuple[float, float], ...], value: float, *, inverse: bool = False) -> float:
    """Between the points; beyond them, the last one. Of single values this is ten times as fast as NumPy's."""
    given, sought = _columns(points, inverse)
    place = bisect_right(given, value)
    if place == 0 or place == len(given):
        return sought[0 if place == 0 else -1]
    share = (value - given[place - 1]) / (given[place] - given[place - 1])
    return sought[place - 1] + share * (sought[place] - sought[place - 1])


@lru_cache(maxsize=8)
def _columns(points: tuple[tuple[float, float], ...], inverse: bool) -> tuple[tuple[float, ...], tuple[float, ...]]:
    levels, below = zip(*points, strict=True)
    return (below, levels) if inverse else (levels, below)
