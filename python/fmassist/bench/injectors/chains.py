"""Errors of number: vertebrae and ribs."""

from __future__ import annotations

import numpy as np

from fmassist.bench.injectors.draft import CannotInjectError, Draft, Injected

SPINE = [f"vertebrae_{n}" for n in (*(f"C{i}" for i in range(1, 8)), *(f"T{i}" for i in range(1, 13)))]
SPINE += [f"vertebrae_L{i}" for i in range(1, 6)]
"""From the head down."""
LEAST_ML = 0.3
"""A level with less is a sliver at the border."""
RIBS = {side: [f"rib_{side}_{n}" for n in range(1, 13)] for side in ("left", "right")}


def run_shifted(draft: Draft, kind: str) -> Injected:
    """A run of levels named one or two too high or too low; a third, two thirds or the whole of the chain in view.

    Numbers that fall off the chain's end are left without a label, and the run keeps to one end of what is visible:
    models lose count once and go on counting.
    """
    chain, here = _chain(draft, kind, 4)
    shift = {"up_1": -1, "down_1": 1, "up_2": -2, "down_2": 2}[kind.split("shifted_")[1]]
    length = max(2, round(len(here) * draft.by_severity(0.34, 0.67, 1.0)))
    # The run starts where its first new name doesn't collide with a level that keeps its own: at that end of the chain.
    run = here[:length] if shift < 0 else here[-length:]
    if draft.severity < 3:
        # The wrongly counted run meets the rightly counted rest with a gap: names shift away from it.
        run = here[-length:] if shift > 0 else here[:length]
    run = _with_slivers(draft, chain, run)
    gone = []
    for name in run:
        draft.labels[draft.mask(name)] = 0
    for name in run:
        to = chain.index(name) + shift
        if 0 <= to < len(chain):
            draft.labels[draft.mask(name)] = draft.new_label(chain[to])
        else:
            gone.append(name)
    wrong = frozenset(run) | {chain[i] for n in run if 0 <= (i := chain.index(n) + shift) < len(chain)}
    exact = None if gone else draft.original
    return Injected(
        draft.segmentation(),
        draft.volume,
        kind,
        draft.severity,
        wrong,
        frozenset({"run_shifted", "count_variant"}),
        exact,
    )


def _with_slivers(draft: Draft, chain: list[str], run: list[str]) -> list[str]:
    """The run with the slivers that the border left of the levels next to it.

    Had they kept their numbers, two levels would bear one name, which is another error.
    """
    first, last = chain.index(run[0]), chain.index(run[-1])
    while first > 0 and 0 < draft.volume_ml(chain[first - 1]) <= LEAST_ML:
        first -= 1
    while last + 1 < len(chain) and 0 < draft.volume_ml(chain[last + 1]) <= LEAST_ML:
        last += 1
    return [*chain[first : chain.index(run[0])], *run, *chain[chain.index(run[-1]) + 1 : last + 1]]


def level_duplicated(draft: Draft, kind: str) -> Injected:
    """One number given to two neighbours, and all below counted on from there (totalspineseg#67).

    The severity says how much of the chain is counted wrongly after it: 2, 4 levels or all.
    """
    chain, here = _chain(draft, kind, 5)
    tail = int(draft.by_severity(2, 4, len(here) - 2))
    start = min(max(1, len(here) - tail - 1), int(draft.rng.integers(1, len(here) - 2)))
    run = here[start : start + tail]
    for name in run:
        draft.labels[draft.mask(name)] = draft.names[chain[chain.index(name) - 1]]
    wrong = frozenset(run) | {chain[chain.index(n) - 1] for n in run}
    return Injected(
        draft.segmentation(),
        draft.volume,
        kind,
        draft.severity,
        wrong,
        frozenset({"run_shifted", "levels_merged", "level_missed"}),
        draft.original if len(run) == len(here) - start else None,
    )


def level_skipped(draft: Draft, kind: str) -> Injected:
    """One, two or three levels within the chain left without a label."""
    _, here = _chain(draft, kind, 5)
    count = min(int(draft.by_severity(1, 2, 3)), len(here) - 3)
    start = int(draft.rng.integers(1, len(here) - count))
    run = here[start : start + count]
    for name in run:
        draft.labels[draft.mask(name)] = 0
    return Injected(
        draft.segmentation(),
        draft.volume,
        kind,
        draft.severity,
        frozenset(run),
        frozenset({"level_missed", "missed_by_model"}),
    )


def levels_merged(draft: Draft, kind: str) -> Injected:
    """Two neighbours under one name; at severity 1 only a third of the second, at 2 two thirds."""
    chain, here = _chain(draft, kind, 3)
    start = int(draft.rng.integers(0, len(here) - 1))
    keeper, lost = here[start], here[start + 1]
    if chain.index(lost) - chain.index(keeper) != 1:
        raise CannotInjectError("the chain has a gap")
    mask = draft.mask(lost)
    share = draft.by_severity(0.34, 0.67, 1.0)
    if share < 1:
        # The part nearest to the neighbour goes over.
        away = np.array(np.nonzero(draft.mask(keeper))).mean(1)
        index = np.argwhere(mask)
        distance = (((index - away) * np.array(draft.geometry.spacing_mm)) ** 2).sum(1)
        chosen = index[distance <= np.quantile(distance, share)]
        mask = np.zeros_like(mask)
        mask[tuple(chosen.T)] = True
    draft.labels[mask] = draft.names[keeper]
    return Injected(
        draft.segmentation(),
        draft.volume,
        kind,
        draft.severity,
        frozenset({keeper, lost}),
        frozenset({"levels_merged", "level_missed", "leak", "incomplete"}),
    )


def _chain(draft: Draft, kind: str, least: int) -> tuple[list[str], list[str]]:
    """The chain that a kind is about, and its members in view, from the head down."""
    if kind.startswith("ribs"):
        sides = [s for s in RIBS if sum(draft.volume_ml(n) > LEAST_ML for n in RIBS[s]) >= least]
        if not sides:
            raise CannotInjectError("too few ribs in view")
        chain = RIBS[draft.choose(sides)]
    else:
        chain = SPINE
    here = [name for name in chain if draft.volume_ml(name) > LEAST_ML]
    if len(here) < least:
        raise CannotInjectError("too few levels in view")
    return chain, here
