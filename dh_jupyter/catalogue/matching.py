"""Which things a search is about, in which order and how many of each sort, as one statement. Pure.

The newest MOST that match are ranked, as search engines do: a word that is in everything is no reason to read
everything. Among them is always what has just this name, and the newest NAMED that have the words in a name, as old as
they may be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, Boolean, ColumnElement, Select, func, literal, literal_column, or_, select, union, union_all

from dh_kernel.errors import Invalid

from . import ranking
from .columns import storable
from .filters import Filter
from .narrowing import Narrow, by_names, by_words
from .tables import entities, labels
from .types import KNOWN_KINDS, VERSIONED

MOST, NAMED = 500, 200
TYPES = (*sorted(VERSIONED), "run", "trigger")
HIT, SORT, LABEL = "hit", "sort", "label"

_COLUMNS = {"type": entities.c.entity, "kind": entities.c.kind, "name": entities.c.name, "status": entities.c.state}
_COLUMNS |= {"user": entities.c.user, "id": entities.c.id}


def _known(entity: str) -> str:
    kinds = ", ".join(f"'{kind}'" for kind in sorted(KNOWN_KINDS.get(entity) or ()))
    return f"entities.entity = '{entity}'" + (f" AND entities.kind IN ({kinds})" if kinds else "")


# what the public SDK knows of each type. As text: as an expression it would take longer to be read than all else
KNOWN: ColumnElement[bool] = literal_column(f"({' OR '.join(map(_known, TYPES))})", Boolean)


@dataclass(frozen=True)
class Search:
    """What is looked for: each word somewhere in a thing, and all filters met."""

    text: str = ""
    filters: tuple[Filter, ...] = ()
    kinds_all: bool = False  # also kinds that the public SDK does not know


def chosen(dialect: str, project: str, words: Sequence[str], asked: Search) -> CTE:
    """`seq` of all that is ranked, in any order; whatever a filter says of descriptions, which only documents know."""
    where = [*_conditions(project, asked), *(entities.c.search.contains(word, autoescape=True) for word in words)]
    found = by_words(dialect, words)
    tiers = [_newest(found, where, MOST)]
    if named := by_names(dialect, words):  # names of runs are numbers
        tiers.append(_newest(named, [*where, entities.c.entity != "run"], NAMED))
        called = entities.c.name.in_(sorted({storable(asked.text).strip(), words[0]}))
        tiers.append(_newest(None, [*where, entities.c.is_latest.is_(True), called], NAMED))
    return union(*(select(tier.subquery().c.seq) for tier in tiers)).cte("chosen")


def _newest(found: Narrow | None, where: Sequence[ColumnElement[bool]], most: int) -> Select[int]:
    """By an index that gives its rows from the newest on, if there is one."""
    chosen = select(entities.c.seq).where(*where).limit(most)
    if found is None:
        return chosen.order_by(entities.c.seq.desc())
    return chosen.select_from(found.joined).where(found.condition).order_by(found.seq.desc())


def ranked(dialect: str, found: CTE, words: Sequence[str]) -> CTE:
    """Those of `found` with their `place`, from 1 on; of equals the newer comes first."""
    score = ranking.score(dialect, words)
    place = func.row_number().over(order_by=[score.desc(), entities.c.seq.desc()]).label("place")
    columns = [entities.c[name] for name in ("seq", "entity", "kind", "state", "name")]
    return select(*columns, place).select_from(found.join(entities, entities.c.seq == found.c.seq)).cte("ranked")


def answer(places: CTE, since: int, until: int) -> Any:
    """Rows (what, value, number, place). A HIT, in a place after `since` up to `until`, has its name as `type/name`, and its
    seq; a SORT, as `type kind state`, and a LABEL have how many there are."""
    named = (places.c.entity + "/" + places.c.name).label("value")
    hits = select(literal(HIT).label("what"), named, places.c.seq.label("number"), places.c.place)
    sort = places.c.entity + " " + places.c.kind + " " + places.c.state
    sorts = select(literal(SORT), sort, func.count(), literal(0)).group_by(sort)
    labelled = places.join(labels, labels.c.seq == places.c.seq)
    words = select(literal(LABEL), labels.c.label, func.count(), literal(0)).select_from(labelled)
    return union_all(hits.where(places.c.place > since, places.c.place <= until), sorts, words.group_by(labels.c.label))


def _conditions(project: str, asked: Search) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [entities.c.project == project]
    if not asked.kinds_all:
        where.append(KNOWN)
    elif not any(each.name == "type" for each in asked.filters):
        where.append(entities.c.entity.in_(TYPES))
    return where + [_met(each, project) for each in asked.filters if each.name != "description"]


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
