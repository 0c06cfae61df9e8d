"""Lists of studies: CSV and TSV as Excel and others write them, JSON, Parquet."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fmassist.batch.plan import Study
from fmassist.errors import InputError
from fmassist.outside_text import printable

LISTS = (".csv", ".tsv", ".txt", ".json", ".parquet")
COLUMNS = ("id", "labels", "image", "context", "label_map", "age", "sex", "site", "scanner")
MAX_BYTES = 256 * 1024 * 1024
_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
KNOWN = f"known are {', '.join(COLUMNS)}, and anything that begins with tag_"


def studies_in_list(path: Path) -> list[Study]:
    """The studies of a list; paths in it are relative to it.

    The columns `labels`, `image`, `context`, `label_map` name files; `age` and `sex` are the patient's; `site`,
    `scanner` and any `tag_…` are for the worklist's filters. Without `id` a study is named by its content.

    Raises:
        InputError: the list cannot be read, or a row is wrong; the line says which.
    """
    rows = _rows(path)
    return [_study(row, number, path.parent) for number, row in enumerate(rows, 1) if any(map(_given, row.values()))]


def _rows(path: Path) -> list[Mapping[str, Any]]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError("the list of studies is larger than 256 MiB", "split it")
        if path.suffix.lower() == ".parquet":
            return _parquet(path)
        text = _text(path.read_bytes())
        rows = json.loads(text) if path.suffix.lower() == ".json" else _table(text, path.suffix.lower())
    except (OSError, UnicodeDecodeError, ValueError, RecursionError, csv.Error):
        raise InputError("the list of studies cannot be read", "give CSV, TSV, JSON or Parquet") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError("the list of studies is no list of objects", 'write [{"labels": "a.nii.gz"}, …]')
    return list(rows)


def _text(data: bytes) -> str:
    """The text of a list: by its mark where it has one, else UTF-8, else what Excel calls ANSI."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252")


def _table(text: str, ending: str) -> list[dict[str, Any]]:
    head = text.split("\n", 1)[0]
    if head.lower().startswith("sep="):  # Excel's own way to say it
        text, head = text.split("\n", 1)[1], text.split("\n", 2)[1]
    counts = {mark: head.count(mark) for mark in ("\t", ";", ",")}
    separator = "\t" if ending == ".tsv" else max(counts, key=lambda mark: counts[mark])
    rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True))
    if any(None in row for row in rows):
        number = next(n for n, row in enumerate(rows, 1) if None in row)
        raise InputError(f"study {number} has more cells than the list has columns", "put names with commas in quotes")
    return [{str(key).strip(): value for key, value in row.items()} for row in rows]


def _parquet(path: Path) -> list[Mapping[str, Any]]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise InputError("a list in Parquet needs pyarrow", "pip install 'fmassist[tables]', or give CSV") from None
    try:
        return list(parquet.read_table(path).to_pylist())
    except (ArrowException, OSError, ValueError):
        raise InputError("the list of studies cannot be read", "give CSV, TSV, JSON or Parquet") from None


def _study(row: Mapping[str, Any], number: int, base: Path) -> Study:
    unknown = [key for key in row if key not in COLUMNS and not str(key).startswith("tag_")]
    if unknown:
        place = list(row).index(unknown[0]) + 1
        # Its name may be anything, a patient's too: a list without a head has one there.
        raise InputError(f"column {place} of the list of studies is none that is known", KNOWN)
    given = {key: str(value).strip() for key, value in row.items() if _given(value)}
    if "labels" not in given and "image" not in given:
        raise InputError(f"study {number} names no labels", "fill the column labels, or image for a model to segment")
    identity = given.get("id", "")
    if identity and not re.fullmatch(r"[\w-][\w.-]{0,99}", identity, re.ASCII):
        raise InputError(f"the id of study {number} cannot name a folder", "use letters, digits, - and _")
    if identity.lower().endswith((".csv", ".json", ".parquet", ".html")) or identity in ("decisions",):
        raise InputError(f"the id of study {number} is a name that the batch uses itself", "give it another")
    known: dict[str, Any] = {}
    if "age" in given:
        known["age"] = _age(given["age"], number)
    if "sex" in given:
        known["sex"] = given["sex"]
    tags = {key.removeprefix("tag_"): printable(value, most=100) for key, value in given.items() if _is_tag(key)}
    label_map = given.get("label_map")
    return Study(
        id=identity,
        labels=_path(given.get("labels"), base),
        image=tuple(path for path in (_path(given.get("image"), base),) if path),
        context=_path(given.get("context"), base),
        known=known,
        label_map=str(base / label_map) if label_map and (base / label_map).is_file() else label_map,
        tags=tags,
    )


def _is_tag(key: str) -> bool:
    return key in ("site", "scanner") or key.startswith("tag_")


def _given(value: Any) -> bool:
    return value is not None and str(value).strip() != "" and value == value  # NaN, as pandas writes nothing


def _path(said: str | None, base: Path) -> str | None:
    return None if said is None else str((base / Path(said)).absolute())


def _age(said: str, number: int) -> float:
    try:
        return float(said.replace(",", "."))  # as Excel writes it in half of Europe
    except ValueError:
        raise InputError(f"the age of study {number} is no number of years") from None
