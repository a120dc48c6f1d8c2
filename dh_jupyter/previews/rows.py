"""A range of rows of a table that lies in Parquet files, without reading what is not in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow
import pyarrow.parquet

from dh_kernel.saving.profile import MANY_COLUMNS, fields_of, plain

from .linked import LinkedFile
from .parts import Part

AT_ONCE = 32 << 20  # bytes that are decoded at a time, by what the file says of its groups
BUFFER = 1 << 20  # bytes that are read ahead of a column
MOST_AT_ONCE = 16_384  # rows
Counts = dict[tuple[str, str], int]  # (where, version): rows of a part that was opened before


def rows_of(parts: Sequence[Part], start: int, size: int, counts: Counts) -> dict[str, Any]:
    """A TableRows: rows `start` to `start + size` of all parts one after another, `total` of them; columns are the first
    part's, MANY_COLUMNS of them at most, of `width`. Raises ArrowException, OSError and ValueError."""
    with _opened(parts[0]) as first:
        fields = fields_of(first.schema_arrow)
    shown = [field["name"] for field in fields[:MANY_COLUMNS]]
    rows: list[list[Any]] = []
    total = 0
    for part in parts:
        count = _count(part, counts)
        begin = max(0, start - total)
        if begin < count and len(rows) < size:
            rows += _rows(part, begin, min(count - begin, size - len(rows)), shown)
        total += count
    return {"total": total, "start": start, "width": len(fields), "columns": fields[:MANY_COLUMNS], "rows": rows}


def _opened(part: Part) -> Any:
    source = part["path"] if "path" in part else pyarrow.PythonFile(LinkedFile(part["url"]), mode="r")
    return pyarrow.parquet.ParquetFile(source, buffer_size=BUFFER)


def _count(part: Part, counts: Counts) -> int:
    key = (part.get("path") or part["url"].partition("?")[0], part["version"])
    if key not in counts:
        with _opened(part) as file:
            counts[key] = file.metadata.num_rows
    return counts[key]


def _rows(part: Part, start: int, size: int, shown: Sequence[str]) -> list[list[Any]]:
    with _opened(part) as file:
        names = list(file.schema_arrow.names)
        wanted = None if len(names) <= MANY_COLUMNS else list(shown)
        found: list[list[Any]] = []
        for batch in _batches(file, start, size, wanted):
            columns = [_values(batch, name) for name in shown]
            found += [[plain(column[row]) for column in columns] for row in range(batch.num_rows)]
    return found


def _values(batch: Any, name: str) -> Sequence[Any]:
    index = batch.schema.get_field_index(name)  # -1: it is not there, or there twice
    return [None] * batch.num_rows if index < 0 else [_value(scalar) for scalar in batch.column(index)]


def _value(scalar: Any) -> Any:
    """As Python has it; what Python has no value for, as text."""
    try:
        return scalar.as_py()
    except (ValueError, OverflowError, NotImplementedError):
        return str(scalar.cast(pyarrow.string())) if scalar.is_valid else None


def _batches(file: Any, start: int, size: int, columns: list[str] | None) -> Iterator[Any]:
    """Slices that are these rows together; groups before and after are not read."""
    before = 0
    for group in range(file.num_row_groups):
        about = file.metadata.row_group(group)
        if before + about.num_rows > start and before < start + size:
            yield from _of_group(file, group, start - before, start + size - before, columns)
        before += about.num_rows


def _of_group(file: Any, group: int, start: int, end: int, columns: list[str] | None) -> Iterator[Any]:
    about = file.metadata.row_group(group)
    each = max(1, about.total_byte_size // max(1, about.num_rows))
    step = int(max(1, min(MOST_AT_ONCE, AT_ONCE // each)))
    before = 0
    for batch in file.iter_batches(step, row_groups=[group], columns=columns, use_threads=False):
        first, last = max(0, start - before), min(batch.num_rows, end - before)
        if first < last:
            yield batch.slice(first, last - first)
        before += batch.num_rows
        if before >= end:
            return
