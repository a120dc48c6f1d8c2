"""Templates: Mustache's variables `{{a.b}}`, sections `{{#a}}…{{/a}}`, `{{^a}}…{{/a}}` and comments, over plain data. Pure.

Nothing is escaped for HTML: what comes out is data. A text that is one variable and nothing else becomes its value, so that
a number stays a number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from dh_kernel.errors import Invalid

_TAG = re.compile(r"\{\{\{\s*(?P<plain>[^{}]+?)\s*\}\}\}|\{\{(?P<mark>[#^/!&]?)\s*(?P<name>[^{}]*?)\s*\}\}")
DEEPEST = 32


def expand(template: Any, context: Mapping[str, Any]) -> Any:
    """A copy of a template in which every text is expanded. Raises Invalid for tags that do not fit."""
    if isinstance(template, Mapping):
        return {name: expand(value, context) for name, value in template.items()}
    if isinstance(template, list):
        return [expand(value, context) for value in template]
    return _expand_text(template, context) if isinstance(template, str) and "{{" in template else template


def _expand_text(text: str, context: Mapping[str, Any]) -> Any:
    whole = _TAG.fullmatch(text)
    if whole and (whole["plain"] or whole["mark"] in ("", "&")):
        found = _value(whole["plain"] or whole["name"], [context])
        return "" if found is None else found
    parts, _ = _parse(text, 0, None, 0)
    return _render(parts, [context])


def _parse(text: str, start: int, until: str | None, depth: int) -> tuple[list[Any], int]:
    """Texts, ("name",) and ("name", inverted, parts) up to the end of the section `until`; and where that is."""
    if depth > DEEPEST:
        raise Invalid("A template's sections are too deep.")
    parts: list[Any] = []
    while match := _TAG.search(text, start):
        parts.append(text[start : match.start()])
        start, mark, name = match.end(), match["mark"] or "", match["plain"] or match["name"]
        if mark == "/":
            if name != until:
                raise Invalid(f"A template ends the section '{name}', which it has not begun.")
            return parts, start
        if mark in ("#", "^"):
            inner, start = _parse(text, start, name, depth + 1)
            parts.append((name, mark == "^", inner))
        elif mark != "!":
            parts.append((name,))
    if until is not None:
        raise Invalid(f"A template does not end the section '{until}'.", f"Write {{{{/{until}}}}} after it.")
    return [*parts, text[start:]], len(text)


def _render(parts: Sequence[Any], stack: list[Any]) -> str:
    return "".join(part if isinstance(part, str) else _rendered(part, stack) for part in parts)


def _rendered(part: Any, stack: list[Any]) -> str:
    value = _value(part[0], stack)
    if len(part) == 1:
        return _as_text(value)
    _, inverted, inner = part
    there = value not in (None, False, "", [], {})
    if inverted or not there:
        return _render(inner, stack) if inverted and not there else ""
    each = value if isinstance(value, list) else [value]
    return "".join(_render(inner, [*stack, one]) for one in each)


def _value(name: str, stack: Sequence[Any]) -> Any:
    """`a.b.c`: the first part where it is found first, from the innermost section out."""
    if name == ".":
        return stack[-1]
    first, *rest = name.split(".")
    scope = next((scope for scope in reversed(stack) if isinstance(scope, Mapping) and first in scope), None)
    found = scope[first] if scope is not None else None
    for part in rest:
        if isinstance(found, list) and part.isdigit():
            found = found[int(part)] if int(part) < len(found) else None
        else:
            found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)
