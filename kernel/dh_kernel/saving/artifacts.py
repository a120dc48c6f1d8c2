"""Files, bytes, and all that has a form of its own or none become artifacts."""

from __future__ import annotations

import contextlib
import copyreg
import functools
import os
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Invalid, NotInstalled
from .files import MOST_FILES, file_entries, output_folder
from .forms import Form
from .paths import ReturnedPaths

if TYPE_CHECKING:
    from .._contract import OutputDocument


_TRIED = 1 << 20  # bytes


def save_form(value: Any, form: Form, folder: Path, name: str) -> OutputDocument:
    """In the file of its form. Raises Invalid for a value that the form can't hold."""
    path = output_folder(folder, name) / f"{name}{form.ending}"
    form.save(value, path)
    return _document(folder, name, path, form.codec)


def save_bytes(data: Any, folder: Path, name: str) -> OutputDocument:
    """As a file of just these bytes."""
    path = output_folder(folder, name) / f"{name}.bin"
    path.write_bytes(data)
    return _document(folder, name, path, "bytes")


def save_pickle(value: Any, folder: Path, name: str) -> OutputDocument:
    """By cloudpickle; classes of the run's own module by value, so that another process can load them."""
    path = output_folder(folder, name) / f"{name}.pkl"
    with by_value(folder), path.open("wb") as file:
        dump(value, file)
    _check_pickle(path)
    return _document(folder, name, path, "pickle")


def dump(value: Any, file: Any) -> None:
    """By cloudpickle, into anything that has `write`."""
    _cloudpickle().dump(value, file)


def _check_pickle(path: Path) -> None:
    """What can't be loaded again is no result; big ones are not tried. Raises Invalid."""
    if path.stat().st_size > _TRIED:
        return
    try:
        pickle.loads(path.read_bytes())
    except Exception as error:
        raise Invalid(
            f"It can be pickled, but not be loaded again: {type(error).__name__}: {error}",
            "Return the values that it is made of.",
        ) from error


def _cloudpickle() -> Any:
    try:
        import cloudpickle
    except ImportError as error:
        raise NotInstalled("cloudpickle is not installed.", "Add it: --requires cloudpickle") from error
    return cloudpickle


def _reduced(value: functools.cached_property[Any]) -> tuple[Any, ...]:
    return functools.cached_property, (value.func,), {"attrname": value.attrname, "__doc__": value.__doc__}


@contextlib.contextmanager
def by_value(folder: Path) -> Iterator[None]:
    """Within it, cloudpickle takes along what modules of the run's folder define."""
    try:
        import cloudpickle
    except ImportError:
        yield
        return
    copyreg.pickle(functools.cached_property, _reduced)  # before Python 3.12 it holds a lock
    inside = str(folder) + os.sep
    own = [module for module in list(sys.modules.values()) if str(getattr(module, "__file__", "")).startswith(inside)]
    for module in own:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in own:
            cloudpickle.unregister_pickle_by_value(module)


def save_path(path: Path, folder: Path, name: str, paths: ReturnedPaths) -> tuple[OutputDocument, list[str]]:
    """A file or a folder, and warnings. Raises Invalid."""
    target, warnings = paths.bring(path, output_folder(folder.resolve(), name))
    document = _document(folder.resolve(), name, target, "file")
    files: Any = document["status"]["files"]
    if len(files) > MOST_FILES:
        warnings.append(f"'{path}' has {len(files):,} files, of which {MOST_FILES:,} are listed; all are kept.")
        document["status"]["files"] = files[:MOST_FILES]
    return document, warnings


def _document(folder: Path, name: str, path: Path, codec: str) -> OutputDocument:
    relative = path.relative_to(folder).as_posix() + ("/" if path.is_dir() else "")
    return {
        "name": name,
        "entity": "artifact",
        "kind": "artifact",
        "path": relative,
        "spec": {"codec": codec, "src_path": path.name},
        "status": {"files": file_entries(path)},
    }
