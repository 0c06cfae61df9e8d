"""How likely a cause is among its rivals, 'none of these' always being one, and never more than the data support."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from fmassist.knowledge.constants import constants
from fmassist.knowledge.model import Knowledge
from fmassist.reasoning.abduction import unexplained_cost
from fmassist.reasoning.findings import Cause
from fmassist.reasoning.testing import Stated, Tested, prior_cost
from fmassist.resources import resource

NONE_OF_THESE = "none_of_these"
NONE_LABEL = "none of these causes"
MOST_SHOWN = 4
"""Causes told for one finding (estimate: more is read by nobody)."""
BINS = (0.5, 0.8, 0.95, 1.01)
"""Upper ends of the ranges of shares that reliability is counted in."""


def shares(tested: Sequence[Tested], about: Sequence[Stated], knowledge: Knowledge) -> dict[int, float]:
    """The share of each hypothesis among all that could explain some of these findings, 'none of these' included.

    Args:
        about: findings with the ground rules behind them.

    Returns:
        By `id` of the tested hypothesis; what is left to 1 is 'none of these'.
    """
    weight = {finding.id: unexplained_cost(finding.severity, max(len(ids), 1)) for finding, ids in about}
    able = [t for t in tested if t.explains & weight.keys()]
    score = {id(t): sum(weight[f] for f in t.explains & weight.keys()) - t.cost for t in able}
    none = sum(weight.values()) - prior_cost(knowledge, NONE_OF_THESE)
    # An unknown cause whose whole trace goes when another one is undone would have to look just like that one.
    if any(t.hypothesis.anatomy is not None and not t.introduces and weight.keys() <= t.explains for t in able):
        none -= constants().posterior.mimic_cost
    top = max([none, *score.values()])
    # The same diagnosis in two forms is one.
    best: dict[tuple[str, frozenset[str]], int] = {}
    for t in able:
        key = (t.hypothesis.cause, frozenset(t.hypothesis.segments))
        if key not in best or score[id(t)] > score[best[key]]:
            best[key] = id(t)
    total = math.exp(none - top) + sum(math.exp(score[place] - top) for place in best.values())
    return {place: math.exp(score[place] - top) / total for place in best.values()}


@dataclass(frozen=True)
class Reliability:
    """How often a cause told first was right, by cause and range of its share: (right, all)."""

    counts: Mapping[tuple[str, int], tuple[int, int]]

    def limit(self, cause: str, share: float) -> float:
        """What the data support for a cause of this share at most; the share itself where that is less."""
        bin_ = bin_of(share)
        every = _blend(self._of_bin.get(bin_, (0, 0)), constants().posterior.uncounted)
        of_cause = _blend(self._of_cause.get(cause, (0, 0)), every)
        return min(share, _blend(self.counts.get((cause, bin_), (0, 0)), of_cause))

    @cached_property
    def _of_bin(self) -> dict[int, tuple[int, int]]:
        return _sums(((bin_, counts) for (_, bin_), counts in self.counts.items()))

    @cached_property
    def _of_cause(self) -> dict[str, tuple[int, int]]:
        return _sums(((cause, counts) for (cause, _), counts in self.counts.items()))


def _sums(items: Iterable[tuple]) -> dict:  # type: ignore[type-arg]
    found: dict = {}  # type: ignore[type-arg]
    for key, (right, count) in items:
        hits, seen = found.get(key, (0, 0))
        found[key] = (hits + right, seen + count)
    return found


def bin_of(share: float) -> int:
    """The range of a share."""
    return next(place for place, end in enumerate(BINS) if share < end)


def _blend(counts: tuple[int, int], share: float) -> float:
    given = constants().posterior
    right, count = counts
    return (right + given.prior_weight * share) / (count + given.prior_weight)


def learn_reliability(seen: Iterable[tuple[str, float, bool]]) -> Reliability:
    """From first causes: id, share, and whether it was right."""
    counts: dict[tuple[str, int], tuple[int, int]] = {}
    for cause, share, right in seen:
        hits, count = counts.get((cause, bin_of(share)), (0, 0))
        counts[cause, bin_of(share)] = (hits + int(right), count + 1)
    return Reliability(counts)


@cache
def shipped_reliability() -> Reliability:
    """The one among the resources; an empty one where there is none."""
    path = resource("calibration") / "causes.json"
    if not path.is_file():
        return Reliability({})
    rows = json.loads(path.read_text(encoding="utf-8"))["causes"]
    return Reliability({(row["cause"], row["range"]): (row["right"], row["all"]) for row in rows})


def cause_of(chosen: Tested, tested: Sequence[Tested], findings: Sequence[Stated], knowledge: Knowledge) -> Cause:
    """A chosen cause, with how likely it is for all that it explains together."""
    about = [stated for stated in findings if stated[0].id in chosen.explains]
    share = shares(tested, about, knowledge).get(id(chosen), 0.0)
    return Cause(
        id=chosen.hypothesis.cause,
        label=chosen.hypothesis.label,
        probability=round(shipped_reliability().limit(chosen.hypothesis.cause, share), 3),
        segments=chosen.hypothesis.segments,
        explains=tuple(sorted(chosen.explains)),
        unexplained=tuple(sorted(finding.id for finding, _ in findings if finding.id not in chosen.explains)),
    )


def alternatives(
    finding: str, tested: Sequence[Tested], findings: Sequence[Stated], knowledge: Knowledge, first: Tested | None
) -> list[Cause]:
    """The causes that would explain one finding, the chosen one first, the others by their share; then none of these.

    Args:
        first: the cause that was chosen for it.
    """
    able = [t for t in tested if finding in t.explains]
    if not able:
        return []
    wide = frozenset[str]().union(*(t.explains for t in able)) if first is None else first.explains | {finding}
    share = shares(tested, [stated for stated in findings if stated[0].id in wide], knowledge)
    ranked = sorted(
        (t for t in able if id(t) in share or t is first),
        key=lambda t: (t is not first, -share.get(id(t), 0.0), t.hypothesis.label),
    )
    told: dict[str, Cause] = {}
    for t in ranked[:MOST_SHOWN]:
        likely = shipped_reliability().limit(t.hypothesis.cause, share.get(id(t), 0.0))
        cause = Cause(
            t.hypothesis.cause, t.hypothesis.label, round(likely, 3), t.hypothesis.segments, tuple(sorted(t.explains))
        )
        told.setdefault(cause.label, cause)
    left = max(0.0, 1.0 - sum(cause.probability for cause in told.values()))
    none = Cause(NONE_OF_THESE, NONE_LABEL, round(left, 3), (), (finding,))
    return [*told.values(), none]
