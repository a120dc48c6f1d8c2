"""A Parquet file that is written in pieces, in row groups of one size, so that pieces do not show in its bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..errors import Invalid
from .profile import Profile

GROUP = 1 << 18  # rows
_BIGGEST = 256 << 20  # bytes that wait for a group to be full


class TableFile:
    """`add` Arrow tables, then `finish`; `many` if there may be more than one. Leaving it by an exception removes the file."""

    def __init__(self, path: Path, *, many: bool) -> None:
        self.path = path
        self.many = many
        self.schema: Any = None
        self.rows = 0
        self.profile = Profile()
        self._writer: Any = None
        self._waiting: list[Any] = []
        self._pieces = 0

    def __enter__(self) -> TableFile:
        return self

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        if self._writer is not None:
            self._writer.close()
        if kind is not None:
            self.path.unlink(missing_ok=True)

    def add(self, table: Any) -> None:
        """Raises Invalid for columns that are not those of the first piece."""
        self._pieces += 1
        fitted = self._fitted(table)
        self._waiting.append(fitted)
        self.rows += table.num_rows
        if self._waiting_rows >= GROUP or sum(one.nbytes for one in self._waiting) >= _BIGGEST:
            self._write(self._waiting_rows - self._waiting_rows % GROUP or self._waiting_rows)

    @property
    def _waiting_rows(self) -> int:
        return sum(table.num_rows for table in self._waiting)

    def finish(self) -> None:
        """Write what waits."""
        if self._waiting_rows or self._writer is None:
            self._write(self._waiting_rows)

    def _fitted(self, table: Any) -> Any:
        """The piece with the file's types."""
        if self.schema is None:
            self.schema = _widened(table.schema) if self.many else table.schema
            return table.cast(self.schema)
        if table.schema.equals(self.schema):
            return table
        self._check_columns(table)
        columns = [self._column(table, field) for field in list(self.schema)]
        return _table(columns, self.schema)

    def _check_columns(self, table: Any) -> None:
        expected, found = self.schema.names, table.column_names
        missing = [name for name in expected if name not in found]
        new = [name for name in found if name not in expected]
        if missing or new:
            told = [f"lacks {', '.join(missing[:8])}"] if missing else []
            told += [f"has {', '.join(new[:8])}"] if new else []
            raise Invalid(
                f"Piece {self._pieces} of this table {' and '.join(told)}; the first has: {', '.join(expected[:20])}.",
                "Give each piece the same columns.",
            )

    def _column(self, table: Any, field: Any) -> Any:
        import pyarrow as pa

        column = table.column(field.name)
        known, found = field.type, column.type
        if found.equals(known) or pa.types.is_null(found):
            return column.cast(known)
        if pa.types.is_null(known) and self._writer is None:
            index = self.schema.get_field_index(field.name)
            self.schema = _with_type(self.schema.set(index, field.with_type(found)), table.schema, field.name)
            self._waiting = [one.cast(self.schema) for one in self._waiting]
            return column
        both = pa.types.is_dictionary(known) and pa.types.is_dictionary(found)
        if (both and known.value_type.equals(found.value_type)) or _plain(known) == _plain(found):
            return column.cast(known)
        raise Invalid(
            f"Column '{field.name}' is {found} in piece {self._pieces} of this table, and was {known}.",
            f"Give it one type in all pieces, e.g. frame.astype({{'{field.name}': …}}).",
        )

    def _write(self, rows: int) -> None:
        import pyarrow as pa
        import pyarrow.parquet

        whole = pa.concat_tables(self._waiting).combine_chunks()
        self._waiting = [whole.slice(rows)] if rows < whole.num_rows else []
        try:
            if self._writer is None:
                self._writer = pyarrow.parquet.ParquetWriter(self.path, self.schema, compression="zstd")
            self._writer.write_table(whole.slice(0, rows), row_group_size=GROUP)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise Invalid(
                f"This table can't be saved as Parquet: {error}", "Convert the column that it names."
            ) from error
        if self.many:
            self.profile.add(whole.slice(0, rows))


def _widened(schema: Any) -> Any:
    """Of categories each piece has its own few: here is room for all."""
    import pyarrow as pa

    for index, field in enumerate(schema):
        if pa.types.is_dictionary(field.type):
            wide = pa.dictionary(pa.int32(), field.type.value_type, field.type.ordered)
            schema = schema.set(index, field.with_type(wide))
    return schema


def _plain(kind: Any) -> str:
    """Texts are texts, whatever the width of their offsets."""
    return "string" if str(kind) == "large_string" else str(kind)


def _with_type(schema: Any, other: Any, name: str) -> Any:
    """What pandas wrote about a column, taken from another piece's schema: the first had no values to tell from."""
    ours, theirs = (json.loads((one.metadata or {}).get(b"pandas", b"{}")) for one in (schema, other))
    told = [one for one in theirs.get("columns", []) if one.get("field_name") == name]
    if not told or "columns" not in ours:
        return schema
    ours["columns"] = [told[0] if one.get("field_name") == name else one for one in ours["columns"]]
    return schema.with_metadata({**schema.metadata, b"pandas": json.dumps(ours).encode()})


def _table(columns: list[Any], schema: Any) -> Any:
    import pyarrow as pa

    return pa.table(columns, schema=schema)
