"""Whether an image has what a function requires, by `packaging` where there is one (pip brings one along).

Without it only `name` and `name==version` can be told; all else is taken as not met, and left to the installer.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import re
from collections.abc import Callable, Sequence
from typing import Any

_PLACES = ("packaging.requirements", "pip._vendor.packaging.requirements")
_PLAIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:==\s*([A-Za-z0-9.!+_-]+))?")
_OURS = ("dh-kernel", "dh-jupyter")  # the worker's archive brings it

Versions = Callable[[str], "str | None"]


def version_here(name: str) -> str | None:
    """Of an installed package; None if there is none."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def unmet(requirements: Sequence[str], version: Versions = version_here, requirement: Any = None) -> list[str]:
    """Those that are not surely met, in their order. `requirement` is packaging's class; False for without one."""
    parse = _class() if requirement is None else requirement
    return [text for text in requirements if not (_is_met(text, version, parse) if parse else _is_plain(text, version))]


def _class() -> Any:
    for place in _PLACES:
        try:
            return importlib.import_module(place).Requirement
        except ImportError:
            continue
    return None


def _is_met(text: str, version: Versions, parse: Any) -> bool:
    try:
        wanted = parse(text)
    except ValueError:
        return False  # the installer says what is wrong with it
    if canonical(wanted.name) in _OURS or (wanted.marker and not wanted.marker.evaluate()):
        return True
    found = version(wanted.name)
    return found is not None and not wanted.url and wanted.specifier.contains(found, prereleases=True)


def _is_plain(text: str, version: Versions) -> bool:
    match = _PLAIN.fullmatch(text.strip())
    if match is None:
        return False
    found = version(match[1])
    return canonical(match[1]) in _OURS or (found is not None and match[2] in (None, found))


def canonical(name: str) -> str:
    """As indexes write it."""
    return re.sub(r"[-_.]+", "-", name).lower()
