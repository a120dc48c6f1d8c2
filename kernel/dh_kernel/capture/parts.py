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
    names = [part.name for part in sorted(parts.values(), key=lambda part: (part.kind == "helper", part.name == last))]
    ordered = _placed(
        names, {name: [other for other in _all_needs(part) if other != last] for name, part in parts.items()}
    )
    if not _is_sound(ordered, parts):  # calls in a circle: only what is needed at once decides
        ordered = _placed(names, {name: sorted(part.now) for name, part in parts.items()})
    return sorted((parts[name] for name in ordered), key=lambda part: part.kind == "filled")


def _all_needs(part: Part) -> list[str]:
    return [*sorted(part.now), *sorted(part.later)]


def _placed(names: Iterable[str], needs: Mapping[str, list[str]]) -> list[str]:
    """Names in an order in which each comes after what it needs, except in circles."""
    placed: dict[str, None] = {}
    around: set[str] = set()
    waiting = [(name, False) for name in reversed(list(names))]
    while waiting:
        name, is_met = waiting.pop()
        if is_met:
            around.discard(name)
            placed.setdefault(name)
        elif name in needs and name not in placed and name not in around:
            around.add(name)
            waiting.append((name, True))
            waiting += [(other, False) for other in reversed(needs[name])]
    return list(placed)


def _is_sound(ordered: Iterable[str], parts: Mapping[str, Part]) -> bool:
    seen: set[str] = set()
    for name in ordered:
        if any(other in parts and other not in seen for other in parts[name].now):
            return False
        seen.add(name)
    return True
