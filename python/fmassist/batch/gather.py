"""Gathering what the parts of a batch have left in its folder, without doing anything anew."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from fmassist.application.folder import hash_of, marker_of
from fmassist.batch.identity import stamps, told, what_changed
from fmassist.batch.plan import Done, Plan, Row, Study
from fmassist.batch.result import ROWS, read_rows, row_from

NOT_DONE = "not done yet: run the batch, or its part"


def gathered(studies: Sequence[Study], plan: Plan) -> list[Done]:
    """How each study ended, from its folder.

    Volumes are not hashed again, which would mean to read them all: a result counts where they have the sizes, times
    and inodes that they had when it was made or last confirmed, and all else is the same: context, label map, options,
    knowledge, program, and the rows that go into the tables.
    """
    return [_one(study, plan) for study in studies]


def _one(study: Study, plan: Plan) -> Done:
    folder = plan.folder(study)
    marker = marker_of(folder)
    then: Any = marker.get("made_from")
    if not isinstance(then, dict) or marker.get("study") != study.id:
        return _failed(study, plan)
    if marker.get("seen") != stamps(study, plan):
        return _again(study, "its files may have changed since")
    try:
        now = told(study, plan)
        is_whole = hash_of(folder / ROWS) == (marker.get("files") or {}).get(ROWS)
    except OSError:
        return _again(study, "its files are not whole")
    changed = what_changed({name: then.get(name, "") for name in now} | _same(then, now), {**_same(then, now), **now})
    rows = read_rows(folder)
    if changed or rows is None or not is_whole:
        return _again(study, changed or "its files are not whole")
    return Done(row_from(rows), "kept")


def _again(study: Study, reason: str) -> Done:
    return Done(Row(study.id, "failed", reason=f"{reason}: run the batch again"), "failed")


def _same(then: dict[str, str], now: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in then.items() if name not in now}


def _failed(study: Study, plan: Plan) -> Done:
    try:
        said = json.loads(plan.failure(study).read_text(encoding="utf-8"))
        return Done(Row(study.id, "failed", reason=str(said["reason"])), "failed")
    except (OSError, ValueError, KeyError, TypeError):
        return Done(Row(study.id, "failed", reason=NOT_DONE), "failed")
