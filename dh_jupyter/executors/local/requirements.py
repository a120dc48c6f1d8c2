"""Whether the interpreter has what a function needs, and the cached environment that has it where it has not."""

from __future__ import annotations

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

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from .detached.install import READY

_OURS = frozenset({"dh-kernel", "dh-jupyter"})  # the worker archive brings it
_FORMAT = "1"  # of the cached environments; a new one makes them anew
# What the worker needs to read and save for a function with such requirements, beside cloudpickle for all else.
_COMPANIONS = {"pyarrow": ("pandas", "polars"), "mlflow": ("scikit-learn", "lightgbm", "xgboost")}


@dataclass(frozen=True)
class Environment:
    """A cached environment; `python` is there once `is_ready`."""

    folder: Path
    requirements: tuple[str, ...]

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(self.folder / "bin" / "python")

    def is_ready(self) -> bool:
        """Whether it is whole."""
        return (self.folder / READY).exists()

    def commands(self) -> list[list[str]]:
        """What makes it: uv, or venv and pip where uv is not installed."""
        wanted = [*self.requirements, *_companions(self.requirements)]
        uv = find_uv()
        if uv is None:
            made = [sys.executable, "-m", "venv", str(self.folder)]
            return [made, [self.python, "-m", "pip", "install", "--disable-pip-version-check", *wanted]]
        made = [uv, "venv", "--no-project", "--python", sys.executable, str(self.folder)]
        return [made, [uv, "pip", "install", "--compile-bytecode", "--python", self.python, *wanted]]


def environment_for(requirements: tuple[str, ...], cache: Path) -> Environment | None:
    """None if this interpreter satisfies all of them."""
    site = os.stat(sysconfig.get_path("purelib")).st_mtime_ns  # changes when something is installed
    if not missing(requirements, site):
        return None
    wanted = tuple(sorted(text for text in requirements if _name(text) not in _OURS))
    content = "\n".join([_FORMAT, sys.version, os.path.realpath(sys.executable), *wanted])
    return Environment(cache / "environments" / hashlib.sha256(content.encode()).hexdigest()[:16], wanted)


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
