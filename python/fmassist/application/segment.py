"""Let a model segment a volume, and check what it made before anybody sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fmassist.application.check import check
from fmassist.application.checked import CheckedStudy
from fmassist.application.types import Inputs, Options, Origin
from fmassist.errors import InputError

if TYPE_CHECKING:
    from fmassist.knowledge.label_map import LabelMap
    from fmassist.models.card import Card
    from fmassist.models.interface import Model
    from fmassist.models.prompts import Prompt
    from fmassist.reasoning.context import Context
    from fmassist.volume import Volume


def segment(
    model: Model,
    volume: Volume,
    prompts: Sequence[Prompt],
    label_map: LabelMap,
    context: Context,
    options: Options,
    *,
    device: str | None = None,
    ask_anew: bool = False,
) -> CheckedStudy:
    """Segment and check.

    Args:
        model: which may run (see `require_ready`).
        volume: the image.
        prompts: what the model is asked for; empty for one that takes none.
        label_map: what the model's labels mean (see `fmassist.application.model_labels`).
        context: what is known of the patient.
        options: what is checked against.
        device: `"cpu"`, `"cuda"`, or None for the best there is.
        ask_anew: whether what fails the check is asked for anew, and what still does is withheld.

    Raises:
        InputError: the model cannot run here, or gave nothing usable.
    """
    from fmassist.application.ask import Withheld, reconcile
    from fmassist.application.model_labels import require_same_labels
    from fmassist.models.ask import ask

    card = model.describe()
    withheld: tuple[Withheld, ...] = ()
    if ask_anew:
        reconciled = reconcile(
            volume,
            prompts,
            lambda asked: ask(model, volume, asked, progress=options.progress, device=device),
            label_map=label_map,
            knowledge=options.knowledge,
            context=context,
            progress=options.progress,
        )
        made, withheld = reconciled.made, reconciled.withheld
    else:
        made = ask(model, volume, prompts, progress=options.progress, device=device)
    require_same_labels(made.segmentation, label_map, card.title)
    version = made.provenance.get("package") or made.provenance.get("version") or card.version
    origin = Origin(f"{card.title} ({version})", made.provenance, made.confidence, made.unsure, withheld)
    return check(Inputs(made.segmentation, volume, label_map, context, origin), options)


def require_ready(model: Model, volume: Volume | None = None) -> None:
    """Check that a model can run here, on this kind of image.

    Raises:
        InputError: it cannot; the line says why, and what to do.
    """
    card = model.describe()
    if (reason := model.available()) is not None:
        raise InputError(f"{card.title} can't run here", reason)
    if volume is not None:
        require_modality(card, volume)


def require_modality(card: Card, volume: Volume) -> None:
    """Check that a model was made for this kind of image.

    Raises:
        InputError: it was not.
    """
    said = volume.modality
    if said in (None, "", "unknown") or "any" in card.modality or said in card.modality:
        return
    raise InputError(
        f"{card.title} was made for {' and '.join(card.modality)}, and this is {said}",
        "take another model, or say --modality where the file is wrong",
    )


def require_asked(card: Card, *, drawn: bool, named: bool) -> None:
    """Check that a model is asked in a way that it takes, and is asked where it must be.

    Args:
        card: of the model.
        drawn: whether it is asked by boxes, points or scribbles.
        named: whether it is asked by the name of a structure.

    Raises:
        InputError: it is not.
    """
    kinds = [kind for kind in card.prompts if kind != "none"]
    if (drawn or named) and not kinds:
        raise InputError(f"{card.title} takes no prompts", "leave --prompts, --prompts-from and --structure out")
    if not (drawn or named) and card.takes_prompts:
        raise InputError("the model needs to know what to look for", "give either --prompts or --prompts-from")
    if named and "name" not in kinds:
        raise InputError(f"{card.title} can't be asked by name", f"it takes: {', '.join(kinds)}")


def with_names_of(model: Model, label_map: LabelMap) -> Model:
    """A model whose output are labels that are already there: they bear the names of the label map."""
    from dataclasses import replace

    from fmassist.models.backends import make
    from fmassist.models.card import Label

    labels = tuple(Label(value, name) for value, name in sorted(label_map.names.items()))
    return make(replace(model.describe(), labels=labels), getattr(model, "place", None))


def found_structures(study: CheckedStudy) -> int:
    """How many structures the model found: those that are not empty."""
    return sum(bool(facts.voxel_count) for facts in study.evidence.segments)
