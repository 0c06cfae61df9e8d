"""A small bar: where a measured value lies against what was expected."""

from __future__ import annotations

import math
from dataclasses import dataclass

LOGARITHMIC_BEYOND = 12.0
"""A value this many times off its range would squeeze a linear bar to nothing."""


@dataclass(frozen=True)
class Bar:
    """Positions along the bar, each 0 to 100; the band is what was expected."""

    band_start: float
    band_end: float
    marker: float
    is_outside: bool


def bar_for(value: object, low: float | None, high: float | None) -> Bar | None:
    """The bar for a value and the bounds that it was expected in; None where there is no number, or no bound.

    Args:
        value: what was measured.
        low: at least this was expected, None where nothing bounds it below.
        high: at most this.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    if low is None and high is None:
        return None
    known = [float(value), *(limit for limit in (low, high) if limit is not None)]
    bottom, top = min(known), max(known)
    if low is None and bottom >= 0:
        bottom = 0.0  # a distance, a share or a volume starts at nothing
    positive = [n for n in known if n > 0]
    if bottom >= 0 and len(positive) == len(known) and max(positive) / min(positive) > LOGARITHMIC_BEYOND:
        place, bottom, top = math.log10, min(positive) / 3, top * 1.5
    else:
        place = float
        room = (top - bottom) or abs(top) or 1.0
        bottom, top = (bottom if bottom == 0 else bottom - 0.15 * room), top + 0.15 * room

    def at(number: float) -> float:
        share = (place(number) - place(bottom)) / (place(top) - place(bottom))
        return round(100 * min(max(share, 0.0), 1.0), 1)

    return Bar(
        band_start=0.0 if low is None else at(low),
        band_end=100.0 if high is None else at(high),
        marker=at(float(value)),
        is_outside=(low is not None and value < low) or (high is not None and value > high),
    )
