"""The remembered yes to models whose form is code, and to servers that volumes are sent to.

A folder of nnU-Net weights, a bundle with Python files of its own or a TorchScript file is a program: loading it runs
it. Such a model runs only once the user has said yes to exactly these bytes; a changed byte asks again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import urlsplit

from fmassist.errors import InputError
from fmassist.models.address import require_address
from fmassist.models.fingerprint import copy_with_fingerprint, fingerprint
from fmassist.models.leftovers import private_folder
from fmassist.models.places import settings_folder
from fmassist.models.plain_json import read_json
from fmassist.outside_text import printable

FILE = "trusted-models.json"
MOST_BYTES = 4 * 1024**2


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
    _require(digest, why)
    return digest


@contextmanager
def trusted_copy(folder: Path, *, why: str) -> Iterator[tuple[Path, str]]:
    """A private copy of a model's folder that the user said yes to: what runs is what was asked about.

    Between a look at a folder and its use, somebody could change it. The copy is made of the bytes that were hashed,
    holds no bytecode, and goes when the block ends.

    Args:
        folder: of the model.
        why: as for `require_consent`.

    Yields:
        The copy, and the fingerprint.

    Raises:
        InputError: nobody said yes to these bytes, or there is no room for the copy.
    """
    require_consent(folder, why=why)  # before the disk is filled with what may not run
    with private_folder() as home:
        copy = home / "model"
        try:
            digest = copy_with_fingerprint(folder, copy)
        except OSError as error:
            raise InputError(f"the model can't be copied ({error.strerror})", "free space, or set TMPDIR") from None
        _require(digest, why)
        yield copy, digest


def trusted_bytes(path: Path, *, why: str, most: int) -> tuple[bytes, str]:
    """The bytes of a file that the user said yes to, read once, and their fingerprint.

    Raises:
        InputError: nobody said yes to them, or they are more than `most`.
    """
    try:
        if path.stat().st_size > most:
            raise InputError("the model's file is larger than any")
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"the model's file can't be read ({error.strerror})", "get it again") from None
    digest = hashlib.sha256(content).hexdigest()
    _require(digest, why)
    return content, digest


def _require(digest: str, why: str) -> None:
    if digest not in _read():
        raise InputError(
            f"this model {why}, and whatever it does it does with your rights",
            "if you trust where it comes from, run fmassist models trust on it",
        )


def remember(path: Path, *, name: str, shown: str | None = None) -> str:
    """Write the user's yes down: to these bytes, and no others.

    Args:
        path: of the model's file or folder.
        name: of the model.
        shown: the fingerprint of what the user was asked about; None where nobody was asked, as in a script.

    Raises:
        InputError: it can't be written, or the bytes changed between the question and the answer.
    """
    digest = fingerprint(path)
    if shown is not None and digest != shown:
        raise InputError("the model was changed while you were asked", "look at it again, and then say yes again")
    _write(digest, name)
    return digest


def _write(key: str, name: str) -> None:
    known = _read()
    known[key] = {"model": printable(name, most=300), "said": datetime.now(timezone.utc).isoformat(timespec="seconds")}
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
    require_address(address)
    return f"server {urlsplit(address).scheme}://{host_of(address).lower()}"


def said_yes(what: Path | str) -> bool:
    """Whether the user said yes to these bytes: those at a path, or those of a fingerprint."""
    known = _read()
    return bool(known) and (what if isinstance(what, str) else fingerprint(what)) in known


def _read() -> dict[str, dict[str, str]]:
    """What was said so far. An unreadable file counts as nothing said: asking again is the safe side."""
    data: object = {}
    with contextlib.suppress(InputError):
        data = read_json(settings_folder() / FILE, "what was said before", most_bytes=MOST_BYTES)
    return data if isinstance(data, dict) else {}
