"""A definition's text as it was typed, without what means nothing in a run: our decorator, magic and shell lines."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .cells import Source
from .definitions import first_line
from .magics import left_of, magic_of


class Edit(NamedTuple):
    """An expression of the text and what stands in its place."""

    node: ast.expr
    text: str


def text_of(
    node: Any, source: Source, namespace: Mapping[str, Any], edits: Iterable[Edit] = (), indent: str = ""
) -> tuple[str, int]:
    """The lines of a statement at an indentation, and the line of the source at which they begin."""
    start = first_line(node)
    kept = source.lines[start - 1 : node.end_lineno or node.lineno]
    for edit in sorted(edits, key=lambda edit: (edit.node.lineno, edit.node.col_offset), reverse=True):
        _replace(kept, edit, start)
    for decorator in getattr(node, "decorator_list", []):
        if is_ours(decorator, namespace):
            for number in range(decorator.lineno, (decorator.end_lineno or decorator.lineno) + 1):
                kept[number - start] = ""
    if "get_ipython()" in source.text:
        for part in ast.walk(node):
            if magic_of(part) is not None:
                _drop(kept, part, start)
    while kept and not kept[0].strip():
        kept.pop(0)
        start += 1
    kept[0] = kept[0][_column(kept[0], node, source) :]
    return _moved(kept, node, indent) + "\n", start


def _column(line: str, node: Any, source: Source) -> int:
    """Where the statement begins in its first line: after blanks, or after another statement and a semicolon."""
    if getattr(node, "decorator_list", []):
        return 0
    before = source.lines[node.lineno - 1].encode()[: node.col_offset].decode()
    return len(before) if before.strip() else 0


def _moved(lines: list[str], node: Any, indent: str) -> str:
    """The same code at another indentation: as it was typed, unless a text over several lines would change by that."""
    if not lines[0][:1].isspace() and not indent:
        return "\n".join(lines).rstrip()
    if not any(isinstance(part, (ast.Constant, ast.JoinedStr)) and _is_long(part) for part in ast.walk(node)):
        return textwrap.indent(textwrap.dedent("\n".join(lines)), indent).rstrip()
    tree = ast.parse(_flush(lines))
    return _unparsed_at(tree, indent)


def _unparsed_at(tree: ast.Module, indent: str) -> str:
    """Unparsed within as many `if`s as there are steps of indentation, so that texts keep their lines."""
    steps = len(indent) // 4
    body: list[ast.stmt] = tree.body
    for _ in range(steps):
        body = [ast.If(ast.Constant(True), body, [])]
    text = ast.unparse(ast.fix_missing_locations(ast.Module(body, [])))
    return "\n".join(text.split("\n")[steps:]).rstrip()


def _is_long(part: Any) -> bool:
    return bool((part.end_lineno or 0) > part.lineno)


def _flush(lines: list[str]) -> str:
    """Lines without the margin of the first."""
    margin = lines[0][: len(lines[0]) - len(lines[0].lstrip())]
    return "\n".join(line[len(margin) :] if line.startswith(margin) else line for line in lines)


def _replace(lines: list[str], edit: Edit, start: int) -> None:
    """Put a text in the place of an expression; the lines stay as many as they were."""
    first, last = edit.node.lineno - start, (edit.node.end_lineno or edit.node.lineno) - start
    head = lines[first].encode()[: edit.node.col_offset].decode()
    tail = lines[last].encode()[edit.node.end_col_offset or 0 :].decode()
    if first == last:
        lines[first] = head + edit.text + tail
        return
    lines[first : last + 1] = [head + edit.text, *[""] * (last - first - 1), tail]


def _drop(lines: list[str], node: ast.AST, start: int) -> None:
    first, last = node.lineno - start, (node.end_lineno or node.lineno) - start  # type: ignore[attr-defined]
    indent = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
    lines[first : last + 1] = [indent + left_of(node), *[""] * (last - first)]


def is_ours(decorator: ast.expr, namespace: Mapping[str, Any]) -> bool:
    """`@dh.function`, `@dh.function(…)`, or the same under another name."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    if not isinstance(called, (ast.Name, ast.Attribute)):
        return False
    path = ast.unparse(called).split(".")
    thing = namespace.get(path[0])
    for name in path[1:]:
        thing = getattr(thing, name, None)
    module = getattr(thing, "__module__", None) or ""
    return module.startswith("dh_kernel") and getattr(thing, "__name__", "") == "function"
