"""Rows in and out of the database, one entity or many. Every function runs inside the caller's transaction."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, func, select, tuple_, update

from dh_kernel.errors import Invalid, NotFound

from . import columns
from .entities import Document, name_version
from .rows import add_up, insert_if_new, insert_returning, insert_rows
from .tables import aliases, counters, documents, entities, labels, relations
from .types import VERSIONED

Found = Row[Any]
IDS_AT_ONCE = 500


# Statements of the paths that are walked most, built once: building them costs more than the database's own work.
_FIND = select(entities).where(
    entities.c.project == bindparam("project"),
    entities.c.entity == bindparam("entity"),
    entities.c.id == bindparam("id"),
)
_FIND_LOCKED = _FIND.with_for_update()
_FIND_WHOLE = _FIND.add_columns(documents.c.document).join(documents, documents.c.seq == entities.c.seq)
_FIND_WHOLE_LOCKED = _FIND_WHOLE.with_for_update(of=entities)
_READ_DOCUMENT = select(documents.c.document).where(documents.c.seq == bindparam("of"))
_READ_ALIASES = select(aliases.c.alias).where(aliases.c.seq == bindparam("of")).order_by(aliases.c.alias)
_CHANGE_STATUSES = (
    update(entities)
    .where(entities.c.seq == bindparam("of"))
    .values(state=bindparam("to"), updated=bindparam("at"), revision=entities.c.revision + 1)
)
_CHANGE_STATUS = _CHANGE_STATUSES.returning(entities)
_CHANGE_DOCUMENT = update(documents).where(documents.c.seq == bindparam("of")).values(document=bindparam("text"))
_UNMARK_LATEST = (
    update(entities)
    .where(
        entities.c.project == bindparam("of_project"),
        entities.c.entity == bindparam("of_entity"),
        entities.c.name == bindparam("of_name"),
        entities.c.is_latest.is_(True),
    )
    .values(is_latest=False)
)


# -- read --------------------------------------------------------------------------------------------------------------


def find(
    connection: Connection, project: str, entity: str, ident: str, *, lock: bool = False, whole: bool = False
) -> Found | None:
    """The row of an entity. `lock`: no other transaction changes it until this one ends. `whole`: with its document."""
    key = {"project": project, "entity": entity, "id": ident}
    statements = ((_FIND, _FIND_LOCKED), (_FIND_WHOLE, _FIND_WHOLE_LOCKED))
    return connection.execute(statements[whole][lock], key).one_or_none()


def need(
    connection: Connection, project: str, entity: str, ident: str, *, lock: bool = False, whole: bool = False
) -> Found:
    """As `find`; raises NotFound in the words that the public SDK looks for."""
    row = find(connection, project, entity, ident, lock=lock, whole=whole)
    if row is None:
        where = "" if entity == "project" else f" in '{project}'"
        raise NotFound(f"No such EntityName.{entity.upper()}.", f"There is no {entity} '{ident}'{where}.")
    return row


def need_project(connection: Connection, project: str) -> None:
    """Raise Invalid if there is no such project."""
    if find(connection, project, "project", project) is None:
        raise Invalid("invalid or missing project", f"There is no project '{project}'. Make it: %dh project {project}")


def document_of(connection: Connection, row: Found) -> Document:
    """The document as it is stored."""
    text = row._mapping.get("document") or connection.execute(_READ_DOCUMENT, {"of": row.seq}).scalar_one()
    document: Document = json.loads(text)
    return document


def read(connection: Connection, row: Found) -> Document:
    """The document as it is answered."""
    return as_answered(connection, row, document_of(connection, row))


def as_answered(connection: Connection, row: Found, document: Document) -> Document:
    """A stored document with what is computed at every read; only what has versions has aliases."""
    named = connection.execute(_READ_ALIASES, {"of": row.seq}).scalars() if row.entity in VERSIONED else ()
    return columns.as_read(row, document, list(named))


def read_all(connection: Connection, rows: Sequence[Found]) -> list[Document]:
    """Documents as they are answered, in the order of `rows`."""
    if len(rows) == 1:  # its statements are there already
        return [read(connection, rows[0])]
    answers = []
    for start in range(0, len(rows), IDS_AT_ONCE):
        some = rows[start : start + IDS_AT_ONCE]
        texts = _documents_of(connection, some)
        named = _aliases_of(connection, [row.seq for row in some if row.entity in VERSIONED])
        answers += [columns.as_read(row, json.loads(texts[row.seq]), named.get(row.seq, [])) for row in some]
    return answers


def select_whole(connection: Connection, seqs: Sequence[int]) -> list[Found]:
    """Rows with their documents, in any order."""
    whole = select(entities, documents.c.document).join(documents, documents.c.seq == entities.c.seq)
    return list(connection.execute(whole.where(among(entities.c.seq, seqs))))


def _documents_of(connection: Connection, rows: Sequence[Found]) -> dict[int, str]:
    if rows and "document" in rows[0]._mapping:
        return {row.seq: row.document for row in rows}
    stored = select(documents).where(among(documents.c.seq, [row.seq for row in rows]))
    return {row.seq: row.document for row in connection.execute(stored)}


def _aliases_of(connection: Connection, seqs: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    chosen = select(aliases.c.seq, aliases.c.alias).where(among(aliases.c.seq, seqs)).order_by(aliases.c.alias)
    for seq, alias in connection.execute(chosen) if seqs else ():
        found.setdefault(seq, []).append(alias)
    return found


def among(column: ColumnElement[int], seqs: Sequence[int]) -> ColumnElement[bool]:
    """Whether it is one of them. They stand in the statement: a server's driver takes long over a thousand parameters."""
    return column.in_(bindparam(None, [int(seq) for seq in seqs], expanding=True, literal_execute=True))


