"""Which causes explain the findings best: the cheapest set of causes, found by clingo.

A cause costs −ln(prior); a finding that no chosen cause explains costs what a finding without any cause does; a failure
that a cause would bring in anew costs as much as one left open. The sum is the negative logarithm of a joint
probability under independent causes (noisy-or abduction, Pearl 1988, ch. 4).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fmassist.knowledge.constants import constants

_SCALE = 1000
"""Costs are integers for clingo: thousandths of a nat."""

MAX_CONFLICTS = 50_000
"""The search ends after this many, with the best explanation so far: counted in conflicts and not in seconds, so that
the same study always gives the same causes."""

_PROGRAM = """
{ chosen(H) : hypothesis(H,_) }.
explained(F) :- chosen(H), explains(H,F).
#minimize { C,H,cause : chosen(H), hypothesis(H,C) ; W,F,open : finding(F,W), not explained(F) }.
#show chosen/1.
"""


@dataclass(frozen=True)
class Candidate:
    """A hypothesis, weighed."""

    cost: float
    """In nats: −ln(prior), and what it brings in anew."""
    explains: frozenset[int]
    """Indices of the findings that it explains."""


def best_causes(candidates: list[Candidate], severities: Sequence[str], failures: list[int] | None = None) -> list[int]:
    """Indices of the candidates in the cheapest explanation; the same for the same arguments.

    Args:
        candidates: what could be chosen; one that explains nothing never is.
        severities: of each finding.
        failures: how many failed ground rules stand behind each finding; None for one each.
    """
    useful = _undominated(candidates)
    if not useful:
        return []
    import clingo

    counts = failures or [1] * len(severities)
    facts = [f"finding({i},{_integer(unexplained_cost(s, counts[i]))})." for i, s in enumerate(severities)]
    for i in useful:
        facts.append(f"hypothesis({i},{_integer(candidates[i].cost)}).")
        facts.extend(f"explains({i},{f})." for f in sorted(candidates[i].explains))
    control = clingo.Control(
        ["--opt-mode=opt", "--seed=0", "--parallel-mode=1", f"--solve-limit={MAX_CONFLICTS}"], logger=lambda *_: None
    )
    control.add("base", [], _PROGRAM + "\n".join(facts))
    control.ground([("base", [])])
    best: list[int] = []
    with control.solve(yield_=True) as handle:
        for model in handle:
            best = sorted(symbol.arguments[0].number for symbol in model.symbols(shown=True))
    return best


def _undominated(candidates: list[Candidate]) -> list[int]:
    """Without those that explain no more than a cheaper one does: they are in no cheapest explanation."""
    order = sorted(range(len(candidates)), key=lambda i: (candidates[i].cost, -len(candidates[i].explains), i))
    kept: list[int] = []
    for i in order:
        if candidates[i].explains and not any(candidates[i].explains <= candidates[k].explains for k in kept):
            kept.append(i)
    return sorted(kept)


def unexplained_cost(severity: str, failures: int = 1) -> float:
    """What a finding left open costs, in nats.

    Failures that were gathered into one finding are neither one chance nor as many: their number counts by its
    logarithm (estimate).
    """
    return -math.log(constants().abduction.unexplained_prior.of(severity)) * (1 + math.log(failures))


def _integer(nats: float) -> int:
    return max(1, round(nats * _SCALE))
