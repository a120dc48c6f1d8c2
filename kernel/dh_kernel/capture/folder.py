"""Modules of a person's own go along: those of the working folder, and those that the kernel has from where no other
process looks for them. Their text goes, and that of the modules that they import."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .imports import imported_inside
from .requirements import is_standard
from .roots import is_found_anyway
from .stale import stale

_READS_BESIDE = ("__file__", "resources", "get_data")
_LARGEST_BESIDE = 64 * 1024  # bytes
_NOT_OURS = {"site-packages", "dist-packages"}


class WorkingFolder:
    """`files`: text by relative path; `modules`: all that the bundled files import from elsewhere. `live`: whether code
    of this kernel is bundled, so that what it has imported from other folders goes along, too."""

    def __init__(self, folder: Path, *, live: bool = False):
        self._folder = folder.resolve()
        self._live = live
        self.files: dict[str, str] = {}
        self.modules: set[str] = set()
        self._seen: set[str] = set()

    def holds(self, module: str) -> bool:
        """Whether a module goes along."""
        return self._place(module) is not None

    def bundle(self, modules: Iterable[str]) -> None:
        """Take these modules along, where they lie here; note the others."""
        for module in modules:
            if module in self._seen:
                continue
            self._seen.add(module)
            place = self._place(module)
            if place is None:
                self.modules.add(module)
                continue
            self._take(module, place)

    def _take(self, module: str, place: Path) -> None:
        parts = module.split(".")
        for depth in range(1, len(parts)):  # the packages around it
            self.bundle([".".join(parts[:depth])])
        text = place.read_text(encoding="utf-8")
        ending = "/__init__.py" if place.name == "__init__.py" else ".py"
        self.files[module.replace(".", "/") + ending] = text
        self._take_beside(place, text, place.parents[len(parts) - (place.name != "__init__.py")])
        package = module if place.name == "__init__.py" else module.rpartition(".")[0]
        self.bundle(sorted(imported_inside(text) | _relative(text, package)))

    def _take_beside(self, place: Path, text: str, root: Path) -> None:
        """Small text files that a module reads from beside itself, and names: `Path(__file__).parent / "query.sql"`.
        `root`: where the module is imported from."""
        if not any(word in text for word in _READS_BESIDE):
            return
        for name in {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)} - {"", None}:
            if isinstance(name, str) and (found := _beside(place.parent, name, root)):
                self.files.setdefault(*found)

    def stale(self, imports: Mapping[str, list[str]], taken: Mapping[str, Any], set_here: set[str]) -> list[str]:
        """Faults: bundled modules that are not what their files say. `set_here`: paths that a run sets too."""
        faults = []
        for module in sorted(self._seen):
            live, place = sys.modules.get(module), self._place(module)
            if live is not None and place is not None:
                faults += stale(live, place, set_here)
        return faults

    def _place(self, module: str) -> Path | None:
        top = module.partition(".")[0]
        if not top or top in ("__main__", "dh_kernel", "dh_jupyter") or is_standard(top):
            return None
        name = getattr(sys.modules.get(module), "__file__", None) or self._found(module)
        if not name:
            return None
        place = Path(name).resolve()
        if place.suffix != ".py" or _NOT_OURS & set(place.parts) or not place.is_file():
            return None
        own = self._folder in place.parents or (self._live and not is_found_anyway(place))
        return place if own else None

    def _found(self, module: str) -> str | None:
        """A module that nobody has imported yet: by its file in the folder, without running anything."""
        base = self._folder.joinpath(*module.split("."))
        for place in (base.with_suffix(".py"), base / "__init__.py"):
            if place.is_file():
                return str(place)
        return None


def _beside(folder: Path, name: str, root: Path) -> tuple[str, str] | None:
    """(its path below the root, its text) of a file that goes along."""
    try:
        place = (folder / name).resolve()
        if root in place.parents and place.is_file() and place.stat().st_size <= _LARGEST_BESIDE:
            return place.relative_to(root).as_posix(), place.read_text(encoding="utf-8")
    except (OSError, ValueError):  # no name of a file, or no text
        pass
    return None


def _relative(text: str, package: str) -> set[str]:
    """Modules of `from . import x`, `from .a import b`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        base = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
        found.add(base)
        found |= {f"{base}.{alias.name}" for alias in node.names if f"{base}.{alias.name}" in sys.modules}
    return found
