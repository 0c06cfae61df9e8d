"""By how much people differ in a relation before anyone was seen in it: by the kinds of its two structures.

A relation that two people tell has no spread of its own worth the name. The variance of a distance is taken as the sum
of what each of the two structures wanders (a kidney more than a vertebra) and of a share of the distance itself (people
differ in size). These few numbers are fitted to the variances of all relations by least squares that can't be negative
(Lawson & Hanson 1974), each weighted by its degrees of freedom and by the fitted variance.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from fmassist.knowledge.model import Structure
from fmassist.reasoning.compared import FEATURES
from fmassist.reasoning.relations import Spread

Features = dict[str, dict[str, dict[str, Spread]]]
FLUID = "fluid of the brain"
"""Nothing is learned of these: ventricles are three times as large at 80 as at 20, and protocols differ in whether the
fluid around the brain is drawn at all."""
KINDS = ("brain", "vertebra", "rib", "bone", "muscle", "vessel", "organ", "hollow organ")
LEAST_MM = 3.0
"""No relation is expected to differ less than this from person to person (estimate: outlines differ by a millimetre or
two from reader to reader)."""
LEAST_SIZE = 0.15
"""Nor the logarithm of the ratio of two areas."""
LEAST_RELATIONS = 30
"""Relations under which nothing is fitted."""
ROUNDS = 5


def kind_of(structure: Structure) -> str:
    """Of the kinds that differ in how far they wander."""
    groups = {iri.rsplit("#", 1)[-1] for iri in structure.groups}
    if (structure.chain or "").startswith("ribs"):
        return "rib"
    if structure.chain is not None or structure.key == "sacrum":
        return "vertebra"
    if "BrainStructure" in groups and groups & {"Ventricle", "ScatteredStructure"}:
        return FLUID
    for group, kind in (
        ("BrainStructure", "brain"),
        ("Bone", "bone"),
        ("Muscle", "muscle"),
        ("Vessel", "vessel"),
        ("HollowOrgan", "hollow organ"),
        ("ScatteredStructure", "hollow organ"),
    ):
        if group in groups:
            return kind
    return "organ"


def with_priors(features: Features, kinds: Mapping[str, str]) -> Features:
    """Each spread with what its two kinds lead one to expect."""
    found: Features = {one: {other: {} for other in others} for one, others in features.items()}
    for name in FEATURES:
        rows = [
            (one, other, spreads[name])
            for one, others in features.items()
            for other, spreads in others.items()
            if name in spreads
        ]
        least = LEAST_SIZE if name == "size" else LEAST_MM
        fitted = _fitted([row for row in rows if row[2].people >= 2], kinds, name)
        for one, other, spread in rows:
            prior = 0.0
            if fitted is not None:
                prior = max(least, math.sqrt(float(_terms(one, other, spread.mean, kinds, name) @ fitted)))
            found[one][other][name] = replace(spread, prior=prior)
    return found


def _terms(one: str, other: str, mean: float, kinds: Mapping[str, str], name: str) -> np.ndarray:
    terms = np.zeros(len(KINDS) + 1)
    for key in (one, other):
        terms[KINDS.index(kinds.get(key, "organ"))] += 1
    terms[-1] = 0.0 if name == "size" else mean**2 / 100
    return terms


def _fitted(rows: Iterable[tuple[str, str, Spread]], kinds: Mapping[str, str], name: str) -> np.ndarray | None:
    from scipy.optimize import nnls

    told = list(rows)
    if len(told) < LEAST_RELATIONS:
        return None
    terms = np.array([_terms(one, other, spread.mean, kinds, name) for one, other, spread in told])
    variances = np.array([spread.squares / (spread.people - 1) for _, _, spread in told])
    freedom = np.array([spread.people - 1.0 for _, _, spread in told])
    least = (LEAST_SIZE if name == "size" else LEAST_MM) ** 2
    expected = np.full(len(told), max(least, float(variances.mean())))
    fitted = np.zeros(terms.shape[1])
    for _ in range(ROUNDS):
        weights = np.sqrt(freedom) / expected
        fitted, _ = nnls(terms * weights[:, None], variances * weights)
        expected = np.maximum(least, terms @ fitted)
    return fitted
