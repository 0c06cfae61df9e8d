"""`fmassist report`: the page once more, from findings that were stored."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fmassist.cli.options import LabelMapName, Modality, Out, Overwrite


def report(
    findings: Annotated[Path, typer.Argument(metavar="FINDINGS", help="A findings.json, or the folder it lies in.")],
    out: Out,
    image: Annotated[Path | None, typer.Option("--image", metavar="VOL", help="The volume, for pictures.")] = None,
    labels: Annotated[
        Path | None,
        typer.Option("--labels", metavar="SEG", help="The segmentation; by default the one beside FINDINGS."),
    ] = None,
    label_map: LabelMapName = "totalsegmentator:total",
    modality: Modality = None,
    overwrite: Overwrite = False,
) -> int:
    """Make report.html again from a stored findings.json; with pictures where image or labels are at hand."""
    from fmassist.application.folder import require_free, whole_folder
    from fmassist.knowledge.label_map import load_label_map
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
        segmentation = read_segmentation(labels, names=load_label_map(label_map).names)
        if volume is not None:
            segmentation = labels_on_image(segmentation, volume)
        pictures = pictures_for(document, segmentation, volume)
    with whole_folder(out, overwrite=overwrite) as folder:
        (folder / "findings.json").write_text(dumps(document), encoding="utf-8")
        (folder / "report.html").write_text(render(document, pictures), encoding="utf-8")
    typer.echo(f"report: {out / 'report.html'}")
    return 0
