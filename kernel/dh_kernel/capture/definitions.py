"""The statement that made a live function or class, and whether it would make the same thing again."""

from __future__ import annotations

import ast
import functools
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .cells import CellHistory, Source
from .names import Definition

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Found:
    """A definition in its source."""

    node: Definition
    source: Source
    top_level: bool  # not inside a function


def plain_function(thing: Any) -> types.FunctionType | None:
    """The function at the bottom of decorators, partials and our own handles; None if there is none."""
    seen: set[int] = set()
    while id(thing) not in seen:
        seen.add(id(thing))
        if isinstance(thing, types.FunctionType) and not hasattr(thing, "__wrapped__"):
            return thing
        inner = getattr(thing, "__wrapped__", None)
        if inner is None and isinstance(thing, functools.partial):
            inner = thing.func
        if inner is None:
            return thing if isinstance(thing, types.FunctionType) else None
        thing = inner
    return None


def find_function(function: types.FunctionType, cells: CellHistory) -> Found | None:
    """By its code: the file, the line and the name."""
    source = cells.of(function.__code__.co_filename)
    if source is None or source.tree is None:
        return None
    for node, inside in _walk(source.tree):
        if isinstance(node, ast.ClassDef) or node.name != function.__code__.co_name:
            continue
        if function.__code__.co_firstlineno in (node.lineno, first_line(node)):
            return Found(node, source, not inside)
    return None


def find_lambda(function: types.FunctionType, name: str, cells: CellHistory) -> tuple[ast.stmt, Source] | None:
    """`name = lambda …` at the top level, on the line of the lambda's code."""
    source = cells.of(function.__code__.co_filename)
    for node in source.tree.body if source and source.tree else []:
        targets = node.targets if isinstance(node, ast.Assign) else []
        named = len(targets) == 1 and isinstance(targets[0], ast.Name) and targets[0].id == name
        if named and isinstance(node.value, ast.Lambda) and node.value.lineno == function.__code__.co_firstlineno:  # type: ignore[attr-defined]
            return node, source  # type: ignore[return-value]
    return None


def find_class(kind: type, cells: CellHistory) -> Found | None:
    """By a method's code, else the newest class of that name in a cell or in its module's file."""
    for member in methods_of(kind).values():
        source = cells.of(member.__code__.co_filename)
        found = _class_around(source, kind.__name__, member.__code__.co_firstlineno) if source else None
        if found:
            return found
    for source in [*cells.newest_first(), *_module_source(kind, cells)]:
        for node, inside in _walk(source.tree) if source.tree else ():
            if isinstance(node, ast.ClassDef) and node.name == kind.__name__ and not inside:
                return Found(node, source, True)
    return None


def _module_source(kind: type, cells: CellHistory) -> list[Source]:
    import sys

    filename = getattr(sys.modules.get(kind.__module__), "__file__", None)
    source = cells.of(filename) if filename else None
    return [source] if source else []


def _class_around(source: Source, name: str, line: int) -> Found | None:
    for node, inside in _walk(source.tree) if source.tree else ():
        if isinstance(node, ast.ClassDef) and node.name == name and first_line(node) <= line <= (node.end_lineno or 0):
            return Found(node, source, not inside)
    return None


def _walk(tree: ast.AST, inside: bool = False) -> Iterator[tuple[Definition, bool]]:
    """All definitions, each with whether it lies inside a function."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, _DEFINITIONS):
            yield node, inside
        yield from _walk(node, inside or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


def first_line(node: Definition | ast.stmt) -> int:
    """Of the first decorator, if there is one."""
    decorators = getattr(node, "decorator_list", [])
    return int(min([node.lineno, *(decorator.lineno for decorator in decorators)]))


def methods_of(kind: type) -> dict[str, types.FunctionType]:
    """Functions in the class's own body that have code typed by someone."""
    found = {}
    for name, member in vars(kind).items():
        parts = [member]
        if isinstance(member, (staticmethod, classmethod)):
            parts = [member.__func__]
        elif isinstance(member, property):
            parts = [member.fget, member.fset, member.fdel]
        elif isinstance(member, functools.cached_property):
            parts = [member.func]
        for index, part in enumerate(parts):
            function = plain_function(part)
            if function is not None and not _is_generated(function.__code__.co_filename):
                found[name if index == 0 else f"{name}.{index}"] = function
    return found


