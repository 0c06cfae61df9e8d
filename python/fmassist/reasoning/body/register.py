"""Lays the typical body over a study: one scale and one offset for each axis, whatever single labels say.

The scales themselves tell whether the study has the size of a person; the fit of all labels, whether it is the right
way round.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fmassist.knowledge.constants import constants
from fmassist.reasoning.body.expected import Expected, Numbers, TypicalBody
from fmassist.reasoning.body.fit import Placements, log_fit

ROUNDS = 3
"""The field of view is cut out of the typical body anew as often (algorithm: it hardly moves then)."""
STIFF_MM = 30.0
"""Places that reach over less than this tell nothing of a scale (algorithm: ridge towards the scale of the extents)."""

View = tuple[Numbers, Numbers]
"""Lowest and highest corner of a field of view, RAS mm."""


@dataclass(frozen=True)
class Registration:
    """How the typical body lies on a study.

    Attributes:
        scale, offset: study mm = scale · typical mm + offset, along R, A, S.
        extents: along each axis, how many labels seen whole gave the scale.
        fits: segment key to nats, for those that the typical body has.
    """

    body: TypicalBody
    view: View
    scale: Numbers
    offset: Numbers
    extents: tuple[int, int, int]
    fits: Mapping[str, float]

    @cached_property
    def mean_fit(self) -> float:
        """Nats per label."""
        return float(np.mean(list(self.fits.values()))) if self.fits else 0.0

    def expected(self, iris: Sequence[str]) -> Expected:
        """What the field of view shows of structures that the body has."""
        low, high = ((corner - self.offset) / self.scale for corner in self.view)
        return self.body.in_view(iris, low, high)

    def fit(self, mine: Placements, iris: Sequence[str]) -> Numbers:
        """Nats of each segment as the structure in the same place of `iris`."""
        return log_fit(mine, self.expected(iris), self.scale, self.offset)


def register(body: TypicalBody, labels: Placements, iris: Sequence[str], view: View) -> Registration | None:
    """Lay the body over labels; None where too few of them are in it.

    Args:
        iris: what each label is called.
    """
    given = constants().registration
    known = [i for i, iri in enumerate(iris) if iri in body]
    if len(known) < given.least_labels:
        return None
    mine, names = labels.rows(known), [iris[i] for i in known]
    whole = body.in_view(names, np.full(3, -1e6), np.full(3, 1e6))
    weight = np.where((mine.cut_low | mine.cut_high).any(1), given.cut_weight, 1.0)
    # First by what is seen whole; then, as far as the body lies on the study, by what the view shows of each.
    start, counts = _scale_of_extents(mine, whole, np.asarray(~(mine.cut_low | mine.cut_high).any(1)))
    scale, offset = start, _median(mine.middle - start * whole.middle, weight)
    for again in range(2):
        for _ in range(ROUNDS):
            low, high = ((corner - offset) / scale for corner in view)
            part = body.in_view(names, low, high)
            usual = np.where(part.share[:, None] >= constants().fit.in_view, part.middle, whole.middle)
            scale, offset = _refined(usual, mine.middle, weight, start, scale, offset)
        if again == 0:
            start, counts = _scale_of_extents(mine, part, part.share >= given.half_seen)
    lying = Registration(body, view, scale, offset, counts, {})
    fits = dict(zip(mine.keys, lying.fit(mine, names).tolist(), strict=True))
    return Registration(body, view, scale, offset, counts, fits)


def _scale_of_extents(
    mine: Placements, usual: Expected, able: NDArray[np.bool_]
) -> tuple[Numbers, tuple[int, int, int]]:
    """Median of seen over usual extents along each axis; along one with few, that of all axes.

    Args:
        able: which of the labels may be compared.
    """
    given = constants().registration
    size = np.where(able[:, None], usual.high - usual.low, 1.0)
    ratio = np.log(np.maximum(mine.high - mine.low, 1.0) / np.maximum(size, 5.0))
    uncut = ~(mine.cut_low | mine.cut_high) & able[:, None]
    common = float(np.median(ratio[uncut])) if uncut.sum() >= given.least_labels else 0.0
    counts = uncut.sum(0)
    logs = [float(np.median(ratio[uncut[:, a], a])) if counts[a] >= given.least_labels else common for a in range(3)]
    return np.exp(np.array(logs)), (int(counts[0]), int(counts[1]), int(counts[2]))


def _refined(
    usual: Numbers, seen: Numbers, weight: Numbers, start: Numbers, scale: Numbers, offset: Numbers
) -> tuple[Numbers, Numbers]:
    """A few rounds of reweighted least squares, each label by its distance from where it is expected."""
    given = constants().registration
    for _ in range(5):
        away = np.linalg.norm((seen - (scale * usual + offset)) / np.maximum(start, 0.1), axis=1)
        w = weight / (1 + (away / given.tolerance_mm) ** 2)
        w = w / w.sum()
        p, q = (w[:, None] * usual).sum(0), (w[:, None] * seen).sum(0)
        spread = (w[:, None] * (usual - p) ** 2).sum(0)
        together = (w[:, None] * (usual - p) * (seen - q)).sum(0)
        scale = np.clip(
            (together + start * STIFF_MM**2) / (spread + STIFF_MM**2),
            start / given.gives,
            start * given.gives,
        )
        offset = q - scale * p
    return scale, offset


def _median(values: Numbers, weight: Numbers) -> Numbers:
    """Weighted median of each column."""
    found = np.empty(values.shape[1])
    for column in range(values.shape[1]):
        order = np.argsort(values[:, column])
        total = np.cumsum(weight[order])
        found[column] = values[order[np.searchsorted(total, total[-1] / 2)], column]
    return found
