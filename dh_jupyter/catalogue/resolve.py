"""References to rows: latest, number, alias, id or its prefix; runs by their short name. Reads only.

A miss says which part of the reference is wrong: the name (with the nearest one), or the version (with those there are).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from sqlalchemy import ColumnElement, Connection, bindparam, select

from dh_kernel import refs
from dh_kernel.errors import DHError, Invalid, NotFound, did_you_mean
from dh_kernel.refs import Reference

from .query import starts_with
from .store import Found, find
from .tables import aliases, entities
from .types import NAMELESS

PREFIX = 6  # characters of an id that name it, if no other begins so
NAMES_COMPARED = 2_000
VERSIONS_SHOWN = 8

MayRead = Callable[[str], None]

_LATEST = (  # built once: every run asks for its function so
    select(entities)
    .where(
        entities.c.project == bindparam("project"),
        entities.c.entity == bindparam("entity"),
        entities.c.name == bindparam("name"),
        entities.c.is_latest,
    )
    .order_by(entities.c.touched.desc(), entities.c.seq.desc())
    .limit(1)
)


def anything(project: str) -> None:
    """Nothing is kept from anybody."""


def resolve(
    connection: Connection, ref: str | Reference, project: str, expect: str | None, may_read: MayRead = anything
) -> Found:
    """The row that a reference, key or executable string means. Raises NotFound or Invalid, with what there is.

    `may_read(project)` is asked before another project is looked into, and raises if it must not be.
    """
    if isinstance(ref, Reference):
        wanted, exact = ref, False
    else:
        wanted, exact = refs.parse(ref, expect), "://" in ref
    if expect and wanted.entity != expect:
        raise Invalid(f"'{ref}' names a {_word(wanted.entity)}; a {_word(expect)} is needed here.")
    home = wanted.project or project
    if home != project:
        may_read(home)
    if exact and wanted.selector and wanted.entity not in NAMELESS:
        return find(connection, home, wanted.entity, wanted.selector) or _no_version(connection, wanted, home)
    if wanted.entity in NAMELESS:
        return _nameless(connection, wanted, home)
    return _named(connection, wanted, home)


# -- things with versions ----------------------------------------------------------------------------------------------


def _named(connection: Connection, wanted: Reference, project: str) -> Found:
    found = _chosen(connection, wanted, project)
    if found is not None:
        return found
    if _newest(connection, _versions(wanted, project)) is None:
        _no_name(connection, wanted, project)
    _no_version(connection, wanted, project)


def _chosen(connection: Connection, wanted: Reference, project: str) -> Found | None:
    """The version that is meant, if it is there."""
    selector = wanted.selector
    if selector in (None, "latest"):
        name = {"project": project, "entity": wanted.entity, "name": wanted.name}
        return connection.execute(_LATEST, name).one_or_none()
    versions = _versions(wanted, project)
    return (
        _by_number(connection, versions, selector)
        or _by_alias(connection, wanted, project)
        or _newest(connection, versions & (entities.c.id == selector))
        or _by_prefix(connection, versions, selector, str(wanted))
    )


def _versions(wanted: Reference, project: str) -> ColumnElement[bool]:
    return (entities.c.project == project) & (entities.c.entity == wanted.entity) & (entities.c.name == wanted.name)


def _newest(connection: Connection, condition: ColumnElement[bool]) -> Found | None:
    statement = select(entities).where(condition).order_by(entities.c.touched.desc(), entities.c.seq.desc()).limit(1)
    return connection.execute(statement).one_or_none()


def _by_number(connection: Connection, versions: ColumnElement[bool], selector: str) -> Found | None:
    number = _number(selector)
    return None if number is None else _newest(connection, versions & (entities.c.number == number))


def _number(text: str) -> int | None:
    """A version number, or None for what is no number or too big for one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _by_alias(connection: Connection, wanted: Reference, project: str) -> Found | None:
    alias = select(aliases.c.seq).where(
        aliases.c.project == project,
        aliases.c.entity == wanted.entity,
        aliases.c.name == wanted.name,
        aliases.c.alias == wanted.selector,
    )
    return _newest(connection, entities.c.seq.in_(alias))


