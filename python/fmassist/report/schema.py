"""Whether a document is a `findings.json`."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from fmassist.errors import InputError
from fmassist.resources import resource

MAX_BYTES = 256 * 1024 * 1024


def read_findings(path: Path) -> dict[str, Any]:
    """A `findings.json`, checked against its schema.

    Raises:
        InputError: it cannot be read, or is no such document; the line says where it departs.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError("the findings are larger than 256 MiB", "give a findings.json that FMAssist wrote")
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValueError, RecursionError):
        raise InputError("the findings cannot be read as JSON", "give a findings.json that FMAssist wrote") from None
    check_findings(document)
    return dict(document)


def check_findings(document: Any) -> None:
    """Raises `InputError` when `document` departs from the schema."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    error = best_match(Draft202012Validator(_schema()).iter_errors(document))
    if error is not None:
        where = "/".join(str(part) for part in error.absolute_path) or "the top"
        raise InputError(f"this is no findings.json: at {where}, {_short(error.message)}", "run the check again")


@lru_cache(maxsize=1)
def _schema() -> dict[str, Any]:
    return dict(json.loads(resource("schemas", "findings.schema.json").read_text(encoding="utf-8")))


def _short(message: str) -> str:
    return message if len(message) <= 120 else f"…{message[-100:]}"
