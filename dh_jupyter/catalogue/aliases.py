"""Aliases: words that point at one version of a name, such as `champion`. Setting one moves it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from dh_kernel.errors import Invalid, NotFound, did_you_mean

from .store import Found
from .tables import aliases
from .types import NAME, VERSIONED


def of(connection: Connection, row: Found) -> list[dict[str, str]]:
    """[{alias, user, created, note}] of one version, by word."""
    statement = select(aliases.c.alias, aliases.c.user, aliases.c.created, aliases.c.note)
    found = connection.execute(statement.where(aliases.c.seq == row.seq).order_by(aliases.c.alias))
    return [dict(each._mapping) for each in found]


def check(alias: str) -> None:
    """Raise Invalid for a word that means something else after an @."""
    if not NAME.fullmatch(alias) or alias.isdigit() or alias == "latest":
        raise Invalid(f"'{alias}' can't be an alias.", "a-z, A-Z, 0-9 and . _ + -; not a number and not 'latest'.")


def put(connection: Connection, row: Found, alias: str, *, user: str, note: str, now: str) -> None:
    """Point `alias` of the row's name at the row. Raises Invalid for a word that means something else after an @."""
    if row.entity not in VERSIONED:
        raise Invalid(f"A {row.entity} has no versions, so it can't have an alias.")
    check(alias)
    connection.execute(delete(aliases).where(*_same(row.project, row.entity, row.name, alias)))
    of_name = {"project": row.project, "entity": row.entity, "name": row.name, "alias": alias}
    connection.execute(insert(aliases).values(**of_name, seq=row.seq, user=user, created=now, note=note))


def drop(connection: Connection, project: str, entity: str, name: str, alias: str) -> int:
    """Remove an alias. Returns the `seq` of what it pointed at; raises NotFound, with the aliases that there are."""
    gone = delete(aliases).where(*_same(project, entity, name, alias)).returning(aliases.c.seq)
    seq = connection.execute(gone).scalar_one_or_none()
    if seq is None:
        of_name = (aliases.c.project == project, aliases.c.entity == entity, aliases.c.name == name)
        known = connection.execute(select(aliases.c.alias).where(*of_name)).scalars()
        raise NotFound(f"There is no alias '{alias}' of {entity} '{name}'.", did_you_mean(alias, known))
    return int(seq)


def _same(project: str, entity: str, name: str, alias: str) -> list[ColumnElement[bool]]:
    columns = aliases.c
    return [columns.project == project, columns.entity == entity, columns.name == name, columns.alias == alias]
