"""`fmassist run`: let a model segment a volume, then check what it made before anybody sees it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fmassist.cli.options import ContextFile, KnowledgeFolder, LabelMapOfModel, Modality, Out, Overwrite
from fmassist.errors import InputError

if TYPE_CHECKING:
    from fmassist.models.interface import Model
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
    from fmassist.application.folder import require_free, whole_folder
    from fmassist.application.read import read_image
    from fmassist.application.segment import require_ready
    from fmassist.application.segment_request import OfLabels, Request, model_for, segment_as_asked
    from fmassist.application.types import Options
    from fmassist.cli.progress import progress_bar
    from fmassist.cli.verdict import exit_code, tell
    from fmassist.knowledge.load import load_knowledge

    if prompts is not None and prompts_from is not None:
        raise InputError("both --prompts and --prompts-from are given", "give one of them")
    drawn = OfLabels(prompts_from) if prompts_from is not None else prompts
    request = Request(model, drawn, tuple(structures or ()), label_map, context, device)
    options = Options(load_knowledge(knowledge))
    chosen, _ = model_for(request, options)
    require_ready(chosen)
    require_free(out, overwrite=overwrite)
    _ask_for_consent(chosen)
    with progress_bar() as progress:
        progress("Reading", 0.0)
        image = read_image(volume, modality=modality)
        require_ready(chosen, image)
        _tell_needs(chosen, image)
        study = segment_as_asked(image, request, Options(options.knowledge, progress))
        progress("Writing the report", 0.0)
        with whole_folder(out, overwrite=overwrite) as folder:
            study.write_into(folder)
        progress("Writing the report", 1.0)
    tell(study, out)
    return exit_code(study)


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
