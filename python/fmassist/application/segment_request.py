"""A segmentation as it is asked for: which model, by what it is asked, and what its labels mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fmassist.application.checked import CheckedStudy
from fmassist.application.context import known_context
from fmassist.application.segment import require_asked, require_ready, segment, with_names_of
from fmassist.application.types import Options
from fmassist.errors import InputError

if TYPE_CHECKING:
    from fmassist.knowledge.label_map import LabelMap
    from fmassist.models.interface import Model
    from fmassist.models.prompts import Prompt
    from fmassist.volume import Volume

AUTO = "auto"


@dataclass(frozen=True)
class OfLabels:
    """Prompts are taken from the structures of a segmentation that is there, which the model shall refine."""

    path: Path


@dataclass(frozen=True, eq=False)
class Request:
    """What a model is asked for.

    Args:
        model: its name or path.
        drawn: boxes by structure, prompts, a file of prompts, a segmentation to refine, `"auto"`, or None.
        structures: names, for a model that is asked by name.
        label_map: what its labels mean; None for what its card says.
        context: what is known of the patient.
        device: `"cpu"`, `"cuda"`, or None for the best there is.
    """

    model: str
    drawn: Mapping[str, Any] | Sequence[Prompt] | OfLabels | Path | str | None = None
    structures: tuple[str, ...] = ()
    label_map: str | None = None
    context: Any = None
    device: str | None = None


def segment_as_asked(volume: Volume, request: Request, options: Options) -> CheckedStudy:
    """Segment a volume as requested, and check the result.

    Raises:
        InputError: the model cannot run here, or is not asked as it must be.
    """
    model, label_map = model_for(request, options)
    require_ready(model, volume)
    wanted = prompts_for(request, volume, label_map)
    context = known_context(request.context, volume, options.knowledge)
    auto = request.drawn == AUTO
    return segment(model, volume, wanted, label_map, context, options, device=request.device, ask_anew=auto)


def model_for(request: Request, options: Options) -> tuple[Model, LabelMap]:
    """The model that is asked, and what its labels mean; nothing of it is loaded.

    Raises:
        InputError: there is none of that name, or it is not asked as it must be.
    """
    from fmassist.application.model_labels import label_map_of
    from fmassist.models.registry import find_model

    if request.device not in (None, "cpu", "cuda"):
        raise InputError("the device is neither cpu nor cuda", "leave it out for the best there is")
    model = find_model(request.model)
    card = model.describe()
    require_asked(card, drawn=request.drawn is not None, named=bool(request.structures))
    label_map = label_map_of(card, getattr(model, "place", None), request.label_map, options.knowledge)
    return (with_names_of(model, label_map) if card.backend == "labels" else model), label_map


def prompts_for(request: Request, volume: Volume, label_map: LabelMap) -> list[Prompt]:
    """The prompts of a request.

    Raises:
        InputError: a file holds none, or a box is none.
    """
    from fmassist.models.prompts import Prompt, prompts_from_labels, read_prompts

    named = [Prompt(name, by_name=True) for name in request.structures]
    drawn = request.drawn
    if drawn is None:
        return named
    if drawn == AUTO:
        from fmassist.models.prompts.auto import prompts_from_image

        return [*named, *prompts_from_image(volume)]
    if isinstance(drawn, OfLabels):
        from fmassist.application.read import read_labels
        from fmassist.volume import labels_on_image

        return [*named, *prompts_from_labels(labels_on_image(read_labels(drawn.path, label_map), volume))]
    if isinstance(drawn, str | Path):
        return [*named, *read_prompts(Path(drawn))]
    if isinstance(drawn, Mapping):
        return [*named, *_from_boxes(drawn)]
    return [*named, *drawn]


def _from_boxes(boxes: Mapping[str, Any]) -> list[Prompt]:
    """Prompts of boxes by structure: one (low, high) each, or several."""
    import numpy as np

    from fmassist.models.prompts import prompts_from_boxes

    entries = []
    for name, given in boxes.items():
        try:
            corners = np.asarray(given, dtype=np.float64)
        except (TypeError, ValueError):
            corners = np.empty(0)
        if corners.shape[-2:] != (2, 3) or corners.ndim not in (2, 3):
            raise InputError("a box is no pair of corners", "give ((R, A, S), (R, A, S)), lowest corner first, in mm")
        entries.append({"name": name, "boxes_ras_mm": corners.reshape(-1, 2, 3).tolist()})
    return prompts_from_boxes(entries)
