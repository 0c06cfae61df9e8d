"""Test-time flips and ensembles: several answers about one window, averaged before they are summed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from fmassist.errors import InputError


@dataclass(frozen=True, eq=False)
class Member:
    """One answer: a network, and the axes along which the window is turned round before and after.

    Args:
        network: its number, where there are several, such as those of folds.
        flipped: of 0, 1, 2.
    """

    network: int = 0
    flipped: tuple[int, ...] = ()


class Members:
    """The answers that are averaged.

    Args:
        members: none for the network as it is.
    """

    def __init__(self, members: Sequence[Member]) -> None:
        self._members = list(members)

    @property
    def averages(self) -> bool:
        """Whether scores are mean probabilities instead of what the network gives."""
        return len(self._members) > 1

    def scores(self, runner: Any, windows: Any) -> Any:
        """Scores (n, classes, i, j, k): the network's own for one member, mean softmax probabilities for several."""
        if not self.averages:
            return self._one(runner, self._members[0] if self._members else Member(), windows)
        mean: Any | None = None
        for member in self._members:
            one = self._one(runner, member, windows).float().softmax(dim=1)
            if mean is None:
                mean = one
                continue
            if one.shape != mean.shape:
                raise InputError("the members of the ensemble have different classes", "take folds of one model")
            mean = mean.to(one.device)
            mean += one
        assert mean is not None
        mean /= len(self._members)
        return mean

    @staticmethod
    def _one(runner: Any, member: Member, windows: Any) -> Any:
        axes = [axis + 2 for axis in member.flipped]
        scores = runner(windows.flip(axes) if axes else windows, member.network)
        return scores.flip(axes) if axes else scores


def flips(axes: Sequence[int]) -> list[tuple[int, ...]]:
    """Every combination of these axes, none of them first: 1, 2, 4 or 8."""
    chosen = sorted(set(axes))
    return [tuple(some) for count in range(len(chosen) + 1) for some in combinations(chosen, count)]
