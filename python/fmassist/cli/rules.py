"""`fmassist rules`: the curator's workshop."""

from __future__ import annotations

import typer

from fmassist.cli.rules_cases import run_cases
from fmassist.cli.rules_check import check
from fmassist.cli.rules_compare import diff, impact
from fmassist.cli.rules_read import coverage, docs, explain
from fmassist.cli.rules_write import export, new

app = typer.Typer(
    help="The curator's workshop: check, test, compare and explain the knowledge.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command()(check)
app.command("test")(run_cases)
for command in (diff, impact, explain, coverage, new, docs, export):
    app.command()(command)
