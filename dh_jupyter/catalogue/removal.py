"""What goes with what: the cascades of a delete (core-api, section 6). Files and folders are the caller's."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete

from . import store
from .entities import Document
from .store import Found
from .tables import counters, entities
from .types import EXECUTABLE


def delete_rows(connection: Connection, rows: Iterable[Found], *, cascade: bool) -> list[Document]:
    """Delete entities, with `cascade` also what belongs to them. Returns all documents that are gone."""
    doomed = {row.seq: row for row in rows}
    if cascade:
        for row in list(doomed.values()):
            doomed.update({below.seq: below for below in _below(connection, row)})
    return store.remove(connection, doomed.values())


def delete_project(connection: Connection, name: str) -> list[Document]:
    """Delete a project and all in it: nothing could read that any more."""
    gone = store.remove(connection, store.select_rows(connection, entities.c.project == name))
    connection.execute(delete(counters).where(counters.c.project == name))
    return gone


def _below(connection: Connection, row: Found) -> list[Found]:
    """Function or workflow → its tasks → their runs, and the runs that name it; task → its runs."""
    if row.entity in EXECUTABLE:
        executable = f"{row.kind}://{row.project}/{row.name}:{row.id}"
        named = entities.c.function if row.entity == "function" else entities.c.workflow
        below = store.select_rows(connection, entities.c.project == row.project, named == executable)
        return below + [run for task in below if task.entity == "task" for run in _below(connection, task)]
    if row.entity == "task":
        task = f"{row.kind}://{row.project}/{row.id}"
        return store.select_rows(connection, entities.c.project == row.project, entities.c.task == task)
    return []
