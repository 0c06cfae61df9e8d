"""Labels of several structures gone round: which of the misplaced ones lies where another belongs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from pyoxigraph import Literal, NamedNode

from fmassist.knowledge.constants import constants
from fmassist.knowledge.model import Knowledge
from fmassist.knowledge.namespaces import FMX
from fmassist.reasoning.anatomy import Known
from fmassist.reasoning.findings import RepairStep
from fmassist.reasoning.hypotheses.scene import Hypothesis, Scene
from fmassist.reasoning.levels import find_levels
from fmassist.reasoning.midline import find_midline
from fmassist.reasoning.transform import renamed

MOST_TOGETHER = 40
"""Structures that are looked at together; with more than this many misplaced, the whole label map is in doubt."""


def permuted(scene: Scene) -> Iterator[Hypothesis]:
    """The assignment of names that fits place, size and tissue best, cycle by cycle, about what rules find odd."""
    odd = {key for row in scene.showing(("misplaced", "size", "contact")) for key in row.segments}
    pool = _pool(scene, odd)
    if not 2 <= len(pool) <= MOST_TOGETHER:
        return
    from scipy.optimize import linear_sum_assignment

    costs = fits_of(scene).costs(pool)
    stays = costs - np.diag(np.full(len(pool), constants().exchanges.stays_gain))
    _, chosen = linear_sum_assignment(stays)
    cycles = [cycle for cycle in cycles_of([int(c) for c in chosen]) if any(pool[p].facts.key in odd for p in cycle)]
    cycles = [cycle for cycle in cycles if not is_one_pair(pool, cycle)]
    every = [place for cycle in cycles for place in cycle]
    for cycle in cycles if len(cycles) < 2 else [*cycles, every]:
        gain = sum(float(costs[place, place] - costs[place, chosen[place]]) for place in cycle)
        new = {pool[place].facts.key: pool[int(chosen[place])].structure.iri for place in sorted(cycle)}
        names = ", ".join(scene.name(key) for key in new)
        further = constants().exchanges.another_cost * (len(cycles) - 1) if cycle is every else 0.0
        yield Hypothesis(
            "labels_exchanged",
            f"the labels of {names} are exchanged",
            tuple(new),
            renamed(scene.anatomy, new),
            scene.context,
            steps=tuple(RepairStep("relabel", key, iri) for key, iri in new.items()),
            extra_cost=further - min(max(constants().exchanges.worth * gain, 0.0), constants().exchanges.most_worth),
        )


def is_one_pair(pool: list[Known], cycle: list[int]) -> bool:
    """Whether it is one pair exchanged, which is a cause of its own."""
    return len(cycle) == 2 and pool[cycle[0]].structure.partner == pool[cycle[1]].structure.iri


def _pool(scene: Scene, odd: set[str]) -> list[Known]:
    """Structures that rules find odd, and those that lie badly on the typical body; no links of a chain."""
    pool = {k.facts.key: k for k in scene.flagged() if k.facts.key in odd and k.structure.chain is None}
    if pool and scene.registration is not None:
        by_key = {k.facts.key: k for k in scene.anatomy.known if k.structure.chain is None}
        for key, fit in sorted(scene.registration.fits.items(), key=lambda item: item[1]):
            if len(pool) < MOST_TOGETHER and fit <= constants().exchanges.poor_fit and key in by_key:
                pool.setdefault(key, by_key[key])
    return list(pool.values())


def cycles_of(chosen: list[int]) -> list[list[int]]:
    """The cycles of a permutation, less those of one."""
    left, found = set(range(len(chosen))), []
    while left:
        place, cycle = min(left), []
        while place in left:
            left.remove(place)
            cycle.append(place)
            place = chosen[place]
        if len(cycle) > 1:
            found.append(cycle)
    return found


def fits_of(scene: Scene) -> Fit:
    """How badly the segments of a study would fit as other structures."""
    return Fit(scene)


class Fit:
    """How badly a segment would fit as another structure, in nats."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._levels, self._midline = find_levels(scene.anatomy), find_midline(scene.anatomy)
        self._usual = {k.structure.iri: _usual(scene.anatomy.knowledge, k.structure.iri) for k in scene.anatomy.known}

    def costs(self, pool: list[Known]) -> np.ndarray:
        """Of each segment, by row, under each name, by column."""
        lying = self._scene.registration
        costs = np.zeros((len(pool), len(pool)))
        in_body = [place for place, k in enumerate(pool) if lying is not None and k.structure.iri in lying.body]
        if lying is not None and len(in_body) > 1:
            keys = list(self._scene.placements.keys)
            mine = [keys.index(pool[i].facts.key) for i in in_body for _ in in_body]
            names = [pool[j].structure.iri for _ in in_body for j in in_body]
            fits = lying.fit(self._scene.placements.rows(mine), names).reshape(len(in_body), len(in_body))
            costs[np.ix_(in_body, in_body)] = -fits
        known = set(in_body)
        for i, mine_known in enumerate(pool):
            for j, other in enumerate(pool):
                laid = i in known and j in known
                costs[i, j] += self._tissue(mine_known, other) + self._side(mine_known, other)
                costs[i, j] += 0.0 if laid else self._place(mine_known, other)
        return costs

    def _place(self, mine: Known, other: Known) -> float:
        """Height and size, where the typical body has not both."""
        structure, usual, cost = other.structure, self._usual[other.structure.iri], 0.0
        if structure.level_top is not None and structure.level_bottom is not None and not mine.is_cut_along_body:
            level = self._levels.level(mine.superior_mm)
            cost += max(structure.level_top - level, level - structure.level_bottom, 0.0)
        if usual.volume_ml is not None and not mine.is_cut:
            low, high = usual.volume_ml
            volume = mine.facts.volume_ml
            cost += 2 * max(math.log(max(low, 0.5) / volume), math.log(volume / high), 0.0)
        return cost

    def _side(self, mine: Known, other: Known) -> float:
        offset = self._midline.offset_mm(mine.right_mm, mine.superior_mm)
        if other.structure.side is not None and (offset > 0) != (other.structure.side == "right"):
            return constants().exchanges.side_cost
        return min(abs(offset) / 20.0, constants().exchanges.side_cost) if other.structure.midline else 0.0

    def _tissue(self, mine: Known, other: Known) -> float:
        usual = self._usual[other.structure.iri]
        if usual.hu is None or mine.facts.intensity is None:
            return 0.0
        low, high = usual.hu
        return constants().exchanges.tissue_cost * (not low <= mine.facts.intensity.p50 <= high)


