"""`fmassist check`: judge a segmentation that is already there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fmassist.cli.options import ContextFile, KnowledgeFolder, LabelMapNames, Modality, Out, Overwrite
from fmassist.errors import InputError

if TYPE_CHECKING:
    from fmassist.application.checked import CheckedStudy
    from fmassist.application.compare import ComparedStudies
    from fmassist.application.types import Inputs, Options


def check(
    out: Out,
    labels: Annotated[
        list[Path] | None,
        typer.Option(
            "--labels",
            metavar="SEG",
            help="Label map, .seg.nrrd or DICOM SEG to check. Several are also compared with each other.",
        ),
    ] = None,
    image: Annotated[
        Path | None, typer.Option("--image", metavar="VOL", help="Its volume: a file or a folder of DICOM slices.")
    ] = None,
    label_map: LabelMapNames = None,
    context: ContextFile = None,
    evidence: Annotated[
        Path | None,
        typer.Option("--evidence", metavar="FILE", help="Check again from a stored evidence.json, without images."),
    ] = None,
    knowledge: KnowledgeFolder = None,
    modality: Modality = None,
    apply: Annotated[
        list[str] | None,
        typer.Option(
            "--apply",
            metavar="ID",
            help="Carry out the repair of this finding (its id in findings.json), or 'all'; may be given several "
            "times. Writes a new, checked segmentation and repairs.json; the given file stays as it is.",
        ),
    ] = None,
    overwrite: Overwrite = False,
) -> int:
    """Check a segmentation against anatomy. No model is loaded.

    Writes findings.json, report.html, segmentation.seg.nrrd, evidence.json and explanation.ttl into --out. Ends with 0
    when nothing asks for a look, with 3 when something does. Several --labels, with one --label-map or one for each,
    are checked into sub-folders A, B, … and compared in comparison.json and comparison.html.
    """
    from fmassist.application.checked import CheckedStudy
    from fmassist.application.folder import require_free, whole_folder
    from fmassist.application.types import Options
    from fmassist.cli.compare import tell_comparison
    from fmassist.cli.progress import progress_bar
    from fmassist.cli.verdict import exit_code, tell
    from fmassist.knowledge.load import load_knowledge
    from fmassist.volume.read import require_modality

    _require_clear(labels, evidence, label_map, apply)
    require_modality(modality)
    require_free(out, overwrite=overwrite)
    knowing = load_knowledge(knowledge)
    with progress_bar() as progress:
        options = Options(knowing, progress)
        study: CheckedStudy | ComparedStudies
        if evidence is not None:
            from fmassist.application.recheck import recheck

            study = recheck(evidence, options, label_map=label_map[0] if label_map else None, context=context)
        else:
            inputs = _read(labels or [], image, label_map or [], options, context, modality)
            study = _carry_out(inputs, apply, options)
        progress("Writing the report", 0.0)
        with whole_folder(out, overwrite=overwrite) as folder:
            study.write_into(folder)
        progress("Writing the report", 1.0)
    if isinstance(study, CheckedStudy):
        tell(study, out)
    else:
        tell_comparison(study)
    return exit_code(study)


def _require_clear(
    labels: list[Path] | None, evidence: Path | None, maps: list[str] | None, apply: list[str] | None
) -> None:
    """Raises `InputError` where the options do not say one thing."""
    if (not labels) == (evidence is None):
        raise InputError("what to check is not clear", "give either --labels or --evidence")
    if maps and len(maps) > 1 and len(maps) != len(labels or []):
        raise InputError("--label-map is given neither once nor once for each --labels", "give one for each, in order")
    if apply and (evidence is not None or len(labels or []) > 1):
        raise InputError("--apply needs the one segmentation that it repairs", "give --labels once")


def _read(
    labels: list[Path],
    image: Path | None,
    names: Sequence[str],
    options: Options,
    context: Path | None,
    modality: str | None,
) -> list[Inputs]:
    from fmassist.application.read import read_image, read_inputs

    volume = read_image(image, modality=modality, labels=labels[0]) if image is not None else None
    one_for_all = names[0] if names else None
    maps = list(names) if len(names) > 1 else [one_for_all] * len(labels)
    return [
        read_inputs(path, volume, options, label_map=name, context=context)
        for path, name in zip(labels, maps, strict=True)
    ]


def _carry_out(inputs: list[Inputs], repairs: list[str] | None, options: Options) -> CheckedStudy | ComparedStudies:
    from fmassist.application.check import check as check_one
    from fmassist.application.compare import compare

    if len(inputs) > 1:
        return compare(inputs, options)
    study = check_one(inputs[0], options)
    if not repairs:
        return study
    from fmassist.application.apply import apply

    return apply(study, repairs, options)
