"""What the notebook has set on modules and classes of libraries: `tools.K = 9`, `json.dumps = mine`. It is set in a run too."""

from __future__ import annotations

import ast
import functools
import types
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from . import refusal
from .parts import Part
from .values import NoExpression

if TYPE_CHECKING:
    from .collecting import Collecting


def take_settings(resolver: Collecting) -> None:
    """Those on modules that the captured code imports, with today's value."""
    done: set[str] = set()
    for source in resolver.cells.newest_first():
        for owner, name in set_by(source.text):
            path = f"{ast.unparse(owner)}.{name}"
            root = path.partition(".")[0]
            if path in done or root not in resolver.imports:
                continue
            done.add(path)
            thing = _named(owner, resolver.namespace)
            if isinstance(thing, (types.ModuleType, type)) and hasattr(thing, name):
                _take(resolver, path, root, getattr(thing, name), vars(thing).get(name))


def _take(resolver: Collecting, path: str, root: str, value: Any, own: Any) -> None:
    if resolver.known.of_a_library(value) == path:
        return  # it was put back
    try:
        text, names = resolver.constants.written(own if isinstance(own, types.FunctionType) else value, path)
    except NoExpression:
        resolver.faults.append(refusal.uncapturable(resolver.target, resolver.target, path, value))
        return
    resolver.parts[path] = Part(path, f"{path} = {text}\n", "setting", frozenset({root, *names}))


@functools.lru_cache(maxsize=4096)
def set_by(text: str) -> list[tuple[ast.expr, str]]:
    """(owner, name) of the attributes that a cell's text sets."""
    if not _may_set(text):
        return []
    try:
        return list(_set_in(ast.parse(text)))
    except SyntaxError:
        return []


def _may_set(text: str) -> bool:
    return "setattr" in text or ("." in text and "=" in text)


def _set_in(tree: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """(owner, name) of attributes that are set outside of functions and classes, the last first."""
    for node in reversed(list(ast.iter_child_nodes(tree))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        for target in getattr(node, "targets", [getattr(node, "target", None)]):
            for one in getattr(target, "elts", [target]):
                if isinstance(one, ast.Attribute):
                    yield one.value, one.attr
        call = node.value if isinstance(node, ast.Expr) else None
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "setattr" and len(call.args) == 3:
            yield call.args[0], str(getattr(call.args[1], "value", ""))
        if isinstance(node, ast.stmt):
            yield from _set_in(node)


def _named(path: ast.expr, space: Any) -> Any:
    """What a dotted path holds now; None if it is no such path."""
    if isinstance(path, ast.Name):
        return space.get(path.id)
    return getattr(_named(path.value, space), path.attr, None) if isinstance(path, ast.Attribute) else None
