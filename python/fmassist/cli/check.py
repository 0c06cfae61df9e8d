"""`fmassist check`: judge a segmentation that is already there."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from fmassist.cli.options import ContextFile, KnowledgeFolder, LabelMapNames, Modality, Out, Overwrite
from fmassist.errors import InputError

if TYPE_CHECKING:
    from fmassist.knowledge.model import Knowledge
    from fmassist.volume import Segmentation


DEFAULT = "totalsegmentator:total"


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
    from fmassist.cli.apply import apply_into
    from fmassist.cli.folder import require_free, whole_folder
    from fmassist.cli.progress import progress_bar
    from fmassist.cli.study import check_into, exit_code, known_context, tell
    from fmassist.knowledge.label_map import load_label_map
    from fmassist.knowledge.load import load_knowledge

    if (not labels) == (evidence is None):
        raise InputError("what to check is not clear", "give either --labels or --evidence")
    require_free(out, overwrite=overwrite)
    knowing = load_knowledge(knowledge)
    names = label_map or []
    if len(names) > 1 and len(names) != len(labels or []):
        raise InputError("--label-map is given neither once nor once for each --labels", "give one for each, in order")
    if apply and (evidence is not None or len(labels or []) > 1):
        raise InputError("--apply needs the one segmentation that it repairs", "give --labels once")
    if evidence is not None:
        return _again(evidence, out, overwrite, names[0] if names else None, knowing, context)
    known_labels = load_label_map(names[0] if names else DEFAULT)
    from fmassist.volume import labels_on_image, read_segmentation, read_volume

    assert labels
    with progress_bar() as progress:
        progress("Reading", 0.0)
        volume = read_volume(image, modality=modality) if image is not None else None
        progress("Reading", 0.5)
        if len(labels) > 1:
            from fmassist.cli.compare import compare_into

            known = known_context(context, volume, knowing)
            with whole_folder(out, overwrite=overwrite) as folder:
                return compare_into(
                    folder,
                    labels,
                    volume,
                    label_maps=names or [DEFAULT],
                    knowledge=knowing,
                    context=known,
                    progress=progress,
                )
        segmentation = read_segmentation(labels[0], names=known_labels.names)
        if volume is not None:
            segmentation = labels_on_image(segmentation, volume)
        progress("Reading", 1.0)
        known = known_context(context, volume, knowing)
        with whole_folder(out, overwrite=overwrite) as folder:
            carry_out = partial(apply_into, wanted=apply) if apply else check_into
            result = carry_out(
                folder,
                segmentation,
                volume,
                label_map=known_labels,
                knowledge=knowing,
                context=known,
                progress=progress,
            )
    tell(result, out)
    return exit_code(result)


def _again(
    path: Path,
    out: Path,
    overwrite: bool,
    label_map: str | None,
    knowledge: Knowledge,
    context: Path | None,
) -> int:
    """The check once more, from what was measured then.

    What was known then, and what the labels meant, stand in the findings beside the evidence; options go before them.
    """
    from fmassist.cli.folder import whole_folder
    from fmassist.cli.study import exit_code, tell
    from fmassist.evidence.store import read_evidence
    from fmassist.knowledge.label_map import load_label_map
    from fmassist.knowledge.meaning import meanings_for
    from fmassist.reasoning.check import check as judge
    from fmassist.reasoning.context import make_context, read_context
    from fmassist.reasoning.study import vocabulary_of
    from fmassist.report.schema import read_findings
    from fmassist.report.study_folder import write_study

    evidence = read_evidence(path)
    beside = path.parent / "findings.json"
    then: dict[str, Any] = {"context": {}, "label_map": None, "versions": {"model": None}}
    if beside.is_file():
        then = read_findings(beside)
    labels = load_label_map(label_map or then["label_map"] or DEFAULT)
    known = make_context(then["context"], knowledge) if context is None else read_context(context, knowledge)
    # Only the segments' names and labels are asked for, and the evidence has both.
    meanings = meanings_for(cast("Segmentation", evidence), labels, knowledge)
    result = judge(evidence, knowledge, meanings, known, vocabulary=vocabulary_of(labels))
    with whole_folder(out, overwrite=overwrite) as folder:
        write_study(
            folder,
            result,
            evidence,
            None,
            None,
            meanings=meanings,
            knowledge=knowledge,
            context=known,
            label_map=labels.id,
            model=then["versions"]["model"],
        )
    tell(result, out)
    return exit_code(result)
