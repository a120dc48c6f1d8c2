"""The parts of the module that is made: one for each captured name, in an order in which they can be executed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .cells import Source


@dataclass
class Part:
    """Code that binds a name. `now` and `later`: names of other parts that it needs when executed, and when called."""

    name: str
    text: str
    kind: str  # constant, helper, stand-in
    now: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    source: Source | None = None
    line: int = 1  # of the source's text at which `text` begins
    imports: frozenset[str] = field(default_factory=frozenset)


def in_order(parts: Mapping[str, Part], last: str) -> list[Part]:
    """Constants first where they can be, then what others need before those others, `last` at the end."""
    placed: dict[str, Part] = {}
    for part in sorted(parts.values(), key=lambda part: (part.kind == "helper", part.name == last)):
        _place(part.name, parts, placed, frozenset(), last)
    ordered = list(placed.values())
    return ordered if _is_sound(ordered, parts) else _by_need_alone(parts, last)


def _place(name: str, parts: Mapping[str, Part], placed: dict[str, Part], around: frozenset[str], last: str) -> None:
    part = parts.get(name)
    if part is None or name in placed or name in around:
        return
    for other in [*sorted(part.now), *sorted(part.later)]:
        if other != last:
            _place(other, parts, placed, around | {name}, last)
    placed.setdefault(name, part)


def _is_sound(ordered: Iterable[Part], parts: Mapping[str, Part]) -> bool:
    seen: set[str] = set()
    for part in ordered:
        if any(name in parts and name not in seen for name in part.now):
            return False
        seen.add(part.name)
    return True


def _by_need_alone(parts: Mapping[str, Part], last: str) -> list[Part]:
    """Calls in a circle: only what is needed at once decides."""
    placed: dict[str, Part] = {}

    def place(name: str) -> None:
        for other in sorted(parts[name].now & parts.keys()):
            if other not in placed and other != name:
                place(other)
        placed.setdefault(name, parts[name])

    for name in sorted(parts, key=lambda name: (parts[name].kind == "helper", name == last)):
        place(name)
    return list(placed.values())
