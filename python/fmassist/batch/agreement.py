"""How far reviewers agree on the studies that both decided, about the same result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any


def agreement(decisions: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """For each pair of reviewers: studies that both decided, the share of equal decisions, and Cohen's kappa.

    Kappa is the agreement beyond what chance would give (Cohen 1960, Educational and Psychological Measurement 20:37);
    None where chance alone would have them agree always.
    """
    by_reviewer: dict[str, dict[tuple[str, str], str]] = {}
    for one in decisions:
        if one["decision"] != "void":
            by_reviewer.setdefault(one["reviewer"], {})[one["study"], one.get("result", "")] = one["decision"]
    found = []
    for first, second in combinations(sorted(by_reviewer), 2):
        mine, theirs = by_reviewer[first], by_reviewer[second]
        both = sorted(mine.keys() & theirs.keys())
        if not both:
            continue
        equal = sum(mine[study] == theirs[study] for study in both) / len(both)
        counts = (Counter(mine[s] for s in both), Counter(theirs[s] for s in both))
        chance = sum(counts[0][kind] * counts[1][kind] for kind in counts[0]) / len(both) ** 2
        kappa = None if chance == 1 else round((equal - chance) / (1 - chance), 3)
        found.append(
            {"reviewers": [first, second], "studies": len(both), "share_equal": round(equal, 3), "kappa": kappa}
        )
    return found


def in_words(pairs: Iterable[Mapping[str, Any]]) -> list[str]:
    """What `agreement` gives, a line a pair."""
    return [
        f"{' and '.join(pair['reviewers'])} agree on {pair['share_equal']:.0%} of {pair['studies']} studies"
        + ("" if pair["kappa"] is None else f", kappa {pair['kappa']:.2f}")
        for pair in pairs
    ]
