"""The captured module made here, beside the live objects: what would be another thing in a run is found before it runs.

Each part is executed once, in a namespace of its own, and compared. What a library's decorator or a call of unknown effect
would do a second time is not done; the live object stands in for it.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import functools
import io
import sys
import types
from collections import ChainMap
from collections.abc import Iterable, Mapping
from typing import Any

from .alike import Comparison
from .parts import Part
from .requirements import is_standard

_ACTS = {"atexit", "io", "multiprocessing", "os", "posix", "shutil", "signal", "socket", "subprocess", "threading"}


def make_again(
    parts: Iterable[Part], taken: Mapping[str, Any], imported: Mapping[str, Any], name: str
) -> dict[str, Any]:
    """The names of the module, each with what a run would have. `imported`: what imports bind; `name`: the module's."""
    space: dict[str, Any] = {"__name__": name, **imported}
    quiet = io.StringIO()
    with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
        for part in parts:
            if part.kind != "setting":  # it is set already
                _execute(part, space, taken)
    return space


@functools.lru_cache(maxsize=4096)
def compiled(text: str, flags: int) -> tuple[list[ast.expr], types.CodeType]:
    """(what it calls at once, its code)."""
    tree = ast.parse(text)
    return list(_called_at_once(tree)), compile(tree, "<again>", "exec", flags, dont_inherit=True)


def _execute(part: Part, space: dict[str, Any], taken: Mapping[str, Any]) -> None:
    calls, code = compiled(part.text, part.flags)
    if _may_act(calls, ChainMap(space, dict(taken))):
        space[part.name] = taken.get(part.name)
        return
    try:
        exec(code, space)
    except Exception:  # noqa: BLE001 - what a library does not allow twice is not compared
        space[part.name] = taken.get(part.name)


def differences(space: Mapping[str, Any], taken: Mapping[str, Any], names: Iterable[str]) -> dict[str, str]:
    """By name: how the thing that a run would have differs from the live one, in words."""
    comparison = Comparison({id(thing): space.get(name) for name, thing in taken.items()})
    found = {name: comparison.of(taken[name], space.get(name)) for name in names if name in taken}
    return {name: why for name, why in found.items() if why}


def _may_act(calls: Iterable[ast.expr], space: Mapping[str, Any]) -> bool:
    """Whether executing it calls anything but the notebook's own code, Python's decorators, and makers of values."""
    return any(not _is_quiet(called, space) for called in calls)


def _called_at_once(tree: ast.AST) -> Iterable[ast.expr]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            outside = [*node.decorator_list, *node.args.defaults, *(one for one in node.args.kw_defaults if one)]
            yield from node.decorator_list
            for one in outside:
                yield from _called_at_once(ast.Expr(one))
        elif isinstance(node, ast.Lambda):
            continue
        else:
            if isinstance(node, ast.ClassDef):
                yield from node.decorator_list
            if isinstance(node, ast.Call):
                yield node.func
            yield from _called_at_once(node)


def _is_quiet(called: ast.expr, space: Mapping[str, Any]) -> bool:
    """Python's own, except what reads and writes; the notebook's own; numpy's and pandas' makers."""
    if isinstance(called, ast.Call):
        called = called.func
    path = ast.unparse(called).split(".")
    thing = space.get(path[0], getattr(builtins, path[0], None))
    if thing is None or not all(part.isidentifier() for part in path):
        return False
    for part in path[1:]:
        thing = getattr(thing, part, thing)
    if getattr(builtins, path[0], None) is thing:
        return path[0] not in ("open", "exec", "eval", "input", "print", "breakpoint", "__import__", "compile")
    module = str(getattr(thing, "__module__", None) or getattr(type(thing), "__module__", ""))
    root = module.partition(".")[0]
    if root in ("__main__", space.get("__name__"), "builtins"):
        return True
    if path[-1] in ("sleep", "system"):
        return False
    return (is_standard(root) and root not in _ACTS) or root in ("numpy", "pandas") or _is_of_the_folder(root)


def _is_of_the_folder(root: str) -> bool:
    file = getattr(sys.modules.get(root), "__file__", None) or ""
    return bool(file) and "-packages" not in file and not is_standard(root)
