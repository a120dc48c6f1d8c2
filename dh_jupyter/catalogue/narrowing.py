"""The indexes of parts of words: what a search is narrowed by before a row is looked at. Pure.

They hold trigrams, whatever their case, and give a few rows too many: each is looked at again. What is shorter than
three characters has none. `search` of entities: SQLite has its own table for it, PostgreSQL an index of the column, which
it takes by itself. Names (id, name, executables): both have a table, which is written once for an entity, and not at every
step of a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, select

from .tables import entities, search_index, search_names

_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)  # as lower() of a server that compares byte by byte


@dataclass(frozen=True)
class Narrow:
    """Rows of an index: their entities' `seq`, of which it gives the newest first, and which are meant."""

    index: FromClause
    seq: ColumnElement[int]
    condition: ColumnElement[bool]

    @property
    def joined(self) -> FromClause:
        """With their entities."""
        return self.index.join(entities, self.seq == entities.c.seq)

    @property
    def among(self) -> ColumnElement[bool]:
        """That an entity is one of them."""
        return entities.c.seq.in_(select(self.seq).where(self.condition))


def by_words(dialect: str, words: Sequence[str]) -> Narrow | None:
    """What may have all words in its `search`."""
    wanted = trigrams_of(words)
    if dialect != "sqlite" or not wanted:
        return None
    return Narrow(search_index, search_index.c.rowid, search_index.c.search_index.op("MATCH")(wanted))


def by_names(dialect: str, words: Sequence[str]) -> Narrow | None:
    """What may have each of the words in one of its names."""
    wanted = trigrams_of(words)
    if not wanted:
        return None
    if dialect == "sqlite":
        return Narrow(search_names, search_names.c.rowid, search_names.c.search_index_names.op("MATCH")(wanted))
    has: list[ColumnElement[Any]] = [
        search_names.c.names.contains(word.translate(_LOWER), autoescape=True) for word in words
    ]
    return Narrow(search_names, search_names.c.seq, and_(*has))


def trigrams_of(words: Iterable[str]) -> str:
    """What FTS5 is asked for: trigrams that cover each word; '' if all are too short. (Those between would make it read
    three times as much to leave out next to nothing.)"""
    parts = dict.fromkeys(word[start : start + 3] for word in words for start in _starts(len(word)))
    return " AND ".join('"{}"'.format(part.replace('"', '""')) for part in parts)


def _starts(length: int) -> list[int]:
    return [*range(0, length - 2, 3), *([length - 3] if length > 3 and length % 3 else [])]
