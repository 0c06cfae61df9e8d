"""How well one label map fits labels of which only numbers, places, sizes and CT numbers are known.

Under the map, what the ontology says of the structures is held against the labels: size, CT number, side, order of
heights, levels, and the directions between two structures. A test that holds speaks for the map by ln(0.97 / 0.5), one
that does not against it by ln(0.5 / 0.03): estimates, since of right segmentations about three tests of a hundred fail,
and of wrongly read ones about half.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import log
from typing import TYPE_CHECKING

import numpy as np

from fmassist.knowledge.constants import constants
from fmassist.reasoning.expected import Expected, expected_of
from fmassist.reasoning.label_facts import LabelFacts

if TYPE_CHECKING:
    from fmassist.knowledge.label_map import LabelMap
    from fmassist.knowledge.model import Knowledge, Structure


@dataclass(frozen=True)
class Fit:
    """How well one map fits.

    Args:
        label_map: the map.
        score: logarithm of the odds against chance, with what speaks for the map beforehand.
        held: share of the tests that hold; 1 where there is none.
        tests: how many there were.
        named: share of the labels that it names; one that it declares to be no structure counts half.
        meant: share of the labels that have a structure under it.
    """

    label_map: LabelMap
    score: float
    held: float
    tests: int
    named: float
    meant: float


def fit_of(label_map: LabelMap, facts: Mapping[int, LabelFacts], knowledge: Knowledge, before: float) -> Fit:
    """How well a map fits.

    Args:
        label_map: the map.
        facts: of each label.
        knowledge: what the structures are like.
        before: what speaks for the map beforehand, as the logarithm of odds.
    """
    known: list[tuple[Structure, LabelFacts]] = []
    unnamed = 0.0
    for label, fact in facts.items():
        name = label_map.names.get(label)
        iri = label_map.structures.get(name or "")
        if name is None:
            unnamed += 1.0
        elif iri not in knowledge.structures:
            unnamed += 0.5  # declared, and without a structure
        else:
            known.append((knowledge.structures[iri], fact))
    held, failed = _tests(known, knowledge)
    tests = held + failed
    # Tests about one label are no independent witnesses: together they weigh as three of each label.
    weight = min(1.0, 3.0 * len(known) / tests) if tests else 0.0
    given = constants().which_map
    right, chance = given.held_by_the_right, given.held_by_chance
    told = held * log(right / chance) - failed * log((1 - chance) / (1 - right))
    score = before + weight * told - given.unnamed * unnamed
    count = max(len(facts), 1)
    held_share = held / tests if tests else 1.0
    return Fit(label_map, score, held_share, tests, 1 - unnamed / count, len(known) / count)


def _tests(known: list[tuple[Structure, LabelFacts]], knowledge: Knowledge) -> tuple[int, int]:
    """How many tests hold, and how many fail."""
    expected = expected_of(knowledge)
    outcomes = [
        *_sizes(known, expected),
        *_tissues(known, expected),
        *_directions(known, expected),
        *_sides(known),
        *_heights(known),
        *_levels(known),
    ]
    return sum(outcomes), len(outcomes) - sum(outcomes)


def _sizes(known: list[tuple[Structure, LabelFacts]], expected: Expected) -> list[bool]:
    """Half and double of what is usual still count as usual: people differ more than healthy donors do."""
    found = []
    for structure, fact in known:
        if structure.iri in expected.volumes_ml:
            low, high = expected.volumes_ml[structure.iri]
            found.append((fact.is_cut or fact.volume_ml >= low / 2) and fact.volume_ml <= high * 2)
    return found


def _tissues(known: list[tuple[Structure, LabelFacts]], expected: Expected) -> list[bool]:
    found = []
    for structure, fact in known:
        if fact.mean_hu is not None and structure.iri in expected.tissues_hu:
            low, high = expected.tissues_hu[structure.iri]
            found.append(
                low - constants().which_map.spread_hu <= fact.mean_hu <= high + constants().which_map.spread_hu
            )
    return found


def _directions(known: list[tuple[Structure, LabelFacts]], expected: Expected) -> list[bool]:
    places = {structure.iri: fact for structure, fact in known}
    found = []
    for one, axis, sign, other in expected.directions:
        if one in places and other in places and not (places[one].is_cut or places[other].is_cut):
            apart = places[one].centroid_ras_mm[axis] - places[other].centroid_ras_mm[axis]
            found.append(apart * sign > 0)
    return found


def _sides(known: list[tuple[Structure, LabelFacts]]) -> list[bool]:
    """The right one of a pair lies further right; a single one beside the middle of what has no side."""
    places = {structure.iri: fact for structure, fact in known}
    middle = [fact.centroid_ras_mm[0] for structure, fact in known if structure.midline]
    centre = float(np.median(middle)) if middle else None
    found = []
    for structure, fact in known:
        other = places.get(structure.partner or "")
        if structure.side == "right" and other is not None:
            found.append(fact.centroid_ras_mm[0] > other.centroid_ras_mm[0])
        elif structure.side and other is None and centre is not None:
            found.append((fact.centroid_ras_mm[0] > centre) == (structure.side == "right"))
    return found


def _heights(known: list[tuple[Structure, LabelFacts]]) -> list[bool]:
    """Structures far apart in height lie in that order; links of a chain lie in the order of their numbers."""
    at = [
        ((s.level_top + s.level_bottom) / 2, f.centroid_ras_mm[2])
        for s, f in known
        if s.chain is None and s.level_top is not None and s.level_bottom is not None and not f.is_cut
        if s.level_bottom - s.level_top <= constants().which_map.short
    ]
    at.sort()
    found = [z0 > z1 for (l0, z0), (l1, z1) in zip(at, at[3:], strict=False) if l1 - l0 >= constants().which_map.apart]
    chains: dict[str, list[tuple[int, float]]] = {}
    for structure, fact in known:
        if structure.chain is not None and structure.chain_index is not None:
            chains.setdefault(structure.chain, []).append((structure.chain_index, fact.centroid_ras_mm[2]))
    for links in chains.values():
        links.sort()
        found += [z0 > z1 for (_, z0), (_, z1) in pairwise(links)]
    spine = chains.get("spine", [])
    # A vertebra against organs: three levels apart, their heights have an order.
    for index, z0 in spine:
        near = [(level, z) for level, z in at if abs(level - index) >= constants().which_map.apart]
        found += [(z0 > z) == (index < level) for level, z in near[:4]]
    return found


def _levels(known: list[tuple[Structure, LabelFacts]]) -> list[bool]:
    """Whether each structure lies within its usual levels, as those that are seen whole say where these are."""
    whole = [
        ((s.level_top + s.level_bottom) / 2, f.centroid_ras_mm[2])
        for s, f in known
        if s.level_top is not None and s.level_bottom is not None and not f.is_cut
        if s.level_bottom - s.level_top <= constants().which_map.short
    ]
    if (
        len(whole) < constants().which_map.anchors
        or len({round(level) for level, _ in whole}) < constants().which_map.anchors
    ):
        return []
    levels, heights = np.array(whole).T
    # Theil's line: single wrong labels do not move it.
    pairs = [(i, j) for i in range(len(whole)) for j in range(i) if abs(levels[i] - levels[j]) >= 1.0]
    slope = float(np.median([(heights[i] - heights[j]) / (levels[i] - levels[j]) for i, j in pairs]))
    slope = min(max(slope, -45.0), -12.0)
    start = float(np.median(heights - slope * levels))
    found = []
    for structure, fact in known:
        if structure.level_top is not None and structure.level_bottom is not None:
            level = (fact.centroid_ras_mm[2] - start) / slope
            found.append(
                structure.level_top - constants().which_map.off_levels
                <= level
                <= structure.level_bottom + constants().which_map.off_levels
            )
    return found