# -- write -------------------------------------------------------------------------------------------------------------


def add(connection: Connection, entity: str, document: Document, numbered_as: str | None) -> Found:
    """Insert a new entity: it gets the next number of its name and becomes the latest."""
    return add_many(connection, entity, [document], numbered_as)[0]


def add_many(
    connection: Connection, entity: str, added: Sequence[Document], numbered_as: str | None = None
) -> list[Found]:
    """As `add`, for entities of one project, the earlier before the later; so many statements as for one."""
    numbered = _numbered(connection, entity, added, numbered_as)
    is_latest = _become_latest(connection, entity, added, numbered) if entity in VERSIONED else [True] * len(added)
    fields = [
        {
            **{name: document[name] for name in ("project", "id", "name")},
            "entity": entity,
            "short_name": short_name,
            "number": number,
            "touched": touched,
            "is_latest": newest,
            "revision": 1,
            **columns.columns_of(entity, document),
        }
        for document, (short_name, number, touched), newest in zip(added, numbered, is_latest, strict=True)
    ]
    by_id = {row.id: row for row in insert_returning(connection, entities, fields)}
    rows = [by_id[document["id"]] for document in added]
    pairs = zip(rows, added, strict=True)
    texts = [{"seq": row.seq, "document": columns.as_json(document)} for row, document in pairs]
    insert_rows(connection, documents, texts)
    _add_derived(connection, rows, added)
    return rows


def _become_latest(
    connection: Connection, entity: str, added: Sequence[Document], numbered: Sequence[tuple[str, int, int]]
) -> list[bool]:
    """Which of them are the latest of their names from now on; what was before them is that no more."""
    last: dict[str, int] = {}
    has_older: set[str] = set()
    for place, (document, (_, number, _)) in enumerate(zip(added, numbered, strict=True)):
        name_version(document, number)
        if number > 1 and document["name"] not in last:
            has_older.add(document["name"])
        last[document["name"]] = place
    for name in sorted(has_older):
        _unmark_latest(connection, added[0]["project"], entity, name)
    return [last[document["name"]] == place for place, document in enumerate(added)]


