"""Many rows into a table by one statement. Inside the caller's transaction.

To SQLite each row is bound by itself, which costs nothing there. A server gets them all as one text of JSON: to read a statement
with ten thousand values would cost more than to store them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, Table, Text, bindparam, cast, column, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSON

DIALECTS: dict[str, Any] = {"sqlite": sqlite, "postgresql": postgresql}


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows that all have the same columns."""
    if rows:
        _execute(connection, _insert(connection.dialect.name, table, tuple(rows[0])), rows)


def insert_returning(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> list[Row[Any]]:
    """As `insert_rows`; the rows as they are stored, in any order."""
    statement = _returning(connection.dialect.name, table, tuple(rows[0]))
    return list(_execute(connection, statement, rows))


def add_up(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], counts: tuple[str, ...]
) -> list[Row[Any]]:
    """Rows whose primary keys may be there: then the columns `counts` are added to what they have. As they are stored."""
    statement = _adding_up(connection.dialect.name, table, tuple(rows[0]), counts)
    return list(_execute(connection, statement, rows))


def insert_if_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows whose primary keys may be there: then they stay as they are."""
    if rows:
        _execute(connection, _if_new(connection.dialect.name, table, tuple(rows[0])), rows)


def _execute(connection: Connection, statement: Any, rows: Sequence[Mapping[str, Any]]) -> Any:
    if connection.dialect.name == "postgresql":
        return connection.execute(statement, {"all_rows": json.dumps(rows)})
    return connection.execute(statement, rows)


@lru_cache
def _insert(dialect: str, table: Table, names: tuple[str, ...]) -> Any:
    statement = DIALECTS[dialect].insert(table)
    if dialect == "sqlite":
        return statement
    typed = [column(name, table.c[name].type) for name in names]
    given = func.json_to_recordset(cast(bindparam("all_rows", type_=Text), JSON)).table_valued(*typed, name="given")
    given = given.render_derived(with_types=True)
    return statement.from_select(names, select(*(given.c[name] for name in names)))


@lru_cache
def _returning(dialect: str, table: Table, names: tuple[str, ...]) -> Any:
    return _insert(dialect, table, names).returning(table)


@lru_cache
def _adding_up(dialect: str, table: Table, names: tuple[str, ...], counts: tuple[str, ...]) -> Any:
    statement = _insert(dialect, table, names)
    more = {name: table.c[name] + statement.excluded[name] for name in counts}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=more).returning(table)


@lru_cache
def _if_new(dialect: str, table: Table, names: tuple[str, ...]) -> Any:
    return _insert(dialect, table, names).on_conflict_do_nothing(index_elements=list(table.primary_key))
