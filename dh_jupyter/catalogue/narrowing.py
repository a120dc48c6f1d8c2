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

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Integer,
    Subquery,
    and_,
    bindparam,
    func,
    select,
    union_all,
)

from dh_kernel.errors import Invalid

from .tables import entities, search_index, search_names

MOST_WORDS = 100
RECENT = 5000  # so many can be looked at one by one

Text = str | BindParameter[str]

_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)  # as lower() of a server that compares byte by byte

_COUNT = bindparam(None, callable_=lambda: RECENT, type_=Integer)
_BEFORE = select(entities.c.seq).order_by(entities.c.seq.desc()).offset(_COUNT).limit(1).scalar_subquery()
_EDGE = select(func.coalesce(_BEFORE, 0).label("seq")).cte("edge")  # the newest of those that are not recent


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


def words_of(asked: str) -> list[str]:
    """The words that are looked for, in lower case, each once. Raises Invalid for more than a statement may have."""
    words = list(dict.fromkeys(asked.lower().split()))
    if len(words) > MOST_WORDS:
        raise Invalid(f"These are {len(words)} words to look for.", f"Look for at most {MOST_WORDS}.")
    return words


def by_words(dialect: str, words: Sequence[str]) -> Narrow | None:
    """What may have all words in its `search`."""
    wanted = trigrams_of(words)
    return in_search(wanted) if dialect == "sqlite" and wanted else None


def by_names(dialect: str, words: Sequence[str]) -> Narrow | None:
    """What may have each of the words in one of its names."""
    wanted = trigrams_of(words)
    return in_names(dialect, wanted, [pattern_of_name(word) for word in words]) if wanted else None


def in_search(wanted: Text) -> Narrow:
    """By what `trigrams_of` gave, on SQLite."""
    return Narrow(search_index, search_index.c.rowid, search_index.c.search_index.op("MATCH")(wanted))


def in_names(dialect: str, wanted: Text, patterns: Sequence[Text]) -> Narrow:
    """By what `trigrams_of` gave, or on PostgreSQL by what `pattern_of_name` did."""
    if dialect == "sqlite":
        return Narrow(search_names, search_names.c.rowid, search_names.c.search_index_names.op("MATCH")(wanted))
    has: list[ColumnElement[Any]] = [search_names.c.names.like(pattern, escape="/") for pattern in patterns]
    return Narrow(search_names, search_names.c.seq, and_(*has))


def pattern_of_name(word: str) -> str:
    """What LIKE is asked for, of names in lower case."""
    return pattern_of(word.translate(_LOWER))


def pattern_of(text: str) -> str:
    """What LIKE is asked for, with `/` as the escape, of what has this text somewhere."""
    return f"%{escape_like(text)}%"


def escape_like(text: str) -> str:
    """Text in which LIKE's wildcards stand for themselves, with `/` as the escape."""
    return text.replace("/", "//").replace("%", "/%").replace("_", "/_")


def newest(
    dialect: str,
    indexed: Sequence[ColumnElement[bool]],
    looked_at: Sequence[ColumnElement[bool]],
    trigrams: Text,
    most: BindParameter[int],
) -> Subquery:
    """`seq` of the newest entities, at most so many, that meet all conditions: `indexed`, which the index of words serves, or
    the same `looked_at` row by row.

    SQLite's index gives its rows from the newest on. A server has to guess whether to look at everything from the newest
    on, or at all that its index gives; of parts of words and of several words it guesses badly: two that are common may
    never be together, or always. So it is told: first the newest RECENT of the catalogue, one by one; then, if that was not
    enough, the index.
    """
    seq = entities.c.seq
    if dialect == "sqlite":
        found = in_search(trigrams)
        shown = select(seq).select_from(found.joined).where(*looked_at, found.condition)
        return shown.order_by(found.seq.desc()).limit(most).subquery()
    edge = select(_EDGE.c.seq).scalar_subquery()
    recent = select(seq).where(*looked_at, seq > edge).order_by(seq.desc()).limit(most).cte("recent")
    lacking = select(most - func.count()).select_from(recent).scalar_subquery()
    unordered = seq + 0  # no index has this order
    older = select(seq).where(*indexed, unordered <= edge).order_by(unordered.desc()).limit(lacking).subquery()
    return union_all(select(recent), select(older)).limit(most).subquery()


def trigrams_of(words: Iterable[str]) -> str:
    """What FTS5 is asked for: trigrams that cover each word; '' if all are too short. (Those between would make it read
    three times as much to leave out next to nothing.)"""
    parts = dict.fromkeys(word[start : start + 3] for word in words for start in _starts(len(word)))
    return " AND ".join('"{}"'.format(part.replace('"', '""')) for part in parts)


def _starts(length: int) -> list[int]:
    return [*range(0, length - 2, 3), *([length - 3] if length > 3 and length % 3 else [])]
