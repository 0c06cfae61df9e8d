"""What could have caused these failures. Each hypothesis says what it would take back, so that it can be tested.

A testable hypothesis holds the study as it would be without the cause: what no longer fails there is explained, what
fails there anew speaks against it. A hypothesis that can't be tested so (a disease, an organ removed) names the
facets of failure that it explains.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fmassist.reasoning.context import Context
from fmassist.reasoning.hypotheses import (
    declared,
    exchanged,
    fitting,
    leaks,
    numbers,
    scale,
    segments,
    sides,
    study,
    turns,
)
from fmassist.reasoning.hypotheses.scene import CAUSE, EVERYTHING, Hypothesis, Scene, facets_of
from fmassist.reasoning.judge import Judgement

Generator = Callable[[Scene], Iterator[Hypothesis]]
_OF_STUDIES: tuple[Generator, ...] = (turns.turns, scale.scales, study.whole_study, declared.about_study)
_OF_SEGMENTS: tuple[Generator, ...] = (
    sides.swaps,
    sides.partly_swapped,
    exchanged.permuted,
    fitting.fitting,
    numbers.shifts,
    segments.fragments,
    segments.wrong_places,
    leaks.into_neighbours,
    leaks.into_several,
    segments.parts,
    segments.levels_left_out,
    numbers.chains_otherwise,
    numbers.merged,
    segments.holes,
    declared.about_structures,
)


def scene_of(judgement: Judgement, context: Context) -> Scene:
    """Everything that failed, for the generators."""
    return Scene(judgement, context, tuple(row for row in judgement.rows if row.outcome == "failed"))


def about_the_study(scene: Scene) -> list[Hypothesis]:
    """Causes that would concern the whole study."""
    return [hypothesis for generator in _OF_STUDIES for hypothesis in generator(scene)]


def about_segments(scene: Scene, left: frozenset[str]) -> list[Hypothesis]:
    """Causes at single segments, suggested by the failures that no cause of the whole study explains.

    Args:
        left: identities of those failures.
    """
    failed = tuple(row for key, row in scene.judgement.failures().items() if key in left)
    part = Scene(scene.judgement, scene.context, failed, base=scene)
    return [hypothesis for generator in _OF_SEGMENTS for hypothesis in generator(part)]


__all__ = ["CAUSE", "EVERYTHING", "Hypothesis", "Scene", "about_segments", "about_the_study", "facets_of", "scene_of"]
