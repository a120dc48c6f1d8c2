"""The `fq` of a search, in the words of Solr that Core takes (core-api, section 11). Pure: text in, a Filter out.

`type:(dataitem OR artifact)`, `metadata.name:"x"`, `kind:"table"`, `metadata.updated:[A TO B]`, `metadata.description:"x"`,
`metadata.labels:(a AND b)`, `status:READY`, `user:ada`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dh_kernel.errors import Invalid, did_you_mean

EXAMPLE = 'e.g. type:(dataitem OR model), kind:"table", metadata.labels:(a AND b), metadata.updated:[2026-01-01T00:00:00Z TO *]'
WORDS = {
    **{name: name for name in ("type", "kind", "name", "status", "state", "user", "id")},
    **{f"metadata.{name}": name for name in ("name", "description", "labels", "created", "updated")},
    **{name: name for name in ("description", "labels", "created", "updated")},
}
_TERM = re.compile(r'"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s()"\[\]]+)')
_RANGE = re.compile(r"[\[{]\s*(?P<since>\S+)\s+TO\s+(?P<until>\S+?)\s*[\]}]")


@dataclass(frozen=True)
class Filter:
    """One condition: the property has any of the values, or all of them, or lies between two times (None is open)."""

    name: str
    values: tuple[str, ...] = ()
    is_all: bool = False
    between: tuple[str | None, str | None] = field(default=(None, None))


def parsed(asked: Iterable[str]) -> tuple[Filter, ...]:
    """Filters that a row must meet, all of them. Raises Invalid for what is none."""
    return tuple(_one(text.strip()) for text in asked if text.strip())


def _one(text: str) -> Filter:
    word, colon, value = text.partition(":")
    if not colon or not value.strip():
        raise Invalid(f"fq: '{text[:80]}' is not PROPERTY:VALUE.", EXAMPLE)
    if word.strip() not in WORDS:
        raise Invalid(
            f"fq: nothing can be filtered by '{word.strip()[:80]}'.", did_you_mean(word.strip(), WORDS) or EXAMPLE
        )
    name = WORDS[word.strip()].replace("state", "status")
    if name in ("created", "updated"):
        return _times(name, value.strip())
    return _values(name, value.strip(), text)


def _times(name: str, value: str) -> Filter:
    found = _RANGE.fullmatch(value)
    if not found:
        raise Invalid(f"fq: '{value[:80]}' is not a span of time.", EXAMPLE)
    return Filter(name, between=(_time(found["since"]), _time(found["until"])))


def _time(text: str) -> str | None:
    if text == "*":
        return None
    try:
        moment = datetime.fromisoformat(text.strip('"'))
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid(f"fq: '{text[:80]}' is not a time.", EXAMPLE) from error
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _values(name: str, value: str, text: str) -> Filter:
    """A term, or terms in brackets with OR or AND between them."""
    inner = value[1:-1] if value.startswith("(") and value.endswith(")") else value
    terms = [(match["quoted"], match["bare"]) for match in _TERM.finditer(inner)]
    joints = {bare for _, bare in terms if bare in ("AND", "OR")}
    values = [_plain(quoted) if bare is None else bare for quoted, bare in terms if bare not in ("AND", "OR")]
    left = _TERM.sub("", inner).strip()
    if left or not values or len(joints) > 1 or (len(values) > 1 and not joints):
        raise Invalid(f"fq: '{text[:80]}' can't be read.", EXAMPLE)
    return Filter(name, tuple(values), is_all=joints == {"AND"})


def _plain(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted)
