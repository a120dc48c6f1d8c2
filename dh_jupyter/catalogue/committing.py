"""A run's next step, in one transaction with what it made. Inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from . import entities as rules
from . import metrics as metric_rows
from . import store
from .entities import Document
from .registering import register_output

Output = tuple[str, Mapping[str, Any]]  # entity type, document


@dataclass(frozen=True)
class Step:
    """What changes of a run; None stays. `metrics`: by name the whole series."""

    status: Mapping[str, Any]
    spec: Mapping[str, Any] | None = None
    relationships: Sequence[Mapping[str, Any]] | None = None
    outputs: Sequence[Output] = ()
    metrics: Mapping[str, Sequence[Any]] | None = None

    @property
    def is_status_alone(self) -> bool:
        """Whether nothing else changes."""
        return self.spec is None and self.relationships is None and not self.outputs and not self.metrics


def take_step(
    connection: Connection, project: str, ident: str, expect: int, step: Step, now: str
) -> tuple[Document, list[tuple[Document, bool]]] | None:
    """(the run, [(output, whether it was there)]); None, and nothing is done, if the run's revision is not `expect`."""
    row = store.need(connection, project, "run", ident, lock=True, whole=True)
    if row.revision != expect:
        return None
    store.lock_names(connection, project, _names(step.outputs))
    registered = [register_output(connection, row, entity, document, now) for entity, document in step.outputs]
    metric_rows.replace(connection, row.seq, step.metrics or {})
    document = rules.with_status(store.document_of(connection, row), step.status, now)
    if step.spec is None and step.relationships is None:
        row = store.change_status(connection, row, document)
    else:
        document = rules.with_parts(document, step.spec, step.relationships)
        row = store.change(connection, row, document)
    answers = store.read_all(connection, [each for each, _ in registered])
    outputs = [(answer, existing) for answer, (_, existing) in zip(answers, registered, strict=True)]
    return store.as_answered(connection, row, document), outputs


def take_statuses(
    connection: Connection, rows: Sequence[store.Found], steps: Mapping[str, tuple[int, Step]], now: str
) -> dict[str, Document]:
    """As `take_step`, for many runs of which the status alone changes: `rows` with their documents, `steps` by id with the
    revision that is expected. Returns those that were of it, as they are then."""
    of_it = [row for row in rows if row.revision == steps[row.id][0]]
    if not of_it:
        return {}
    changed = [
        (row, rules.with_status(store.document_of(connection, row), steps[row.id][1].status, now)) for row in of_it
    ]
    documents = {row.id: document for row, document in changed}
    after = store.change_statuses(connection, changed)
    return {row.id: store.as_answered(connection, row, documents[row.id]) for row in after}


def _names(outputs: Iterable[Output]) -> set[tuple[str, str]]:
    return {(entity, str(document.get("name"))) for entity, document in outputs}
