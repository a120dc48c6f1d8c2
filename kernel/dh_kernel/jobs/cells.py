"""Cells that were executed as a job, with what they use from elsewhere in front: what running them again here would do."""

from __future__ import annotations

import ast
import builtins
import linecache
import types
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..capture import CellHistory, capture
from ..capture.refusal import Uncapturable
from ..errors import Invalid, NotCaptured
from ..notebooks.code import OF_THE_SHELL, assignments, needed, tree_of
from ..notebooks.document import code_cell, read_notebook
from ..notebooks.selection import selected
from .document import Job, job_of_notebook

if TYPE_CHECKING:
    from ..capture import Captured

NAME = "cells.ipynb"
_ASKS = "_these_cells"  # the function that asks capture for the names


def job_of_cells(shell: Any, selection: str, given: Collection[str], requires: Iterable[str] = ()) -> Job:
    """The cells with these execution counts, as they were typed. `given`: names that come as parameters. Raises Invalid,
    and NotCaptured with every name that can't go along, and what to do."""
    if shell is None:
        raise Invalid("There are no cells: this is no notebook.", 'Run a file: dh.job("script.py").')
    history: Sequence[str] = shell.history_manager.input_hist_raw
    numbers = selected(selection)
    cells = [_typed(history, number) for number in numbers]
    captured = _captured(shell, history, numbers, cells, given)
    made = [code_cell(text, f"cell-{number}", dh_cell=f"cell [{number}]") for number, text in zip(numbers, cells)]
    front = _front(captured) if captured else ""
    if front:
        made.insert(0, code_cell(front, "captured", dh_cell="captured"))
    requirements = [*(captured.requirements if captured else ()), *requires]
    files = captured.files if captured else {}
    return job_of_notebook(_notebook(made), NAME, Path.cwd(), requirements, files)


def _notebook(cells: list[dict[str, Any]]) -> Mapping[str, Any]:
    import json

    return read_notebook(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), NAME)


def _typed(history: Sequence[str], number: int) -> str:
    last = len(history) - 2  # the last of all is the cell that asks
    if number > last or not history[number].strip():
        there = f"Numbers are those in front of the cells: 1 to {last}." if last > 0 else "Run some first."
        raise Invalid(f"No cell [{number}] was executed in this kernel.", there)
    return history[number]


def _captured(
    shell: Any, history: Sequence[str], numbers: Sequence[int], cells: Sequence[str], given: Collection[str]
) -> Captured | None:
    """What the cells use and do not make; None if that is nothing."""
    names = sorted(name for name in needed(cells) if name not in given and _is_ours(name, shell.user_ns))
    if not names:
        return None
    filename = f"dh-{_ASKS}-{shell.execution_count}.py"
    text = f"def {_ASKS}():\n    return ({', '.join(names)},)\n"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    code = next(one for one in compile(text, filename, "exec").co_consts if isinstance(one, types.CodeType))
    asks = types.FunctionType(code, shell.user_ns, _ASKS)
    try:
        return capture(asks, shell.user_ns, CellHistory.from_shell(shell), folder=Path.cwd())
    except NotCaptured as error:
        lines = [_said(line, history, numbers) for line in (error.message, *error.details)]
        raise NotCaptured(lines[0], "Nothing was started.", lines[1:]) from None
    finally:
        del linecache.cache[filename]


def _is_ours(name: str, namespace: Mapping[str, Any]) -> bool:
    """Not one that every kernel has."""
    return name not in OF_THE_SHELL and (name in namespace or not hasattr(builtins, name))


def _said(fault: str, history: Sequence[str], numbers: Sequence[int]) -> str:
    """Capture's words for a function, for cells."""
    if not isinstance(fault, Uncapturable) or not fault.name.isidentifier():
        return fault.replace(f"{_ASKS}() uses", "The cells use").replace(f"{_ASKS}()", "the cells")
    name, is_theirs = fault.name, fault.by == _ASKS
    makers = [_maker(history, name)] if is_theirs else [_maker(history, fault.by), _maker(history, name)]
    others = sorted({maker for maker in makers if maker} - set(numbers))
    ways = [f"pass it: {name}=${name}"] if is_theirs and fault.can_travel else []
    if others and all(makers):
        which = "the cell that makes it" if is_theirs else f"the cells that make it and {fault.by}()"
        ways.append(f"take {which} along: --cells {','.join(map(str, others))},{_text(numbers)}")
    cure = ", or ".join(ways) or ("make one in them" if is_theirs else f"make it a parameter of {fault.by}()")
    user = "The cells use" if is_theirs else f"{fault.by}(), which the cells use, uses"
    return f"{user} {name} ({fault.described}). {cure[0].upper()}{cure[1:]}."


def _maker(history: Sequence[str], name: str) -> int | None:
    """The last cell that makes it."""
    return next((number for number in range(len(history) - 1, 0, -1) if _makes(history[number], name)), None)


def _makes(source: str, name: str) -> bool:
    if any(assigned.name == name for assigned in assignments(source)):
        return True
    tree = tree_of(source)
    return any(getattr(node, "name", "") == name for node in (tree.body if tree else []))


def _text(numbers: Sequence[int]) -> str:
    if len(numbers) > 2 and list(numbers) == list(range(numbers[0], numbers[-1] + 1)):
        return f"{numbers[0]}-{numbers[-1]}"
    return ",".join(map(str, numbers))


def _front(captured: Captured) -> str:
    """The captured module without the function that asked for it."""
    lines = captured.module.split("\n")
    for node in ast.parse(captured.module).body:
        if isinstance(node, ast.FunctionDef) and node.name == _ASKS:
            lines[node.lineno - 1 : node.end_lineno] = [""] * ((node.end_lineno or node.lineno) - node.lineno + 1)
    return "\n".join(lines).strip()
