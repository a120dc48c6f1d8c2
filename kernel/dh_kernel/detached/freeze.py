"""What is installed for an interpreter: the exact versions that a run ran with. Names come from folders, so it is quick."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import sys
import sysconfig
from collections.abc import Iterable
from typing import Any

Freeze = dict[str, Any]  # EnvironmentDocument of schemas/run-folder.json

_INFO = re.compile(r"(?P<name>.+?)-(?P<version>[^-]+)(?:-py[\d.]+)?\.(?:dist|egg)-info")
_OURS = ("dh-kernel", "dh-jupyter")  # the worker archive is the code that runs


def of_this_process() -> Freeze:
    """This interpreter's."""
    return document(platform.python_version(), packages_in(path for path in sys.path if os.path.isdir(path)))


def of_environment(folder: str, beneath: Iterable[str] = ()) -> Freeze:
    """A virtual environment's, and what it has from the places beneath it."""
    version, places = "", []
    with open(os.path.join(folder, "pyvenv.cfg")) as file:
        for line in file:
            key, _, value = line.partition("=")
            if key.strip() in ("version", "version_info"):
                version = ".".join(value.strip().split(".")[:3])
    libraries = os.path.join(folder, "lib")
    for name in sorted(os.listdir(libraries)):
        places.append(os.path.join(libraries, name, "site-packages"))
    places += beneath
    return document(version, packages_in(path for path in places if os.path.isdir(path)))


def document(python: str, packages: list[str]) -> Freeze:
    """With a digest that is equal if all else is."""
    content = {"python": python, "platform": sysconfig.get_platform(), "packages": packages}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
    return {"format": 1, **content, "digest": digest}


def packages_in(places: Iterable[str]) -> list[str]:
    """`name==version`, or `name @ url` of what came from elsewhere, sorted. The first place that has a name wins."""
    found: dict[str, str] = {}
    for place in places:
        for entry in os.listdir(place):
            match = _INFO.fullmatch(entry)
            if match:
                name = re.sub(r"[-_.]+", "-", match["name"]).lower()
                found.setdefault(name, _line(name, match["version"], os.path.join(place, entry)))
    return [found[name] for name in sorted(found) if name not in _OURS]


def _line(name: str, version: str, folder: str) -> str:
    try:
        with open(os.path.join(folder, "direct_url.json")) as file:
            return f"{name} @ {json.load(file)['url']}"
    except (OSError, ValueError, KeyError):
        return f"{name}=={version}"