def _numbered(
    connection: Connection, entity: str, added: Sequence[Document], numbered_as: str | None
) -> list[tuple[str, int, int]]:
    """(what it counts under, its number, its touch) of each."""
    names = [columns.short_name_of(entity, document, numbered_as) for document in added]
    if entity == "task":
        return [(name, 1, 1) for name in names]
    of_type = {"project": added[0]["project"], "entity": entity}
    counts = Counter(names)
    wanted = [{**of_type, "name": name, "number": counts[name], "touched": counts[name]} for name in sorted(counts)]
    counted = add_up(connection, counters, wanted, ("number", "touched"))
    last = {row.name: (row.number, row.touched) for row in counted}
    numbered = []
    for name in names:
        counts[name] -= 1  # so many come after it
        numbered.append((name, last[name][0] - counts[name], last[name][1] - counts[name]))
    return numbered


def change(connection: Connection, row: Found, document: Document) -> Found:
    """Write a changed document over an entity, and what is derived from it."""
    fields = columns.columns_of(row.entity, document)
    statement = update(entities).where(entities.c.seq == row.seq).returning(entities)
    changed = connection.execute(statement.values(revision=entities.c.revision + 1, **fields)).one()
    connection.execute(_CHANGE_DOCUMENT, {"of": row.seq, "text": columns.as_json(document)})
    connection.execute(delete(labels).where(labels.c.seq == row.seq))
    connection.execute(delete(relations).where(relations.c.seq == row.seq))
    _add_derived(connection, [row], [document])
    return changed


def change_status(connection: Connection, row: Found, document: Document) -> Found:
    """As `change`, for a document of which only the status is another: nothing is derived from that."""
    fields = {"to": document["status"].get("state", row.state), "at": document["metadata"]["updated"]}
    changed = connection.execute(_CHANGE_STATUS, {"of": row.seq, **fields}).one()
    connection.execute(_CHANGE_DOCUMENT, {"of": row.seq, "text": columns.as_json(document)})
    return changed


def change_statuses(connection: Connection, changed: Sequence[tuple[Found, Document]]) -> list[Found]:
    """As `change_status`, for many; so many statements as for one. The rows come in any order."""
    fields = [
        {"of": row.seq, "to": document["status"].get("state", row.state), "at": document["metadata"]["updated"]}
        for row, document in changed
    ]
    connection.execute(_CHANGE_STATUSES, fields)
    texts = [{"of": row.seq, "text": columns.as_json(document)} for row, document in changed]
    connection.execute(_CHANGE_DOCUMENT, texts)
    return list(connection.execute(select(entities).where(among(entities.c.seq, [row.seq for row, _ in changed]))))


def make_latest(connection: Connection, row: Found, touched: int) -> None:
    """Make an older version the latest again, without a new number. `touched`: what `next_touch` gave for its name."""
    _unmark_latest(connection, row.project, row.entity, row.name)
    connection.execute(update(entities).where(entities.c.seq == row.seq).values(is_latest=True, touched=touched))


def remove(connection: Connection, rows: Iterable[Found]) -> list[Document]:
    """Delete entities with all that hangs on them. Returns the documents as they were."""
    rows = _locked(connection, list(rows))
    gone = read_all(connection, rows)
    for start in range(0, len(rows), IDS_AT_ONCE):
        seqs = [row.seq for row in rows[start : start + IDS_AT_ONCE]]
        connection.execute(delete(entities).where(entities.c.seq.in_(seqs)))
    for project, entity, name in sorted({(row.project, row.entity, row.name) for row in rows if row.is_latest}):
        if entity in VERSIONED:
            next_touch(connection, project, entity, name)
            _unmark_latest(connection, project, entity, name)
            _mark_latest(connection, project, entity, name)
    return gone


