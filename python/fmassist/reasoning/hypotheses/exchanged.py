"""Labels of several structures gone round: which of the misplaced ones lies where another belongs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from pyoxigraph import Literal, NamedNode

from fmassist.knowledge.model import Knowledge
from fmassist.knowledge.namespaces import FMX
from fmassist.reasoning.anatomy import Known
from fmassist.reasoning.findings import RepairStep
from fmassist.reasoning.hypotheses.scene import Hypothesis, Scene
from fmassist.reasoning.levels import find_levels
from fmassist.reasoning.midline import find_midline
from fmassist.reasoning.transform import renamed

MOST_TOGETHER = 24
"""Structures that are looked at together; with more than this many misplaced, the whole label map is in doubt."""
ODD = (
    "Direction",
    "LevelPlacement",
    "Contact",
    "Contained",
    "TissueIntensity",
    "SideOfMidline",
    "SizeRange",
    "PairSize",
)
"""Patterns that fail when a structure bears another one's label."""
SIDE_COST = 6.0
"""Of a structure of one side on the other (estimate: no chance, but for an unsure midline)."""
TISSUE_COST = 4.0
"""Of a tissue that it cannot have (estimate: ln 50)."""
STAYS_GAIN = 2.0
"""A label stays where another fits no better than by this (estimate: two levels of height)."""


def permuted(scene: Scene) -> Iterator[Hypothesis]:
    """The assignment of the misplaced structures' names that fits place, size and tissue best, cycle by cycle."""
    odd = {key for row in scene.by_pattern(*ODD) for key in row.segments}
    pool = [known for known in scene.flagged() if known.facts.key in odd]
    if not 2 <= len(pool) <= MOST_TOGETHER:
        return
    from scipy.optimize import linear_sum_assignment

    fit = _Fit(scene)
    costs = np.array([[fit.cost(mine, other) for other in pool] for mine in pool])
    costs[np.diag_indices(len(pool))] -= STAYS_GAIN
    _, chosen = linear_sum_assignment(costs)
    cycles = _cycles([int(c) for c in chosen])
    if len(cycles) > 1:
        cycles.append([place for cycle in cycles for place in cycle])
    for cycle in cycles:
        if len(cycle) == 2 and pool[cycle[0]].structure.partner == pool[cycle[1]].structure.iri:
            continue  # one pair exchanged, which is a cause of its own
        new = {pool[place].facts.key: pool[int(chosen[place])].structure.iri for place in sorted(cycle)}
        names = ", ".join(scene.name(key) for key in new)
        yield Hypothesis(
            "labels_exchanged",
            f"the labels of {names} are exchanged",
            tuple(new),
            renamed(scene.anatomy, new),
            scene.context,
            steps=tuple(RepairStep("relabel", key, iri) for key, iri in new.items()),
        )


def _cycles(chosen: list[int]) -> list[list[int]]:
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


class _Fit:
    """How badly a segment would fit as another structure, in nats."""

    def __init__(self, scene: Scene) -> None:
        self._levels, self._midline = find_levels(scene.anatomy), find_midline(scene.anatomy)
        self._usual = {k.structure.iri: _usual(scene.anatomy.knowledge, k.structure.iri) for k in scene.anatomy.known}

    def cost(self, mine: Known, other: Known) -> float:
        """Of the voxels of `mine` under the name of `other`: height, side, size and tissue."""
        structure, usual = other.structure, self._usual[other.structure.iri]
        cost = 0.0
        if structure.level_top is not None and structure.level_bottom is not None and not mine.is_cut_along_body:
            level = self._levels.level(mine.superior_mm)
            cost += max(structure.level_top - level, level - structure.level_bottom, 0.0)
        offset = self._midline.offset_mm(mine.right_mm, mine.superior_mm)
        if structure.side is not None and (offset > 0) != (structure.side == "right"):
            cost += SIDE_COST
        elif structure.midline:
            cost += min(abs(offset) / 20.0, SIDE_COST)
        if usual.volume_ml is not None and not mine.is_cut:
            low, high = usual.volume_ml
            volume = mine.facts.volume_ml
            cost += 2 * max(math.log(max(low, 0.5) / volume), math.log(volume / high), 0.0)
        if usual.hu is not None and mine.facts.intensity is not None:
            low, high = usual.hu
            cost += TISSUE_COST * (not low <= mine.facts.intensity.p50 <= high)
        return cost


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
