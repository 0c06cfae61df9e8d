"""The remembered yes to models whose form is code, and to servers that volumes are sent to.

A folder of nnU-Net weights, a bundle with Python files of its own or a TorchScript file is a program: loading it runs
it. Such a model runs only once the user has said yes to exactly these bytes; a changed byte asks again.
"""

from __future__ import annotations

import json
import os
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import urlsplit

from fmassist.errors import InputError
from fmassist.models.fingerprint import fingerprint
from fmassist.models.places import settings_folder

FILE = "trusted-models.json"


def require_consent(path: Path, *, why: str) -> str:
    """Refuse a model that is code unless the user has said yes to it.

    Args:
        path: its file or folder.
        why: what makes it code, as the end of "this model …".

    Returns:
        Its fingerprint.

    Raises:
        InputError: nobody said yes to these bytes.
    """
    digest = fingerprint(path)
    if digest not in _read():
        raise InputError(
            f"this model {why}, and whatever it does it does with your rights",
            "if you trust where it comes from, run fmassist models trust on it",
        )
    return digest


def remember(path: Path, *, name: str) -> str:
    """Write the user's yes down: to these bytes, and no others.

    Raises:
        InputError: it can't be written.
    """
    digest = fingerprint(path)
    _write(digest, name)
    return digest


def _write(key: str, name: str) -> None:
    known = _read()
    known[key] = {"model": name, "said": datetime.now(timezone.utc).isoformat(timespec="seconds")}
    target = settings_folder() / FILE
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{FILE}.{os.getpid()}")
        beside.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
        beside.replace(target)
    except OSError as error:
        raise InputError(f"the settings can't be written ({error.strerror})", "set FMASSIST_SETTINGS") from None


def require_server_consent(address: str) -> None:
    """Refuse to send a volume to a server unless the user has said yes to it.

    Raises:
        InputError: nobody did; the line says what would leave the machine, and where to.
    """
    if not said_yes_to_server(address):
        open_wire = " over an open wire" if address.startswith("http://") else ""
        raise InputError(
            f"the volume's voxels and the places of prompts would leave this machine{open_wire} for {host_of(address)}",
            "if you may send them there, run fmassist models trust on it",
        )


def remember_server(address: str) -> None:
    """Write the user's yes to a server down: to this scheme, host and port, and no others.

    Raises:
        InputError: it can't be written.
    """
    _write(_server_key(address), address)


def said_yes_to_server(address: str) -> bool:
    """Whether the user said yes to sending volumes there."""
    return _server_key(address) in _read()


def host_of(address: str) -> str:
    """Host and port of an address, without what else it may hold (a user's name and password)."""
    return urlsplit(address).netloc.rpartition("@")[2] or "an address without a host"


def _server_key(address: str) -> str:
    return f"server {urlsplit(address).scheme}://{host_of(address).lower()}"


def said_yes(path: Path) -> bool:
    """Whether the user said yes to these bytes."""
    known = _read()
    return bool(known) and fingerprint(path) in known


def _read() -> dict[str, dict[str, str]]:
    """What was said so far. An unreadable file counts as nothing said: asking again is the safe side."""
    try:
        data = json.loads((settings_folder() / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
