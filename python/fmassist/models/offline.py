"""No network for what runs in this process: a model of somebody else's has no reason to ask for more."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fmassist.errors import InputError

SWITCHES = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
"""What libraries that fetch weights by themselves listen to."""


@contextmanager
def offline(model: str) -> Iterator[None]:
    """Within the block Python's own sockets refuse to reach another machine, and say so in one line.

    It closes what libraries do by themselves (pretrained weights, usage statistics, looks for a newer version). It is
    no wall against a program that wants out: such a one asks the system without Python. Models in processes of their
    own have a wall (`fmassist.isolated.fences`).

    Args:
        model: its name, for the message.
    """

    def refuse(*_given: Any, **_named: Any) -> Any:
        raise InputError(f"{model} wants to reach the network", "a model may not: get its files beforehand")

    plain = {name: getattr(socket, name) for name in ("getaddrinfo", "create_connection", "gethostbyname")}
    connect = socket.socket.connect
    before = {name: os.environ.get(name) for name in SWITCHES}

    def connect_here(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            refuse()
        connect(self, address)

    os.environ.update(SWITCHES)
    for name in plain:
        setattr(socket, name, refuse)
    socket.socket.connect = connect_here  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        socket.socket.connect = connect  # type: ignore[method-assign]
        for name, function in plain.items():
            setattr(socket, name, function)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
