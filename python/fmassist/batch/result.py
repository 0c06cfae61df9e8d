"""The results of one study in their folder: written whole, believed only where they are whole and of these inputs."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fmassist.application.checked import CheckedStudy
from fmassist.application.folder import MARKER, hash_of, marker_of, require_free, whole_folder
from fmassist.application.leftovers import held_file, put_aside, tidy
from fmassist.batch.identity import Parts, what_changed
from fmassist.batch.plan import Plan, Row, Study
from fmassist.report.worklist.thumbnail import thumbnail

ROWS = "rows.json"
"""What a study contributes to the batch's tables, so that thousands are gathered without reading every finding."""


def write_result(study: Study, plan: Plan, checked: CheckedStudy, parts: Parts, stamps: Any) -> Row:
    """Writes a study's results, and what they were made from, into its folder.

    Raises:
        InputError: the folder holds something else, or cannot be written.
    """
    document = checked.document
    row = row_of(study.id, document, checked.score)
    about = {"study": study.id, "made_from": parts, "seen": stamps}
    with whole_folder(plan.folder(study), overwrite=True, about=about) as folder:
        checked.write_into(folder)
        if checked.segmentation is not None:
            flagged = {segment.name for segment in checked.result.segments if segment.status == "flagged"}
            (folder / "thumbnail.png").write_bytes(thumbnail(checked.segmentation, flagged))
        rows = rows_of(row, checked, study)
        (folder / ROWS).write_text(json.dumps(rows, separators=(",", ":")) + "\n", encoding="utf-8")
    with contextlib.suppress(OSError):
        plan.failure(study).unlink(missing_ok=True)
    return row


def row_of(study: str, document: Mapping[str, Any], score: float) -> Row:
    """A study's row of the summary."""
    segments, findings = document["segments"], document["findings"]
    return Row(
        study=study,
        outcome=document["verdict"],
        structures=len(segments),
        flagged=sum(segment["status"] == "flagged" for segment in segments),
        findings=sum(finding["severity"] != "info" for finding in findings),
        score=score,
        likely_cause=document["causes"][0]["label"] if document["causes"] else "",
    )


def rows_of(row: Row, checked: CheckedStudy, study: Study) -> dict[str, Any]:
    """What a study contributes to the batch's tables, and to its worklist."""
    from dataclasses import asdict

    from fmassist.batch.tables import csv_lines, segment_row
    from fmassist.report.rows import finding_rows, rule_rows
    from fmassist.report.worklist.data import at_a_glance

    document = checked.document
    known = document["context"]
    segments, findings = checked.rows(), finding_rows(document)
    return {
        "study": {
            **asdict(row),
            "modality": document["study"]["modality"],
            "age_years": known.get("age"),
            "sex": known.get("sex", ""),
            "spacing_mm": document["study"]["spacing"]["value"],
            "tags": dict(study.tags),
        },
        "glance": at_a_glance(segments, findings),
        "csv": {
            "segments": csv_lines("segments", study.id, map(segment_row, segments)),
            "findings": csv_lines("findings", study.id, findings),
            "rules": csv_lines("rules", study.id, rule_rows(document)),
        },
    }


def believed(study: Study, plan: Plan, now: Parts) -> tuple[Row | None, str]:
    """The row of a result that is there and still holds; else None, and in words why not (empty: there is none)."""
    folder = plan.folder(study)
    tidy(folder)
    if not folder.is_dir() or not any(folder.iterdir()):
        return None, ""
    marker = marker_of(folder)
    then = marker.get("made_from")
    if not isinstance(then, dict):
        return None, "it does not say what it was made from"
    if marker.get("study") != study.id:
        return None, "it was made for another study"
    changed = what_changed(then, now)
    if changed:
        return None, changed
    if not is_whole(folder, marker):
        return None, "its files are not whole"
    rows = read_rows(folder)
    return (row_from(rows), "") if rows is not None else (None, "its files are not whole")


def is_whole(folder: Path, marker: Mapping[str, Any]) -> bool:
    """Whether every file of a result is there, as it was written."""
    files = marker.get("files")
    if not isinstance(files, dict) or ROWS not in files:
        return False
    try:
        return all(hash_of(folder / name) == digest for name, digest in files.items())
    except OSError:
        return False


def read_rows(folder: Path) -> dict[str, Any] | None:
    """What a result contributes to the tables; None where it is not there."""
    try:
        if not (folder / ROWS).is_file():
            return None
        rows = json.loads((folder / ROWS).read_text(encoding="utf-8"))
        return rows if {"study", "glance", "csv"} <= set(rows) else None
    except (OSError, ValueError, TypeError):
        return None


def row_from(rows: Mapping[str, Any]) -> Row:
    """The summary's row out of a study's rows."""
    return Row(**{name: rows["study"][name] for name in Row.__dataclass_fields__})


def drop(study: Study, plan: Plan) -> None:
    """Removes a result that no longer holds: nobody shall find another study's verdict under this name.

    Raises:
        InputError: its folder holds something that FMAssist did not write, which stays.
    """
    folder = plan.folder(study)
    require_free(folder, overwrite=True)
    if folder.is_dir():
        shutil.rmtree(put_aside(folder), ignore_errors=True)


def write_failure(study: Study, plan: Plan, row: Row) -> None:
    """Writes down that a study failed, and why."""
    from dataclasses import asdict

    with held_file(plan.failure(study)) as beside:
        beside.write_text(json.dumps(asdict(row)) + "\n", encoding="utf-8")


def refresh_stamps(study: Study, plan: Plan, stamps: Any) -> None:
    """Notes the inputs' present sizes and times beside a result that was just found to hold."""
    folder = plan.folder(study)
    marker = marker_of(folder)
    if marker.get("seen") != stamps:
        with held_file(folder / MARKER, within=folder.parent) as beside:
            beside.write_text(json.dumps({**marker, "seen": stamps}, indent=1) + "\n", encoding="utf-8")
