"""Reading many: pages of entities, of labels, and edges. Inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, func, or_, select

from dh_kernel.refs import canonical_key

from . import keyset, query, store
from .entities import Document
from .query import Query, Sort
from .tables import entities, labels, relations


def page_of_entities(
    connection: Connection, entity: str, project: str | None, asked: Query, page: int, size: int, sort: Sort | None
) -> Document:
    """One page. Counting and finding read the index alone; only the rows of the page itself are looked up."""
    order = query.order_by(entity, sort)
    where = query.conditions(entity, project, asked, trigrams=connection.dialect.name == "sqlite")
    if asked.after:
        where.append(keyset.below(entity, sort, asked.after))
    shown = select(entities.c.seq).where(*where).order_by(*order).limit(size).offset(page * size)
    seqs = list(connection.execute(shown).scalars())
    if not seqs and page == 0 and project is not None and entity != "project":
        store.need(connection, project, "project", project)  # an empty list of nothing would hide a wrong name
    if len(seqs) < size and (seqs or page == 0):  # the last page: no need to count, which would search all again
        total = page * size + len(seqs)
    else:
        total = connection.execute(select(func.count()).select_from(entities).where(*where)).scalar_one()
    by_seq = {row.seq: row for row in connection.execute(select(entities).where(entities.c.seq.in_(seqs)))}
    rows = [by_seq[seq] for seq in seqs]
    answer = query.page_of(store.read_all(connection, rows), total, page, size)
    if rows and not answer["last"] and keyset.is_pageable(sort):
        answer["next"] = keyset.cursor_of(entity, sort, rows[-1])
    return answer


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
