"""What capture needs of a cell's text, worked out when the cell has run: a function that uses a whole notebook is then
registered without reading all of it. Only the text counts, so nothing here can be out of date; what is not there is
worked out when it is needed.
"""

from __future__ import annotations

import ast
import contextlib
from typing import Any

from . import settings
from .again import compiled
from .cells import assigned_by, newest_of
from .definitions import LAZY, definitions_in
from .imports import imported_inside, modules_of
from .names import loaded_by
from .requirements import requirements_of
from .text import text_of
from .version import canonical

MOST = 100_000  # characters of a text that is read unasked
_IMPORTS = (ast.Import, ast.ImportFrom)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def read_ahead(shell: Any) -> None:
    """Read the text that this IPython shell has compiled last."""
    source = newest_of(shell)
    if source is None or source.tree is None or len(source.text) > MOST:
        return
    assigned_by(source.tree)
    settings.set_by(source.text)
    flags = shell.compile.flags & LAZY
    definitions_in(source.tree)
    requirements_of(modules_of([ast.unparse(node) for node in source.tree.body if isinstance(node, _IMPORTS)]), ())
    for node in source.tree.body:
        if isinstance(node, _DEFINITIONS):
            with contextlib.suppress(Exception):  # registering it says what is wrong with it
                text, _ = text_of(node, source, shell.user_ns)
                loaded_by(text, bool(flags))
                canonical(text)
                imported_inside(text)
                compiled(text, flags)
                source.codes(node.name, flags)
