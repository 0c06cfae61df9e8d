"""Labels that each lie where another of them belongs: told by all labels together, though no rule need say so."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fmassist.knowledge.constants import constants
from fmassist.reasoning.findings import RepairStep
from fmassist.reasoning.hypotheses.exchanged import (
    MOST_TOGETHER,
    cycles_of,
    fits_of,
    is_one_pair,
)
from fmassist.reasoning.hypotheses.scene import Hypothesis, Scene
from fmassist.reasoning.transform import renamed

MOST_COST = 5.5
"""Nats at which a label lies well under its new name, at most (estimate: three of four labels of real trunks do)."""
LEAST_EACH = 1.0
"""Nats by which each one of them has to lie better (estimate)."""
LEAST_GAIN = 7.0
"""And all of them (estimate: in 117 studies of 9 people with right labels, crops and resamplings of them, there is no
cycle in which each lies well and better; of 36 exchanges made on four of them 20 gain 7 or more)."""
NEVER = 1e3


def fitting(scene: Scene) -> Iterator[Hypothesis]:
    """Cycles of names under which every label concerned lies well, and better than under its own."""
    lying = scene.registration
    if lying is None:
        return
    known = {k.facts.key: k for k in scene.anatomy.known if k.structure.chain is None}
    ranked = sorted(lying.fits.items(), key=lambda item: (item[1], item[0]))
    pool = [known[key] for key, fit in ranked if fit <= constants().exchanges.poor_fit and key in known][:MOST_TOGETHER]
    if len(pool) < 2:
        return
    from scipy.optimize import linear_sum_assignment

    costs = fits_of(scene).costs(pool)
    own = np.diag(costs)
    able = (costs <= MOST_COST) & (costs <= own[:, None] - LEAST_EACH)
    allowed = np.where(able | np.eye(len(pool), dtype=bool), costs, NEVER)
    _, chosen = linear_sum_assignment(allowed)
    for cycle in cycles_of([int(c) for c in chosen]):
        gain = sum(float(costs[place, place] - costs[place, chosen[place]]) for place in cycle)
        if gain < LEAST_GAIN or is_one_pair(pool, cycle):
            continue
        new = {pool[place].facts.key: pool[int(chosen[place])].structure.iri for place in sorted(cycle)}
        yield Hypothesis(
            "labels_exchanged",
            f"the labels of {', '.join(scene.name(key) for key in new)} are exchanged",
            tuple(new),
            renamed(scene.anatomy, new),
            scene.context,
            steps=tuple(RepairStep("relabel", key, iri) for key, iri in new.items()),
            extra_cost=-min(constants().exchanges.worth * gain, constants().exchanges.most_worth),
        )


__all__ = ["fitting"]
