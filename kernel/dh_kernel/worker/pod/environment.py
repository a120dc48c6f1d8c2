"""What a pod installs before the worker: nothing if the image has all, else an environment upon the image's packages.

It lies in the cache, named by what is in it: by the requirements, their versions, and the image. Who has recorded
packages instead gets just those, and nothing of the image.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import platform
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...detached import freeze
from ...detached.written import write_atomically
from ...errors import NotInstalled
from .requirements import canonical, unmet

if TYPE_CHECKING:
    from ..._contract import PodDocument

_FORMAT = "pod 1"  # of the cached environments
_COMPANION = "cloudpickle"  # by which values are saved that nothing else saves


def wanted_for(job: PodDocument, here: Mapping[str, Any], uv: str | None) -> dict[str, Any] | None:
    """What the installer is told (see detached/install.py); None if the image serves. `here` is its freeze."""
    exact = job.get("packages")
    if exact is not None and list(exact) == list(here["packages"]):
        return None
    missing = list(exact) if exact is not None else unmet(job["requirements"])
    if not missing:
        return None
    if exact is None and not any(canonical(line.partition("==")[0]) == _COMPANION for line in here["packages"]):
        missing.append(_COMPANION)
    cache = str(Path(job.get("cache") or Path(job["folder"]).parent / "cache") / "environments")
    identity = f"{_FORMAT} {here['digest'] if exact is None else here['python'] + ' ' + here['platform']}"
    name = hashlib.sha256("\n".join([identity, *sorted(missing)]).encode()).hexdigest()[:16]
    wanted: dict[str, Any] = {
        "cache": cache,
        "lock": os.path.join(cache, "locks", f"{name}.txt"),
        "identity": identity,
        "python": sys.executable,
        "requirements": sorted(missing),
        "uv": uv,
        "exact": exact is not None,
    }
    return wanted if exact is not None else {**wanted, "image": list(here["packages"])}


def find_uv() -> str | None:
    """On the path, or beside the interpreter."""
    beside = Path(sys.executable).with_name("uv")
    return shutil.which("uv") or (str(beside) if beside.exists() else None)


def check_tools(wanted: Mapping[str, Any]) -> None:
    """Raises NotInstalled where the image has nothing that installs."""
    if wanted["uv"] or all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        return
    raise NotInstalled(
        f"The image lacks {', '.join(wanted['requirements'][:6])}, and has neither uv nor venv with pip to install it.",
        "Take an image that has uv or pip (or the packages), e.g. ours or python:3.12-slim.",
    )


def record_here(here: Mapping[str, Any], folder: Path) -> None:
    """environment.json of an attempt that needs nothing but the image. A full disk is no reason to fail."""
    if not (folder / "environment.json").exists():
        with contextlib.suppress(OSError):
            write_atomically(str(folder / "environment.json"), json.dumps(here))


def image_freeze() -> dict[str, Any]:
    """What the image has."""
    return freeze.of_this_process()


def about_python(wanted: str, here: str = "") -> str:
    """A word for the log if the code was written for another Python; else empty."""
    minor = ".".join((here or platform.python_version()).split(".")[:2])
    if wanted in ("", minor):
        return ""
    return f"The function was written for Python {wanted}; the image has {minor}.\n"


def variables(given: Mapping[str, str], work: Path, cache: str) -> dict[str, str]:
    """Of the worker and the installer: the container's, and a place to write where it has none."""
    found = {"MPLBACKEND": "Agg", "PYTHONUNBUFFERED": "1", **given}
    if not os.access(found.get("HOME") or "/", os.W_OK):
        home = work / "home"
        home.mkdir(parents=True, exist_ok=True)
        found["HOME"] = str(home)
    place = cache or str(work / "cache")
    return {"UV_CACHE_DIR": os.path.join(place, "uv"), "PIP_CACHE_DIR": os.path.join(place, "pip"), **found}
