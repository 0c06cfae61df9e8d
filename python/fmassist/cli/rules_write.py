"""`fmassist rules new` and `fmassist rules export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fmassist.cli.options import KnowledgeFolder


def new(
    pattern: Annotated[str, typer.Argument(metavar="PATTERN", help="Such as Direction; see fmassist rules docs.")],
    name: Annotated[str, typer.Option("--name", help="The rule's name: lower-case letters, digits, hyphens.")],
    out: Annotated[Path, typer.Option("--out", help="Your folder of knowledge; files are added, none is replaced.")],
    knowledge: KnowledgeFolder = None,
) -> int:
    """A new rule of a pattern, with its test, to be filled in: both fail until they are."""
    from fmassist.knowledge.load import load_knowledge
    from fmassist.knowledge.workshop.scaffold import new_rule

    for path in new_rule(pattern, name, out, load_knowledge(knowledge)):
        print(path)  # noqa: T201
    return 0


def export(
    out: Annotated[Path, typer.Option("--out", help="Folder for rules.shacl.ttl.")],
    shacl: Annotated[bool, typer.Option("--shacl", help="As SHACL-SPARQL constraints, the one form there is.")] = True,
    knowledge: KnowledgeFolder = None,
) -> int:
    """The rules for tools that know SHACL: run over the facts of a study, they find what the check finds."""
    from fmassist.application.folder import whole_folder
    from fmassist.errors import InputError
    from fmassist.knowledge.load import load_knowledge
    from fmassist.knowledge.workshop.export import export_shacl
    from fmassist.knowledge.workshop.sources import read_sources

    if not shacl:
        raise InputError("there is no other form than --shacl")
    exported = export_shacl(load_knowledge(knowledge), read_sources(own=knowledge))
    with whole_folder(out, overwrite=True) as folder:
        (folder / "rules.shacl.ttl").write_text(exported.turtle, encoding="utf-8")
    print(f"shapes: {out / 'rules.shacl.ttl'}")  # noqa: T201
    for iri, reason in exported.left_out.items():
        print(f"left out: {iri.rsplit('/', 1)[-1]}: {reason}")  # noqa: T201
    return 0
