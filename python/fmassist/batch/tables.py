"""The batch's tables: a summary while it runs; studies, findings, segments and rules of all once it is done.

Rows come in the order of the studies and hold no time and no file's name, so that the same studies give the same bytes,
whoever did them and however often the batch was interrupted. CSV is written always, Parquet where pyarrow is installed,
with each measurement's unit in the column's metadata.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TextIO

from fmassist.application.leftovers import held_file
from fmassist.batch.plan import Plan, Row, Study
from fmassist.batch.result import read_rows, row_from
from fmassist.outside_text import printable
from fmassist.report.rows import UNITS

TABLES = ("studies", "segments", "findings", "rules")
_STUDIES = {
    **dict.fromkeys(("study", "outcome"), str),
    **dict.fromkeys(("structures", "flagged", "findings"), int),
    "score": float,
    **dict.fromkeys(("likely_cause", "reason", "modality"), str),
    "age_years": float,
    "sex": str,
    **dict.fromkeys(("spacing_i_mm", "spacing_j_mm", "spacing_k_mm"), float),
    "site": str,
    "scanner": str,
    "tags": str,
}
_SEGMENTS = {
    **dict.fromkeys(("study", "segment", "structure", "structure_label", "status"), str),
    "findings": int,
    "score": float,
    **dict.fromkeys(("volume_ml", "intensity_median_hu", "intensity_mean_hu", "intensity_sd_hu"), float),
    **dict.fromkeys(("intensity_median_image_units", "intensity_mean_image_units"), float),
    **dict.fromkeys(("intensity_sd_image_units", "confidence_mean", "unsure_share"), float),
    "measurements": str,
}
_FINDINGS = {
    **dict.fromkeys(("study", "finding", "rule", "kind", "severity", "segments"), str),
    "probability": float,
    "cause": str,
    "cause_probability": float,
    "repair": str,
    "message": str,
}
_RULES = {"study": str, "rule": str, **dict.fromkeys(("passed", "failed", "not_applicable", "error"), int)}
COLUMNS: dict[str, dict[str, type]] = {
    "studies": _STUDIES,
    "segments": _SEGMENTS,
    "findings": _FINDINGS,
    "rules": _RULES,
}
"""Columns of each table and their kinds. A measurement without a column of its own is in `measurements`, as JSON."""
BLOCK_BYTES = 16 * 1024 * 1024
"""Of a table that are turned into Parquet at once."""


def write_summary(out: Path, name: str, rows: Sequence[Row]) -> None:
    """`NAME.csv` and `NAME.json`: one row a study."""
    table = io.StringIO()
    writer = csv.DictWriter(table, fieldnames=list(Row.__dataclass_fields__), lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: plain(value) for key, value in asdict(row).items()} for row in rows)
    for ending, text in (
        ("csv", table.getvalue()),
        ("json", json.dumps([asdict(row) for row in rows], indent=2, ensure_ascii=False) + "\n"),
    ):
        with held_file(out / f"{name}.{ending}") as beside:
            beside.write_text(text, encoding="utf-8", errors="replace")


def write_tables(studies: Sequence[Study], rows: Mapping[str, Row], plan: Plan) -> list[Path]:
    """Gathers `studies`, `segments`, `findings` and `rules` from the studies' folders.

    Each study's lines were made when it was checked, so that gathering is joining them.

    Args:
        studies: in the order of the rows.
        rows: how each study ended, by id; one that failed is only in `studies`.
        plan: of the batch.

    Returns:
        The files.
    """
    out = Path(plan.out)
    with ExitStack() as open_files:
        beside = {name: open_files.enter_context(held_file(out / f"{name}.csv")) for name in TABLES}
        with ExitStack() as streams:
            opened = {
                name: streams.enter_context(path.open("w", encoding="utf-8", newline=""))
                for name, path in beside.items()
            }
            for name, stream in opened.items():
                stream.write(",".join(COLUMNS[name]) + "\n")
            for study in studies:
                _join(study, rows[study.id], plan, opened)
    files = [out / f"{name}.csv" for name in TABLES]
    if find_spec("pyarrow") is not None:
        for name in TABLES:
            with held_file(out / f"{name}.parquet") as path:
                _write_parquet(out / f"{name}.csv", path, name)
            files.append(out / f"{name}.parquet")
    return files


def of_this_run(folder: Path, row: Row) -> tuple[Row, dict[str, Any] | None]:
    """A summary's row with what its study contributes; where the two are of different runs, the study counts as failed.

    Args:
        folder: of the study's results.
        row: of the summary.
    """
    found = read_rows(folder) if row.outcome != "failed" else None
    if found is not None and row_from(found) != row:
        return Row(
            row.study, "failed", reason="its result is of another run than the summary: run the batch again"
        ), None
    return row, found


def _join(study: Study, row: Row, plan: Plan, opened: Mapping[str, TextIO]) -> None:
    row, found = of_this_run(plan.folder(study), row)
    known = {} if found is None else found["study"]
    opened["studies"].write(csv_lines("studies", study.id, [study_row(study, row, known)]))
    if found is not None:
        for name in TABLES[1:]:
            opened[name].write(found["csv"][name])


def csv_lines(name: str, study: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """The lines of a study in one of the tables."""
    stream = io.StringIO()
    columns = list(COLUMNS[name])[1:]
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([study, *(plain(row.get(column)) for column in columns)] for row in rows)
    return stream.getvalue()


def segment_row(segment: Mapping[str, Any]) -> dict[str, Any]:
    """A segment's row of `segments`: measurements without a column of their own go into one of JSON."""
    known = {key: value for key, value in segment.items() if key in _SEGMENTS}
    return {**known, "measurements": _json({key: v for key, v in segment.items() if key not in _SEGMENTS})}