def _locked(connection: Connection, rows: list[Found]) -> list[Found]:
    """The rows that are still there, as they are now, and nobody else's until the transaction ends."""
    for project in {row.project for row in rows}:
        lock_names(connection, project, {(row.entity, row.name) for row in rows if row.project == project}, least=1)
    found: list[Found] = []
    for start in range(0, len(rows), IDS_AT_ONCE):
        some = entities.c.seq.in_([row.seq for row in rows[start : start + IDS_AT_ONCE]])
        found += connection.execute(select(entities).where(some).order_by(entities.c.seq).with_for_update())
    return found


def select_rows(connection: Connection, *where: ColumnElement[bool]) -> list[Found]:
    """Rows in the order of insertion."""
    return list(connection.execute(select(entities).where(*where).order_by(entities.c.seq)))


# -- numbers and the latest --------------------------------------------------------------------------------------------


def next_touch(connection: Connection, project: str, entity: str, name: str) -> int:
    """The next touch of a name. The counter's row stays locked until the transaction ends, so that all that is done to
    the versions of one name is done one after the other."""
    of_name = {"project": project, "entity": entity, "name": name, "number": 0, "touched": 1}
    return int(add_up(connection, counters, [of_name], ("number", "touched"))[0].touched)


def lock_names(connection: Connection, project: str, names: Collection[tuple[str, str]], least: int = 2) -> None:
    """Take the counters' rows of several (type, name) in one order, so that nobody who does the same waits for us
    while we wait for them. Who creates one entity alone needs none of it."""
    wanted = sorted((entity, name) for entity, name in names if entity in VERSIONED)
    if len(wanted) < least:
        return
    rows = [{"project": project, "entity": a, "name": b, "number": 0, "touched": 0} for a, b in wanted]
    insert_if_new(connection, counters, rows)
    for start in range(0, len(wanted), IDS_AT_ONCE):
        some = tuple_(counters.c.entity, counters.c.name).in_(wanted[start : start + IDS_AT_ONCE])
        locked = select(counters.c.number).where(counters.c.project == project, some)
        connection.execute(locked.order_by(counters.c.entity, counters.c.name).with_for_update())


def _versions(project: str, entity: str, name: str) -> ColumnElement[bool]:
    return (entities.c.project == project) & (entities.c.entity == entity) & (entities.c.name == name)


def _unmark_latest(connection: Connection, project: str, entity: str, name: str) -> None:
    connection.execute(_UNMARK_LATEST, {"of_project": project, "of_entity": entity, "of_name": name})


def _mark_latest(connection: Connection, project: str, entity: str, name: str) -> None:
    newest = select(func.max(entities.c.touched)).where(_versions(project, entity, name)).scalar_subquery()
    chosen = _versions(project, entity, name) & (entities.c.touched == newest)
    connection.execute(update(entities).where(chosen).values(is_latest=True))


# -- what is derived from a document -----------------------------------------------------------------------------------


def _add_derived(connection: Connection, rows: Sequence[Found], derived_from: Sequence[Document]) -> None:
    words, links = [], []
    for row, document in zip(rows, derived_from, strict=True):
        of_row = {"seq": row.seq, "project": row.project}
        words += [{**of_row, "label": word} for word in columns.labels_of(document)]
        links += [
            {**of_row, "position": position, "type": kind, "source": source, "dest": dest}
            for position, (kind, source, dest) in enumerate(columns.links_of(document))
        ]
    insert_rows(connection, labels, words)
    insert_rows(connection, relations, links)


def has_any(connection: Connection, project: str, entity: str, idents: Sequence[str]) -> bool:
    """Whether one of the ids is there already."""
    for start in range(0, len(idents), IDS_AT_ONCE):
        some = entities.c.id.in_(idents[start : start + IDS_AT_ONCE])
        there = select(entities.c.seq).where(entities.c.project == project, entities.c.entity == entity, some)
        if connection.execute(there.limit(1)).first() is not None:
            return True
    return False
