"""People's decisions from the worklist, kept as files beside the results: one file a reviewer and study.

A decision is `accept`, `reject` or `unsure`, with a note. It says nothing of the verdict, which stays as it is, and it
names the result that it was made about by that result's hash: where a study was redone since, the decision is of an
earlier result, and is told as that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from hashlib import sha256
from pathlib import Path
from typing import Any

from fmassist.application.leftovers import held_file
from fmassist.errors import InputError
from fmassist.outside_text import printable

FOLDER = "decisions"
FORMAT = "fmassist-decisions/1"
CHOICES = ("accept", "reject", "unsure")
MAX_BYTES = 64 * 1024 * 1024
MOST_NOTE = 2000


def take_decisions(source: Path, out: Path, studies: Collection[str]) -> int:
    """Reads decision files of the worklist, and puts each decision beside the batch's results; returns how many.

    Args:
        source: a file that the worklist saved, or a folder of such files.
        out: the batch's folder.
        studies: ids that it knows.

    Raises:
        InputError: a file holds no decisions, or names a study that the batch has not.
    """
    paths = sorted(source.glob("*.json")) if source.is_dir() else [source]
    found = [one for path in paths for one in read_decisions(path)]
    for one in found:
        if one["study"] not in studies:
            raise InputError("a decision is about a study that this batch has not", "give the batch's own decisions")
    for one in found:
        write_decision(out, one)
    return len(found)


def read_decisions(path: Path) -> list[dict[str, Any]]:
    """The decisions of one file, checked.

    Raises:
        InputError: it holds none.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError("the decisions are larger than 64 MiB", "give a file that the worklist saved")
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        raise InputError("the decisions cannot be read", "give a file that the worklist saved") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InputError("the file holds no decisions", "give a file that the worklist saved")
    entries = document.get("decisions")
    if not isinstance(entries, list):
        raise InputError("the file holds no decisions", "give a file that the worklist saved")
    return [checked(entry, document.get("reviewer")) for entry in entries]


def checked(entry: Any, reviewer: Any) -> dict[str, Any]:
    """One decision in the form that is kept.

    Raises:
        InputError: it is none.
    """
    if not isinstance(entry, dict) or entry.get("decision") not in CHOICES:
        raise InputError("a decision is none of accept, reject and unsure", "give a file that the worklist saved")
    study = entry.get("study")
    if not isinstance(study, str) or not re.fullmatch(r"[\w-][\w.-]{0,119}", study, re.ASCII):
        raise InputError("a decision names no study", "give a file that the worklist saved")
    name = printable(str(entry.get("reviewer") or reviewer or "").strip(), most=100)
    if not name:
        raise InputError("a decision has no reviewer", "say who decided, in the worklist")
    return {
        "study": study,
        "reviewer": name,
        "decision": entry["decision"],
        "note": printable(str(entry.get("note", "")), most=MOST_NOTE),
        "result": str(entry.get("result", ""))[:64],
        "at": printable(str(entry.get("at", "")), most=40),
    }


def write_decision(out: Path, decision: dict[str, Any]) -> Path:
    """Writes a decision beside the results; a reviewer's later one takes the place of the earlier one."""
    folder = out / FOLDER
    folder.mkdir(exist_ok=True)
    who = sha256(decision["reviewer"].encode("utf-8", "replace")).hexdigest()[:12]
    path = folder / f"{decision['study']}.{who}.json"
    with held_file(path) as beside:
        beside.write_text(json.dumps(decision, indent=1, ensure_ascii=True) + "\n", encoding="utf-8")
    return path


def all_decisions(out: Path) -> list[dict[str, Any]]:
    """Every decision that lies beside a batch's results."""
    found = (_read_one(path) for path in sorted((out / FOLDER).glob("*.json")))
    return [one for one in found if one is not None]


def _read_one(path: Path) -> dict[str, Any] | None:
    try:
        return checked(json.loads(path.read_text(encoding="utf-8")), None)
    except (OSError, ValueError, RecursionError, InputError):
        return None
