"""Words, numbers and times as a person reads them."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ..states import SHOWN


def state_of(entity: Mapping[str, Any]) -> str:
    """The shown word of a run's state."""
    stored = str(entity["status"].get("state", "CREATED"))
    return SHOWN.get(stored, stored.lower())


def counted(count: int, one: str, many: str = "") -> str:
    """`1 helper`, `2 helpers`, `1,000 rows`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(items: Sequence[str], limit: int = 8) -> str:
    """At most `limit` items, then how many more there are."""
    rest = len(items) - limit
    return ", ".join(items[:limit]) + (f", … {rest:,} more" if rest > 0 else "")


def cut(value: Any, limit: int) -> str:
    """One line of at most `limit` characters; what is cut off is counted."""
    line = " ".join(str(value).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}… ({len(line) - limit + 1:,} more characters)"


def columns_of(text: str) -> int:
    """How many columns of a terminal a text takes: wide letters two, marks that combine none."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.category(letter) in ("Mn", "Me", "Cf") for letter in text)


def padded(text: str, width: int) -> str:
    """The text, filled up with blanks to so many columns."""
    return text + " " * (width - columns_of(text))


def number(value: Any) -> str:
    """A metric, short; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return cut(value, 60)
    return f"{value:,}" if isinstance(value, int) else f"{value:.6g}"


def duration(seconds: float) -> str:
    """`4:12`, over an hour `1:04:12`, over a day `3 d 4 h`."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    if hours >= 24:
        return f"{hours // 24} d {hours % 24} h"
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def moment(text: str) -> datetime:
    """A time of the wire (ISO 8601, Z)."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def clock(text: str | None, now: datetime | None = None) -> str:
    """`10:14` today, `20 Nov` on another day, in local time; an empty text if there is none."""
    if not text:
        return ""
    local = moment(text).astimezone()
    today = (now or datetime.now(timezone.utc)).astimezone()
    return local.strftime("%H:%M") if local.date() == today.date() else f"{local.day} {local.strftime('%b')}"


def ran_for(status: Mapping[str, Any], now: datetime | None = None) -> str:
    """How long a run ran, or has been running; an empty text if it has not begun."""
    begun, ended = status.get("started"), status.get("ended")
    if not begun:
        return ""
    until = moment(ended) if ended else now or datetime.now(timezone.utc)
    return duration((until - moment(begun)).total_seconds())


def short_key(key: str) -> str:
    """`dataset/flights@1f0c2a34` from a key, for a place where the entity itself is not at hand."""
    from ..errors import Invalid
    from ..refs import WORD_BY_ENTITY, parse

    try:
        found = parse(key)
    except Invalid:
        return key
    selector = f"@{found.selector[:8]}" if found.selector else ""
    return f"{WORD_BY_ENTITY.get(found.entity, found.entity)}/{found.name}{selector}"
