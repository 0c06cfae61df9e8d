"""`fmassist rules diff` and `fmassist rules impact`."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from fmassist.cli.rules_check import AsJson, OutFile
from fmassist.errors import InputError

Old = Annotated[Path, typer.Argument(metavar="OLD", help="A Resources folder, or a folder of one's own files.")]
New = Annotated[Path, typer.Argument(metavar="NEW", help="The same, after the change.")]


def diff(
    old: Old,
    new: New,
    form: Annotated[str, typer.Option("--format", metavar="text|md|html", help="How to write it.")] = "text",
    as_json: AsJson = False,
    out: OutFile = None,
) -> int:
    """What changed between two versions: classes, axioms, rules, patterns, ranges, variants and causes."""
    from fmassist.knowledge.workshop.diff import as_html, as_markdown, as_text, compare_sources
    from fmassist.knowledge.workshop.sources import read_sources

    writers = {"text": (as_text, "txt"), "md": (as_markdown, "md"), "html": (as_html, "html")}
    if form not in writers:
        raise InputError("--format is none of text, md and html")
    sources = [read_sources(f) if (f / "ontology").is_dir() else read_sources(own=f) for f in (old, new)]
    changes = compare_sources(*sources)
    write, ending = writers[form]
    text = write(changes)
    print(json.dumps([asdict(change) for change in changes], indent=1) if as_json else text)  # noqa: T201
    if out is not None:
        from fmassist.application.folder import whole_folder

        with whole_folder(out, overwrite=True) as folder:
            (folder / f"rules_diff.{ending}").write_text(text, encoding="utf-8")
    return 0


def impact(
    old: Old,
    new: New,
    studies: Annotated[Path, typer.Option("--studies", metavar="DIR", help="Folder with stored evidence.json files.")],
    as_json: AsJson = False,
    out: OutFile = None,
) -> int:
    """What a change does to stored studies, without their images: findings added, gone, or of another severity."""
    from fmassist.cli.progress import progress_bar
    from fmassist.cli.tables import emit
    from fmassist.reasoning.workshop.impact import find_evidence
    from fmassist.reasoning.workshop.impact import impact as measure

    paths = find_evidence(studies)
    with progress_bar() as progress:
        found = measure(
            old,
            new,
            paths,
            processes=min(os.cpu_count() or 1, max(1, len(paths) // 20)),
            progress=lambda done, of: progress("Judging", done / of),
        )
    document = found.as_dict()
    lines = [(t["kind"], t["rule"], f"{t['count']} findings") for t in document["totals"]]
    lines += [("WARN", "", text) for text in found.unreadable]
    ending = f"{document['studies_changed']} of {found.studies} studies change from {found.old} to {found.new}"
    text = json.dumps(document, indent=1)
    emit(lines, ending, text if as_json else None)
    if out is not None:
        from fmassist.application.folder import whole_folder

        with whole_folder(out, overwrite=True) as folder:
            (folder / "rules_impact.json").write_text(text + "\n", encoding="utf-8")
    return 0
