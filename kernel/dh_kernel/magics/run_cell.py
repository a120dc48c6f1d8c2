"""Run the body of a `%%dh` cell as the cell itself would have run."""

from __future__ import annotations

import ast
from typing import Any

from ..errors import NotCaptured


def run_cell(shell: Any, cell: str) -> None:
    """Run it in the user's namespace. What it raises comes out of here, with the traceback that IPython would have
    shown for the cell alone, so that it is shown once and the cell counts as failed."""
    shown: list[list[str]] = []
    original = shell._showtraceback
    shell._showtraceback = lambda kind, error, lines: shown.append(lines)
    try:
        result = shell.run_cell(cell)
    finally:
        shell._showtraceback = original
    error = result.error_before_exec or result.error_in_exec
    if error is None:
        return
    if shown:
        error._render_traceback_ = lambda: shown[-1]
    raise error


def defined_last(cell: str) -> str:
    """The name of the last top-level `def`. Raises NotCaptured if there is none."""
    from IPython.core.inputtransformer2 import TransformerManager

    tree = ast.parse(TransformerManager().transform_cell(cell))  # type: ignore[no-untyped-call]
    names = [node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    if not names:
        raise NotCaptured("This cell defines no function.", "Put a def in it, or name one: %%dh function NAME")
    return names[-1]
