"""The worklist of a batch, from the files that the batch left."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fmassist.application.folder import marker_of
from fmassist.application.leftovers import held_file
from fmassist.batch.agreement import agreement, in_words
from fmassist.batch.decisions import all_decisions
from fmassist.batch.place import MARK, mark
from fmassist.batch.plan import Row, Study
from fmassist.batch.tables import of_this_run, study_row
from fmassist.errors import InputError
from fmassist.report.worklist.data import worklist_data
from fmassist.report.worklist.page import worklist_page

INDEX = "index.html"
MAX_SUMMARY_BYTES = 512 * 1024 * 1024


def is_batch(folder: Path) -> bool:
    """Whether a folder holds a batch's results."""
    return (folder / "summary.json").is_file()


def write_worklist(batch: Path) -> Path:
    """Writes `index.html` into a batch's folder.

    Raises:
        InputError: the folder holds no batch, or cannot be written.
    """
    page = page_of(batch)
    if (batch / INDEX).exists() and not (batch / MARK).is_file():
        raise InputError("the folder holds an index.html that no batch is known to have written", "move it away")
    if not (batch / MARK).is_file():
        mark(batch)
    with held_file(batch / INDEX) as beside:
        beside.write_text(page, encoding="utf-8")
    return batch / INDEX


def page_of(batch: Path, *, served: bool = False) -> str:
    """The worklist's page.

    Args:
        batch: its folder.
        served: whether a server of ours shows it.

    Raises:
        InputError: the folder holds no batch.
    """
    decisions = all_decisions(batch)
    return worklist_page(
        worklist_data(_studies(batch)),
        decisions=decisions,
        agreement=in_words(agreement(decisions)),
        served=served,
        batch=str(batch.absolute()) if served else "",
    )


def rows_of_summary(batch: Path) -> list[Row]:
    """The rows of a batch's summary.

    Raises:
        InputError: there is none.
    """
    path = batch / "summary.json"
    try:
        if path.stat().st_size > MAX_SUMMARY_BYTES:
            raise InputError("the summary is larger than 512 MiB", "give the folder of a batch")
        rows = json.loads(path.read_text(encoding="utf-8"))
        return [Row(**row) for row in rows]
    except (OSError, ValueError, TypeError, RecursionError):
        raise InputError("the folder holds no batch", "give the folder that fmassist batch wrote") from None


def _studies(batch: Path) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any] | None, str]]:
    for row in rows_of_summary(batch):
        folder = batch / row.study
        row, rows = of_this_run(folder, row)
        known = {} if rows is None else rows["study"]
        tags = known.get("tags") or {}
        result = str(marker_of(folder).get("files", {}).get("findings.json", "")) if rows is not None else ""
        yield study_row(Study(row.study, tags=tags), row, known), None if rows is None else rows["glance"], result
