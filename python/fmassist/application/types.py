"""What goes into a use case and what comes out of it, as a few frozen types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fmassist.application.ask import Withheld
    from fmassist.knowledge.label_map import LabelMap
    from fmassist.knowledge.model import Knowledge
    from fmassist.reasoning.context import Context
    from fmassist.volume import Segmentation, Volume

Progress = Callable[[str, float], None]
"""Called with a stage and the share of it that is done, 0 to 1."""


def silent(_stage: str, _share: float) -> None:
    """Progress that nobody looks at."""


@dataclass(frozen=True)
class Origin:
    """Where a segmentation comes from, as far as its maker says.

    Args:
        model: name and version of the model, or None where nobody said.
        provenance: what else the model says of itself: id, version, hash of its weights, device.
        confidence: the model's own mean confidence (0–1) by segment name, where it gives one.
        unsure: by segment name, the share of its voxels of which the model was not sure, where it tells.
        withheld: what was looked for and is not shown, with the reason.
    """

    model: str | None = None
    provenance: Mapping[str, str] = field(default_factory=dict)
    confidence: Mapping[str, float] = field(default_factory=dict)
    unsure: Mapping[str, float] = field(default_factory=dict)
    withheld: tuple[Withheld, ...] = ()


@dataclass(frozen=True, eq=False)
class Inputs:
    """One study, read and ready to be checked.

    Args:
        segmentation: on the grid of `volume`, where there is one.
        volume: the image, or None where only the labels are at hand.
        label_map: what the labels mean, and which structures its model can label at all.
        context: what is known of the patient.
        origin: who made the segmentation.
    """

    segmentation: Segmentation
    volume: Volume | None
    label_map: LabelMap
    context: Context
    origin: Origin = Origin()


@dataclass(frozen=True, eq=False)
class Options:
    """What holds for every study of a run.

    Args:
        knowledge: what is checked against.
        progress: told of each stage.
    """

    knowledge: Knowledge
    progress: Progress = silent
