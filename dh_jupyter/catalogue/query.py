"""Lists: Core's filters as conditions, its sort words as an order. Pure: nothing here touches a database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, false, or_, select

from dh_kernel.errors import Invalid, did_you_mean

from .columns import storable
from .entities import Document
from .narrowing import by_names, by_words, escape_like, words_of
from .tables import aliases, entities, labels
from .types import KNOWN_KINDS, VERSIONED

MAX_PAGE = 1000
SORTS = ("id", "name", "kind", "project", "created", "updated", "state", "user")
NEWEST = [("created", True)]  # the order of lists, unless asked otherwise
BY_NAME = frozenset({"project", "secret"})  # types that are listed by name unless asked otherwise

Condition = ColumnElement[bool]
Sort = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Query:
    """What a list is asked for; every field narrows it. Core's filters by Core's names, then ours.

    `created`, `updated`: `ISO` = later than, `ISO_A,ISO_B` = between; what can't be read as time is ignored.
    `state`: one state, or several with commas between. `function`, `workflow`: exact with `:id`, else a part of it.
    """

    q: str | None = None  # part of id or name; of runs also of function and workflow
    name: str | None = None
    kind: str | None = None
    user: str | None = None
    state: str | None = None
    ids: str | None = None  # ours: several with commas between
    created: str | None = None
    updated: str | None = None
    labels: tuple[str, ...] = ()
    function: str | None = None
    workflow: str | None = None
    task: str | None = None
    action: str | None = None
    versions: Literal["latest", "all"] = "latest"
    alias: str | None = None  # ours: versions at which it points
    text: str | None = None  # ours: each word in name, labels, description or columns
    kinds_all: bool = False  # ours: also kinds that the public SDK does not know
    projects: frozenset[str] | None = None  # ours: only these; None for all
    after: str | None = None  # ours: the cursor of the page before; see keyset.py


EVERYTHING = Query()


def conditions(entity: str, project: str | None, query: Query, dialect: str = "") -> list[Condition]:
    """All conditions that a row must meet; by the indexes that a database of `dialect` has for parts of words."""
    query = _storable(query)
    found: list[Condition] = [entities.c.entity == entity]
    if project is not None:
        found.append(entities.c.project == project)
    if query.projects is not None:
        found.append(entities.c.project.in_(sorted(query.projects)))
    # types without versions are all latest: the same index serves them
    if query.versions != "all" or entity not in VERSIONED:
        found.append(entities.c.is_latest.is_(True))
    found += _kind(entity, query)
    found += [entities.c.id.in_(query.ids.split(","))] if query.ids else []
    found += [column == value for column, value in _exact(entity, query)]
    found += _times(query)
    found += [_labelled(label, project) for label in query.labels]
    found += [entities.c.seq.in_(select(aliases.c.seq).where(aliases.c.alias == query.alias))] if query.alias else []
    found += _executables(entity, query)
    if query.q:
        found.append(_anywhere(query.q, entity))
    words = words_of(query.text or "")
    found += [entities.c.search.contains(word, autoescape=True) for word in words]
    if dialect:
        narrow = (by_words(dialect, words), by_names(dialect, [query.q] if query.q else []))
        found += [each.among for each in narrow if each]
    return found


def _storable(query: Query) -> Query:
    """The query in characters that every database takes."""
    texts = {name: storable(value) for name, value in vars(query).items() if isinstance(value, str)}
    return replace(query, **texts, labels=tuple(storable(label) for label in query.labels))  # type: ignore[arg-type]


def _kind(entity: str, query: Query) -> list[Condition]:
    if query.kind:
        return [entities.c.kind == query.kind]
    known = KNOWN_KINDS.get(entity)
    return [] if query.kinds_all or known is None else [entities.c.kind.in_(sorted(known))]


def _exact(entity: str, query: Query) -> Iterable[tuple[ColumnElement[Any], str]]:
    if query.user:
        yield entities.c.user, query.user
    if query.name and entity != "project":
        yield entities.c.name, query.name


def _times(query: Query) -> list[Condition]:
    found: list[Condition] = []
    for column, asked in ((entities.c.created, query.created), (entities.c.updated, query.updated)):
        since, until = _span(asked or "")
        if since and until:
            found += [column >= since, column <= until]
        elif since:
            found.append(column > since)
    return found


def _span(asked: str) -> tuple[str | None, str | None]:
    first, comma, second = asked.partition(",")
    since, until = _time(first), _time(second) if comma else None
    return (None, None) if comma and until is None else (since, until)


def _time(text: str) -> str | None:
    try:
        moment = datetime.fromisoformat(text.strip())
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _labelled(label: str, project: str | None) -> Condition:
    labelled = select(labels.c.seq).where(labels.c.label == label)
    return entities.c.seq.in_(labelled if project is None else labelled.where(labels.c.project == project))


def _executables(entity: str, query: Query) -> list[Condition]:
    found: list[Condition] = []
    if query.state:
        states = query.state.split(",")  # of one, the index knows the order, too
        found.append(entities.c.state == states[0] if len(states) == 1 else entities.c.state.in_(states))
    for column, asked in ((entities.c.function, query.function), (entities.c.workflow, query.workflow)):
        if asked and (entity != "run" or ":" in asked.rpartition("/")[2]):
            found.append(column == asked)
        elif asked:
            found.append(column.contains(asked, autoescape=True))
    if query.task:
        found.append(entities.c.task == query.task)
    elif query.action and entity == "run":
        found.append(entities.c.kind.like(f"%{escape_like(query.action)}%:run", escape="/"))
    if query.name and entity == "project":
        found.append(entities.c.name.contains(query.name, autoescape=True))
    return found


def _anywhere(asked: str, entity: str) -> Condition:
    columns = [entities.c.id, entities.c.name]
    columns += [entities.c.function, entities.c.workflow] if entity == "run" else []
    return or_(false(), *(column.contains(asked, autoescape=True) for column in columns))


def starts_with(column: ColumnElement[str], prefix: str) -> Condition:
    """A prefix as a range, which every index on the column serves."""
    return and_(column >= prefix, column < prefix[:-1] + chr(ord(prefix[-1]) + 1))


def order_of(entity: str, sort: Sort | None) -> list[tuple[str, bool]]:
    """[(property, whether downwards)]. Raises Invalid for a property that can't be sorted by."""
    asked = sort or ((("name", "ASC"),) if entity in BY_NAME else (("created", "DESC"),))
    for name, _ in asked:
        if name not in SORTS:
            raise Invalid(f"unknown sort property '{name}'", did_you_mean(name, SORTS))
    return [(name, direction.upper() == "DESC") for name, direction in asked]


def order_by(entity: str, sort: Sort | None, columns: Any = entities.c) -> list[ColumnElement[Any]]:
    """A total order: ties are broken by the order of insertion. `columns` are those of entities, or some under their names."""
    order = order_of(entity, sort)
    return [_directed(columns[name], is_down) for name, is_down in [*order, ("seq", order[0][1])]]


def _directed(column: ColumnElement[Any], is_down: bool) -> ColumnElement[Any]:
    return column.desc() if is_down else column.asc()


def check_page(page: int, size: int) -> None:
    """Raise Invalid for a page that can't be asked for."""
    if size > MAX_PAGE:
        raise Invalid("max page size exceeded", f"Ask for at most {MAX_PAGE}.")
    if size < 1 or not 0 <= page < 2**31:
        raise Invalid(f"page {page} of size {size} can't be", "page counts from 0, size from 1.")


def page_of(content: list[Document], total: int, page: int, size: int) -> Document:
    """The envelope of a list (Core's, which is Spring's)."""
    pages = -(-total // size)
    return {
        "content": content,
        "totalElements": total,
        "totalPages": pages,
        "number": page,
        "size": size,
        "numberOfElements": len(content),
        "first": page == 0,
        "last": page >= pages - 1,
        "empty": not content,
    }
