"""Search over a project: names, labels, descriptions, names of columns; ranked, with facets. Inside the caller's transaction.

What matches is found, ranked and counted by the database (matching.py); only what is shown is read. `totalElements` and
facets count what is ranked, and no further; whether that is all that matches, `numFoundExact` says (Solr's word).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from . import matching, query, ranking, store
from .columns import storable
from .entities import Document
from .filters import Filter
from .matching import Search
from .narrowing import words_of
from .store import Found

SHOWN = 10  # of one group


@dataclass
class Answer:
    """What matching.answer gave: of each hit in order its group and number, how many there are of each sort, and whether
    there are no others that match."""

    hits: list[tuple[str, int]]
    total: int
    is_exact: bool
    facets: dict[str, list[dict[str, Any]]]

    @classmethod
    def of(cls, rows: Iterable[Any], chosen: int | None = None) -> Answer:
        """By what, value, number and place. `chosen`: how many there were before some were taken out."""
        hits: list[tuple[int, str, int]] = []
        counts: dict[str, Counter[str]] = {name: Counter() for name in ("type", "kind", "status", "labels")}
        for what, value, number, place in rows:
            if what == matching.HIT:
                hits.append((place, value, number))
            elif what == matching.LABEL:
                counts["labels"][value] = number
            else:
                for name, each in zip(("type", "kind", "status"), value.split(" ", 2), strict=True):
                    counts[name][each] += number
        facets = {name: _most_frequent_first(counted) for name, counted in counts.items()}
        total = sum(counts["type"].values())
        is_exact = (total if chosen is None else chosen) < matching.MOST
        return cls([(value, seq) for _, value, seq in sorted(hits)], total, is_exact, facets)


def _most_frequent_first(counted: Mapping[str, int]) -> list[dict[str, Any]]:
    return [
        {"value": value, "count": count} for value, count in sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    ]


def items(connection: Connection, project: str, asked: Search, page: int, size: int) -> Document:
    """A page of hits `{id, kind, project, name, type, status, key, metadata, highlights}`, the best first, `facets` and
    `numFoundExact`."""
    words = words_of(storable(asked.text))
    answer = _asked(connection, project, asked, words, page * size, (page + 1) * size)
    content = _hits(connection, [seq for _, seq in answer.hits], words)
    return {**query.page_of(content, answer.total, page, size), **_counted(answer)}


def groups(connection: Connection, project: str, asked: Search, page: int, size: int) -> Document:
    """A page of `{id, keyGroup, numFound, docs}`: the hits of one name together, the best group first."""
    words = words_of(storable(asked.text))
    answer = _asked(connection, project, asked, words, 0, matching.MOST + matching.NAMED)
    by_name: dict[str, list[int]] = {}
    for name, seq in answer.hits:
        by_name.setdefault(name, []).append(seq)
    content = []
    for name, seqs in list(by_name.items())[page * size : (page + 1) * size]:
        docs = _hits(connection, seqs[:SHOWN], words)
        group = docs[0]["key"] if name.startswith("run/") else docs[0]["key"].rpartition(":")[0]
        content.append({"id": group, "keyGroup": group, "numFound": len(seqs), "docs": docs})
    return {**query.page_of(content, len(by_name), page, size), **_counted(answer)}


def _counted(answer: Answer) -> Document:
    return {"facets": answer.facets, "numFoundExact": answer.is_exact}


def _asked(connection: Connection, project: str, asked: Search, words: Sequence[str], since: int, until: int) -> Answer:
    dialect = connection.dialect.name
    shape = matching.Shape.of(dialect, words, asked)
    given = {**matching.parameters(project, words, asked), "since": since, "until": until}
    if any(connection.execute(count, given).scalar_one() <= matching.MOST for count in matching.counts(shape)):
        shape = replace(shape, is_rare=True)
    described = [each for each in asked.filters if each.name == "description"]
    if not described:
        return Answer.of(connection.execute(matching.answer(shape), given))
    seqs = list(connection.execute(matching.chosen(shape), given).scalars())
    given["seqs"] = _described(connection, seqs, described)
    return Answer.of(connection.execute(matching.answer_of(dialect, len(words)), given), len(seqs))


def _described(connection: Connection, seqs: Sequence[int], asked: Sequence[Filter]) -> list[int]:
    """Those whose description has the texts: only the documents know which text is the description."""
    kept = []
    for row in store.select_whole(connection, seqs):
        text = str(store.document_of(connection, row)["metadata"].get("description", "")).lower()
        if all((all if each.is_all else any)(value.lower() in text for value in each.values) for each in asked):
            kept.append(row.seq)
    return kept


def _hits(connection: Connection, seqs: Sequence[int], words: Sequence[str]) -> list[Document]:
    by_seq = {row.seq: row for row in store.select_whole(connection, seqs)}
    rows: list[Found] = [by_seq[seq] for seq in seqs]
    return [
        {
            **{name: document[name] for name in ("id", "kind", "project", "name", "key", "metadata")},
            "type": row.entity,
            "status": row.state,
            "highlights": ranking.highlights(words, document),
        }
        for row, document in zip(rows, store.read_all(connection, rows), strict=True)
    ]
