"""What lies beside a job and goes along: modules that its code imports, scripts and notebooks that it runs by their paths."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from ..capture.folder import WorkingFolder
from ..errors import Invalid
from ..notebooks.code import imported, shell_words, texts
from ..notebooks.document import code_of, read_notebook

_LARGEST = 4 * 2**20  # bytes of a file that goes along
_LONGEST_PATH = 200
_RUN = (".py", ".ipynb")


class Beside:
    """Of a folder: `files`, text by relative path; `modules` that are imported from elsewhere; `missing`, paths of files
    that the code names and that don't go along. Nothing is executed."""

    def __init__(self, folder: Path, sources: Iterable[str]):
        self._folder = folder.resolve()
        self._modules = WorkingFolder(folder)
        self._run: dict[str, str] = {}
        self._missing: set[str] = set()
        self._take(sources)

    @property
    def files(self) -> dict[str, str]:
        return {**self._modules.files, **self._run}

    @property
    def modules(self) -> set[str]:
        return self._modules.modules

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(sorted(self._missing))

    def _take(self, sources: Iterable[str], within: Path | None = None) -> None:
        """What this code needs; `within`: the folder of a script that lies deeper, whose modules lie there."""
        for source in sources:
            near, far = self._sorted(imported(source), within)
            for place in near:
                self._take_file(place)
            self._modules.bundle(far)
            for name in {*texts(source), *shell_words(source)}:
                self._take_named(name)

    def _sorted(self, modules: Iterable[str], within: Path | None) -> tuple[list[Path], list[str]]:
        """Files of modules in that folder, and the other modules."""
        near: list[Path] = []
        far: list[str] = []
        for module in sorted(modules):
            place = within and _module_in(within, module)
            near += [place] if place else []
            far += [] if place else [module]
        return near, far

    def _take_named(self, name: str) -> None:
        place = self._file(name)
        if place is not None and not self._take_file(place):
            self._missing.add(name)

    def _take_file(self, place: Path) -> bool:
        """Whether it goes along."""
        if place.suffix not in _RUN or self._folder not in place.parents:
            return False
        path = place.relative_to(self._folder).as_posix()
        if path in self.files:
            return True
        try:
            text, sources = _read(place)
        except (OSError, UnicodeDecodeError, Invalid):  # too large, no text, or another language's notebook
            return False
        self._run[path] = text
        self._take(sources, place.parent if place.parent != self._folder else None)
        return True

    def _file(self, name: str) -> Path | None:
        """The file of that relative path, if there is one."""
        if not name or len(name) > _LONGEST_PATH or "\n" in name or Path(name).is_absolute():
            return None
        try:
            place = (self._folder / name).resolve()
            return place if place.is_file() else None
        except (OSError, ValueError):
            return None


def _module_in(folder: Path, module: str) -> Path | None:
    base = folder.joinpath(*module.split("."))
    return next((one for one in (base.with_suffix(".py"), base / "__init__.py") if one.is_file()), None)


def _read(place: Path) -> tuple[str, list[str]]:
    """The text that goes along, and the code in it. A notebook goes without its outputs."""
    if place.stat().st_size > _LARGEST:
        raise Invalid(f"{place.name} is too large.")
    text = place.read_text(encoding="utf-8")
    if place.suffix == ".py":
        return text, [text]
    notebook = read_notebook(text, place.name)
    return json.dumps(notebook, indent=1, ensure_ascii=False), [cell["source"] for _, cell in code_of(notebook)]