@dataclass(frozen=True)
class _Usual:
    """What is usual of a structure, as far as the knowledge says it."""

    volume_ml: tuple[float, float] | None
    hu: tuple[float, float] | None


def _usual(knowledge: Knowledge, iri: str) -> _Usual:
    node, store = NamedNode(iri), knowledge.store
    volume = None
    for quad in store.quads_for_pattern(None, NamedNode(FMX + "structure"), node):
        if not isinstance(quad.subject, NamedNode):
            continue
        if any(store.quads_for_pattern(quad.subject, NamedNode(FMX + "sex"), None)):
            continue  # what is usual of both sexes does here: which of two structures it is, no sex decides
        if any(store.quads_for_pattern(quad.subject, NamedNode(FMX + "quantity"), Literal("volume"))):
            bounds = _numbers(knowledge, quad.subject, ("low", "high"))
            if "high" in bounds:
                volume = (bounds.get("low", 0.0), bounds["high"])
    hu = None
    for quad in store.quads_for_pattern(node, NamedNode(FMX + "tissue"), None):
        if isinstance(quad.object, NamedNode):
            bounds = _numbers(knowledge, quad.object, ("huLow", "huHigh"))
            if len(bounds) == 2:
                hu = (bounds["huLow"], bounds["huHigh"])
    return _Usual(volume, hu)


def _numbers(knowledge: Knowledge, node: NamedNode, names: tuple[str, ...]) -> Mapping[str, float]:
    return {
        name: float(quad.object.value)
        for name in names
        for quad in knowledge.store.quads_for_pattern(node, NamedNode(FMX + name), None)
        if isinstance(quad.object, Literal)
    }
