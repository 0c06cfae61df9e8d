"""Which label map a file of numbers was written with: by its numbers, and by where, how large and of what tissue they
are.

Each shipped map that has most of the numbers is tried. Under each, what the ontology says of the structures is held
against the labels: size, CT number, side, order of heights, and the directions between two structures. A test that
holds speaks for the map by ln(0.97 / 0.5), one that does not against it by ln(0.5 / 0.03): estimates, since of right
segmentations about three tests of a hundred fail, and of wrongly read ones about half.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from math import log
from typing import TYPE_CHECKING

import numpy as np

from fmassist.knowledge.label_map import CATALOGUE, LabelMap, load_label_map
from fmassist.reasoning.expected import Expected, expected_of
from fmassist.reasoning.label_facts import LabelFacts, facts_of_labels

if TYPE_CHECKING:
    from fmassist.knowledge.model import Knowledge, Structure
    from fmassist.volume import Segmentation, Volume

FOR, AGAINST = log(0.97 / 0.5), log(0.5 / 0.03)
MOST_KNOWN = 0.7
"""Share of the labels that a map has to name to be tried (estimate: an ignore label or a few of one's own are no
reason)."""
ALIKE = 0.25
"""Maps that read at most this share of the labels otherwise are versions of one map: the commonest one is taken, and
the others are named."""
MARGIN = 3.0
"""By how much the best map has to be ahead, as the logarithm of odds, for it to be taken without a question: 20 to
1."""
FITS = 0.78
"""Share of the tests that has to hold for a map to fit at all (estimate, between the two shares above)."""
ENOUGH_TESTS = 6
"""Fewer tests than this tell nothing of a map."""
FAR_BETTER = 8.0
"""As `MARGIN`, for a map against one that few tests speak about: 3,000 to 1."""
DOUBTED = 0.85
"""A given map under which fewer tests hold than this is doubted, where another one fits far better."""
UNNAMED = 1.2
"""What a label costs that a map does not name; about three failed tests of ten labels (estimate)."""
SPREAD_HU = 30.0
"""By how much the mean of a label may lie outside the usual range of its median (estimate: edges and vessels in it)."""
FEW = 2
"""With fewer labels than this nothing but a name can tell what they are."""
_SHORT = 12.0
"""A structure over more levels than this has no height of its own."""
_ANCHORS = 4
"""Structures at heights of their own that fix the levels (estimate, as for the reasoner's own)."""
_OFF_LEVELS = 2.0
"""By how many levels a structure may lie beyond its usual ones: breathing and posture, and the error of the line."""
_APART = 3.0
"""Levels between two structures from which on their heights have an order in every adult (estimate)."""


@dataclass(frozen=True)
class Fit:
    """How well one map fits.

    Args:
        label_map: the map.
        score: logarithm of the odds against chance, with what speaks for the map beforehand.
        held: share of the tests that hold; 1 where there is none.
        tests: how many there were.
        named: share of the labels that it names.
    """

    label_map: LabelMap
    score: float
    held: float
    tests: int
    named: float


def choose_map(segmentation: Segmentation, volume: Volume | None, knowledge: Knowledge) -> LabelMap:
    """The shipped map that a file of numbers fits best, with what speaks for it, or a map of nothing with a question.

    Args:
        segmentation: labels without names of their own; where all have names, no map is needed.
        volume: its image, or None.
        knowledge: what the structures are like.
    """
    unnamed = [segment for segment in segmentation.segments if segment.named_by == "value"]
    if not unnamed:
        return LabelMap("names in the file", {}, {})
    if len(unnamed) < FEW:
        return _nothing(
            f"The file holds the single label {unnamed[0].label} and no name, and nothing can tell what it is: say "
            f"it with "
            "--label-map (a name, or a table of value and name)."
        )
    fits = ranked(segmentation, volume, knowledge)
    good = [
        fit for fit in fits if fit.held >= FITS and (fit.tests >= 2 or fit.label_map.names.keys() == _values(unnamed))
    ]
    if not good:
        near = f"; the nearest is {fits[0].label_map.id}, of which {fits[0].held:.0%} fits" if fits else ""
        return _nothing(
            f"None of the shipped label maps fits these {len(unnamed)} labels{near}: say with --label-map which "
            f"label map they "
            "were written with (fmassist labels FILE shows what each would mean)."
        )
    best = good[0]
    values = _values(unnamed)
    rivals = [fit for fit in good[1:] if not _is_version(fit.label_map, best.label_map, values)]
    margin = best.score - rivals[0].score if rivals else float("inf")
    if margin < MARGIN:
        close = [fit.label_map.id for fit in rivals if best.score - fit.score < MARGIN]
        both = ", ".join([best.label_map.id, *close][:4])
        return _nothing(
            f"Several label maps fit these {len(unnamed)} labels about as well ({both}): say with --label-map which "
            f"one they "
            "were written with."
        )
    odds = (
        "no other map fits"
        if margin == float("inf")
        else f"ahead of {rivals[0].label_map.id} by e^{min(margin, 99):.0f} to 1"
    )
    note = (
        f"The labels were read with the label map {best.label_map.id}, chosen by their numbers, sizes and places "
        f"({best.held:.0%} of {best.tests} tests hold; {odds}). --label-map says another one."
    )
    versions = [
        fit.label_map.id
        for fit in good[1:]
        if fit not in rivals and best.score - fit.score < MARGIN and _differing(best.label_map, fit.label_map, values)
    ]
    if versions:
        note += f" {', '.join(versions[:3])} would read a few of them otherwise."
    return replace(best.label_map, notes=(note,))


def doubt(label_map: LabelMap, segmentation: Segmentation, volume: Volume | None, knowledge: Knowledge) -> LabelMap:
    """`label_map`, with a question where the labels speak against it and for another one, or against all."""
    by_value = [segment for segment in segmentation.segments if segment.named_by == "label map"]
    if len(by_value) < 3 or label_map.question:
        return label_map
    facts = facts_of_labels(segmentation, volume)
    mine = _fit(label_map, facts, knowledge, 0.0)
    fits_itself = mine.tests >= ENOUGH_TESTS and mine.held >= DOUBTED and mine.named >= MOST_KNOWN
    others = [
        fit
        for fit in ranked(segmentation, volume, knowledge)
        if _differing(label_map, fit.label_map, _values(by_value)) and fit.held >= FITS
    ]
    better = [
        fit
        for fit in others
        if (
            not fits_itself
            and fit.score > mine.score + MARGIN
            and (1 - fit.held) < (1 - mine.held) / 2
            and mine.tests >= ENOUGH_TESTS
        )
        # Of a map that little or nothing speaks for, another one that much speaks for is likelier to be the right one.
        or (fit.score > mine.score + FAR_BETTER and fit.held >= 0.9 and fit.tests >= FAR_BETTER)
    ]
    failed = round((1 - mine.held) * mine.tests)
    if better:
        said = (
            f"The labels do not fit the label map {label_map.id}: {failed} of {mine.tests} tests of size, side, "
            f"place and order "
            f"fail, but only {round((1 - better[0].held) * better[0].tests)} of {better[0].tests} under "
            f"{better[0].label_map.id}. "
            "Was another label map meant?"
        )
    elif mine.named < MOST_KNOWN and label_map.id in CATALOGUE and len(facts) >= ENOUGH_TESTS:
        said = (
            f"The label map {label_map.id} names only {mine.named:.0%} of these {len(facts)} labels. "
            "Was another label map meant?"
        )
    elif mine.held < FITS - 0.13 and mine.tests >= ENOUGH_TESTS:
        said = (
            f"The labels do not fit the label map {label_map.id}: {failed} of {mine.tests} tests of size, side, "
            f"place and order "
            "fail. Was another label map meant?"
        )
    else:
        return label_map
    return replace(label_map, question=said)


def ranked(segmentation: Segmentation, volume: Volume | None, knowledge: Knowledge) -> list[Fit]:
    """Every shipped map that names most of the labels, the best one first."""
    facts = facts_of_labels(segmentation, volume)
    modality = volume.modality if volume is not None else "unknown"
    found = []
    for identity, one in CATALOGUE.items():
        label_map = load_label_map(identity)
        if not label_map.names or sum(label in label_map.names for label in facts) < MOST_KNOWN * len(facts):
            continue
        before = -1.0 * (one.rank - 1) - (2.0 if modality in ("CT", "MR") and modality not in one.modality else 0.0)
        before -= _absent(label_map, facts)
        found.append(_fit(label_map, facts, knowledge, before))
    return sorted(found, key=lambda fit: (-fit.score, fit.label_map.id))


def _absent(label_map: LabelMap, facts: Mapping[int, LabelFacts]) -> float:
    """What speaks against a map of which much is absent: a file of few labels is likelier of a map of few."""
    absent = sum(value not in facts for value in label_map.names)
    return 0.5 * log(1 + absent / max(len(facts), 1))


def _fit(label_map: LabelMap, facts: Mapping[int, LabelFacts], knowledge: Knowledge, before: float) -> Fit:
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
    score = before + weight * (held * FOR - failed * AGAINST) - UNNAMED * unnamed
    return Fit(label_map, score, held / tests if tests else 1.0, tests, 1 - unnamed / max(len(facts), 1))


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
            found.append(low - SPREAD_HU <= fact.mean_hu <= high + SPREAD_HU)
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
        if s.level_bottom - s.level_top <= _SHORT
    ]
    at.sort()
    found = [z0 > z1 for (l0, z0), (l1, z1) in zip(at, at[3:], strict=False) if l1 - l0 >= _APART]
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
        near = [(level, z) for level, z in at if abs(level - index) >= _APART]
        found += [(z0 > z) == (index < level) for level, z in near[:4]]
    return found


