"""Paging by the last row seen: a list that grows at its top while somebody pages neither repeats nor skips a row. Pure.

A cursor is opaque to clients: the order's value and the row's number, as JSON in base64.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from dh_kernel.errors import Invalid

from .columns import storable
from .query import BY_NAME, Sort
from .tables import entities

_COLUMNS = frozenset({"created", "updated", "name", "id"})  # that are never empty


def order_of(entity: str, sort: Sort | None) -> tuple[str, bool]:
    """The one property that a list with a cursor is sorted by, and whether downwards. Raises Invalid for another order."""
    asked = sort or ((("name", "ASC"),) if entity in BY_NAME else (("created", "DESC"),))
    name, direction = asked[0]
    if len(asked) > 1 or name not in _COLUMNS:
        raise Invalid("'after' needs a simple order.", f"Sort by one of {', '.join(sorted(_COLUMNS))}, or use 'page'.")
    return name, direction.upper() == "DESC"


def is_pageable(sort: Sort | None) -> bool:
    """Whether lists of this order have cursors."""
    return not sort or (len(sort) == 1 and sort[0][0] in _COLUMNS)


def cursor_of(entity: str, sort: Sort | None, row: Any) -> str:
    """The cursor that goes on below `row`."""
    name, _ = order_of(entity, sort)
    return base64.urlsafe_b64encode(json.dumps([getattr(row, name), row.seq]).encode()).decode().rstrip("=")


def below(entity: str, sort: Sort | None, cursor: str) -> ColumnElement[bool]:
    """The condition that a row comes after the cursor's. Raises Invalid for what is no cursor."""
    name, downwards = order_of(entity, sort)
    value, seq = _read(cursor)
    column = entities.c[name]
    if downwards:
        return or_(column < value, and_(column == value, entities.c.seq < seq))
    return or_(column > value, and_(column == value, entities.c.seq > seq))


def _read(cursor: str) -> tuple[str, int]:
    try:
        value, seq = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(value, str) or type(seq) is not int or not 0 <= seq < 2**63:
            raise ValueError(cursor)
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        raise Invalid(
            "'after' is not a cursor of a list.", "Take it from the field 'next' of the page before."
        ) from error
    return storable(value), seq
