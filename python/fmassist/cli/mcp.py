"""`fmassist mcp`: the use cases as tools for agents."""

from __future__ import annotations

from typing import Annotated

import typer


def mcp(
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            min=1,
            max=65535,
            help="Listen on this port of 127.0.0.1 (streamable HTTP, at /mcp) in place of standard input and output.",
        ),
    ] = None,
) -> int:
    """Serve the Model Context Protocol, for agents: check, explain, measure, list rules, propose boxes.

    Speaks over standard input and output, as an agent starts it, or over loopback with --port. Nothing but what a call
    names is read, and nothing leaves the machine.
    """
    from fmassist.agents.server import LOOPBACK, make_server

    server = make_server()
    if port is None:
        server.run("stdio")
    else:
        server.run("streamable-http", host=LOOPBACK, port=port)
    return 0
