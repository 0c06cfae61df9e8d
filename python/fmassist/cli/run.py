"""`fmassist run`: let a model segment a volume, then check what it made before anybody sees it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fmassist.cli.options import ContextFile, KnowledgeFolder, LabelMapOfModel, Modality, Out, Overwrite
from fmassist.errors import InputError

if TYPE_CHECKING:
    from fmassist.knowledge.label_map import LabelMap
    from fmassist.models.card import Card
    from fmassist.models.interface import Model
    from fmassist.models.prompts import Prompt
    from fmassist.volume import Volume


def run(
    volume: Annotated[Path, typer.Argument(metavar="VOLUME", help="A volume file, or a folder of DICOM slices.")],
    out: Out,
    model: Annotated[
        str, typer.Option("--model", metavar="NAME|PATH", help="Which model; see fmassist models.")
    ] = "litemedsam",
    prompts: Annotated[
        str | None,
        typer.Option(
            "--prompts",
            metavar="FILE|auto",
            help="Named boxes: JSON, Slicer ROIs (.mrk.json), or auto (found in a CT).",
        ),
    ] = None,
    prompts_from: Annotated[
        Path | None,
        typer.Option(
            "--prompts-from", metavar="LABELS", help="A segmentation whose structures the model shall refine."
        ),
    ] = None,
    structures: Annotated[
        list[str] | None,
        typer.Option("--structure", metavar="NAME", help="Of a model that knows names: only this; may be repeated."),
    ] = None,
    label_map: LabelMapOfModel = None,
    context: ContextFile = None,
    knowledge: KnowledgeFolder = None,
    modality: Modality = None,
    device: Annotated[
        str | None, typer.Option("--device", metavar="cpu|cuda", help="Default: the best there is.")
    ] = None,
    overwrite: Overwrite = False,
) -> int:
    """Segment a volume with a foundation model and check the result against anatomy.

    Models that take prompts are asked for named structures, so that every segment can be checked. Ends with 0 when
    nothing asks for a look, with 3 when something does.
    """
    from fmassist.cli.folder import require_free, whole_folder
    from fmassist.cli.model_labels import label_map_of
    from fmassist.cli.progress import progress_bar
    from fmassist.cli.study import exit_code, known_context, segment_into, tell
    from fmassist.knowledge.load import load_knowledge
    from fmassist.models.prompts import Prompt
    from fmassist.models.registry import find_model
    from fmassist.volume import read_volume

    if device not in (None, "cpu", "cuda"):
        raise InputError("--device is neither cpu nor cuda", "leave it out for the best there is")
    chosen = find_model(model)
    card = chosen.describe()
    _require_asked(card, prompts, prompts_from, structures)
    if (reason := chosen.available()) is not None:
        raise InputError(f"{card.title} can't run here", reason)
    require_free(out, overwrite=overwrite)
    _ask_for_consent(chosen)
    knowing = load_knowledge(knowledge)
    known_labels = label_map_of(card, getattr(chosen, "place", None), label_map, knowing)
    if card.backend == "labels":
        chosen = _named(chosen, known_labels)
    with progress_bar() as progress:
        progress("Reading", 0.0)
        image = read_volume(volume, modality=modality)
        _require_modality(card, image)
        known = known_context(context, image, knowing)
        wanted = [Prompt(name, by_name=True) for name in structures or ()]
        wanted += _prompts(prompts, prompts_from, image, known_labels)
        _tell_needs(chosen, image)
        with whole_folder(out, overwrite=overwrite) as folder:
            result, _ = segment_into(
                folder,
                image,
                wanted,
                model=chosen,
                label_map=known_labels,
                knowledge=knowing,
                context=known,
                progress=progress,
                device=device,
                loop=prompts == "auto",
            )
    tell(result, out)
    return exit_code(result)


def _require_asked(card: Card, prompts: str | None, labels: Path | None, names: list[str] | None) -> None:
    """Raises `InputError` where a model is asked in a way that it does not take, or not asked though it must be."""
    if prompts is not None and labels is not None:
        raise InputError("both --prompts and --prompts-from are given", "give one of them")
    asked = prompts is not None or labels is not None or bool(names)
    kinds = [kind for kind in card.prompts if kind != "none"]
    if asked and not kinds:
        raise InputError(f"{card.title} takes no prompts", "leave --prompts, --prompts-from and --structure out")
    if not asked and card.takes_prompts:
        raise InputError("the model needs to know what to look for", "give either --prompts or --prompts-from")
    if names and "name" not in kinds:
        raise InputError(f"{card.title} can't be asked by name", f"it takes: {', '.join(kinds)}")


def _ask_for_consent(model: Model) -> None:
    """Asks somebody who is there; where nobody is, the back end refuses and says how to agree."""
    import sys

    from fmassist.cli.models import wants_yes
    from fmassist.cli.progress import wants_json

    if wants_json() or not sys.stdin.isatty():
        return
    wanted = wants_yes(model)
    if wanted is None:
        return
    said, keep = wanted
    typer.echo(f"{said[0].upper()}{said[1:]}.")
    if not typer.confirm("Go on, and remember this?"):
        raise InputError("not agreed to, and nothing was done")
    keep()


def _require_modality(card: Card, volume: Volume) -> None:
    said = volume.modality
    if said in (None, "", "unknown") or "any" in card.modality or said in card.modality:
        return
    raise InputError(
        f"{card.title} was made for {' and '.join(card.modality)}, and this is {said}",
        "take another model, or say --modality where the file is wrong",
    )


def _tell_needs(model: Model, volume: Volume) -> None:
    """What it will take, before it starts; on stdout, where a program reads progress instead."""
    from fmassist.cli.progress import wants_json
    from fmassist.models.process import memory_of_machine

    if wants_json():
        return
    needs = model.needs(volume)
    typer.echo(f"{model.describe().title} on {needs.device}: about {needs}")
    there = memory_of_machine()
    if there is not None and needs.memory_bytes > there:
        typer.echo(f"that is more than this machine's {there / 1e9:.1f} GB: crop the volume, or expect it to be slow")


def _named(model: Model, label_map: LabelMap) -> Model:
    """Labels already there, which bear the names of the label map."""
    from dataclasses import replace

    from fmassist.models.backends import make
    from fmassist.models.card import Label

    labels = tuple(Label(value, name) for value, name in sorted(label_map.names.items()))
    return make(replace(model.describe(), labels=labels), getattr(model, "place", None))


def _prompts(prompts: str | None, labels: Path | None, volume: Volume, label_map: LabelMap) -> list[Prompt]:
    from fmassist.models.prompts import prompts_from_labels, read_prompts

    if prompts is None and labels is None:
        return []
    if labels is not None:
        from fmassist.volume import labels_on_image, read_segmentation

        return prompts_from_labels(labels_on_image(read_segmentation(labels, names=label_map.names), volume))
    if prompts == "auto":
        from fmassist.models.prompts.auto import prompts_from_image

        return prompts_from_image(volume)
    return read_prompts(Path(str(prompts)))
