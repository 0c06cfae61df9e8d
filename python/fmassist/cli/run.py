"""`fmassist run`: let a model segment a volume, then check what it made before anybody sees it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fmassist.cli.options import ContextFile, KnowledgeFolder, LabelMapName, Modality, Out, Overwrite
from fmassist.errors import InputError

if TYPE_CHECKING:
    from fmassist.knowledge.label_map import LabelMap
    from fmassist.models.prompts import Prompt
    from fmassist.volume import Volume


def run(
    volume: Annotated[Path, typer.Argument(metavar="VOLUME", help="A volume file, or a folder of DICOM slices.")],
    out: Out,
    model: Annotated[str, typer.Option("--model", help="Which model; see fmassist models.")] = "litemedsam",
    prompts: Annotated[
        str | None,
        typer.Option(
            "--prompts",
            metavar="FILE|auto",
            help="Named boxes: JSON, Slicer ROIs (.mrk.json), or auto (from landmarks).",
        ),
    ] = None,
    prompts_from: Annotated[
        Path | None,
        typer.Option(
            "--prompts-from", metavar="LABELS", help="A segmentation whose structures the model shall refine."
        ),
    ] = None,
    label_map: LabelMapName = "totalsegmentator:total",
    context: ContextFile = None,
    knowledge: KnowledgeFolder = None,
    modality: Modality = None,
    device: Annotated[
        str | None, typer.Option("--device", metavar="cpu|cuda", help="Default: the best there is.")
    ] = None,
    overwrite: Overwrite = False,
) -> int:
    """Segment a volume with a foundation model and check the result against anatomy.

    Every prompt names its structure, so that every segment can be checked. Ends with 0 when nothing asks for a look,
    with 3 when something does.
    """
    from fmassist.cli.folder import require_free, whole_folder
    from fmassist.cli.progress import progress_bar
    from fmassist.cli.study import exit_code, known_context, segment_into, tell
    from fmassist.knowledge.label_map import load_label_map
    from fmassist.knowledge.load import load_knowledge
    from fmassist.volume import read_volume

    if model != "litemedsam":
        raise InputError("fmassist run has no model of that name", "see fmassist models")
    if (prompts is None) == (prompts_from is None):
        raise InputError("the model needs to know what to look for", "give either --prompts or --prompts-from")
    if device not in (None, "cpu", "cuda"):
        raise InputError("--device is neither cpu nor cuda", "leave it out for the best there is")
    require_free(out, overwrite=overwrite)
    known_labels, knowing = load_label_map(label_map), load_knowledge(knowledge)
    with progress_bar() as progress:
        progress("Reading", 0.0)
        image = read_volume(volume, modality=modality)
        known = known_context(context, image, knowing)
        wanted = _prompts(prompts, prompts_from, image, known_labels)
        with whole_folder(out, overwrite=overwrite) as folder:
            result, _ = segment_into(
                folder,
                image,
                wanted,
                structures=known_labels.structures,
                knowledge=knowing,
                context=known,
                progress=progress,
                device=device,
            )
    tell(result, out)
    return exit_code(result)


def _prompts(prompts: str | None, labels: Path | None, volume: Volume, label_map: LabelMap) -> list[Prompt]:
    from fmassist.models.prompts import prompts_from_labels, read_prompts

    if labels is not None:
        from fmassist.volume import labels_on_image, read_segmentation

        return prompts_from_labels(labels_on_image(read_segmentation(labels, names=label_map.names), volume))
    if prompts == "auto":
        from fmassist.models.prompts.auto import prompts_from_image

        return prompts_from_image(volume)
    return read_prompts(Path(str(prompts)))
