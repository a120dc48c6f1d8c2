"""The texts in which other brokers are told of what was changed. Pure.

A text is `{"from": ORIGIN, "events": [[action, type, project, id, state], …]}`: ids and states only, and never more bytes
than PostgreSQL's NOTIFY takes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dh_kernel._contract import EntityEvent

MOST_BYTES = 7_900
FIELDS = ("action", "type", "project", "id", "state")


def texts_of(origin: str, events: Iterable[EntityEvent]) -> Iterator[str]:
    """As many events in one text as it takes."""
    room = MOST_BYTES - len(json.dumps({"from": origin, "events": []}))
    packed: list[str] = []
    for event in events:
        one = json.dumps([event.get(field) for field in FIELDS], separators=(",", ":"))
        if packed and len(one) + 1 > room - sum(len(each) + 1 for each in packed):
            yield _text(origin, packed)
            packed = []
        packed.append(one)
    if packed:
        yield _text(origin, packed)


def _text(origin: str, packed: Sequence[str]) -> str:
    return f'{{"from":{json.dumps(origin)},"events":[{",".join(packed)}]}}'


def read_text(text: str) -> tuple[str, list[EntityEvent]]:
    """(who told it, events). What is none of ours (anybody may notify) says nothing."""
    try:
        told = json.loads(text)
        return str(told["from"]), [_event(each) for each in told["events"]]
    except (ValueError, KeyError, TypeError):
        return "", []


def _event(fields: Sequence[Any]) -> EntityEvent:
    event: Any = {name: str(value) for name, value in zip(FIELDS, fields, strict=True) if value is not None}
    if event["action"] not in ("created", "updated", "deleted"):
        raise ValueError(event["action"])
    return event  # type: ignore[no-any-return]
