"""A list of studies in Parquet, within bounds that are looked at before anything is unpacked.

A few kilobytes of Parquet can stand for a thousand million rows, or for one long text in each of a million rows. So the
numbers that the file says of itself are held against bounds first, and texts stay in the form of a dictionary, each
once, until their lengths are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fmassist.errors import InputError

MOST_ROWS = 1_000_000
"""Studies in one list; the largest public collections have some hundred thousand."""
MOST_COLUMNS = 500
MOST_UNPACKED_BYTES = 256 * 1024 * 1024
REMEDY = "give CSV, TSV, JSON or Parquet"


def rows_of_parquet(path: Path) -> list[Mapping[str, Any]]:
    """The rows of a list in Parquet.

    Raises:
        InputError: it cannot be read, is larger than any list, or its columns hold more than names and numbers.
    """
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise InputError("a list in Parquet needs pyarrow", "pip install 'fmassist[tables]', or give CSV") from None
    try:
        with parquet.ParquetFile(path) as file:
            texts = _texts_of(file)
        with parquet.ParquetFile(path, read_dictionary=texts) as file:
            table = file.read(use_threads=False)
        _require_short(table)
        return list(table.to_pylist())
    except (ArrowException, OSError, ValueError, TypeError, OverflowError):
        raise InputError("the list of studies cannot be read", REMEDY) from None


def _texts_of(file: Any) -> list[str]:
    """The names of its columns of text, once its size and its kinds of columns are known to be sound."""
    import pyarrow as pa

    from fmassist.batch.sources.lists import require_distinct_columns

    about, schema = file.metadata, file.schema_arrow
    groups = [about.row_group(n) for n in range(about.num_row_groups)] if about.num_row_groups <= MOST_ROWS else []
    unpacked = sum(group.total_byte_size for group in groups)
    rows = max(about.num_rows, sum(group.num_rows for group in groups))
    too_many = rows > MOST_ROWS or about.num_columns > MOST_COLUMNS or about.num_row_groups > MOST_ROWS
    if too_many or unpacked > MOST_UNPACKED_BYTES:
        raise InputError("the list of studies is larger than any", "split it")
    require_distinct_columns([name.strip() for name in schema.names])
    texts = []
    for number, field in enumerate(schema, 1):
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
        if is_text:
            texts.append(field.name)
        elif not (pa.types.is_primitive(kind) or pa.types.is_null(kind)):
            raise InputError(f"column {number} of the list of studies holds more than names and numbers", REMEDY)
    return texts


def _require_short(table: Any) -> None:
    """That no text, each of which may stand in every row, is longer than a path can be."""
    import pyarrow as pa
    from pyarrow import compute

    from fmassist.batch.sources.lists import MOST_TEXT

    for column in table.columns:
        for chunk in column.chunks:
            if pa.types.is_dictionary(chunk.type) and len(chunk.dictionary):
                longest = compute.max(compute.binary_length(chunk.dictionary)).as_py() or 0
                if longest > 4 * MOST_TEXT:  # bytes
                    raise InputError("the list of studies holds a text that is longer than any path", "shorten it")
