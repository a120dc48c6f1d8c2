"""Magic and shell lines, as IPython has rewritten them into calls."""

from __future__ import annotations

import ast

from ..notebooks.installs import named_by

RUNS = {"run_line_magic", "run_cell_magic", "system", "getoutput", "magic"}


def magic_of(node: ast.AST) -> tuple[str, list[str]] | None:
    """(`run_line_magic`, its texts) of a statement that is a magic or shell line; None of any other."""
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.func.attr not in RUNS:
        return None
    shell = call.func.value
    if not (isinstance(shell, ast.Call) and isinstance(shell.func, ast.Name) and shell.func.id == "get_ipython"):
        return None
    return call.func.attr, [str(one.value) for one in call.args if isinstance(one, ast.Constant)]


def left_of(node: ast.AST) -> str:
    """What is left of a magic line without the magic: the statement that `%time` ran, else `pass`."""
    name, texts = magic_of(node) or ("", [])
    if name == "run_line_magic" and texts[:1] == ["time"] and len(texts) > 1:
        try:
            ast.parse(texts[1])
        except SyntaxError:
            return "pass"
        return texts[1]
    return "pass"


def installed_by(tree: ast.AST) -> list[str]:
    """Requirements that `%pip install` and `!pip install` lines name; no files, addresses or options."""
    found: list[str] = []
    for node in ast.walk(tree):
        magic = magic_of(node)
        if magic is not None and "install" in " ".join(magic[1]):
            found += named_by(" ".join(magic[1]))
    return found
