"""From a segmentation in memory to its verdict: measure it, then check."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fmassist.evidence.facts import Evidence
from fmassist.knowledge.label_map import LabelMap
from fmassist.knowledge.meaning import Meanings, understand
from fmassist.knowledge.model import Knowledge
from fmassist.reasoning.check import check
from fmassist.reasoning.context import Context
from fmassist.reasoning.findings import CheckResult
from fmassist.volume import Segmentation, Volume


def check_study(
    segmentation: Segmentation,
    volume: Volume | None,
    *,
    label_map: LabelMap,
    knowledge: Knowledge,
    context: Context | None = None,
    confidence: Mapping[str, float] | None = None,
    unsure: Mapping[str, float] | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> tuple[CheckResult, Evidence, Meanings]:
    """Measure and check one study.

    Args:
        segmentation: on the same grid as `volume` (see `fmassist.volume.align`).
        volume: the image, or None when only the labels are at hand.
        label_map: what the labels mean, and which structures its model can label at all.
        confidence: the model's own mean confidence by segment name, where it gives one.
        unsure: by segment name, the share of its voxels of which the model was not sure, where it tells.
        progress: called with a stage and the share done.
    """
    from fmassist.evidence.measure import measure

    understanding = understand(segmentation, label_map, knowledge)
    evidence = measure(
        segmentation,
        volume,
        confidence=confidence,
        unsure=unsure,
        progress=progress,
    )
    result = check(
        evidence,
        knowledge,
        understanding.meanings,
        context,
        vocabulary=vocabulary_of(label_map),
        understanding=understanding,
    )
    return result, evidence, understanding.meanings


def vocabulary_of(label_map: LabelMap) -> frozenset[str]:
    """The structures that a model can label. A model that takes any name (no numbers) has no vocabulary of its own."""
    return frozenset(label_map.structures.values()) if label_map.names else frozenset()
