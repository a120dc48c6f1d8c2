"""The Pythons of this machine, by minor version: ours, the path's, uv's, pyenv's, conda's. Nothing is downloaded."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dh_kernel.errors import Invalid

_SAYS = "import sys; print(sys.implementation.name, '%d.%d.%d' % sys.version_info[:3], sys.base_prefix)"
_NAME = re.compile(r"python3\.\d+")
_PLACES = (
    "~/.local/share/uv/python/*/bin",
    "~/.pyenv/versions/*/bin",
    "~/miniconda3/envs/*/bin",
    "~/anaconda3/envs/*/bin",
    "~/miniforge3/envs/*/bin",
    "/opt/python/*/bin",
    "/opt/conda/envs/*/bin",
)
_OLDEST = (3, 9)  # that our worker runs on
_PATIENCE = 10.0  # seconds for an interpreter to say what it is


@dataclass(frozen=True)
class Interpreter:
    """`version` is whole, `identity` changes when another Python lies there."""

    path: str
    version: str

    @property
    def minor(self) -> str:
        """3.12"""
        return ".".join(self.version.split(".")[:2])

    @property
    def identity(self) -> str:
        """For the names of environments."""
        return f"{self.version} {os.path.realpath(self.path)}"


OURS = Interpreter(sys.executable, "{}.{}.{}".format(*sys.version_info))


def interpreter_for(minor: str) -> Interpreter:
    """Ours if it is of that minor version or none is asked for. Raises Invalid with what there is."""
    if minor in ("", OURS.minor):
        return OURS
    found = installed().get(minor)
    if found is None:
        there = ", ".join(sorted(installed(), key=_number))
        raise Invalid(
            f"The function needs Python {minor}, which is not installed here. Installed: {there}.",
            f"Install it (uv python install {minor}), or register the function again from a kernel with one of these.",
        )
    return found


def nearest(minor: str) -> Interpreter:
    """Of that minor version, else of the nearest one that is installed."""
    if minor in ("", OURS.minor):
        return OURS
    found = {one: there for one, there in installed().items() if _number(one) >= _OLDEST}
    return found.get(minor) or found[min(found, key=lambda one: (_distance(one, minor), one != OURS.minor))]


def _distance(one: str, other: str) -> list[int]:
    return [abs(a - b) for a, b in zip(_number(one), _number(other), strict=False)]


def installed() -> dict[str, Interpreter]:
    """One for each minor version. The places are looked at anew when one of them has changed."""
    return _installed(tuple((folder, os.stat(folder).st_mtime_ns) for folder in _folders()))


@functools.lru_cache(maxsize=4)
def _installed(folders: tuple[tuple[str, int], ...]) -> dict[str, Interpreter]:
    found = {OURS.minor: OURS}
    for folder, _ in folders:
        for name in sorted(filter(_NAME.fullmatch, os.listdir(folder))):
            if name.removeprefix("python") not in found:
                seen = _ask(os.path.join(folder, name))
                if seen is not None:
                    found.setdefault(seen.minor, seen)
    return found


def _folders() -> Iterator[str]:
    seen = set()
    places = [Path(part) for part in os.environ.get("PATH", "").split(os.pathsep) if part]
    for pattern in _PLACES:
        root, _, rest = os.path.expanduser(pattern).partition("/*")
        places += sorted(Path(root).glob("*" + rest), reverse=True)
    for place in places:
        if place.is_dir() and str(place) not in seen:
            seen.add(str(place))
            yield str(place)


def _ask(path: str) -> Interpreter | None:
    """None for what is no CPython that works, such as a version manager's stand-in."""
    try:
        said = subprocess.run(
            [path, "-I", "-S", "-c", _SAYS], capture_output=True, text=True, timeout=_PATIENCE, check=True
        ).stdout.split(maxsplit=2)
    except (OSError, subprocess.SubprocessError):
        return None
    return Interpreter(path, said[1]) if said[:1] == ["cpython"] else None


def _number(minor: str) -> tuple[int, ...]:
    return tuple(int(part) for part in minor.split("."))
