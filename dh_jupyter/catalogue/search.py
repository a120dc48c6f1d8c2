"""Search over a project: names, labels, descriptions, names of columns; ranked, with facets. Inside the caller's transaction.

The newest MOST things that match are ranked, as search engines do: a word that is in everything is no reason to read
everything. `totalElements` counts no further either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, or_, select

from dh_kernel.errors import Invalid

from . import query, ranking, store
from .columns import storable
from .entities import Document
from .filters import Filter
from .narrowing import by_words
from .store import Found
from .tables import entities, labels
from .types import KNOWN_KINDS, VERSIONED

MOST = 1000
TYPES = (*sorted(VERSIONED), "run", "trigger")
SHOWN = 10  # of one group

# of a row, what ranking and reading it need: a thousand are fetched
_READ = [entities.c[name] for name in ("seq", "entity", "kind", "name", "state", "search", "short_name", "number")]
_COLUMNS = {"type": entities.c.entity, "kind": entities.c.kind, "name": entities.c.name, "status": entities.c.state}
_COLUMNS |= {"user": entities.c.user, "id": entities.c.id}


@dataclass(frozen=True)
class Search:
    """What is looked for: each word somewhere in a thing, and all filters met."""

    text: str = ""
    filters: tuple[Filter, ...] = ()
    kinds_all: bool = False  # also kinds that the public SDK does not know


@dataclass
class Match:
    """A row that matches, with its labels and how well it fits."""

    row: Found
    labels: list[str] = field(default_factory=list)
    score: float = 0.0


def items(connection: Connection, project: str, asked: Search, page: int, size: int) -> Document:
    """A page of hits `{id, kind, project, name, type, status, key, metadata, highlights}`, the best first, and `facets`."""
    words, found = _ranked(connection, project, asked)
    shown = [match.row for match in found[page * size : (page + 1) * size]]
    content = _hits(connection, shown, words)
    return {**query.page_of(content, len(found), page, size), "facets": _facets(found)}


def groups(connection: Connection, project: str, asked: Search, page: int, size: int) -> Document:
    """A page of `{id, keyGroup, numFound, docs}`: the hits of one name together, the best group first."""
    words, found = _ranked(connection, project, asked)
    by_name: dict[tuple[str, str], list[Found]] = {}
    for match in found:
        by_name.setdefault((match.row.entity, match.row.name), []).append(match.row)
    content = []
    for rows in list(by_name.values())[page * size : (page + 1) * size]:
        docs = _hits(connection, rows[:SHOWN], words)
        group = docs[0]["key"].rpartition(":")[0] if rows[0].entity != "run" else docs[0]["key"]
        content.append({"id": group, "keyGroup": group, "numFound": len(rows), "docs": docs})
    return {**query.page_of(content, len(by_name), page, size), "facets": _facets(found)}


def _ranked(connection: Connection, project: str, asked: Search) -> tuple[list[str], list[Match]]:
    words = ranking.words_of(storable(asked.text))
    rows = list(connection.execute(_statement(connection.dialect.name, project, words, asked)).all())
    rows = _described(connection, rows, [each for each in asked.filters if each.name == "description"])
    found = _labelled(connection, rows)
    for match in found:
        match.score = ranking.score(words, match.row.name, match.labels, match.row.search)
    return words, sorted(found, key=lambda match: (-match.score, -match.row.seq))


def _statement(dialect: str, project: str, words: Sequence[str], asked: Search) -> Select[Any]:
    types = [each for each in asked.filters if each.name == "type"]
    where: list[ColumnElement[bool]] = [entities.c.project == project]
    if not types:
        where.append(entities.c.entity.in_(TYPES))
    if not asked.kinds_all:
        where.append(or_(*(_known(entity) for entity in TYPES)))
    where += [entities.c.search.contains(word, autoescape=True) for word in words]
    where += [_met(each, project) for each in asked.filters if each.name != "description"]
    if found := by_words(dialect, words):
        # joined, so that the index gives its rows from the newest on, and not all of them
        statement = select(*_READ).select_from(found.joined)
        return statement.where(*where, found.condition).order_by(found.seq.desc()).limit(MOST)
    return select(*_READ).where(*where).order_by(entities.c.seq.desc()).limit(MOST)


def _known(entity: str) -> ColumnElement[bool]:
    known = KNOWN_KINDS.get(entity)
    same = entities.c.entity == entity
    return same if known is None else same & entities.c.kind.in_(sorted(known))


def _met(asked: Filter, project: str) -> ColumnElement[bool]:
    values = [storable(value) for value in asked.values]
    if asked.name == "labels":
        return _has_labels(values, project, asked.is_all)
    if asked.name in ("created", "updated"):
        column, (since, until) = entities.c[asked.name], asked.between
        spans = [column >= since] if since else []
        return _all([*spans, *([column <= until] if until else [])])
    if asked.is_all and len(set(values)) > 1:
        raise Invalid(f"fq: a thing has one {asked.name} only; write OR between them.")
    return _COLUMNS[asked.name].in_(values)


def _all(conditions: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    found: ColumnElement[bool] = entities.c.seq > 0
    for each in conditions:
        found = found & each
    return found


def _has_labels(values: Sequence[str], project: str, is_all: bool) -> ColumnElement[bool]:
    def with_one(label: str) -> ColumnElement[bool]:
        return entities.c.seq.in_(select(labels.c.seq).where(labels.c.project == project, labels.c.label == label))

    return _all([with_one(value) for value in values]) if is_all else or_(*(with_one(value) for value in values))


def _described(connection: Connection, rows: list[Found], asked: Sequence[Filter]) -> list[Found]:
    """Those whose description has the texts: only the documents know which text is the description."""
    if not asked:
        return rows
    kept = []
    for row, document in zip(rows, store.read_all(connection, rows), strict=True):
        text = str(document["metadata"].get("description", "")).lower()
        if all((all if each.is_all else any)(value.lower() in text for value in each.values) for each in asked):
            kept.append(row)
    return kept


def _labelled(connection: Connection, rows: Sequence[Found]) -> list[Match]:
    found = {row.seq: Match(row) for row in rows}
    chosen = select(labels.c.seq, labels.c.label).where(store.among(labels.c.seq, list(found)))
    for seq, label in connection.execute(chosen).all() if found else ():
        found[seq].labels.append(label)
    return list(found.values())


def _hits(connection: Connection, rows: Sequence[Found], words: Sequence[str]) -> list[Document]:
    return [
        {
            **{name: document[name] for name in ("id", "kind", "project", "name", "key", "metadata")},
            "type": row.entity,
            "status": row.state,
            "highlights": ranking.highlights(words, document),
        }
        for row, document in zip(rows, store.read_all(connection, rows), strict=True)
    ]


def _facets(found: Sequence[Match]) -> dict[str, list[dict[str, Any]]]:
    """`{type: [{value, count}], kind, status, labels}` of what matches, the most frequent first."""
    counted = {
        "type": Counter(match.row.entity for match in found),
        "kind": Counter(match.row.kind for match in found),
        "status": Counter(match.row.state for match in found),
        "labels": Counter(label for match in found for label in match.labels),
    }
    return {
        name: [
            {"value": value, "count": count} for value, count in sorted(of.items(), key=lambda one: (-one[1], one[0]))
        ]
        for name, of in counted.items()
    }
