"""The statement that made a live function or class."""

from __future__ import annotations
import __future__

import ast
import dis
import functools
import re
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .cells import CellHistory, Source
from .names import Definition, has_lazy_annotations

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
LAZY = __future__.annotations.compiler_flag
_CALLED = re.compile(r"(NULL(\|self)? \+ | \+ NULL(\|self)?)")


@dataclass(frozen=True)
class Found:
    """A definition in its source. `lazy`: its annotations are texts."""

    node: Any
    source: Source
    top_level: bool  # not inside a function
    lazy: bool = False


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
    """By its code: the file, the line, the name, and what the text there compiles to. None if the text is another now."""
    code = function.__code__
    lazy = code.co_flags & LAZY
    for source in cells.of(code.co_filename):
        if not any(same_code(code, other) for other in source.codes(code.co_name, lazy)):
            continue
        for node, inside in definitions_in(source.tree).get(code.co_name, ()):
            if not isinstance(node, ast.ClassDef) and code.co_firstlineno in (node.lineno, first_line(node)):
                return Found(node, source, not inside, bool(lazy))
    return None


def find_lambda(function: types.FunctionType, cells: CellHistory) -> Found | None:
    """The lambda's expression, by its line and what it compiles to."""
    code = function.__code__
    lazy = code.co_flags & LAZY
    for source in cells.of(code.co_filename):
        for node in ast.walk(source.tree) if source.tree else ():
            if isinstance(node, ast.Lambda) and node.lineno == code.co_firstlineno and _compiles_to(node, code):
                return Found(node, source, False, bool(lazy))
    return None


def _compiles_to(node: ast.Lambda, code: types.CodeType) -> bool:
    """Whether a lambda is that code; its free variables are made by functions around it."""
    text = ast.unparse(node)
    free = ", ".join(code.co_freevars)
    around = f"def _(_free=({text})): ...\n" if not free else f"def _({free}):\n    return {text}\n"
    module = compile(around, "<lambda>", "exec", dont_inherit=True)
    candidates = [one for one in _all_codes(module) if one.co_name == "<lambda>"]
    return any(same_code(code, candidate) for candidate in candidates[:1])


def _all_codes(code: types.CodeType) -> Iterator[types.CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant
            yield from _all_codes(constant)


def same_code(one: types.CodeType, other: types.CodeType) -> bool:
    """Whether two code objects do the same, wherever they were typed."""
    if one is other:
        return True
    if (one.co_names, one.co_varnames, one.co_freevars, one.co_argcount, one.co_kwonlyargcount) != (
        other.co_names, other.co_varnames, other.co_freevars, other.co_argcount, other.co_kwonlyargcount,
    ):  # fmt: skip
        return False
    if len(one.co_consts) != len(other.co_consts) or not all(map(_same_constant, one.co_consts, other.co_consts)):
        return False
    return one.co_code == other.co_code or _instructions(one) == _instructions(other)


def _instructions(code: types.CodeType) -> list[tuple[str, str]]:
    """What it does, without how an attribute is called: that depends on imports beside it in the same text."""
    found = []
    for each in dis.get_instructions(code):
        if each.opname in ("PUSH_NULL", "PRECALL", "CACHE", "NOP", "EXTENDED_ARG"):
            continue
        jumps = each.opcode in dis.hasjrel or each.opcode in dis.hasjabs
        text = "" if jumps or isinstance(each.argval, types.CodeType) else each.argrepr
        found.append((each.opname.replace("LOAD_METHOD", "LOAD_ATTR"), _CALLED.sub("", text)))
    return found


def _same_constant(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, types.CodeType):
        return same_code(one, other)
    return repr(one) == repr(other) if not isinstance(one, frozenset) else bool(one == other)


def find_classes(kind: type, cells: CellHistory) -> list[Found]:
    """By a method's code, else all classes of that name in cells or in its module's file, the newest first."""
    for member in methods_of(kind).values():
        lazy = bool(member.__code__.co_flags & LAZY)
        for source in cells.of(member.__code__.co_filename):
            if not any(same_code(member.__code__, one) for one in source.codes(member.__code__.co_name, lazy * LAZY)):
                continue
            for node, inside in definitions_in(source.tree).get(kind.__name__, ()):
                line = member.__code__.co_firstlineno
                if isinstance(node, ast.ClassDef) and first_line(node) <= line <= (node.end_lineno or 0):
                    return [Found(node, source, not inside, lazy)]
    found: list[Found] = []
    for source in [*cells.newest_first(), *_module_source(kind, cells)]:
        for node, inside in reversed(definitions_in(source.tree).get(kind.__name__, [])):
            if isinstance(node, ast.ClassDef) and not inside:
                found.append(Found(node, source, True, source.tree is not None and has_lazy_annotations(source.tree)))
    return found


def _module_source(kind: type, cells: CellHistory) -> list[Source]:
    import sys

    filename = getattr(sys.modules.get(kind.__module__), "__file__", None)
    return cells.of(filename) if filename else []


@functools.lru_cache(maxsize=4096)
def definitions_in(tree: ast.Module | None) -> dict[str, list[tuple[Definition, bool]]]:
    """All definitions of a text by name, each with whether it lies inside a function."""
    found: dict[str, list[tuple[Definition, bool]]] = {}
    for node, inside in _walk(tree) if tree else ():
        found.setdefault(node.name, []).append((node, inside))
    return found


def _walk(tree: ast.AST, inside: bool = False) -> Iterator[tuple[Definition, bool]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.expr):
            continue
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
            if function is None or _is_generated(function.__code__.co_filename):
                continue
            if function.__module__ == kind.__module__:
                found[name if index == 0 else f"{name}.{index}"] = function
    return found


def _is_generated(filename: str) -> bool:
    """Whether a library made the code from a text of its own, as dataclasses do."""
    return filename.startswith("<") and not filename.startswith(("<ipython", "<timed"))
