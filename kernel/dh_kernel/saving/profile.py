"""What a table holds, at a glance: fields with Core's types, the first rows, numbers for each column."""

from __future__ import annotations

import math
from typing import Any

PREVIEW_ROWS = 10
_LONG = 200  # characters of a preview's text
MANY_COLUMNS = 300
_MANY_ROWS = 1_000_000  # beyond these, distinct values are not counted
_INDEX = "__index_level_"


def fields_of(schema: Any) -> list[dict[str, str]]:
    """Core's fields of an Arrow schema; an index without a name is not one of them."""
    return [{"name": field.name, "type": _type(field.type)} for field in schema if not field.name.startswith(_INDEX)]


def _type(arrow: Any) -> str:
    from pyarrow import types

    if types.is_dictionary(arrow):
        return _type(arrow.value_type)
    for word, tests in _TESTS.items():
        if any(getattr(types, test)(arrow) for test in tests if hasattr(types, test)):
            return word
    return "any"


_TESTS = {
    "boolean": ["is_boolean"],
    "integer": ["is_integer"],
    "number": ["is_floating", "is_decimal"],
    "string": ["is_string", "is_large_string", "is_string_view"],
    "datetime": ["is_timestamp"],
    "date": ["is_date"],
    "time": ["is_time"],
    "duration": ["is_duration"],
    "array": ["is_list", "is_large_list", "is_fixed_size_list"],
    "object": ["is_struct", "is_map"],
}


def preview_of(table: Any) -> dict[str, Any]:
    """The first rows by column, and how many rows there are."""
    head = table.slice(0, PREVIEW_ROWS)
    columns = [
        {"name": name, "value": [plain(value) for value in head.column(index).to_pylist()]}
        for index, name in enumerate(head.column_names[:MANY_COLUMNS])
        if not name.startswith(_INDEX)
    ]
    return {"cols": columns, "rows": table.num_rows}


class Profile:
    """For each column: nulls, and where they have a meaning and a small price: min, max, distinct. Of pieces, added up."""

    def __init__(self) -> None:
        self._columns: dict[str, dict[str, Any]] = {}

    def add(self, table: Any) -> None:
        """One more piece."""
        names = [name for name in table.column_names[:MANY_COLUMNS] if not name.startswith(_INDEX)]
        for name in names:
            found = _column(table.column(table.column_names.index(name)))
            self._columns[name] = _merged(self._columns[name], found) if name in self._columns else found

    def columns(self) -> dict[str, Any]:
        """As JSON takes it."""
        return {name: {word: plain(value) for word, value in facts.items()} for name, facts in self._columns.items()}


def profile_of(table: Any) -> dict[str, Any]:
    """The profile of a whole table."""
    profile = Profile()
    profile.add(table)
    return profile.columns()


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    found = {"nulls": one["nulls"] + other["nulls"]}
    for word, choose in (("min", min), ("max", max)):
        ends = [facts[word] for facts in (one, other) if facts.get(word) is not None]
        if ends or word in one:
            found[word] = choose(ends) if ends else None
    return found


def _column(column: Any) -> dict[str, Any]:
    import pyarrow as pa
    import pyarrow.compute as compute

    found: dict[str, Any] = {"nulls": column.null_count}
    try:
        kind = _type(column.type)
        if kind in ("integer", "number", "datetime", "date", "time", "duration"):
            ends = compute.min_max(column).as_py()
            found.update(min=ends["min"], max=ends["max"])
        if kind != "number" and len(column) <= _MANY_ROWS:  # of fractions the count is slow, and says little
            found["distinct"] = compute.count_distinct(column).as_py()
    except (pa.ArrowException, ValueError, OverflowError):  # a type without an order or equality: nulls say enough
        return found
    return found


def plain(value: Any) -> Any:
    """As JSON takes it, and not long. What is no number is null."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value[:PREVIEW_ROWS]]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"
