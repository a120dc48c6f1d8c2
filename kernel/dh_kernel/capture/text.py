"""A definition's text as it was typed, without what means nothing in a run: our decorator, magic and shell lines."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Mapping
from typing import Any

from .cells import Source, is_magic
from .definitions import first_line


def text_of(node: Any, source: Source, namespace: Mapping[str, Any]) -> tuple[str, int]:
    """The lines of a statement, not indented, and the line of the source at which they begin."""
    lines = source.text.splitlines()
    start, end = first_line(node), node.end_lineno or node.lineno
    kept = lines[start - 1 : end]
    for decorator in getattr(node, "decorator_list", []):
        if is_ours(decorator, namespace):
            for number in range(decorator.lineno, (decorator.end_lineno or decorator.lineno) + 1):
                kept[number - start] = ""
    for part in ast.walk(node):
        if is_magic(part):
            _drop(kept, part.lineno - start, (part.end_lineno or part.lineno) - start)  # type: ignore[attr-defined]
    while kept and not kept[0].strip():
        kept.pop(0)
        start += 1
    return textwrap.dedent("\n".join(kept)).rstrip() + "\n", start


def _drop(lines: list[str], first: int, last: int) -> None:
    indent = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
    lines[first : last + 1] = [indent + "pass", *[""] * (last - first)]


def is_ours(decorator: ast.expr, namespace: Mapping[str, Any]) -> bool:
    """`@dh.function`, `@dh.function(…)`, or the same under another name."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    path = ast.unparse(called).split(".")
    thing = namespace.get(path[0])
    for name in path[1:]:
        thing = getattr(thing, name, None)
    module = getattr(thing, "__module__", None) or ""
    return module.startswith("dh_kernel") and getattr(thing, "__name__", "") == "function"
