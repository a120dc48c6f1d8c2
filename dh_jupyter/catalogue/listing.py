"""Reading many: pages of entities, of labels, and edges. Inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, Subquery, func, or_, select

from dh_kernel.refs import canonical_key

from . import keyset, query, store
from .columns import storable
from .entities import Document
from .narrowing import Narrow, by_names, by_words, words_of
from .query import Query, Sort
from .tables import entities, labels, relations

COUNTED = 10_000  # a list is counted no further
MOST = 1000  # of what has a word, a label or a part of a name, so many are found at once


def page_of_entities(
    connection: Connection, entity: str, project: str | None, asked: Query, page: int, size: int, sort: Sort | None
) -> Document:
    """One page. Finding and counting read the index alone; only the rows of the page itself are looked up.

    Beyond COUNTED, `totalElements` says no more than that there are so many, and others after this page if `last` is false.
    """
    below = [keyset.below(entity, sort, asked.after)] if asked.after else []
    is_narrow = bool(asked.text or asked.labels or asked.q)
    found = _narrowed(connection, entity, project, asked, below, page, size, sort) if is_narrow else None
    seqs, total = found or _looked_up(connection, entity, project, asked, below, page, size, sort)
    if not seqs and page == 0 and project is not None and entity != "project":
        store.need(connection, project, "project", project)  # an empty list of nothing would hide a wrong name
    is_last, seqs = len(seqs) <= size, seqs[:size]
    by_seq = {row.seq: row for row in store.select_whole(connection, seqs)}
    rows = [by_seq[seq] for seq in seqs]
    answer = {**query.page_of(store.read_all(connection, rows), total, page, size), "last": is_last}
    if rows and not is_last and keyset.is_pageable(sort):
        answer["next"] = keyset.cursor_of(entity, sort, rows[-1])
    return answer


Found = tuple[list[int], int]  # of a page, and the first of the next one; and how many there are


def _looked_up(
    connection: Connection,
    entity: str,
    project: str | None,
    asked: Query,
    below: Sequence[query.Condition],
    page: int,
    size: int,
    sort: Sort | None,
) -> Found:
    where = [*query.conditions(entity, project, asked, connection.dialect.name), *below]
    shown = select(entities.c.seq).where(*where).order_by(*query.order_by(entity, sort))
    seqs = list(connection.execute(shown.limit(size + 1).offset(page * size)).scalars())
    seen = page * size + len(seqs)
    if len(seqs) <= size and (seqs or page == 0):  # the last page: no need to count, which would search all again
        return seqs, seen
    if seqs and seen > COUNTED:
        return seqs, seen
    some = select(entities.c.seq).where(*where).limit(COUNTED).subquery()
    total = connection.execute(select(func.count()).select_from(some)).scalar_one()
    return seqs, max(total, seen) if seqs else total


def _narrowed(
    connection: Connection,
    entity: str,
    project: str | None,
    asked: Query,
    below: Sequence[query.Condition],
    page: int,
    size: int,
    sort: Sort | None,
) -> Found | None:
    """By the newest that have the words, labels and parts, if those are all, or if the page shows the newest only; else None."""
    newest = _newest(connection, entity, project, asked, below)
    order = query.order_by(entity, sort, newest.c)
    shown = select(newest.c.seq, func.count().over()).order_by(*order).limit(size + 1).offset(page * size)
    rows = connection.execute(shown).all()
    total = (
        rows[0][1]
        if rows
        else 0
        if page == 0
        else connection.execute(select(func.count()).select_from(newest)).scalar_one()
    )
    if total == MOST and (query.order_of(entity, sort) != query.NEWEST or (page + 1) * size >= MOST):
        return None
    return [seq for seq, _ in rows], total


def _newest(
    connection: Connection, entity: str, project: str | None, asked: Query, below: Sequence[query.Condition]
) -> Subquery:
    """The newest MOST that meet all, by the index of words, names or labels, which gives the newest first: a word that is
    in everything is no reason to read everything. What few have besides, comes before words."""
    start: ColumnElement[int] = entities.c.seq
    source: FromClause = entities
    narrow: list[query.Condition] = []
    dialect, words = connection.dialect.name, words_of(asked.text or "")
    rare = _rare_label(connection, project, asked.labels) if words and asked.labels and project is not None else None
    found = by_words(dialect, words) or by_names(dialect, [storable(asked.q)] if asked.q else [])
    if words and rare is None and _is_rare_state(connection, entity, project, asked.state):
        start = entities.c.seq + 0  # no index has this order: that of states is to be taken
    elif found and rare is None and not _is_common(connection, found, asked):
        start, source, narrow = found.seq, found.joined, [found.condition]
    elif asked.labels and project is not None:
        first = rare or asked.labels[0]
        start = labels.c.seq
        source = labels.join(entities, start == entities.c.seq)
        narrow = [labels.c.project == project, labels.c.label == storable(first)]
        asked = replace(asked, labels=tuple(label for label in asked.labels if label != first))
    where = [*query.conditions(entity, project, asked), *narrow, *below]
    columns = [entities.c.seq, *(entities.c[name] for name in query.SORTS)]
    return select(*columns).select_from(source).where(*where).order_by(start.desc()).limit(MOST).subquery("newest")


def _is_common(connection: Connection, found: Narrow, asked: Query) -> bool:
    """Words that so many have that two labels leave fewer."""
    return len(asked.labels) > 1 and not _is_rare(connection, select(found.seq).where(found.condition))


def _rare_label(connection: Connection, project: str, asked: Sequence[str]) -> str | None:
    """The first of the labels that so few have that all of those can be looked at."""
    for label in asked:
        having = select(labels.c.seq).where(labels.c.project == project, labels.c.label == storable(label))
        if _is_rare(connection, having):
            return label
    return None


def _is_rare_state(connection: Connection, entity: str, project: str | None, state: str | None) -> bool:
    if not state or project is None:
        return False
    states = entities.c.state.in_([storable(each) for each in state.split(",")])
    in_state = select(entities.c.seq).where(entities.c.project == project, entities.c.entity == entity, states)
    return _is_rare(connection, in_state)


def _is_rare(connection: Connection, rows: Select[int]) -> bool:
    count = select(func.count()).select_from(rows.limit(MOST + 1).subquery())
    return bool(connection.execute(count).scalar_one() <= MOST)


def page_of_labels(connection: Connection, project: str, prefix: str, page: int, size: int) -> Document:
    """[{id, project, label}] of the labels in use that begin with `prefix`."""
    where = (labels.c.project == project, labels.c.label.startswith(prefix, autoescape=True))
    words = list(connection.execute(select(labels.c.label).where(*where).distinct().order_by(labels.c.label)).scalars())
    shown: list[dict[str, Any]] = [
        {"id": word, "project": project, "label": word} for word in words[page * size : (page + 1) * size]
    ]
    return query.page_of(shown, len(words), page, size)


def edges(connection: Connection, project: str, keys: Collection[str]) -> list[dict[str, str]]:
    """[{type, source, dest}] of a project, or those with one of `keys` at either end, in the order of creation."""
    where = [relations.c.project == project]
    if keys:
        nodes = [canonical_key(key) for key in keys]
        where.append(or_(relations.c.source.in_(nodes), relations.c.dest.in_(nodes)))
    statement = select(relations.c.type, relations.c.source, relations.c.dest).where(*where)
    found = connection.execute(statement.order_by(relations.c.seq, relations.c.position))
    return [{"type": kind, "source": source, "dest": dest} for kind, source, dest in found]
