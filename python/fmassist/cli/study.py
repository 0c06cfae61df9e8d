"""One study from what the user gave to the folder of results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fmassist.cli.progress import Progress
from fmassist.errors import InputError

if TYPE_CHECKING:
    from fmassist.knowledge.label_map import LabelMap
    from fmassist.knowledge.model import Knowledge
    from fmassist.models.interface import Model
    from fmassist.models.prompts import Prompt
    from fmassist.reasoning.context import Context
    from fmassist.reasoning.findings import CheckResult
    from fmassist.reasoning.hybrid import Withheld
    from fmassist.volume import Segmentation, Volume


def known_context(path: Path | None, volume: Volume | None, knowledge: Knowledge) -> Context:
    """The context file, and what DICOM says where the file is silent."""
    from fmassist.reasoning.context import Context, make_context, read_context

    given = read_context(path, knowledge) if path is not None else Context()
    if volume is None:
        return given
    entries = {"age": "age_years", "sex": "sex", "body_part": "body_part", "laterality": "laterality"}
    said = {name: volume.context[key] for name, key in entries.items() if key in volume.context}
    try:
        header = make_context(said, knowledge)
    except InputError:
        return given  # a header's odd entry is no fault of the user's
    return replace(
        given,
        age_years=header.age_years if given.age_years is None else given.age_years,
        sex=given.sex or header.sex,
        body_part=given.body_part or header.body_part,
        laterality=given.laterality or header.laterality,
    )


def check_into(
    folder: Path,
    segmentation: Segmentation,
    volume: Volume | None,
    *,
    label_map: LabelMap,
    knowledge: Knowledge,
    context: Context,
    progress: Progress,
    model: str | None = None,
    confidence: Mapping[str, float] | None = None,
    unsure: Mapping[str, float] | None = None,
    provenance: Mapping[str, str] | None = None,
    withheld: Sequence[Withheld] = (),
) -> CheckResult:
    """Checks a study and writes everything about it into `folder`."""
    from fmassist.reasoning.study import check_study
    from fmassist.report.study_folder import write_study

    result, evidence, meanings = check_study(
        segmentation,
        volume,
        label_map=label_map,
        knowledge=knowledge,
        context=context,
        confidence=confidence,
        unsure=unsure,
        progress=progress,
    )
    if withheld:
        from fmassist.reasoning.hybrid import with_withheld

        result = with_withheld(result, withheld)
    progress("Writing the report", 0.0)
    write_study(
        folder,
        result,
        evidence,
        segmentation,
        volume,
        meanings=meanings,
        knowledge=knowledge,
        context=context,
        label_map=label_map.id,
        model=model,
        provenance=provenance,
    )
    progress("Writing the report", 1.0)
    return result


def exit_code(result: CheckResult) -> int:
    """0 where nothing asks for a look, 3 where something does."""
    return 0 if result.verdict == "plausible" else 3


def tell(result: CheckResult, out: Path) -> None:
    """The verdict in a few lines on stdout."""
    from rich.console import Console

    from fmassist.cli.progress import wants_json

    if wants_json():
        return  # stdout carries progress for another program
    console = Console(highlight=False, soft_wrap=True)
    colour = {"plausible": "green", "review": "yellow", "implausible": "red"}[result.verdict]
    open_findings = [finding for finding in result.findings if finding.severity != "info"]
    flagged = sum(segment.status == "flagged" for segment in result.segments)
    console.print(
        f"[bold {colour}]{result.verdict}[/] · {len(result.segments)} structures, {flagged} flagged, "
        f"{len(open_findings)} findings, {result.rule_counts['run']} rules run"
    )
    for cause in result.causes[:3]:
        console.print(f"likely cause: {cause.label} ({cause.probability:.0%})", markup=False)
    for finding in open_findings[:12]:
        console.print(f"  {finding.severity:6} {finding.message}", markup=False)
    if len(open_findings) > 12:
        console.print(f"  and {len(open_findings) - 12} more")
    console.print(f"report: {out / 'report.html'}", markup=False)


def segment_into(
    folder: Path,
    volume: Volume,
    prompts: list[Prompt],
    *,
    structures: Mapping[str, str] | None = None,
    model: Model | None = None,
    label_map: LabelMap | None = None,
    knowledge: Knowledge,
    context: Context,
    progress: Progress,
    device: str | None = None,
    loop: bool = False,
) -> tuple[CheckResult, int]:
    """Lets a model segment `volume`, checks what it made, and writes both into `folder`.

    Args:
        folder: exists and is empty.
        volume: the image.
        prompts: what the model is asked for.
        structures: meanings of the prompts' names (see `LabelMap.structures`), where no label map is given.
        model: None for the embedded one.
        label_map: what the model's labels mean.
        knowledge: what to check against.
        context: what is known of the patient.
        progress: told of each stage.
        device: where the model runs; None for the best there is.
        loop: whether what fails the check is asked for anew, and what still does is withheld.

    Returns:
        The verdict, and how many structures the model found.
    """
    from fmassist.cli.model_labels import require_same_labels
    from fmassist.knowledge.label_map import LabelMap
    from fmassist.models.ask import ask
    from fmassist.models.registry import find_model

    chosen = model or find_model("litemedsam")
    card = chosen.describe()
    meaning = label_map or LabelMap(card.id, {}, dict(structures or {}))
    withheld: tuple[Withheld, ...] = ()
    if loop:
        from fmassist.reasoning.hybrid import reconcile

        reconciled = reconcile(
            volume,
            prompts,
            lambda asked: ask(chosen, volume, asked, progress=progress, device=device),
            label_map=meaning,
            knowledge=knowledge,
            context=context,
            progress=progress,
        )
        made, withheld = reconciled.made, reconciled.withheld
    else:
        made = ask(chosen, volume, prompts, progress=progress, device=device)
    require_same_labels(made.segmentation, meaning, card.title)
    result = check_into(
        folder,
        made.segmentation,
        volume,
        label_map=meaning,
        knowledge=knowledge,
        context=context,
        progress=progress,
        model=f"{card.title} ({made.provenance.get('package') or made.provenance.get('version') or card.version})",
        provenance=made.provenance,
        confidence=made.confidence,
        unsure=made.unsure,
        withheld=withheld,
    )
    empty = {finding for finding in result.findings if finding.id == "label-empty"}
    return result, len(made.segmentation.segments) - sum(len(finding.segments) for finding in empty)
