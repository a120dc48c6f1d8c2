"""A function of a file: `train.py:train`. The file is imported, as a script beside it would import it."""

from __future__ import annotations

import ast
import importlib.util
import sys
import traceback
from pathlib import Path
from typing import Any

from ..errors import Invalid, NotFound, did_you_mean

_FRAMES = 5  # of a traceback, at most


def function_of(target: str) -> Any:
    """The function that `FILE.py[:NAME]` names; without a name the last `def` of the file. Raises NotFound, Invalid."""
    file, name = _parts(target)
    path = Path(file)
    if not path.is_file():
        raise NotFound(f"There is no file '{file}' below {Path.cwd()}.", "dh function FILE.py:NAME")
    defined = _defined(path)
    name = name or (defined[-1] if defined else "")
    if not name:
        raise Invalid(f"{file} defines no function.", "Put a def in it.")
    module = _imported(path)
    if not hasattr(module, name):
        raise NotFound(f"{file} has no function '{name}'.", did_you_mean(name, defined))
    return getattr(module, name)


def _parts(target: str) -> tuple[str, str]:
    """A colon may also stand after a drive's letter."""
    file, colon, name = target.rpartition(":")
    if colon and name.isidentifier() and file.endswith(".py"):
        return file, name
    if not target.endswith(".py"):
        raise Invalid(f"'{target}' is not FILE.py:NAME.", "e.g. dh function train.py:train")
    return target, ""


def _defined(path: Path) -> list[str]:
    try:
        tree = ast.parse(path.read_bytes(), str(path))
    except (SyntaxError, ValueError) as error:
        raise Invalid(f"{path} is not Python: {error}") from error
    return [node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def _imported(path: Path) -> Any:
    """The module, named by the file's stem. What it raises becomes Invalid, with where it was raised."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise Invalid(f"{path} can't be imported.", "It must be a .py file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    sys.path.insert(0, str(path.resolve().parent))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        said = f"{type(error).__name__}: {error}".rstrip(": ")
        raise Invalid(f"{path} can't be imported: {said}", details=_frames(error, path)) from error
    return module


def _frames(error: BaseException, path: Path) -> list[str]:
    """The last frames of a traceback, from the file on: what is above is ours."""
    frames = traceback.extract_tb(error.__traceback__)
    first = next((place for place, frame in enumerate(frames) if Path(frame.filename).resolve() == path.resolve()), 0)
    return [line for text in traceback.format_list(frames[first:][-_FRAMES:]) for line in text.splitlines()]