def _by_prefix(connection: Connection, among: ColumnElement[bool], prefix: str, asked: str) -> Found | None:
    if len(prefix) < PREFIX:
        return None
    statement = select(entities).where(among, starts_with(entities.c.id, prefix)).order_by(entities.c.id).limit(9)
    rows = list(connection.execute(statement))
    if len(rows) > 1:
        raise Invalid(
            f"'{asked}' is ambiguous: {len(rows) if len(rows) < 9 else 'more than 8'} ids begin with '{prefix}'.",
            "Type more of it: " + ", ".join(row.id for row in rows[:8]),
        )
    return rows[0] if rows else None


# -- runs and tasks ----------------------------------------------------------------------------------------------------


def _nameless(connection: Connection, wanted: Reference, project: str) -> Found:
    """A run by id, short name (`train-42`, or `train@42`, or `train` for the newest), or prefix of its id; a task by id."""
    among = (entities.c.project == project) & (entities.c.entity == wanted.entity)
    found = find(connection, project, wanted.entity, wanted.name)
    if found is None and wanted.entity == "run":
        found = _by_short_name(connection, among, wanted) or _by_prefix(connection, among, wanted.name, str(wanted))
    if found is None:
        _no_name(connection, wanted, project)
    return found


def _by_short_name(connection: Connection, among: ColumnElement[bool], wanted: Reference) -> Found | None:
    base, _, tail = wanted.name.rpartition("-")
    choices = [(wanted.name, _number(wanted.selector) if wanted.selector else None), (base, _number(tail))]
    for name, number in choices:
        if number is not None:
            found = _newest(connection, among & (entities.c.short_name == name) & (entities.c.number == number))
            if found is not None:
                return found
    if wanted.selector not in (None, "latest"):
        return None
    same = among & (entities.c.short_name == wanted.name)
    statement = select(entities).where(same).order_by(entities.c.number.desc()).limit(1)
    return connection.execute(statement).one_or_none()


# -- what a miss says --------------------------------------------------------------------------------------------------


def _no_name(connection: Connection, wanted: Reference, project: str) -> NoReturn:
    known = _known_names(connection, wanted.entity, project)
    shown = wanted.name + (f"@{wanted.selector}" if wanted.selector and wanted.entity in NAMELESS else "")
    raise _miss(
        wanted, f"There is no {_word(wanted.entity)} '{shown}' in project '{project}'.", did_you_mean(shown, known)
    )


def _known_names(connection: Connection, entity: str, project: str) -> list[str]:
    """Names that may have been meant: the newest ones, so that a miss costs the same in a big catalogue."""
    if entity == "task":
        return []
    columns = (entities.c.short_name, entities.c.number) if entity == "run" else (entities.c.name, entities.c.number)
    statement = select(*columns).where(
        entities.c.project == project, entities.c.entity == entity, entities.c.is_latest.is_(True)
    )
    newest = statement.order_by(entities.c.created.desc(), entities.c.seq.desc()).limit(NAMES_COMPARED)
    rows = connection.execute(newest)
    return [f"{name}-{number}" if entity == "run" else name for name, number in rows]


def _no_version(connection: Connection, wanted: Reference, project: str) -> NoReturn:
    statement = (
        select(entities.c.number)
        .where(_versions(wanted, project))
        .order_by(entities.c.number.desc())
        .limit(VERSIONS_SHOWN + 1)
    )
    numbers = [f"@{number}" for number in connection.execute(statement).scalars()]
    if not numbers:
        _no_name(connection, wanted, project)
    of_name = (aliases.c.project == project, aliases.c.entity == wanted.entity, aliases.c.name == wanted.name)
    names = connection.execute(select(aliases.c.alias).where(*of_name).order_by(aliases.c.alias)).scalars()
    more = ["…"] if len(numbers) > VERSIONS_SHOWN else []
    there = [*numbers[:VERSIONS_SHOWN], *more, *(f"@{alias}" for alias in names)]
    text = f"There is no version '@{wanted.selector}' of {_word(wanted.entity)} '{wanted.name}' in project '{project}'."
    raise _miss(wanted, text, f"There is: {', '.join(there)}.")


def _miss(wanted: Reference, text: str, hint: str) -> DHError:
    return NotFound(f"No such EntityName.{wanted.entity.upper()}. {text}", hint)


def _word(entity: str) -> str:
    return refs.WORD_BY_ENTITY.get(entity, entity)
