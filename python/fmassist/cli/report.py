"""`fmassist report`: the page once more, from findings that were stored."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from fmassist.cli.options import LabelMapName, Modality, Overwrite
from fmassist.errors import InputError


def report(
    findings: Annotated[
        Path,
        typer.Argument(metavar="FINDINGS|BATCH", help="A findings.json, the folder it lies in, or a batch's folder."),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for the results; a batch's own folder gets index.html."),
    ] = None,
    image: Annotated[Path | None, typer.Option("--image", metavar="VOL", help="The volume, for pictures.")] = None,
    labels: Annotated[
        Path | None,
        typer.Option("--labels", metavar="SEG", help="The segmentation; by default the one beside FINDINGS."),
    ] = None,
    label_map: LabelMapName = "auto",
    modality: Modality = None,
    overwrite: Overwrite = False,
) -> int:
    """Make report.html again from a stored findings.json, or the worklist of a whole batch.

    The report has pictures where image or labels are at hand. The worklist, index.html in the batch's folder, is one
    page that works from a file.
    """
    from fmassist.batch.worklist import is_batch, write_worklist

    if is_batch(findings):
        typer.echo(f"worklist: {write_worklist(findings.absolute())}")
        return 0
    if out is None:
        raise InputError("there is no place for the report", "give --out DIR")
    from fmassist.application.folder import require_free, whole_folder
    from fmassist.report.findings_json import dumps
    from fmassist.report.html import render
    from fmassist.report.pictures import pictures_for
    from fmassist.report.schema import read_findings
    from fmassist.volume import labels_on_image, read_segmentation, read_volume

    require_free(out, overwrite=overwrite)
    if findings.is_dir():
        findings = findings / "findings.json"
    document = read_findings(findings)
    beside = findings.parent / "segmentation.seg.nrrd"
    if labels is None and beside.is_file():
        labels = beside
    volume = read_volume(image, modality=modality) if image is not None else None
    pictures = {}
    if labels is not None:
        segmentation = read_segmentation(labels, names=_names(label_map, document))
        if volume is not None:
            segmentation = labels_on_image(segmentation, volume)
        pictures = pictures_for(document, segmentation, volume)
    with whole_folder(out, overwrite=overwrite) as folder:
        (folder / "findings.json").write_text(dumps(document), encoding="utf-8")
        (folder / "report.html").write_text(render(document, pictures), encoding="utf-8")
    typer.echo(f"report: {out / 'report.html'}")
    return 0


def _names(given: str, document: dict[str, Any]) -> dict[int, str]:
    """Names by label: of the given label map, else of the one that the findings say, else what the file says."""
    from fmassist.knowledge.label_map import SHIPPED, load_label_map

    wanted = given if given != "auto" else document["label_map"]
    return dict(load_label_map(wanted).names) if given != "auto" or wanted in SHIPPED else {}
