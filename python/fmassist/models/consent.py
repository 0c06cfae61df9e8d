"""The remembered yes to models whose form is code.

A folder of nnU-Net weights, a bundle with Python files of its own or a TorchScript file is a program: loading it runs
it. Such a model runs only once the user has said yes to exactly these bytes; a changed byte asks again.
"""

from __future__ import annotations

import json
import os
from datetime import datetime, timezone
from pathlib import Path

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
    known = _read()
    known[digest] = {"model": name, "said": datetime.now(timezone.utc).isoformat(timespec="seconds")}
    target = settings_folder() / FILE
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{FILE}.{os.getpid()}")
        beside.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
        beside.replace(target)
    except OSError as error:
        raise InputError(f"the settings can't be written ({error.strerror})", "set FMASSIST_SETTINGS") from None
    return digest


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
