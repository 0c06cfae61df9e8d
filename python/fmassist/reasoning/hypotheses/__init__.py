"""What could have caused these failures. Each hypothesis says what it would take back, so that it can be tested.

A testable hypothesis holds the study as it would be without the cause: what no longer fails there is explained, what
fails there anew speaks against it. A hypothesis that can't be tested so (a disease, an organ removed) names the
patterns of rules that it explains.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fmassist.reasoning.context import Context
from fmassist.reasoning.hypotheses import exchanged, leaks, numbers, segments, sides, study
from fmassist.reasoning.hypotheses.scene import EVERYTHING, Hypothesis, Scene
from fmassist.reasoning.judge import Judgement

_GENERATORS: tuple[Callable[[Scene], Iterator[Hypothesis]], ...] = (
    sides.swaps,
    sides.partly_swapped,
    exchanged.permuted,
    numbers.shifts,
    segments.fragments,
    segments.wrong_places,
    leaks.into_neighbours,
    leaks.into_several,
    segments.absences,
    numbers.chains_otherwise,
    numbers.merged,
    segments.holes,
    segments.diseases,
)


def about_the_study(judgement: Judgement, context: Context) -> list[Hypothesis]:
    """Causes that would concern the whole study."""
    scene = Scene(judgement, context, tuple(row for row in judgement.rows if row.outcome == "failed"))
    return [*study.mirrors(scene), *study.whole_study(scene)]


def about_segments(judgement: Judgement, context: Context, left: frozenset[str]) -> list[Hypothesis]:
    """Causes at single segments, suggested by the failures that no cause of the whole study explains.

    Args:
        left: identities of those failures.
    """
    failed = tuple(row for key, row in judgement.failures().items() if key in left)
    scene = Scene(judgement, context, failed)
    return [hypothesis for generator in _GENERATORS for hypothesis in generator(scene)]


__all__ = ["EVERYTHING", "Hypothesis", "about_segments", "about_the_study"]
