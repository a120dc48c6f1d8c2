"""A script, as `python script.py` runs it; its parts between `# %%` lines are told as progress."""

from __future__ import annotations
import __future__

import ast
import sys
import types
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..notebooks.parameters import GIVEN
from ..notebooks.script import inject, parts_of
from ..reporting import progress

if TYPE_CHECKING:
    from ..rundir import RunFolder

_FUTURE = sum({getattr(__future__, name).compiler_flag for name in __future__.all_feature_names})

_GIVEN = "__import__('dh_kernel.given', fromlist=['given']).given"  # in processes that import the script, too


def execute_script(folder: RunFolder, name: str, given: Mapping[str, str]) -> None:
    """With these expressions as its parameters' values. Raises what it raises; sys.exit() and sys.exit(0) are its end."""
    path = folder.path / name
    values = {
        key: value.replace(GIVEN, _GIVEN, 1) if value.startswith(GIVEN) else value for key, value in given.items()
    }
    text = inject(path.read_text(encoding="utf-8"), values)
    path.write_text(text, encoding="utf-8")  # what multiprocessing's children import is the same
    module: Any = types.ModuleType("__main__")
    module.__file__ = str(path)
    sys.modules["__main__"] = module
    sys.argv[:] = [str(path)]
    sys.path.insert(0, str(folder.path))
    try:
        _execute(text, str(path), module.__dict__)
    except SystemExit as error:
        if error.code not in (None, 0):
            raise


def _execute(text: str, filename: str, namespace: dict[str, Any]) -> None:
    tree = ast.parse(text, filename)
    flags = compile(tree, filename, "exec", dont_inherit=True).co_flags & _FUTURE
    firsts = [part.first for part in parts_of(text)]
    for number, first in enumerate(firsts):
        last = firsts[number + 1] if number + 1 < len(firsts) else sys.maxsize
        body = [node for node in tree.body if first <= node.lineno < last]
        if len(firsts) > 1:
            progress(number, len(firsts), f"cell {number + 1} of {len(firsts)}")
        exec(compile(ast.Module(body, []), filename, "exec", flags, dont_inherit=True), namespace)
    if len(firsts) > 1:
        progress(len(firsts), len(firsts))