def _levels(known: list[tuple[Structure, LabelFacts]]) -> list[bool]:
    """Whether each structure lies within its usual levels, as those that are seen whole say where these are."""
    whole = [
        ((s.level_top + s.level_bottom) / 2, f.centroid_ras_mm[2])
        for s, f in known
        if s.level_top is not None and s.level_bottom is not None and not f.is_cut
        if s.level_bottom - s.level_top <= _SHORT
    ]
    if len(whole) < _ANCHORS or len({round(level) for level, _ in whole}) < _ANCHORS:
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
            found.append(structure.level_top - _OFF_LEVELS <= level <= structure.level_bottom + _OFF_LEVELS)
    return found


def _values(segments: object) -> set[int]:
    return {segment.label for segment in segments}  # type: ignore[attr-defined]


def _is_version(one: LabelMap, of: LabelMap, values: set[int]) -> bool:
    """Whether a map is another version of a commoner one: of one tool, or the same in most that is there."""
    share = _differing(one, of, values) / len(values)
    of_one_tool = one.id.split(":")[0] == of.id.split(":")[0]
    rarer = CATALOGUE[one.id].rank > CATALOGUE[of.id].rank
    return share <= ALIKE or (of_one_tool and rarer and share <= 2 * ALIKE)


def _differing(one: LabelMap, other: LabelMap, values: set[int]) -> int:
    """How many of these labels two maps read as different structures."""
    return sum(
        one.structures.get(one.names.get(value, "")) != other.structures.get(other.names.get(value, ""))
        for value in values
    )


def _nothing(question: str) -> LabelMap:
    return LabelMap("none", {}, {}, question=question)
