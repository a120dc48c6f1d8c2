"""Defaults of parameters: what their expressions give now, beside what they gave when the function was defined."""

from __future__ import annotations

import ast
import builtins
import types
from collections.abc import Callable, Mapping
from typing import Any

from .same import is_same
from .text import Edit

_NAMING = (
    ast.Constant, ast.Name, ast.Load, ast.Attribute, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.UnaryOp, ast.BinOp,
    ast.operator, ast.unaryop, ast.Subscript, ast.Slice, ast.Starred, ast.Compare, ast.cmpop, ast.IfExp, ast.BoolOp, ast.boolop,
    ast.JoinedStr, ast.FormattedValue, ast.keyword, ast.Call,
)  # fmt: skip
_MAKERS = {
    "pathlib",
    "decimal",
    "fractions",
    "datetime",
    "collections",
    "re",
    "functools",
    "uuid",
    "types",
    "numpy",
    "pandas",
}
_HARMLESS = {len, min, max, sum, sorted, abs, round, repr, divmod, pow}
_KINDS = {bool, bytes, bytearray, complex, dict, float, frozenset, int, list, object, range, set, slice, str, tuple}
_NEVER = {"open", "load", "fromfile", "loadtxt", "genfromtxt", "memmap"}


def defaults_of(
    function: types.FunctionType, node: Any, space: Mapping[str, Any], write: Callable[[Any], str | None], pin: bool
) -> tuple[list[Edit], str]:
    """(texts to put in place of default expressions, what has changed in words).

    A default that would be computed anew in a run is written as today's value. `pin`: also one that has changed.
    """
    edits: list[Edit] = []
    arguments = node.args
    positional, keywords = function.__defaults__ or (), function.__kwdefaults__ or {}
    if len(arguments.defaults) != len(positional) and not pin:
        return [], "its defaults were changed after it was defined"
    pairs = list(zip(reversed(arguments.defaults), reversed(positional)))
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults):
        if default is not None and argument.arg in keywords:
            pairs.append((default, keywords[argument.arg]))
    for expression, value in pairs:
        again = evaluated(expression, space)
        if again is not None and _still(again[0], value):
            continue
        if again is not None and not pin and not _calls(expression):
            return (
                [],
                f"its default {ast.unparse(expression)} was {value!r} when it was defined, and is {again[0]!r} now",
            )
        text = write(value)
        if text is not None:
            edits.append(Edit(expression, text))
        elif again is None and not _makes_an_object(expression, value, space):
            return (
                [],
                f"its default {ast.unparse(expression)} is computed when it is defined, and can't be written down",
            )
    return edits, ""


def _calls(expression: ast.expr) -> bool:
    return any(isinstance(part, ast.Call) for part in ast.walk(expression))


def _makes_an_object(expression: ast.expr, value: Any, space: Mapping[str, Any]) -> bool:
    """`Model()`, `Field(…)`: a fresh object of its class, in a run as here."""
    if isinstance(expression, ast.Lambda):
        return True
    return isinstance(expression, ast.Call) and _named(expression.func, space) is type(value)


def evaluated(expression: ast.expr, space: Mapping[str, Any]) -> tuple[Any] | None:
    """The value of an expression that only names, combines, and makes values; None if evaluating it might do something."""
    if isinstance(expression, ast.Constant):
        return (expression.value,)
    for part in ast.walk(expression):
        if not isinstance(part, _NAMING) or (isinstance(part, ast.Call) and not _is_maker(part.func, space)):
            return None
    try:
        return (eval(compile(ast.Expression(expression), "<default>", "eval"), dict(space)),)
    except Exception:  # noqa: BLE001 - it may be anything, and then nothing is known
        return None


def _is_maker(called: ast.expr, space: Mapping[str, Any]) -> bool:
    thing = _named(called, space)
    try:
        if thing in _HARMLESS or thing in _KINDS:
            return True
    except TypeError:
        return False
    module = str(getattr(thing, "__module__", "")).partition(".")[0]
    name = str(getattr(thing, "__name__", ""))
    return (
        module in _MAKERS and name not in _NEVER and (isinstance(thing, type) or module == "numpy" or name == "compile")
    )


def _named(path: ast.expr, space: Mapping[str, Any]) -> Any:
    if isinstance(path, ast.Name):
        return space.get(path.id, getattr(builtins, path.id, None))
    if isinstance(path, ast.Attribute):
        owner = _named(path.value, space)
        return getattr(owner, path.attr, None) if isinstance(owner, (types.ModuleType, type)) else None
    return None


def _still(again: Any, value: Any) -> bool:
    try:
        return again is value or is_same(again, value) or (_is_plain(value) and repr(again) == repr(value))
    except (ValueError, TypeError):  # e.g. arrays have no single truth
        return repr(again) == repr(value)


def _is_plain(value: Any) -> bool:
    """Whether what it prints says all, and no address in memory."""
    return " at 0x" not in repr(value)
