"""Which things a search is about, in which order and how many of each sort, as one statement. Pure.

The newest MOST that match are ranked, as search engines do: a word that is in everything is no reason to read
everything. Among them is always what has just this name, and the newest NAMED that have the words in a name, as old as
they may be.

A statement is built once for all searches of one Shape, since that takes longer than to answer it; texts are its
parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CTE,
    BindParameter,
    Boolean,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    bindparam,
    func,
    literal,
    literal_column,
    select,
    union,
    union_all,
)

from dh_kernel.errors import Invalid

from . import ranking
from .columns import storable
from .filters import Filter
from .narrowing import in_names, newest, pattern_of, pattern_of_name, trigrams_of
from .tables import entities, labels
from .types import KNOWN_KINDS, VERSIONED

MOST, NAMED = 500, 200
TYPES = (*sorted(VERSIONED), "run", "trigger")
HIT, SORT, LABEL = "hit", "sort", "label"

_COLUMNS = {"type": entities.c.entity, "kind": entities.c.kind, "name": entities.c.name, "status": entities.c.state}
_WITH_INDEX = ("type", "name", "id", "status", "created", "updated")
_COLUMNS |= {"user": entities.c.user, "id": entities.c.id}


# what the public SDK knows of each type, as one list, in which is looked up by hash
_KNOWN = [f"'{entity} {kind}'" for entity in TYPES for kind in sorted(KNOWN_KINDS.get(entity, ()))]
_OPEN = [f"'{entity}'" for entity in TYPES if entity not in KNOWN_KINDS]  # of these it knows every kind
KNOWN: ColumnElement[bool] = literal_column(
    f"(entities.entity || ' ' || entities.kind IN ({', '.join(_KNOWN)}) OR entities.entity IN ({', '.join(_OPEN)}))",
    Boolean,
)


@dataclass(frozen=True)
class Search:
    """What is looked for: each word somewhere in a thing, and all filters met."""

    text: str = ""
    filters: tuple[Filter, ...] = ()
    kinds_all: bool = False  # also kinds that the public SDK does not know


@dataclass(frozen=True)
class Shape:
    """What a statement depends on: how many words, whether indexes have them, and filters without their values."""

    dialect: str
    words: int
    is_indexed: bool
    filters: tuple[Filter, ...]
    kinds_all: bool
    is_rare: bool = (
        False  # one of the filters leaves so few that all are ranked: each is looked at, by the filter's index
    )

    @classmethod
    def of(cls, dialect: str, words: Sequence[str], asked: Search) -> Shape:
        """Raises Invalid for a filter that nothing can meet."""
        is_indexed = bool(trigrams_of(words))
        return cls(dialect, len(words), is_indexed, tuple(map(_without_values, asked.filters)), asked.kinds_all)


def _without_values(asked: Filter) -> Filter:
    if asked.is_all and asked.name not in ("labels", "description") and len(set(asked.values)) > 1:
        raise Invalid(f"fq: a thing has one {asked.name} only; write OR between them.")
    since, until = asked.between
    count = len(asked.values) if asked.name == "labels" and asked.is_all else 1
    return replace(asked, values=("",) * count, between=(since and "*", until and "*"))


def parameters(project: str, words: Sequence[str], asked: Search) -> dict[str, Any]:
    """What the statements have to be given; those of an answer its `since` and `until`, too."""
    called = sorted({storable(asked.text).strip(), *words[:1]})
    found: dict[str, Any] = {
        "project": project,
        "called": called,
        "trigrams": trigrams_of(words),
        **ranking.parameters(words),
    }
    found |= {"most": MOST, "most_named": NAMED}
    for number, word in enumerate(words):
        found |= {f"pattern{number}": pattern_of(word), f"name_pattern{number}": pattern_of_name(word)}
    for number, each in enumerate(asked.filters):
        values = [storable(value) for value in each.values]
        found |= {f"filter{number}": values, f"since{number}": each.between[0], f"until{number}": each.between[1]}
        found |= {f"filter{number}_{place}": value for place, value in enumerate(values)}
    return found


@lru_cache
def counts(shape: Shape) -> list[Select[int]]:
    """How many meet a filter, counted a little further than are ranked: for each filter that has an index of its own."""
    found = []
    for number, each in enumerate(shape.filters):
        if each.name == "labels":
            found += [_counted(labels.c.seq, labels.c.project, one) for one in _labelled(each, number)]
        elif each.name in _WITH_INDEX:
            of_types = [] if each.name == "type" else [entities.c.entity.in_(TYPES)]
            found.append(_counted(entities.c.seq, entities.c.project, _met(each, number), *of_types))
    return found


def _counted(seq: ColumnElement[int], project: ColumnElement[str], *conditions: ColumnElement[bool]) -> Select[int]:
    some = select(seq).where(project == _text("project"), *conditions).limit(_number("most") + 1).subquery()
    return select(func.count()).select_from(some)


@lru_cache
def chosen(shape: Shape) -> Select[int]:
    """`seq` of all that is ranked, in any order; whatever a filter says of descriptions, which only documents know."""
    where, looked_at = _conditions(shape), [*_conditions(shape), *_looked_at(shape)]
    if shape.is_rare:
        return select(entities.c.seq).where(*looked_at)
    if not shape.is_indexed:
        return select(entities.c.seq).where(*looked_at).order_by(entities.c.seq.desc()).limit(_number("most"))
    tiers = [
        newest(shape.dialect, [*where, *_indexed(shape)], looked_at, _text("trigrams"), _number("most")),
        _named(shape, looked_at).limit(_number("most_named")).subquery(),
        _called(looked_at).limit(_number("most_named")).subquery(),
    ]
    found_by_any = union(*(select(tier.c.seq) for tier in tiers)).subquery("chosen")
    return select(found_by_any.c.seq)


def _indexed(shape: Shape) -> list[ColumnElement[bool]]:
    """That all words are there; an index may say so."""
    return [entities.c.search.like(_text(f"pattern{number}"), escape="/") for number in range(shape.words)]


def _looked_at(shape: Shape) -> list[ColumnElement[bool]]:
    """The same, of rows that something else has found: a server would take the index besides."""
    find = func.instr if shape.dialect == "sqlite" else func.strpos
    return [find(entities.c.search, _text(f"word{number}")) > 0 for number in range(shape.words)]


def _named(shape: Shape, where: Sequence[ColumnElement[bool]]) -> Select[int]:
    """The newest that have the words in a name; those of runs are numbers. Of several words a server does not know how
    common they are together, but they are in few names: it is to take them all."""
    patterns = [_text(f"name_pattern{number}") for number in range(shape.words)]
    found = in_names(shape.dialect, _text("trigrams"), patterns)
    order = found.seq if shape.dialect == "sqlite" or shape.words == 1 else found.seq + 0
    chosen = select(entities.c.seq).select_from(found.joined)
    return chosen.where(*where, found.condition, entities.c.entity != "run").order_by(order.desc())


def _called(where: Sequence[ColumnElement[bool]]) -> Select[int]:
    """The latest of just this name, of each type."""
    types, names = entities.c.entity.in_(TYPES), entities.c.name.in_(_several("called"))
    return select(entities.c.seq).where(*where, types, names, entities.c.is_latest.is_(True))


@lru_cache
def answer(shape: Shape) -> Any:
    """All that is ranked, as _answer says it, in places after `since` up to `until`."""
    return _answer(_ranked(shape.dialect, shape.words, chosen(shape).cte("found")))


@lru_cache
def answer_of(dialect: str, words: int) -> Any:
    """The same of things whose seqs are given as `seqs`."""
    given: BindParameter[Any] = bindparam("seqs", expanding=True, literal_execute=True)
    return _answer(_ranked(dialect, words, select(entities.c.seq).where(entities.c.seq.in_(given)).cte("found")))


def _ranked(dialect: str, words: int, found: FromClause) -> CTE:
    """Those of `found` with their `place`, from 1 on; of equals the newer comes first."""
    score = ranking.score(dialect, words)
    place = func.row_number().over(order_by=[score.desc(), entities.c.seq.desc()]).label("place")
    columns = [entities.c[name] for name in ("seq", "entity", "kind", "state", "name")]
    return select(*columns, place).select_from(found.join(entities, entities.c.seq == found.c.seq)).cte("ranked")


def _answer(places: CTE) -> Any:
    """Rows (what, value, number, place). A HIT has its name as `type/name`, and its seq; a SORT, as `type kind state`, and a
    LABEL have how many there are."""
    named = (places.c.entity + "/" + places.c.name).label("value")
    hits = select(literal(HIT).label("what"), named, places.c.seq.label("number"), places.c.place)
    hits = hits.where(places.c.place > bindparam("since"), places.c.place <= bindparam("until"))
    sort = places.c.entity + " " + places.c.kind + " " + places.c.state
    sorts = select(literal(SORT), sort, func.count(), literal(0)).group_by(sort)
    labelled = places.join(labels, labels.c.seq == places.c.seq)
    words = select(literal(LABEL), labels.c.label, func.count(), literal(0)).select_from(labelled)
    return union_all(hits, sorts, words.group_by(labels.c.label))


def _conditions(shape: Shape) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [entities.c.project == _text("project")]
    if not shape.kinds_all:
        where.append(KNOWN)
    elif not any(each.name == "type" for each in shape.filters):
        where.append(entities.c.entity.in_(TYPES))
    return where + [_met(each, number) for number, each in enumerate(shape.filters) if each.name != "description"]


def _met(asked: Filter, number: int) -> ColumnElement[bool]:
    if asked.name == "labels":
        return _has_labels(asked, number)
    if asked.name in ("created", "updated"):
        column, (since, until) = entities.c[asked.name], asked.between
        spans = [column >= _text(f"since{number}")] if since else []
        return _all([*spans, *([column <= _text(f"until{number}")] if until else [])])
    return _COLUMNS[asked.name].in_(_several(f"filter{number}"))


def _text(name: str) -> BindParameter[str]:
    return bindparam(name, type_=Text)


def _number(name: str) -> BindParameter[int]:
    return bindparam(name, type_=Integer)


def _several(name: str) -> BindParameter[Any]:
    return bindparam(name, expanding=True)


def _all(conditions: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    found: ColumnElement[bool] = entities.c.seq > 0
    for each in conditions:
        found = found & each
    return found


def _has_labels(asked: Filter, number: int) -> ColumnElement[bool]:
    def among(is_one: ColumnElement[bool]) -> ColumnElement[bool]:
        return entities.c.seq.in_(select(labels.c.seq).where(labels.c.project == _text("project"), is_one))

    return _all([among(is_one) for is_one in _labelled(asked, number)])


def _labelled(asked: Filter, number: int) -> list[ColumnElement[bool]]:
    """Of rows of labels: one condition for each that a thing has to have."""
    if not asked.is_all:
        return [labels.c.label.in_(_several(f"filter{number}"))]
    return [labels.c.label == _text(f"filter{number}_{place}") for place in range(len(asked.values))]
