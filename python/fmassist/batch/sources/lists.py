"""Lists of studies: CSV and TSV as Excel and others write them, JSON, Parquet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fmassist.batch.plan import Study
from fmassist.errors import InputError
from fmassist.json_file import parse_json
from fmassist.outside_text import printable

LISTS = (".csv", ".tsv", ".txt", ".json", ".parquet")
COLUMNS = ("id", "labels", "image", "context", "label_map", "age", "sex", "site", "scanner")
MAX_BYTES = 256 * 1024 * 1024
MOST_TEXT = 4096
"""Characters of a cell: no system takes longer paths."""
_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
REMEDY = "give CSV, TSV, JSON or Parquet"
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Names that Windows takes for its devices, whatever stands behind them."""
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
            from fmassist.batch.sources.parquet_list import rows_of_parquet

            return rows_of_parquet(path)
        text = _text(path.read_bytes())
        if path.suffix.lower() == ".json":
            rows = parse_json(text, "the list of studies", REMEDY)
        else:
            rows = _table(text, path.suffix.lower())
    except csv.Error:  # a quote that is never closed would take all rows below for one name
        raise InputError("the list of studies cannot be read", f"{REMEDY}, with every quote closed") from None
    except (OSError, UnicodeDecodeError, ValueError, RecursionError):
        raise InputError("the list of studies cannot be read", REMEDY) from None
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


def said_of_separator(path: Path) -> str | None:
    """One line where a `.csv` parts its columns by something else than commas, as Excel does in much of the world."""
    if path.suffix.lower() != ".csv" or not path.is_file() or path.stat().st_size > MAX_BYTES:
        return None
    try:
        _, separator = _separated(_text(path.read_bytes()), ".csv")
    except (OSError, UnicodeDecodeError):
        return None  # what reads the whole of it tells why it can't be
    name = {";": "semicolons", "\t": "tabs"}.get(separator)
    return f"the list is read with {name} between its columns" if name else None


def _separated(text: str, ending: str) -> tuple[str, str]:
    """The table's own text, and what stands between its columns."""
    head = text.split("\n", 1)[0]
    if head.lower().startswith("sep="):  # Excel's own way to say it
        text, head = text.partition("\n")[2], text.partition("\n")[2].partition("\n")[0]
    counts = {mark: head.count(mark) for mark in ("\t", ";", ",")}
    return text, "\t" if ending == ".tsv" else max(counts, key=lambda mark: counts[mark])


def _table(text: str, ending: str) -> list[dict[str, Any]]:
    text, separator = _separated(text, ending)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True)
    rows = list(reader)
    require_distinct_columns([str(name).strip() for name in reader.fieldnames or ()])
    if any(None in row for row in rows):
        number = next(n for n, row in enumerate(rows, 1) if None in row)
        raise InputError(f"study {number} has more cells than the list has columns", "put names with commas in quotes")
    return [{str(key).strip(): value for key, value in row.items()} for row in rows]


def require_distinct_columns(names: Sequence[str]) -> None:
    """Of two columns of one name only one would be read, and perhaps that of another patient.

    Raises:
        InputError: a name stands twice.
    """
    named = [name for name in names if name]
    if len(set(named)) != len(named):
        place = next(n for n, name in enumerate(names, 1) if name and names.index(name) != n - 1)
        raise InputError(f"column {place} of the list of studies bears the name of another one", "name each once")


def _study(row: Mapping[str, Any], number: int, base: Path) -> Study:
    unknown = [key for key in row if key not in COLUMNS and not str(key).startswith("tag_")]
    if unknown:
        place = list(row).index(unknown[0]) + 1
        # Its name may be anything, a patient's too: a list without a head has one there.
        raise InputError(f"column {place} of the list of studies is none that is known", KNOWN)
    given = {key: _plain(value, number) for key, value in row.items() if _given(value)}
    if "labels" not in given and "image" not in given:
        raise InputError(f"study {number} names no labels", "fill the column labels, or image for a model to segment")
    identity = given.get("id", "")
    if identity and not re.fullmatch(r"[\w-][\w.-]{0,99}", identity, re.ASCII):
        raise InputError(f"the id of study {number} cannot name a folder", "use letters, digits, - and _")
    if identity.endswith(".") or DEVICES.fullmatch(identity):
        # Windows writes "a." into the folder "a", which may be another patient's.
        raise InputError(f"the id of study {number} cannot name a folder", "use letters, digits, - and _")
    if identity.lower().endswith((".csv", ".json", ".parquet", ".html")) or identity.lower() == "decisions":
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


def _plain(value: Any, number: int) -> str:
    said = str(value).strip()
    if isinstance(value, (dict, list)) or "\0" in said or len(said) > MOST_TEXT:
        raise InputError(f"study {number} has a cell that is no name and no number", "write one into each cell")
    return said


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
