"""Figures with their uncertainty: rates by Wilson, areas under the curve by a bootstrap over anatomies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95 % confidence interval."""

    value: float
    low: float
    high: float
    count: int

    def as_dict(self) -> dict[str, float]:
        """For JSON."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f}–{self.high:.3f}, n={self.count})"


def rate(hits: int, count: int) -> Estimate | None:
    """A share with Wilson's interval, None of nothing."""
    if count == 0:
        return None
    z = 1.959964
    share = hits / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    reach = z / (1 + z * z / count) * float(np.sqrt(share * (1 - share) / count + z * z / (4 * count * count)))
    return Estimate(share, max(0.0, middle - reach), min(1.0, middle + reach), count)


def auroc(positive: ArrayLike, negative: ArrayLike) -> float:
    """Probability that a positive scores above a negative, ties counting half."""
    from scipy.stats import rankdata

    above, below = np.asarray(positive, dtype=float), np.asarray(negative, dtype=float)
    if not above.size or not below.size:
        return float("nan")
    ranks = rankdata(np.concatenate([above, below]))
    return float((ranks[: above.size].sum() - above.size * (above.size + 1) / 2) / (above.size * below.size))


def auroc_estimate(
    positive: Sequence[tuple[int, float]], negative: Sequence[tuple[int, float]], *, draws: int = 1000, seed: int = 0
) -> Estimate | None:
    """AUROC with a bootstrap over anatomies: cases of one anatomy are drawn together.

    Args:
        positive, negative: (anatomy, score) of each case.
    """
    if not positive or not negative:
        return None
    people = sorted({a for a, _ in positive} | {a for a, _ in negative})
    groups = [([s for a, s in positive if a == person], [s for a, s in negative if a == person]) for person in people]
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(draws):
        chosen = rng.integers(len(people), size=len(people))
        value = auroc([s for i in chosen for s in groups[i][0]], [s for i in chosen for s in groups[i][1]])
        if np.isfinite(value):
            values.append(value)
    low, high = np.quantile(values, (0.025, 0.975))
    whole = auroc([s for _, s in positive], [s for _, s in negative])
    return Estimate(whole, float(low), float(high), len(positive))


def sensitivity_at(positive: ArrayLike, negative: ArrayLike, specificity: float) -> float:
    """Share of positives above the threshold at which `specificity` of the negatives lie at or below it."""
    above, below = np.asarray(positive, dtype=float), np.sort(np.asarray(negative, dtype=float))
    if not above.size or not below.size:
        return float("nan")
    threshold = below[min(int(np.ceil(specificity * below.size)) - 1, below.size - 1)]
    return float((above > threshold).mean())
