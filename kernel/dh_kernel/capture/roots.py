"""Folders outside of the working folder from which any process of this interpreter imports: what lies there need not go
along, what lies elsewhere (a path that a cell added to `sys.path`, a folder that was left by `%cd`) must."""

from __future__ import annotations

import functools
import json
import os
import site
import sys
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit


def is_found_anyway(place: Path) -> bool:
    """Whether a module's file belongs to the interpreter, or to what is installed in it, as editable too."""
    return any(root in place.parents for root in _roots(tuple(sys.path), os.environ.get("PYTHONPATH", "")))


@functools.lru_cache(maxsize=1)
def _roots(paths: tuple[str, ...], python_path: str) -> frozenset[Path]:
    """`paths`: sys.path, which says when to look anew."""
    named = [*python_path.split(os.pathsep), *_of_pth_files(), *_editable(), os.path.dirname(os.__file__)]
    return frozenset(Path(one).resolve() for one in named if one)


def _of_pth_files() -> list[str]:
    folders = [*site.getsitepackages(), site.getusersitepackages()]
    files = [file for folder in folders for file in Path(folder).glob("*.pth")]
    lines = [line.strip() for file in files for line in file.read_text(errors="replace").splitlines()]
    return [line for line in lines if os.path.isabs(line)]


def _editable() -> list[str]:
    """Folders of what was installed by `pip install -e`."""
    found = [json.loads(each.read_text("direct_url.json") or "{}") for each in metadata.distributions()]
    return [unquote(urlsplit(one["url"]).path) for one in found if one.get("dir_info", {}).get("editable")]
