"""Imports: as the user wrote them where that still gives the live object, else from where the object says it lives."""

from __future__ import annotations

import ast
import functools
import sys
import types
from collections.abc import Iterable, Iterator
from typing import Any

from .cells import CellHistory, Source
from .definitions import plain_function

_EQUAL_BY_CHANCE = (bool, int, float, complex, str, bytes, tuple, frozenset)  # Python may keep one object for two


class Imports:
    """The import statements of the executed cells, by the name that they bind."""

    def __init__(self, cells: CellHistory):
        self._cells = cells
        self._written: dict[str, list[tuple[Any, ast.alias, Source]]] = {}
        for source in cells.newest_first():
            for node in _imports_of(source.tree) if "import" in source.text else ():
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    self._written.setdefault(name, []).append((node, alias, source))

    def of(self, name: str, thing: Any) -> tuple[list[str], Source | None] | None:
        """Statements that bind `name` to `thing`, and the cell that has them; None if no import does."""
        if thing is None or self._is_of_a_cell(thing):
            return None
        written = self._as_written(name, thing)
        if written[0]:
            return written
        if isinstance(thing, types.ModuleType):
            plain = thing.__name__
            return [f"import {plain}" if plain == name else f"import {plain} as {name}"], None
        module, qualname = getattr(thing, "__module__", None), getattr(thing, "__qualname__", None)
        if not isinstance(module, str) or module in ("__main__", "builtins") or not isinstance(qualname, str):
            return None
        if "." in qualname or getattr(sys.modules.get(module), qualname, None) is not thing:
            return None
        return [f"from {module} import {qualname}" + ("" if qualname == name else f" as {name}")], None

    def _is_of_a_cell(self, thing: Any) -> bool:
        """Also one that was put into a module from outside."""
        if isinstance(thing, type):
            return thing.__module__ == "__main__"
        function = plain_function(thing)
        return function is not None and self._cells.is_cell(function.__code__.co_filename)

    def _as_written(self, name: str, thing: Any) -> tuple[list[str], Source | None]:
        found: list[str] = []
        first: Source | None = None
        bound = self._cells.assigned.get(name, ())
        newest = bound[0][1].number if bound and isinstance(thing, _EQUAL_BY_CHANCE) else -1
        for node, alias, source in [*self._written.get(name, ()), *self._written.get("*", ())]:
            if source.number < newest:
                continue
            statement = _statement(node, alias, name, thing)
            if statement is None or statement in found:
                continue
            if not _is_submodule(node, alias):
                return [statement, *found], source
            found.append(statement)  # import a.b, import a.c: all bind a
            first = first or source
        return sorted(found), first


@functools.lru_cache(maxsize=4096)
def _imports_of(tree: ast.Module | None) -> list[Any]:
    return list(_imports(tree)) if tree else []


def _imports(tree: ast.AST) -> Iterator[Any]:
    """Import statements outside of functions and classes."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.expr)):
            yield from _imports(node)


def _is_submodule(node: Any, alias: ast.alias) -> bool:
    return isinstance(node, ast.Import) and alias.asname is None and "." in alias.name


def _statement(node: Any, alias: ast.alias, name: str, thing: Any) -> str | None:
    if isinstance(node, ast.Import):
        bound = alias.asname or alias.name.partition(".")[0]
        module = alias.name if alias.asname else alias.name.partition(".")[0]
        if bound != name or sys.modules.get(module) is not thing:
            return None
        return f"import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")
    if node.level or not node.module or node.module == "__future__":
        return None
    there = sys.modules.get(node.module)
    original = name if alias.name == "*" else alias.name
    bound = alias.asname or original
    if bound != name or there is None or getattr(there, original, _Missing) is not thing:
        return None
    return f"from {node.module} import {original}" + (f" as {name}" if name != original else "")


class _Missing:
    """Stands for an attribute that is not there."""


def modules_of(statements: Iterable[str]) -> set[str]:
    """The modules that imports load, submodules that are imported from a package too, and `import_module("name")`."""
    found: set[str] = set()
    for statement in statements:
        if "import" not in statement:
            continue
        for node in ast.walk(ast.parse(statement)):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module)
                found |= {
                    f"{node.module}.{alias.name}"
                    for alias in node.names
                    if f"{node.module}.{alias.name}" in sys.modules
                }
            elif isinstance(node, ast.Call):
                found |= _called(node)
    return found


def _called(call: ast.Call) -> set[str]:
    """The module of `importlib.import_module("name")` and `__import__("name")`."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name not in ("import_module", "__import__") or not call.args or not isinstance(call.args[0], ast.Constant):
        return set()
    named = call.args[0].value
    return {named} if isinstance(named, str) and all(map(str.isidentifier, named.split("."))) else set()


def imported_inside(text: str) -> set[str]:
    """Modules that code imports anywhere in itself, e.g. in a function or in `try`."""
    return set(_imported_by(text)) if "import" in text else set()


@functools.lru_cache(maxsize=4096)
def _imported_by(text: str) -> frozenset[str]:
    return frozenset(modules_of([text]))
