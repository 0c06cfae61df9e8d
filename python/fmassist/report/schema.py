"""Whether a document is a `findings.json`."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from fmassist.errors import InputError
from fmassist.json_file import read_json
from fmassist.resources import resource

MAX_BYTES = 64 * 1024 * 1024
"""A study of 1,000 labels has about 10 MB."""


def read_findings(path: Path) -> dict[str, Any]:
    """A `findings.json`, checked against its schema.

    Raises:
        InputError: it cannot be read, or is no such document; the line says where it departs.
    """
    document = read_json(path, "the findings", "give a findings.json that FMAssist wrote", max_bytes=MAX_BYTES)
    check_findings(document)
    return dict(document)


def check_findings(document: Any) -> None:
    """Raises `InputError` when `document` departs from the schema."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    error = best_match(Draft202012Validator(_schema()).iter_errors(document))
    if error is not None:
        # Neither a value nor a name of somebody's own is repeated: both may be a patient's.
        said = json.dumps(_schema())
        parts = [str(part) if isinstance(part, int) or f'"{part}"' in said else "…" for part in error.absolute_path]
        where = "/".join(parts) or "the top"
        lacks = error.validator_value if error.validator == "required" else []
        missing = [name for name in lacks if name not in error.instance]
        why = f"{missing[0]!r} is missing" if missing else f"it departs from the schema ({error.validator})"
        raise InputError(f"this is no findings.json: at {where}, {why}", "run the check again")


@lru_cache(maxsize=1)
def _schema() -> dict[str, Any]:
    return dict(json.loads(resource("schemas", "findings.schema.json").read_text(encoding="utf-8")))
