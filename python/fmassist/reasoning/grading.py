"""Graded evidence of each structure: many small oddities add up where no single threshold is passed.

A structure is compared with the others that are seen (`compared`). Of each feature the weighted median over all of them
counts, so that one wrong neighbour can't make it odd, and one wrong structure is odd to all. The evidence of a feature
is the logarithm of how much likelier such a value is of a wrong structure than of a right one, both with heavy tails.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from fmassist.knowledge.constants import constants
from fmassist.knowledge.model import Structure
from fmassist.reasoning.anatomy import Anatomy
from fmassist.reasoning.compared import BOUND, FEATURES, IN_PART, Compared
from fmassist.reasoning.relations import relations

NAMES = {
    "right": "to the side",
    "anterior": "to the front or back",
    "top": "in the height of its upper end",
    "bottom": "in the height of its lower end",
    "size": "in the area of its sections",
}


@dataclass(frozen=True)
class Oddity:
    """One feature of one structure.

    Args:
        surprise: weighted median over the others, in predictive standard deviations; its sign tells the way.
        off: the same in mm, or for `size` as a factor.
        others: how many others it was judged by, and which were the surest.
        people: of how many people their relations are, at least and at most.
        evidence: log likelihood ratio.
    """

    feature: str
    surprise: float
    off: float
    others: tuple[str, ...]
    people: tuple[int, int]
    evidence: float


@dataclass(frozen=True)
class Grade:
    """All evidence of one structure."""

    key: str
    oddities: tuple[Oddity, ...]

    @property
    def evidence(self) -> float:
        """Sum of the log likelihood ratios; both ends moved alike are one oddity and not two."""
        by_name = {o.feature: o.evidence for o in self.oddities}
        heights = [by_name.pop(n) for n in ("top", "bottom") if n in by_name]
        return sum(by_name.values()) + (max(heights) if heights else 0.0)

    @property
    def probability(self) -> float:
        """That the structure is wrong, by this evidence alone."""
        return 1.0 / (1.0 + math.exp(-(constants().grading.prior_log_odds + self.evidence)))


@dataclass(frozen=True)
class Mismatch:
    """Two structures that tell most of each other: partners by their size, neighbouring ribs by how far they reach.

    Args:
        one, other: their keys.
        feature: `size` or `anterior`.
        surprise: in predictive standard deviations.
        value, expected: mm, or for `size` a factor.
    """

    one: str
    other: str
    feature: str
    surprise: float
    value: float
    expected: float
    people: int


def mismatches(anatomy: Anatomy, study: Compared) -> list[Mismatch]:
    """Partners of which one lacks a part where both are seen, and ribs that end before or behind their neighbour."""
    found = []
    for known in anatomy.by_structure.values():
        one = known.structure
        for other in (anatomy.by_structure.get(iri) for iri in _told_by(anatomy, one)):
            if other is None:
                continue
            feature = "anterior" if (one.chain or "").startswith("ribs") else "size"
            spread = relations().features.get(one.key, {}).get(other.structure.key, {}).get(feature)
            value = study.get(one.key, {}).get(other.structure.key, {}).get(feature)
            if spread is None or value is None or spread.people < constants().grading.least_people:
                continue
            surprise = as_normal((value - spread.mean) / spread.scale(is_size=feature == "size"), spread.freedom)
            if abs(surprise) >= constants().grading.mismatch:
                both = (math.exp(value), math.exp(spread.mean)) if feature == "size" else (value, spread.mean)
                found.append(Mismatch(one.key, other.structure.key, feature, surprise, *both, spread.people))
    return sorted(found, key=lambda m: -abs(m.surprise))


def _told_by(anatomy: Anatomy, one: Structure) -> list[str]:
    """The next rib below, or the left partner of a right structure that is no lung: their fissures differ."""
    if one.chain is not None and one.chain.startswith("ribs"):
        members = anatomy.knowledge.chains[one.chain]
        number = (one.chain_index or 0) + 1
        return [m.iri for m in members if m.chain_index == number and number <= constants().grading.last_long_rib]
    is_lung = any(group.endswith(("#Lung", "#LungLobe", "#Vessel")) for group in one.groups)
    return [one.partner] if one.partner and one.side == "right" and not is_lung else []


@dataclass(frozen=True)
class Shift:
    """A numbered chain of which the links lie higher or lower than the others say: its numbers may be shifted.

    Args:
        chain: its name.
        keys: the links that were judged.
        surprise: median of their surprises in height.
        off: median in mm.
    """

    chain: str
    keys: tuple[str, ...]
    surprise: float
    off: float


def shifts(anatomy: Anatomy, found: Mapping[str, Grade]) -> list[Shift]:
    """Chains whose links lie to one side of where the other structures have them."""
    chains: dict[str, list[tuple[str, float, float]]] = {}
    for known in anatomy.by_structure.values():
        grade, chain = found.get(known.structure.key), known.structure.chain
        if grade is None or chain is None or not chain.startswith("ribs"):
            # Of vertebrae the organs tell in a rule of their own (organ-levels).
            continue
        heights = [o for o in grade.oddities if o.feature in ("top", "bottom")]
        if heights:
            worst = max(heights, key=lambda o: abs(o.surprise))
            chains.setdefault(chain, []).append((known.structure.key, worst.surprise, worst.off))
    shifted = []
    for chain, links in chains.items():
        middle = median(link[1] for link in links)
        off = median(link[2] for link in links)
        if (
            len(links) >= constants().grading.enough_links
            and abs(middle) >= constants().grading.shifted
            and abs(off) >= constants().grading.least_shift_mm
        ):
            shifted.append(Shift(chain, tuple(sorted(link[0] for link in links)), middle, off))
    return shifted


def graded(study: Compared) -> dict[str, Grade]:
    """By structure's key; structures that can't be compared with enough others are left out."""
    found = {key: _grade(key, others) for key, others in study.items()}
    return {key: grade for key, grade in found.items() if grade.oddities}


def _grade(key: str, others: dict[str, dict[str, float]]) -> Grade:
    known = relations().features.get(key, {})
    rows: dict[str, list[tuple[float, float, float, str, int]]] = {name: [] for name in FEATURES}
    for other, spreads in known.items():
        values = others.get(other, {})
        for name, value in values.items():
            spread = spreads.get(name)
            if spread is None or spread.people < constants().grading.least_people:
                continue
            bound = values.get(f"{name} {BOUND}", 0.0)
            if bound * (spread.mean - value) > 0:
                continue  # The true value may be the expected one.
            scale = spread.scale(is_size=name == "size")
            if IN_PART in values and name in ("right", "anterior", "size"):
                scale *= constants().grading.part_wider
            surprise = as_normal((value - spread.mean) / scale, spread.freedom)
            rows[name].append((scale, surprise, value - spread.mean, other, spread.people))
    return Grade(key, tuple(o for name in FEATURES if (o := _oddity(name, rows[name])) is not None))


def _oddity(name: str, rows: list[tuple[float, float, float, str, int]]) -> Oddity | None:
    surest = sorted(rows)[: constants().grading.nearest]
    if len(surest) < constants().grading.least_others:
        return None
    weights = [1 / r[0] for r in surest]
    surprise = weighted_median([r[1] for r in surest], weights)
    off = weighted_median([r[2] for r in surest], weights)
    people = [r[4] for r in surest]
    return Oddity(
        name,
        surprise,
        math.exp(off) if name == "size" else off,
        tuple(r[3] for r in surest),
        (min(people), max(people)),
        log_ratio(surprise),
    )


def weighted_median(values: list[float], weights: list[float]) -> float:
    """The value with half of the weight to either side."""
    half, so_far = sum(weights) / 2, 0.0
    for value, weight in sorted(zip(values, weights, strict=True)):
        so_far += weight
        if so_far >= half:
            return value
    return 0.0


def log_ratio(surprise: float) -> float:
    """Log likelihood ratio of wrong against right; of a wrong structure most features are as in a right one."""
    right = (
        math.exp(_log_t(surprise / constants().grading.good_spread, constants().grading.good_tail))
        / constants().grading.good_spread
    )
    wrong = (
        math.exp(_log_t(surprise / constants().grading.wrong_spread, constants().grading.wrong_tail))
        / constants().grading.wrong_spread
    )
    return math.log(1.0 - constants().grading.share_changed + constants().grading.share_changed * wrong / right)


def as_normal(value: float, freedom: float) -> float:
    """The standard normal value that is as rare as this one of Student's t (Wallace 1959, Ann Math Stat 30:1124)."""
    size = math.sqrt(freedom * math.log1p(value * value / freedom)) * (8 * freedom + 1) / (8 * freedom + 3)
    return math.copysign(size, value)


def _log_t(x: float, tail: float) -> float:
    """Logarithm of Student's t density."""
    norm = math.lgamma((tail + 1) / 2) - math.lgamma(tail / 2) - 0.5 * math.log(tail * math.pi)
    return norm - (tail + 1) / 2 * math.log1p(x * x / tail)
