"""Files, figures, bytes and all that has no form of its own become artifacts."""

from __future__ import annotations

import contextlib
import copyreg
import functools
import os
import pickle
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Invalid, NotInstalled
from ..rundir import RunFolder
from .files import file_entries, output_folder

if TYPE_CHECKING:
    from .._contract import OutputDocument


_TRIED = 1 << 20  # bytes


def is_figure(value: Any) -> bool:
    """Whether it is matplotlib's; imports nothing."""
    return any(kind.__module__ == "matplotlib.figure" and kind.__name__ == "Figure" for kind in type(value).__mro__)


def save_figure(figure: Any, folder: Path, name: str) -> OutputDocument:
    """As PNG."""
    path = output_folder(folder, name) / f"{name}.png"
    figure.savefig(path, bbox_inches="tight")
    return _document(folder, name, path, "figure")


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


def save_path(path: Path, folder: Path, name: str) -> OutputDocument:
    """A file or a folder: moved if it lies in the run's folder, else copied. Raises Invalid."""
    source = path.expanduser().resolve()
    if not source.exists():
        raise Invalid(f"There is no file '{path}'.", "Write it before the function returns its path.")
    if not source.is_file() and not source.is_dir():
        raise Invalid(f"'{path}' is neither a file nor a folder.", "Return the path of a file with the content.")
    place = output_folder(folder, name)
    if source == place or source in place.parents:
        raise Invalid(f"'{path}' holds the run's own folder.", "Return a folder with nothing but the output in it.")
    if source.is_dir():
        place.rmdir()
        target = place
    else:
        target = place / source.name
    _bring(source, target, RunFolder(folder.resolve()))
    return _document(folder, name, target, "file")


def _bring(source: Path, target: Path, run: RunFolder) -> None:
    """Never through memory. A copy, not a hard link: an artifact must not change with the file that it came from."""
    if run.path in source.parents and not run.is_own(source):
        shutil.move(str(source), str(target))
    elif source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)


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
