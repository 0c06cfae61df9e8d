"""The batch's tables: a summary while it runs; studies, findings, segments and rules of all once it is done.

Rows come in the order of the studies and hold no time and no file's name, so that the same studies give the same bytes,
whoever did them and however often the batch was interrupted. CSV is written always, Parquet where pyarrow is installed,
with each measurement's unit in the column's metadata.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fmassist.batch.plan import Plan, Row, Study
from fmassist.batch.result import read_rows
from fmassist.outside_text import printable
from fmassist.report.rows import UNITS
from fmassist.volume.whole_file import whole_file

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
BLOCK = 20_000
"""Rows that are held before they are written."""


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
        with whole_file(out / f"{name}.{ending}") as beside:
            beside.write_text(text, encoding="utf-8", errors="replace")


def write_tables(studies: Sequence[Study], rows: Mapping[str, Row], plan: Plan) -> list[Path]:
    """Gathers `studies`, `segments`, `findings` and `rules` from the studies' folders.

    Args:
        studies: in the order of the rows.
        rows: how each study ended, by id; one that failed is only in `studies`.
        plan: of the batch.

    Returns:
        The files.
    """
    out = Path(plan.out)
    endings = ["csv", *(["parquet"] if find_spec("pyarrow") is not None else [])]
    with ExitStack() as open_files:
        writers = {
            name: [
                _WRITERS[ending](open_files.enter_context(whole_file(out / f"{name}.{ending}")), name, open_files)
                for ending in endings
            ]
            for name in TABLES
        }
        waiting: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
        for name, row in _all_rows(studies, rows, plan):
            waiting[name].append(row)
            if len(waiting[name]) >= BLOCK:
                _write(writers[name], waiting[name])
        for name in TABLES:
            _write(writers[name], waiting[name])
            for writer in writers[name]:
                writer.close()
    return [out / f"{name}.{ending}" for name in TABLES for ending in endings]


def _write(writers: Iterable[Any], rows: list[dict[str, Any]]) -> None:
    if rows:
        for writer in writers:
            writer.write(rows)
    rows.clear()


def _all_rows(studies: Sequence[Study], rows: Mapping[str, Row], plan: Plan) -> Iterator[tuple[str, dict[str, Any]]]:
    for study in studies:
        row = rows[study.id]
        found = read_rows(plan.folder(study)) if row.outcome != "failed" else None
        yield "studies", study_row(study, row, {} if found is None else found["study"])
        if found is None:
            continue
        for segment in found["segments"]:
            known = {key: value for key, value in segment.items() if key in _SEGMENTS}
            more = {key: value for key, value in segment.items() if key not in _SEGMENTS}
            yield "segments", {"study": study.id, **known, "measurements": _json(more)}
        yield from (("findings", {"study": study.id, **finding}) for finding in found["findings"])
        yield from (("rules", {"study": study.id, **rule}) for rule in found["rules"])


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
    if isinstance(value, str):
        said = printable(value)
        return "'" + said if said[:1] in ("=", "+", "-", "@") else said
    return value


class _Csv:
    def __init__(self, path: Path, name: str, open_files: ExitStack) -> None:
        self._stream = open_files.enter_context(path.open("w", encoding="utf-8", errors="replace", newline=""))
        self._columns = list(COLUMNS[name])
        self._writer = csv.writer(self._stream, lineterminator="\n")
        self._writer.writerow(self._columns)

    def write(self, rows: list[dict[str, Any]]) -> None:
        self._writer.writerows([plain(row.get(column)) for column in self._columns] for row in rows)

    def close(self) -> None:
        self._stream.close()


class _Parquet:
    def __init__(self, path: Path, name: str, open_files: ExitStack) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        kinds = {str: pa.string(), int: pa.int64(), float: pa.float64()}
        fields = [
            pa.field(column, kinds[kind], metadata={"unit": unit} if (unit := _unit(column)) else None)
            for column, kind in COLUMNS[name].items()
        ]
        self._schema = pa.schema(fields)
        self._writer = parquet.ParquetWriter(path, self._schema, compression="zstd")
        open_files.callback(self.close)

    def write(self, rows: list[dict[str, Any]]) -> None:
        import pyarrow as pa

        columns = {
            field.name: pa.array([_cell(row.get(field.name), field.type) for row in rows], type=field.type)
            for field in self._schema
        }
        self._writer.write_table(pa.table(columns, schema=self._schema))

    def close(self) -> None:
        self._writer.close()


_WRITERS: dict[str, Any] = {"csv": _Csv, "parquet": _Parquet}


def _unit(column: str) -> str:
    """The unit of a measurement's column, from the end of its name."""
    for unit, ending in UNITS.items():
        if column.endswith(f"_{ending}"):
            return unit
    return "years" if column.endswith("_years") else ""


def _cell(value: Any, kind: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    return float(value) if value is not None and str(kind) == "double" else value
