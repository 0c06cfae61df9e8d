"""`fmassist rules new`."""

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