def _is_generated(filename: str) -> bool:
    """Whether a library made the code from a text of its own, as dataclasses do."""
    return filename.startswith("<") and not filename.startswith("<ipython")


def patched(kind: type, found: Found) -> str | None:
    """What about a live class its text would not make again, in words; None if nothing."""
    typed = {name for part in found.node.body for name in _bound_by(part)}
    inside = range(first_line(found.node), (found.node.end_lineno or 0) + 1)
    for name, function in methods_of(kind).items():
        code = function.__code__
        ours = code.co_filename == found.source.filename and code.co_firstlineno in inside
        if not ours and name.partition(".")[0] in typed and function.__module__ == kind.__module__:
            return f"its method {name} was replaced after it was defined"
        if not ours and name.partition(".")[0] not in typed and function.__module__ == "__main__":
            return f"its method {name} was added after it was defined"
    decorated = bool(found.node.decorator_list) or bool(getattr(found.node, "keywords", []))
    for name, value in vars(kind).items():
        simple = type(value) in (int, float, str, bool, bytes, list, dict, set, tuple)
        if (
            name.startswith("__")
            or not simple
            or decorated
            or any(hasattr(base, "_member_map_") for base in kind.__mro__)
        ):
            continue
        if name not in typed and not name.startswith("_"):
            return f"its attribute {name} was set after it was defined"
        constant = _constant_in(found.node, name)
        if constant is not None and constant[0] != value:
            return f"its attribute {name} was changed after it was defined"
    return None


def _bound_by(part: ast.stmt) -> Iterator[str]:
    for node in ast.walk(part):
        if isinstance(node, _DEFINITIONS):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]


def _constant_in(node: Definition, name: str) -> tuple[Any] | None:
    for part in node.body:
        target = (
            part.targets[0]
            if isinstance(part, ast.Assign) and len(part.targets) == 1
            else getattr(part, "target", None)
        )
        if isinstance(target, ast.Name) and target.id == name and getattr(part, "value", None) is not None:
            try:
                return (ast.literal_eval(part.value),)  # type: ignore[attr-defined]
            except ValueError:
                return None
    return None


def changed_function(function: types.FunctionType, node: ast.AST, namespace: Mapping[str, Any]) -> str | None:
    """What about a live function its text would not make again, in words."""
    set_outside = sorted(name for name in vars(function) if name != "__wrapped__")
    if set_outside and not getattr(node, "decorator_list", []):
        return f"its attribute {set_outside[0]} was set after it was defined"
    arguments = node.args  # type: ignore[attr-defined]
    pairs = list(zip(reversed(arguments.defaults), reversed(function.__defaults__ or ())))
    keywords = function.__kwdefaults__ or {}
    pairs += [
        (default, keywords[argument.arg])
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults)
        if default is not None and argument.arg in keywords
    ]
    if len(arguments.defaults) != len(function.__defaults__ or ()):
        return "its defaults were changed after it was defined"
    for expression, value in pairs:
        again = _evaluated(expression, namespace)
        if again is not None and not _still(again[0], value):
            return f"its default {ast.unparse(expression)} was {value!r} when it was defined, and is {again[0]!r} now"
    return None


def _evaluated(expression: ast.expr, namespace: Mapping[str, Any]) -> tuple[Any] | None:
    """The value of an expression that only names and combines; None if evaluating it might do something."""
    harmless = (
        ast.Constant, ast.Name, ast.Load, ast.Attribute, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.UnaryOp, ast.BinOp,
        ast.operator, ast.unaryop, ast.Subscript,
    )  # fmt: skip
    if not all(isinstance(part, harmless) for part in ast.walk(expression)):
        return None
    try:
        return (eval(compile(ast.Expression(expression), "<default>", "eval"), dict(namespace)),)
    except Exception:  # noqa: BLE001 - it may be anything, and then nothing is known
        return None


def _still(again: Any, value: Any) -> bool:
    try:
        return again is value or (type(again) is type(value) and bool(again == value)) or repr(again) == repr(value)
    except (ValueError, TypeError):  # e.g. arrays have no single truth
        return repr(again) == repr(value)
