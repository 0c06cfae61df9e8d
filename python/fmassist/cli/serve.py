"""`fmassist serve`: a batch's worklist in the browser of this machine."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated

import typer


def serve(
    batch: Annotated[Path, typer.Argument(metavar="BATCH", help="The folder that fmassist batch wrote.")],
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 for any that is free.")] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = True,
) -> int:
    """Show a batch's worklist on this machine alone; decisions are written at once. Ends with Ctrl-C."""
    from fmassist.batch.serve import Server

    with Server(batch.absolute(), port) as server:
        typer.echo(f"worklist: {server.url}")
        typer.echo("Only this machine can reach it, and only who has this link. Ctrl-C ends it.")
        if browser:
            import webbrowser

            webbrowser.open(server.url)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever(poll_interval=0.2)
    return 0
