"""Whether an imported module is still what its file says."""

from __future__ import annotations

import ast
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .cells import Source
from .definitions import plain_function, same_code
from .same import is_same


def stale(module: types.ModuleType, place: Path, set_here: set[str]) -> list[str]:
    """Faults, in words. `set_here`: `module.name`s that a run sets as the notebook did."""
    source = Source(str(place), place.read_text(encoding="utf-8"), place.name)
    own = {
        path.rpartition(".")[2]
        for path in set_here
        if path.rpartition(".")[0].endswith(module.__name__.rpartition(".")[2])
    }
    for name, function in _functions(module):
        if name.partition(".")[0] not in own and not any(
            same_code(function.__code__, code) for code in source.codes(function.__code__.co_name)
        ):
            return [
                f"{place.name} was changed after it was imported ({name} is not what it says). "
                f"Import it again: importlib.reload({module.__name__})."
            ]
    return [
        f"{module.__name__}.{name} is not what {place.name} says: it was changed after it was imported. "
        f"Write the change into {place.name}, or make it a parameter."
        for name, value in _literals(source)
        if name not in own and name in vars(module) and not _same(value, vars(module)[name])
    ]


def _functions(module: types.ModuleType) -> Iterator[tuple[str, types.FunctionType]]:
    """By qualified name: what the module defines, also in its classes."""
    for name, thing in vars(module).items():
        members = (
            vars(thing).items() if isinstance(thing, type) and thing.__module__ == module.__name__ else [("", thing)]
        )
        for member, each in members:
            each = getattr(each, "__func__", each)
            function = plain_function(each) if not isinstance(each, type) else None
            if function is not None and _is_own(function, module):
                yield f"{name}.{member}".rstrip("."), function


def _is_own(function: types.FunctionType, module: types.ModuleType) -> bool:
    return function.__module__ == module.__name__ and function.__code__.co_filename == getattr(module, "__file__", "")


def _literals(source: Source) -> Iterator[tuple[str, Any]]:
    """Names that the text binds once, to a value that it spells out."""
    bound: dict[str, list[ast.expr]] = {}
    for node in ast.walk(source.tree or ast.Module([], [])):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.setdefault(node.id, [])
        elif isinstance(node, ast.Global):
            bound.update({name: [ast.Name(name, ast.Load())] * 2 for name in node.names})
    for node in source.tree.body if source.tree else ():
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            bound.setdefault(node.targets[0].id, []).append(node.value)
    for name, values in bound.items():
        if len(values) == 1:
            try:
                yield name, ast.literal_eval(values[0])
            except (ValueError, TypeError, SyntaxError):
                continue


def _same(written: Any, live: Any) -> bool:
    try:
        return is_same(written, live)
    except Exception:  # noqa: BLE001 - any object may be there
        return False
