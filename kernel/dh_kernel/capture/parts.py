"""The parts of the module that is made: one for each captured name, in an order in which they can be executed."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from .cells import Source


@dataclass
class Part:
    """Code that binds a name. `now` and `later`: names of other parts that it needs when executed, and when called."""

    name: str
    text: str
    kind: str  # constant, helper, stand-in, registered, setting, filled
    now: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    source: Source | None = None
    line: int = 1  # of the source's text at which `text` begins
    flags: int = 0  # of compiling it: whether its annotations are texts


def filled_later(parts: dict[str, Part]) -> None:
    """A container of things whose making needs it, as a registry that decorators fill, begins empty and is filled at the end."""
    for part in [part for part in parts.values() if part.kind == "constant" and part.now]:
        if part.name in reached(part.now, parts):
            fill_at_end(part, parts)


def fill_at_end(part: Part, parts: dict[str, Part]) -> None:
    """Give a constant its value once all code has run: what is filled, and what code changes while it is imported."""
    name, text = part.name, part.text.partition(" = ")[2].strip()
    empty = {"{": "{}", "[": "[]"}.get(text[:1], text) if part.now else text
    is_set = text.startswith("{") and isinstance(ast.parse(text, mode="eval").body, ast.Set)
    if text[:1] == "{":
        code = f"{name}.clear()\n{name}.update({text})\n"
    else:
        code = f"{name}[:] = {text}\n" if text[:1] == "[" else f"{name} = {text}\n"
    if text[:1] in "{[":
        parts[name] = replace(part, text=f"{name} = {'set()' if is_set and part.now else empty}\n", now=frozenset())
    key = f"{name} at the end"
    parts[key] = Part(key, code, "filled", part.now | {name})


def reached(names: Iterable[str], parts: Mapping[str, Part]) -> set[str]:
    """All that these need, at once or later."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found and name in parts:
            found.add(name)
            waiting += [*parts[name].now, *parts[name].later]
    return found


def in_order(parts: Mapping[str, Part], last: str) -> list[Part]:
    """Constants first where they can be, then what others need before those others, `last` at the end."""
    placed: dict[str, Part] = {}
    for part in sorted(parts.values(), key=lambda part: (part.kind == "helper", part.name == last)):
        _place(part.name, parts, placed, frozenset(), last)
    ordered = _filled_last(placed.values())
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
    return _filled_last(placed.values())


def _filled_last(parts: Iterable[Part]) -> list[Part]:
    return sorted(parts, key=lambda part: part.kind == "filled")
