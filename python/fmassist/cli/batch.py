"""`fmassist batch`: many studies, each in a process of its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from fmassist.cli.options import ContextFile, KnowledgeFolder, LabelMapName, Modality


def batch(
    studies: Annotated[
        Path,
        typer.Argument(
            metavar="STUDIES",
            help="A .csv or .json list with the columns labels, image, context, id; or a folder with one sub-folder a "
            "study.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder for the results, one sub-folder a study.")],
    label_map: LabelMapName = "totalsegmentator:total",
    context: ContextFile = None,
    knowledge: KnowledgeFolder = None,
    modality: Modality = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, max=256, help="Studies at the same time.")] = max(
        1, (os.cpu_count() or 2) // 2
    ),
    timeout: Annotated[float, typer.Option("--timeout", min=1, help="Seconds that one study may take.")] = 1800,
    again: Annotated[
        bool, typer.Option("--again", help="Check finished studies anew instead of skipping them.")
    ] = False,
) -> int:
    """Check many studies. A study that fails is noted and never stops the others.

    Studies that are finished in --out are skipped, so that an interrupted batch goes on where it stopped. Writes
    summary.csv and summary.json. Ends with 0 when no study asks for a look, with 3 when one does, with 2 when one
    could not be checked.
    """
    from fmassist.batch.run import run_batch
    from fmassist.batch.studies import find_studies
    from fmassist.cli.progress import progress_bar

    found = find_studies(studies)
    options = ["--label-map", label_map]
    for name, value in (("--knowledge", knowledge), ("--modality", modality)):
        options += [name, str(value)] if value is not None else []
    with progress_bar() as progress:
        rows = run_batch(
            found,
            out,
            options=options,
            default_context=context,
            jobs=jobs,
            timeout_s=timeout,
            again=again,
            progress=progress,
        )
    counts = {name: sum(row.outcome == name for row in rows) for name in dict.fromkeys(row.outcome for row in rows)}
    typer.echo(f"{len(rows)} studies: " + ", ".join(f"{count} {name}" for name, count in sorted(counts.items())))
    typer.echo(f"summary: {out / 'summary.csv'}")
    if any(row.outcome == "failed" for row in rows):
        return 2
    return 0 if all(row.outcome == "plausible" for row in rows) else 3
