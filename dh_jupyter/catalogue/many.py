"""What the catalogue does with many runs of a project at once: so many transactions as for one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Connection, Select, bindparam, select

from ..clock import as_text, seconds
from . import metrics as metric_rows
from . import store
from .committing import Step, take_statuses, take_step
from .engine import Database, again_if_contended
from .events import Changes
from .steps import FINISHED_RUN
from .tables import documents, entities

if TYPE_CHECKING:
    from dh_kernel._contract import Entity

Expected = tuple[str, int, Step]  # a run's id, its revision, what it becomes
Series = dict[str, list[metric_rows.Point]]
Writing = Callable[[], AbstractContextManager[tuple[Connection, Changes]]]


class ManyRuns:
    """Thread-safe. `write` begins a transaction of the catalogue, whose changes are told after it."""

    def __init__(self, database: Database, write: Writing) -> None:
        self._database = database
        self._write = write

    def read(self, project: str, idents: Sequence[str]) -> list[tuple[Entity, int]]:
        """Those that there are, each with its revision."""
        with self._database.read() as connection:
            rows = _rows(connection, project, idents)
            documents = store.read_all(connection, rows)
        return [(cast("Entity", document), row.revision) for row, document in zip(rows, documents, strict=True)]

    def read_measured(
        self, project: str, idents: Sequence[str], is_measured: Callable[[Entity], bool]
    ) -> tuple[dict[str, Entity], dict[str, Series]]:
        """Those that there are, and of those that are measured whole series by name, as `metric_points` gives them; by id."""
        with self._database.read() as connection:
            rows = _rows(connection, project, idents)
            runs: Any = {document["id"]: document for document in store.read_all(connection, rows)}
            chosen = {row.seq: row.id for row in rows if is_measured(runs[row.id])}
            found = metric_rows.read_points_of(connection, list(chosen)) if chosen else {}
        return runs, {ident: found.get(seq, {}) for seq, ident in chosen.items()}

    @again_if_contended
    def take_steps(self, project: str, steps: Sequence[Expected]) -> list[Entity | None]:
        """Each run's next step, in one transaction; None where somebody has changed the run since its revision.

        Raises NotFound for one that there is not, unless it is one of several of which the status alone changes: those go
        together, and None says so.
        """
        alone = {ident: (expect, step) for ident, expect, step in steps if step.is_status_alone}
        if len(alone) == 1:  # its statements are there already
            alone = {}
        with self._write() as (connection, changes):
            now = as_text(seconds())
            rows = _rows(connection, project, list(alone), _WHOLE_LOCKED)
            done: dict[str, Any] = take_statuses(connection, rows, alone, now)
            for ident, expect, step in steps:
                if ident in alone:
                    continue
                taken = take_step(connection, project, ident, expect, step, now)
                for output, existing in taken[1] if taken else ():
                    changes.add("updated" if existing else "created", output)
                if taken:
                    done[ident] = taken[0]
            for run in done.values():
                changes.add("updated", run, "" if run["status"].get("state") in FINISHED_RUN else None)
        return [done.pop(ident, None) for ident, _, _ in steps]


_ROWS = (  # made once: to make it costs more than to ask it
    select(entities)
    .where(
        entities.c.project == bindparam("of_project"),
        entities.c.entity == "run",
        entities.c.id.in_(bindparam("of_ids", expanding=True)),
    )
    .order_by(entities.c.seq)
)


_WHOLE_LOCKED = (
    _ROWS.add_columns(documents.c.document)
    .join(documents, documents.c.seq == entities.c.seq)
    .with_for_update(of=entities)
)


def _rows(
    connection: Connection, project: str, idents: Sequence[str], wanted: Select[Any] = _ROWS
) -> list[store.Found]:
    found: list[store.Found] = []
    for start in range(0, len(idents), store.IDS_AT_ONCE):
        some = list(idents[start : start + store.IDS_AT_ONCE])
        found += connection.execute(wanted, {"of_project": project, "of_ids": some}).all()
    return found
