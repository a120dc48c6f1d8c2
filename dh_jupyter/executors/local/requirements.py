"""Whether an interpreter has what a function needs, and the cached environment that has it where it has not."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import importlib.metadata
import json
import os
import shutil
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from dh_kernel.detached import freeze
from dh_kernel.detached.install import FREEZE, READY, chosen, folder_of, lock_text, record
from dh_kernel.detached.written import write_atomically
from dh_kernel.errors import Invalid

from .interpreters import OURS, Interpreter, interpreter_for, nearest

if TYPE_CHECKING:
    from dh_kernel._contract import Environment as RecordedEnvironment

_OURS = frozenset({"dh-kernel", "dh-jupyter"})  # the worker archive brings it
_FORMAT = "2"  # of the cached environments; a new one makes them anew
# What the worker needs to read and save for a function with such requirements, beside cloudpickle for all else.
_COMPANIONS = {"pyarrow": ("pandas", "polars"), "mlflow": ("scikit-learn", "lightgbm", "xgboost")}


@dataclass(frozen=True)
class Environment:
    """A cached environment for requirements, or for `exact` packages (a freeze). Its folder is known once they are resolved."""

    cache: Path
    base: Interpreter
    requirements: tuple[str, ...]
    exact: bool = False
    instead: Environment | None = None  # the same for another Python, if this one can't have the requirements

    def wanted(self) -> dict[str, Any]:
        """What the installer is told, see dh_kernel/detached/install.py."""
        content = "\n".join([_FORMAT, self.base.identity, *self.requirements])
        name = hashlib.sha256(content.encode()).hexdigest()[:16]
        return {
            "cache": str(self.cache),
            "lock": str(self.cache / "locks" / f"{name}.txt"),
            "identity": f"{_FORMAT} {self.base.identity}",
            "python": self.base.path,
            "requirements": list(self.requirements),
            "uv": find_uv(),
            "exact": self.exact,
            "instead": self.instead.wanted() if self.instead else None,
        }

    @property
    def folder(self) -> Path | None:
        """Named by the lock's hash; None while there is no lock."""
        wanted = chosen(self.wanted())
        lock = lock_text(wanted)
        return None if lock is None else Path(folder_of(wanted, lock))

    @property
    def python(self) -> str | None:
        """Its interpreter, if it is whole."""
        folder = self.folder
        whole = folder is not None and (folder / READY).exists() and os.access(folder / "bin" / "python", os.X_OK)
        return str(folder / "bin" / "python") if folder and whole else None


def environment_for(
    requirements: tuple[str, ...], cache: Path, base: Interpreter = OURS, packages: tuple[str, ...] | None = None
) -> Environment | None:
    """None if our own interpreter serves: it satisfies all of them, or has just the packages of a recorded freeze."""
    place = cache / "environments"
    if packages is not None:
        same = base == OURS and list(packages) == freeze_here()["packages"]
        return None if same else Environment(place, base, packages, exact=True)
    if base == OURS and not missing(requirements, _changed()):
        return None
    return _environment(requirements, place, base)


def environment_near(requirements: tuple[str, ...], cache: Path, python: str) -> Environment | None:
    """For a function that any Python may run: ours if it satisfies all, else one of that version or near to it, else ours
    with the requirements installed. (A client pins them as its own Python has them, whichever version it names.)"""
    if not missing(requirements, _changed()):
        return None
    place, base = cache / "environments", nearest(python)
    made = _environment(requirements, place, base)
    return made if base == OURS else dataclasses.replace(made, instead=_environment(requirements, place, OURS))


def _environment(requirements: tuple[str, ...], place: Path, base: Interpreter) -> Environment:
    wanted = sorted(text for text in requirements if _name(text) not in _OURS)
    return Environment(place, base, (*wanted, *_companions(requirements)))


def record_freeze(environment: Environment | None, cache: Path, attempt: Path) -> str:
    """The exact versions into the attempt's folder (a link to what is kept once); the digest that names them."""
    folder = environment.folder if environment else None
    kept = folder / FREEZE if folder else _kept_freeze(cache)
    record(str(kept), str(attempt))
    return folder.name if folder else str(freeze_here()["digest"])


def _kept_freeze(cache: Path) -> Path:
    here = freeze_here()
    path = cache / "freezes" / f"{here['digest']}.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(str(path), json.dumps(here))
    return path


def freeze_here() -> freeze.Freeze:
    """Of our own interpreter."""
    return _freeze_here(_changed())


@functools.lru_cache(maxsize=1)
def _freeze_here(site: int) -> freeze.Freeze:
    return freeze.of_this_process()


def _changed() -> int:
    """Another number when something was installed."""
    return os.stat(_site()).st_mtime_ns


@functools.cache
def _site() -> str:
    return sysconfig.get_path("purelib")  # it computes all of them


def lacking(requirements: tuple[str, ...], base: Interpreter = OURS) -> tuple[str, ...]:
    """Those that an interpreter does not have; of one that is not ours all."""
    return missing(requirements, _changed()) if base == OURS else requirements


@functools.lru_cache(maxsize=256)
def missing(requirements: tuple[str, ...], site: int = 0) -> tuple[str, ...]:
    """Those that this interpreter does not satisfy. `site` only makes the cached answer forget."""
    return tuple(text for text in requirements if not _is_met(text))


def _is_met(text: str) -> bool:
    try:
        wanted = Requirement(text)
    except InvalidRequirement:
        return False  # the installer says what is wrong with it, in the log
    if canonicalize_name(wanted.name) in _OURS or (wanted.marker and not wanted.marker.evaluate()):
        return True
    try:
        found = importlib.metadata.distribution(wanted.name)
    except importlib.metadata.PackageNotFoundError:
        return False
    if wanted.url:
        return bool(wanted.url == json.loads(found.read_text("direct_url.json") or "{}").get("url"))
    return wanted.specifier.contains(found.version, prereleases=True)


def _name(text: str) -> str:
    try:
        return canonicalize_name(Requirement(text).name)
    except InvalidRequirement:
        return text


def _companions(requirements: tuple[str, ...]) -> list[str]:
    names = {_name(text) for text in requirements}
    wanted = ["cloudpickle", *(name for name, users in _COMPANIONS.items() if names.intersection(users))]
    return [_as_here(name) for name in wanted if name not in names]


def _as_here(name: str) -> str:
    """In the version that we have: then the kernel can read what the run has saved."""
    try:
        return f"{name}=={importlib.metadata.version(name)}"
    except importlib.metadata.PackageNotFoundError:
        return name


def find_uv() -> str | None:
    """Beside the interpreter (the `uv` package puts it there), or on the path."""
    beside = Path(sys.executable).with_name("uv")
    return str(beside) if beside.exists() else shutil.which("uv")


def differences(recorded: RecordedEnvironment) -> list[str]:
    """What of a recorded environment is different here, in sentences. Raises Invalid if it can't be built at all."""
    base = interpreter_for(".".join(recorded["python"].split(".")[:2]))
    found = []
    if base.version != recorded["python"]:
        found.append(f"Python was {recorded['python']}; here it is {base.version}.")
    if sysconfig.get_platform() != recorded["platform"]:
        found.append(f"It ran on {recorded['platform']}; this is {sysconfig.get_platform()}.")
    local = [line.partition(" @ file://") for line in recorded["packages"] if " @ file://" in line]
    gone = [f"{name} ({path})" for name, _, path in local if not os.path.exists(unquote(path))]
    if gone:
        raise Invalid(f"Packages that were installed from this machine's files are gone: {', '.join(gone)}.")
    found += [f"{name} comes from {path}, which may have changed." for name, _, path in local]
    return found
