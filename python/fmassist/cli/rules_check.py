"""`fmassist rules check`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from fmassist.cli.options import KnowledgeFolder

AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable, on stdout.")]
OutFile = Annotated[Path | None, typer.Option("--out", help="Folder to write the result into as well.")]
OutBoth = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Folder to write the result into as well, as JSON and as text."),
]


def write_both(out: Path | None, name: str, document: object, text: str) -> None:
    """`NAME.json` and `NAME.txt` in the folder that `--out` names, whole or not at all; nothing where it names none."""
    if out is None:
        return
    from fmassist.application.folder import whole_folder

    with whole_folder(out, overwrite=True) as folder:
        told = json.dumps(document, indent=1, ensure_ascii=False)
        (folder / f"{name}.json").write_text(told + "\n", encoding="utf-8")
        (folder / f"{name}.txt").write_text(text + "\n", encoding="utf-8")


def check(
    knowledge: KnowledgeFolder = None,
    root: Annotated[
        Path | None, typer.Option("--root", metavar="DIR", help="Another Resources folder in place of the shipped one.")
    ] = None,
    reason: Annotated[bool, typer.Option("--reason", help="Ask HermiT too; needs Java and owlready2.")] = False,
    as_json: AsJson = False,
    out: OutFile = None,
) -> int:
    """Check the knowledge: syntax, forms, references, contradictions, sources and tests.

    Each problem has a level, a check, a file and a line. Ends with 2 where there is an ERROR, else with 0.
    """
    from fmassist.cli.tables import emit
    from fmassist.knowledge.workshop.check import check_sources
    from fmassist.knowledge.workshop.sources import read_sources

    sources = read_sources(root, own=knowledge)
    problems = check_sources(sources, reason=reason)
    counts = {level: sum(p.level == level for p in problems) for level in ("ERROR", "WARN", "INFO")}
    document = {"counts": counts, "own_files": sources.own, "problems": [asdict(problem) for problem in problems]}
    lines = [
        (p.level, f"{p.file}:{p.line}" if p.line else p.file or "-", f"{p.message}  [{p.check}]") for p in problems
    ]
    ending = ", ".join(f"{count} {level}" for level, count in counts.items())
    ending += f"; with own {', '.join(sources.own)}" if sources.own else ""
    emit(lines, ending, json.dumps(document, indent=1) if as_json else None)
    if out is not None:
        from fmassist.application.folder import whole_folder

        with whole_folder(out, overwrite=True) as folder:
            (folder / "rules_check.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return 2 if counts["ERROR"] else 0
