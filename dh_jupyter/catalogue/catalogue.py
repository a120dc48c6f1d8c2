"""The catalogue: one concrete class over one database URL.

Synchronous and thread-safe; several processes may use one database. Every method is one transaction. Entities go in and come out
in Core's envelope, with `metadata.version_number`, `.reference` and `.aliases` added when read. Errors have Core's texts.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, cast

from sqlalchemy import Connection, select

from dh_kernel.errors import Invalid
from dh_kernel.refs import Reference

from ..clock import as_text, seconds
from . import address, migrations, projects, removal, store
from . import aliases as alias_rows
from . import entities as rules
from . import metrics as metric_rows
from .audit import AuditTable
from .committing import Step
from .engine import Database, again_if_contended
from .entities import Document
from .events import Changes, tell
from .homes import Homes
from .listing import edges, page_of_entities, page_of_labels
from .many import ManyRuns
from .matching import Search
from .others import Others
from .query import EVERYTHING, Query, Sort, check_page
from .registering import register_many
from .resolve import MayRead, anything, resolve
from .search import groups, items
from .steps import UNFINISHED_RUN
from .tables import entities

if TYPE_CHECKING:
    from dh_kernel._contract import Entity, EntityEvent, Page

Entities = list["Entity"]
Registered = list[tuple["Entity", bool]]
Revisions = list[tuple["Entity", int]]
Edges = list[dict[str, str]]
Outputs = Iterable[tuple[str, Mapping[str, Any]]]
Series = dict[str, list[metric_rows.Point]]

OnDuplicate = Literal["error", "keep"]


class Catalogue:
    """Entities, versions, aliases, labels, relations and metrics."""

    def __init__(self, url: str) -> None:
        """`url` is SQLAlchemy's: sqlite:///FILE, or postgresql+psycopg://…; nothing is opened before the first call."""
        self._database = Database(url)
        self.others = Others(self._database)  # who else works here
        self.many_runs = ManyRuns(self._database, self._write)
        self.homes = Homes(self._database)
        self.audit = AuditTable(self._database)
        # called after each commit, from any thread, with ids and states only; it must return soon and not raise
        self.on_change: Callable[[EntityEvent], None] | None = None
        self.may_read: MayRead = anything  # of a reference that leads into another project
        self.on_entered: Callable[[Entity, str], None] | None = None  # the same, with what came into which state

    @property
    def address(self) -> str:
        """Where it is, for people: without password."""
        return address.shown(self._database.url)

    def migrate(self) -> None:
        """Bring the schema to this program's version; call it once before all else."""
        with self._database.read() as connection:
            if migrations.current(connection) == migrations.HEAD:
                return
        with self._database.write() as connection:
            migrations.upgrade(connection)

    def close(self) -> None:
        """Let go of the database."""
        self.others.close()
        self._database.close()

    # -- entities ------------------------------------------------------------------------------------------------------

    def create(
        self,
        entity: str,
        document: Mapping[str, Any],
        *,
        project: str,
        user: str,
        on_duplicate: OnDuplicate = "error",
        numbered_as: str | None = None,
    ) -> tuple[Entity, bool]:
        """Store a new entity. Returns (it, whether it was there before).

        on_duplicate="keep": an id that exists becomes the latest again, without a new number; `cells`, `run_defaults`,
        `description` and `labels` of its metadata are taken from the document. `numbered_as`: of a run, its function's name.
        """
        options: Any = {"on_duplicate": on_duplicate, "numbered_as": numbered_as}
        return self.create_many(entity, [document], project=project, user=user, **options)[0]

    def create_many(
        self,
        entity: str,
        documents: Iterable[Mapping[str, Any]],
        *,
        project: str,
        user: str,
        on_duplicate: OnDuplicate = "error",
        numbered_as: str | None = None,
    ) -> Registered:
        """As `create`, all in one transaction: all are stored, or none."""
        now = as_text(seconds())
        posted = [rules.new_document(entity, each, project=project, user=user, now=now) for each in documents]
        options: Any = {"user": user, "now": now, "keep": on_duplicate == "keep", "numbered_as": numbered_as}
        return self._register(entity, posted, project, options)

    @again_if_contended
    def _register(self, entity: str, posted: Sequence[Document], project: str, options: Any) -> Registered:
        with self._write() as (connection, changes):
            if entity != "project":
                store.need_project(connection, project)
            store.lock_names(connection, project, {(entity, each["name"]) for each in posted})
            found = register_many(connection, entity, posted, **options)
            answers = store.read_all(connection, [row for row, _ in found])
            created = [(_entity(answer), existing) for answer, (_, existing) in zip(answers, found, strict=True)]
            for document, existing in created:
                changes.add("updated" if existing else "created", document)
        return created

    def get(self, project: str, entity: str, ident: str, *, kinds_all: bool = False) -> Entity:
        """An entity by its id. Raises NotFound. A project comes with its five lists."""
        with self._database.read() as connection:
            document = store.read(connection, store.need(connection, project, entity, ident, whole=True))
            if entity == "project":
                document = projects.with_lists(connection, document, kinds_all=kinds_all)
        return _entity(document)

    def resolve(self, ref: str | Reference, *, project: str, expect: str | None = None) -> Entity:
        """What a reference, key or executable string means. `expect`: the entity type that it must be.

        Raises NotFound, with the nearest name or the versions that there are, and Invalid if it is ambiguous.
        """
        with self._database.read() as connection:
            return _entity(store.read(connection, resolve(connection, ref, project, expect, self.may_read)))

    def list(
        self,
        entity: str,
        *,
        project: str | None = None,
        query: Query = EVERYTHING,
        page: int = 0,
        size: int = 25,
        sort: Sort | None = None,
    ) -> Page:
        """One page of a list; `sort` is [(property, "ASC" | "DESC")]. Raises Invalid for what can't be asked."""
        check_page(page, size)
        with self._database.read() as connection:
            return cast("Page", page_of_entities(connection, entity, project, query, page, size, sort))

    def search(self, project: str, asked: Search, page: int = 0, size: int = 25, *, grouped: bool = False) -> Document:
        """A page of hits, or of groups of hits by name; see search.py. Raises Invalid for what can't be asked."""
        check_page(page, size)
        with self._database.read() as connection:
            store.need(connection, project, "project", project)
            return (groups if grouped else items)(connection, project, asked, page, size)

    @again_if_contended
    def update(self, project: str, entity: str, ident: str, document: Mapping[str, Any], *, user: str) -> Entity:
        """PUT of a whole document, by Core's rules: identity and spec stay; an illegal step of state changes nothing."""
        now = as_text(seconds())
        with self._write() as (connection, changes):
            row = store.need(connection, project, entity, ident, lock=True, whole=True)
            changed = rules.merged(entity, store.document_of(connection, row), document, user=user, now=now)
            answer = _entity(store.read(connection, store.change(connection, row, changed)))
            changes.add("updated", answer, row.state)
        return answer

    @again_if_contended
    def delete(self, project: str, entity: str, ident: str, *, cascade: bool) -> Entities:
        """Delete an entity. Returns all that is gone, so that the caller can remove their files. Raises NotFound."""
        with self._write() as (connection, changes):
            row = store.need(connection, project, entity, ident)
            return changes.gone(removal.delete_rows(connection, [row], cascade=cascade))

    @again_if_contended
    def delete_name(self, project: str, entity: str, name: str, *, cascade: bool) -> Entities:
        """Delete all versions of a name; none is fine. Returns what is gone."""
        same = (entities.c.project == project, entities.c.entity == entity, entities.c.name == name)
        with self._write() as (connection, changes):
            rows = store.select_rows(connection, *same)
            return changes.gone(removal.delete_rows(connection, rows, cascade=cascade))

    @again_if_contended
    def delete_project(self, name: str, cascade: bool = True) -> Entities:
        """Delete a project with all in it, whatever `cascade` says; none is fine. Returns what is gone."""
        with self._write() as (connection, changes):
            return changes.gone(removal.delete_project(connection, name))

    # -- runs ----------------------------------------------------------------------------------------------------------

    def get_run(self, project: str, ident: str) -> tuple[Entity, int]:
        """A run, and the revision that a compare-and-set of it expects. Raises NotFound."""
        with self._database.read() as connection:
            row = store.need(connection, project, "run", ident, whole=True)
            return _entity(store.read(connection, row)), row.revision

    def unfinished_runs(self) -> Revisions:
        """Runs of all projects that have not ended, the oldest first, each with its revision."""
        with self._database.read() as connection:
            rows = store.select_rows(connection, entities.c.entity == "run", entities.c.state.in_(UNFINISHED_RUN))
            documents = store.read_all(connection, rows)
        return [(_entity(document), row.revision) for row, document in zip(rows, documents, strict=True)]

    def compare_and_set_status(
        self,
        project: str,
        ident: str,
        *,
        expect: int,
        status: Mapping[str, Any],
        spec: Mapping[str, Any] | None = None,
        relationships: Sequence[Mapping[str, Any]] | None = None,
    ) -> Entity | None:
        """Replace a run's status (and spec, and relationships), if nobody changed it since revision `expect`; else None."""
        return self.many_runs.take_steps(project, [(ident, expect, Step(status, spec, relationships))])[0]

    def commit_run(
        self,
        project: str,
        ident: str,
        *,
        expect: int,
        status: Mapping[str, Any],
        outputs: Outputs = (),
        metrics: Mapping[str, Sequence[Any]] | None = None,
    ) -> Entity | None:
        """The end of a run in one transaction: outputs (entity type, document), metrics and status. None as above.

        An output whose id exists becomes the latest of its name and gets one more `produced_by`. `metrics`: by name the
        whole series, points (step, time, value) or bare numbers; they replace what was appended while it ran.
        """
        step = Step(status, outputs=tuple(outputs), metrics=metrics or {})
        return self.many_runs.take_steps(project, [(ident, expect, step)])[0]

    # -- aliases, labels, relations ------------------------------------------------------------------------------------

    def aliases(self, project: str, entity: str, ident: str) -> Edges:
        """[{alias, user, created, note}] of one version."""
        with self._database.read() as connection:
            return alias_rows.of(connection, store.need(connection, project, entity, ident))

    @again_if_contended
    def set_alias(
        self, project: str, entity: str, name: str, alias: str, ident: str, user: str, note: str = ""
    ) -> Entity:
        """Point an alias of `name` at the version `ident`; it moves if it pointed elsewhere. Returns that version."""
        with self._write() as (connection, changes):
            row = store.need(connection, project, entity, ident, lock=True)
            if row.name != name:
                raise Invalid(f"'{ident}' is a version of '{row.name}', not of '{name}'.")
            alias_rows.put(connection, row, alias, user=user, note=note, now=as_text(seconds()))
            answer = _entity(store.read(connection, row))
            changes.add("updated", answer)
        return answer

    @again_if_contended
    def delete_alias(self, project: str, entity: str, name: str, alias: str) -> None:
        """Remove an alias. Raises NotFound."""
        with self._write() as (connection, changes):
            seq = alias_rows.drop(connection, project, entity, name, alias)
            row = connection.execute(select(entities).where(entities.c.seq == seq)).one()
            changes.add("updated", store.read(connection, row))

    def labels(self, project: str, prefix: str = "", *, page: int = 0, size: int = 25) -> Document:
        """A page of {id, project, label}: the labels in use that begin with `prefix`."""
        check_page(page, size)
        with self._database.read() as connection:
            return page_of_labels(connection, project, prefix, page, size)

    def relations(self, project: str, *keys: str) -> Edges:
        """[{type, source, dest}] of a project, or those with one of `keys` at either end. Keys are canonical."""
        with self._database.read() as connection:
            return edges(connection, project, keys)

    # -- metrics -------------------------------------------------------------------------------------------------------

    def metrics(self, project: str, entity: str, ident: str) -> dict[str, Any]:
        """{name: number | [numbers]} of a run or model; {} if there are none."""
        with self._database.read() as connection:
            return metric_rows.read(connection, metric_rows.owner(connection, project, entity, ident))

    def metric(self, project: str, entity: str, ident: str, name: str) -> Any:
        """One metric: a number or a list. Raises NotFound."""
        with self._database.read() as connection:
            return metric_rows.read_one(connection, metric_rows.owner(connection, project, entity, ident), name)

    @again_if_contended
    def put_metric(self, project: str, entity: str, ident: str, name: str, value: Any) -> None:
        """Replace one metric by a number or a flat list of numbers; anything else is Invalid."""
        with self._database.write() as connection:
            metric_rows.put(connection, metric_rows.owner(connection, project, entity, ident, lock=True), name, value)

    def metric_points(self, project: str, entity: str, ident: str) -> Series:
        """{name: [(step, time, value)]}: whole series."""
        with self._database.read() as connection:
            return metric_rows.read_points(connection, metric_rows.owner(connection, project, entity, ident))

    def append_metrics(self, project: str, entity: str, ident: str, points: Iterable[metric_rows.Added]) -> None:
        """Add points (name, step, time, value) to the ends of their series."""
        with self._database.write() as connection:
            metric_rows.append(connection, metric_rows.owner(connection, project, entity, ident, lock=True), points)

    # -- what changed --------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _write(self) -> Iterator[tuple[Connection, Changes]]:
        """One transaction, and what it changes: others are told with its commit, our listeners after it."""
        changes = Changes()
        with self._database.write() as connection:
            yield connection, changes
            self.others.tell(connection, changes.events())
        tell(changes, self.on_change, self.on_entered)


def _entity(document: Document) -> Entity:
    """The one place where a document of the catalogue is given its type."""
    return cast("Entity", document)