def study_row(study: Study, row: Row, found: Mapping[str, Any]) -> dict[str, Any]:
    """A study's row of `studies`: how it ended, what is known of the patient, and what the list says of it."""
    spacing = found.get("spacing_mm") or (None, None, None)
    tags = {key: printable(value, most=100) for key, value in sorted(study.tags.items())}
    return {
        **asdict(row),
        "modality": found.get("modality", ""),
        "age_years": found.get("age_years"),
        "sex": found.get("sex", ""),
        **dict(zip(("spacing_i_mm", "spacing_j_mm", "spacing_k_mm"), spacing, strict=True)),
        "site": tags.pop("site", ""),
        "scanner": tags.pop("scanner", ""),
        "tags": _json(tags),
    }


def _json(more: Mapping[str, Any]) -> str:
    return json.dumps(dict(sorted(more.items())), ensure_ascii=False) if more else ""


def plain(value: object) -> object:
    """A cell that a spreadsheet takes for text and not for a formula, without what a terminal would obey."""
    if isinstance(value, str) and value:
        said = value if value.isprintable() else printable(value)
        return "'" + said if said[0] in "=+-@" else said
    return value


def _write_parquet(source: Path, path: Path, name: str) -> None:
    """The same table in Parquet, with units in the columns' metadata; an empty number is null."""
    import pyarrow as pa
    from pyarrow import csv as pa_csv
    from pyarrow import parquet

    kinds = {str: pa.string(), int: pa.int64(), float: pa.float64()}
    fields = [
        pa.field(column, kinds[kind], metadata={"unit": unit} if (unit := _unit(column)) else None)
        for column, kind in COLUMNS[name].items()
    ]
    schema = pa.schema(fields)
    convert = pa_csv.ConvertOptions(
        column_types={field.name: field.type for field in fields}, null_values=[""], strings_can_be_null=False
    )
    read = pa_csv.ReadOptions(block_size=BLOCK_BYTES)
    with (
        pa_csv.open_csv(source, read_options=read, convert_options=convert) as batches,
        parquet.ParquetWriter(path, schema, compression="zstd") as writer,
    ):
        for batch in batches:
            writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))


def _unit(column: str) -> str:
    """The unit of a measurement's column, from the end of its name."""
    for unit, ending in UNITS.items():
        if column.endswith(f"_{ending}"):
            return unit
    return "years" if column.endswith("_years") else ""
