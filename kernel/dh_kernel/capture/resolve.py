"""From a live function to the parts of its module: every global name that it loads is followed on the live objects."""

from __future__ import annotations

import builtins
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from . import refusal
from .cells import CellHistory, Source
from .classes import take_class, take_subclasses
from .constants import Constants
from .definitions import LAZY
from .folder import WorkingFolder
from .functions import outdated_caches, take_function
from .imports import Imports, imported_inside, modules_of
from .known import Known
from .magics import installed_by
from .names import loaded_by
from .parts import Part
from .settings import take_settings
from .text import text_of

STAND_INS = {
    "display": "def display(*things, **options):\n    for thing in things:\n        print(thing)\n",
    "get_ipython": "def get_ipython():\n    return None\n",
}
_MODULE_NAMES = {"__name__", "__doc__", "__annotations__", "__builtins__", "__spec__", "__package__", "__debug__"}


class Resolver:
    """Collects parts, imports, bundled files and faults for one target."""

    def __init__(
        self, target: str, namespace: Mapping[str, Any], cells: CellHistory, folder: Path, own: Mapping[str, Any]
    ):
        """`namespace`: names and plain functions; `own`: the globals themselves, where functions may be our handles."""
        self.target = target
        self.own = own
        self.namespace = namespace
        self.cells = cells
        self.folder = WorkingFolder(folder, live=True)
        self.known = Known(namespace)
        self.parts: dict[str, Part] = {}
        self.imports: dict[str, list[str]] = {}  # by the name that they bind
        self.taken: dict[str, Any] = {}  # the object behind each name that was captured
        self.inner: set[str] = set()  # modules that bodies import
        self.requires: list[str] = []
        self.faults: list[str] = []
        self.lazy_annotations = False
        self.uses_name = False  # the module's __name__
        self.cells_held: dict[
            int, tuple[str, bool]
        ] = {}  # by a closure's cell: whose it is, and whether that one changes it
        self.constants = Constants(self)
        self._imported = Imports(cells)
        self._waiting: deque[tuple[str, str, Mapping[str, Any] | None, bool]] = deque()
        self._undefined: dict[str, str] = {}
        self._set_by_code: set[str] = set()

    # -- names -----------------------------------------------------------------------------------------------------

    def need(self, name: str, by: str, *, scope: Mapping[str, Any] | None = None, maybe: bool = False) -> None:
        """Take along what a global name means. `scope`: the globals of who needs it, where they are not the notebook's
        (a script's); `maybe`: only an annotation names it."""
        space = scope if scope is not None and name in scope else self.namespace
        if name in self.taken:
            if space.get(name, self.taken[name]) is not self.taken[name]:
                self.faults.append(
                    f"{by}() uses {name}, which is one thing there and another in the notebook. Rename one."
                )
            return
        if name in self.parts or name in self.imports or self._is_given(name, by, space):
            return
        if name not in space:
            if not hasattr(builtins, name) and not maybe:
                self._undefined.setdefault(name, by)
            return
        self._take(name, space[name], by, maybe)

    def _is_given(self, name: str, by: str, space: Mapping[str, Any]) -> bool:
        """Names that every module has, or none in a run."""
        if name in _MODULE_NAMES:
            self.uses_name = self.uses_name or name == "__name__"
            return True
        if name == "open" and _is_ipythons(space.get(name)):
            return True  # Python's, but for the descriptors 0, 1 and 2
        if name in STAND_INS and self._is_shells(name):
            self.parts[name] = Part(name, STAND_INS[name], "stand-in")
            return True
        if name == "__file__" or (name in refusal.OF_THE_SHELL and name in space and self._is_of_the_shell(name)):
            self.faults.append(f"{by}() uses {name}, which a run does not have. Make what it needs a parameter.")
            return True
        if name == "globals" and name not in space:
            self.faults.append(
                f"{by}() uses globals(), which in a run holds only what was captured. Use the names themselves."
            )
            return True
        return False

    def _is_of_the_shell(self, name: str) -> bool:
        thing = self.namespace.get(name)
        return not hasattr(builtins, name) and not isinstance(thing, type) and not hasattr(thing, "__code__")

    def _is_shells(self, name: str) -> bool:
        thing = self.namespace.get(name)
        return thing is None or (getattr(thing, "__module__", None) or "IPython").startswith("IPython")

    def _take(self, name: str, thing: Any, by: str, maybe: bool) -> None:
        if getattr(builtins, name, self) is thing:
            return
        if type(thing).__name__ == "module" and getattr(thing, "__name__", "") == "__main__":
            self.faults.append(f"{by}() uses {name}, the notebook itself. Use the names in it.")
            return
        self.taken[name] = thing
        found = self._imported.of(name, thing)
        if found:
            self._take_import(name, *found)
            return
        if take_class(self, name, thing, by) or take_function(self, name, thing, by):
            return
        before = len(self.faults)
        if not self.constants.take(name, thing, by) and not maybe and len(self.faults) == before:
            self.faults.append(refusal.uncapturable(self.target, by, name, thing))

    def _take_import(self, name: str, statements: list[str], source: Source | None) -> None:
        self.imports[name] = statements
        self.folder.bundle(sorted(modules_of(statements)))
        if source is not None:
            self._note_installed(source)

    def resolve(self) -> None:
        """Take the target along, and all that it needs; the faults say what can't be."""
        self.need(self.target, self.target)
        self._follow()
        if any("__subclasses__" in part.text for part in self.parts.values()):
            self.take_subclasses(list(self.taken))
        take_settings(self)
        self._follow()
        set_here = {name for name, part in self.parts.items() if part.kind == "setting"}
        self.faults += self.folder.stale(self.imports, self.taken, set_here)
        self.faults += outdated_caches(self)
        for name, by in self._undefined.items():
            if name not in self._set_by_code:  # when it is called
                self.faults.append(refusal.undefined(by, name, self.namespace))

    def take_subclasses(self, of: Iterable[str]) -> bool:
        """Classes that are known by those captured, as where they register themselves. Whether there were more."""
        is_more = take_subclasses(self, of)
        self._follow()
        return is_more

    def _follow(self) -> None:
        """One name after the other, not each within the one before: chains of helpers are as long as notebooks."""
        while self._waiting:
            name, by, scope, maybe = self._waiting.popleft()
            self.need(name, by, scope=scope, maybe=maybe)

    # -- statements ------------------------------------------------------------------------------------------------

    def take_statement(self, name: str, node: Any, source: Source, lazy: bool, **more: Any) -> Part:
        """A statement of a cell as it was typed. `more`: scope, edits."""
        text, line = text_of(node, source, self.namespace, more.pop("edits", ()))
        return self.take_text(name, text, source, line, lazy, **more)

    def take_text(
        self, name: str, text: str, source: Source, line: int, lazy: bool,
        scope: Mapping[str, Any] | None = None, kind: str = "helper",
    ) -> Part:  # fmt: skip
        """Code that binds a name, and all that it needs."""
        part = self.parts[name] = Part(name, text, kind, source=source, line=line, flags=LAZY if lazy else 0)
        self.lazy_annotations = self.lazy_annotations or lazy
        loaded = loaded_by(text, lazy)
        self._set_by_code |= loaded.sets
        part.now, part.later = loaded.now - {name}, loaded.later | loaded.maybe
        self._note_installed(source)
        inner = imported_inside(text)
        self.inner |= inner
        self.folder.bundle(sorted(inner))
        if "__main__" in inner:
            self.faults.append(f"{name}() imports __main__, the notebook itself. Use the names in it.")
        for other in sorted(loaded.now | loaded.later):
            self._waiting.append((other, name, scope, False))
        for other in sorted(loaded.maybe):
            self._waiting.append((other, name, scope, True))
        return part

    def _note_installed(self, source: Source) -> None:
        if "install" in source.text and source.tree is not None:
            self.requires += [each for each in installed_by(source.tree) if each not in self.requires]

    def same_text(self, name: str, other: str) -> None:
        """A second name for a thing that is captured under another, or for what that holds (`Class.method`)."""
        self.parts[name] = Part(name, f"{name} = {other}\n", "constant", frozenset({other.partition(".")[0]}))


def _is_ipythons(thing: Any) -> bool:
    """Whether a function is one that the shell itself puts into the notebook's names."""
    return str(getattr(thing, "__globals__", {}).get("__name__", "")).startswith("IPython.")
