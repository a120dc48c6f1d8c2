"""dh_code as a real module: pickle, multiprocessing and joblib find it by name, and tracebacks by file."""

from __future__ import annotations

import builtins
import importlib
import os
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..rundir import RunFolder

CODE = "dh_code"


def import_code(folder: RunFolder) -> ModuleType:
    """Import dh_code.py, its folder first on sys.path. Raises what the module raises."""
    sys.path.insert(0, str(folder.path))
    sys.modules.pop(CODE, None)
    _forget_listing(folder)
    _stand_in("display", lambda *values, **_: print(*values))  # noqa: T201
    _stand_in("get_ipython", lambda: None)
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        return importlib.import_module(CODE)
    finally:
        sys.dont_write_bytecode = before


def _forget_listing(folder: RunFolder) -> None:
    """What Python knows of the folder's files. Not `importlib.invalidate_caches`: that reads the worker's own archive again,
    once for each of its packages, which takes longer than all else in a short run."""
    here = str(folder.path)
    for path in [path for path in sys.path_importer_cache if path == here or path.startswith(here + os.sep)]:
        del sys.path_importer_cache[path]


def _stand_in(name: str, function: Any) -> None:
    """What notebooks have in reach and a run has not."""
    if not hasattr(builtins, name):
        setattr(builtins, name, function)
