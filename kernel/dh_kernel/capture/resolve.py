"""From a live function to the parts of its module: every global name that it loads is followed on the live objects."""

from __future__ import annotations

import ast
import builtins
import textwrap
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import definitions, refusal
from .cells import CellHistory, Source, installed_by
from .folder import WorkingFolder
from .imports import import_of, imported_inside, modules_of
from .names import has_lazy_annotations, loaded_by
from .parts import Part
from .text import text_of
from .values import LIMIT, NoExpression, Writer, is_same

STAND_INS = {
    "display": "def display(*things, **options):\n    for thing in things:\n        print(thing)\n",
    "get_ipython": "def get_ipython():\n    return None\n",
}
_MODULE_NAMES = {"__name__", "__doc__", "__annotations__", "__builtins__", "__spec__", "__package__", "__debug__"}


class Resolver:
    """Collects parts, imports, bundled files and faults for one target."""

    def __init__(self, target: str, namespace: Mapping[str, Any], cells: CellHistory, folder: Path):
        self.target = target
        self.namespace = namespace
        self.cells = cells
        self.folder = WorkingFolder(folder)
        self.parts: dict[str, Part] = {}
        self.imports: dict[str, list[str]] = {}  # by the name that they bind
        self.inner: set[str] = set()  # modules that bodies import
        self.requires: list[str] = []
        self.faults: list[str] = []
        self.lazy_annotations = False

    # -- names -----------------------------------------------------------------------------------------------------

    def need(self, name: str, by: str, *, maybe: bool = False) -> None:
        """Take along what a global name means. `maybe`: only an annotation names it."""
        if name in self.parts or name in self.imports or name in _MODULE_NAMES:
            return
        if name in STAND_INS and self._is_shells(name):
            self.parts[name] = Part(name, STAND_INS[name], "stand-in")
            return
        if name == "__file__" or (
            name in refusal.OF_THE_SHELL and name in self.namespace and not hasattr(builtins, name)
        ):
            self.faults.append(f"{by}() uses {name}, which a run does not have. Make what it needs a parameter.")
            return
        if name not in self.namespace:
            if not hasattr(builtins, name) and not maybe:
                self.faults.append(refusal.undefined(by, name, self.namespace))
            return
        self._take(name, self.namespace[name], by, maybe)

    def _is_shells(self, name: str) -> bool:
        thing = self.namespace.get(name)
        return thing is None or (getattr(thing, "__module__", None) or "IPython").startswith("IPython")

    def _take(self, name: str, thing: Any, by: str, maybe: bool) -> None:
        if getattr(builtins, name, self) is thing:
            return
        statements = import_of(name, thing, self.cells)
        if statements:
            self.imports[name] = statements
            self.folder.bundle(sorted(modules_of(statements)))
            return
        if self._take_definition(name, thing, by) or self._take_value(name, thing):
            return
        if not maybe:
            self.faults.append(refusal.uncapturable(self.target, by, name, thing))

    # -- definitions -----------------------------------------------------------------------------------------------

    def _take_definition(self, name: str, thing: Any, by: str) -> bool:
        """A function or class of a cell or script. True if it was dealt with, well or by a fault."""
        if isinstance(thing, type):
            found = definitions.find_class(thing, self.cells)
            return found is not None and self._take_class(name, thing, found, by)
        function = definitions.plain_function(thing)
        if function is not None and function.__name__ == "<lambda>":
            return self._take_lambda(name, function)
        for candidate in _held(thing):
            found = definitions.find_function(candidate, self.cells)
            if found is not None and found.top_level and found.node.name == name:
                return self._take_function(name, candidate, found, by)
        if function is not None and function is thing and function.__closure__:
            return self._take_closure(name, function, by)
        if function is not None and function is thing:
            found = definitions.find_function(function, self.cells)
            if found is not None and found.top_level:  # another name for a function: g = f
                return self._take_second_name(name, function, found, by)
        return False

    def _take_function(self, name: str, function: types.FunctionType, found: definitions.Found, by: str) -> bool:
        why = definitions.changed_function(function, found.node, self.namespace)
        if why:
            self.faults.append(refusal.unlike(by, name, why))
            return True
        self._take_statement(name, found.node, found.source)
        return True

    def _take_second_name(self, name: str, function: types.FunctionType, found: definitions.Found, by: str) -> bool:
        own = found.node.name
        if own in self.namespace and definitions.plain_function(self.namespace[own]) is function:
            self.need(own, by)
            self.parts[name] = Part(name, f"{name} = {own}\n", "constant", frozenset({own}))
            return True
        text, line = text_of(found.node, found.source, self.namespace)
        if own == name or own in self.parts:
            return False
        self._take_statement(name, found.node, found.source, text + f"\n\n{name} = {own}\n", line)
        return True

    def _take_class(self, name: str, kind: type, found: definitions.Found, by: str) -> bool:
        if not found.top_level:
            self.faults.append(
                f"{by}() uses {name}, a class made inside a function. Move it to the top level of a cell."
            )
            return True
        why = definitions.patched(kind, found) or self._other_base(kind, found)
        if why:
            self.faults.append(refusal.unlike(by, name, why))
            return True
        self._take_statement(name, found.node, found.source)
        if found.node.name != name:
            self.parts[name].text += f"\n\n{name} = {found.node.name}\n"
        return True

    def _other_base(self, kind: type, found: definitions.Found) -> str | None:
        assert isinstance(found.node, ast.ClassDef)
        for base in found.node.bases:
            if isinstance(base, ast.Name) and base.id in self.namespace:
                now = self.namespace[base.id]
                if isinstance(now, type) and now not in kind.__mro__:
                    return f"its base class {base.id} was defined again since"
        return None

    def _take_lambda(self, name: str, function: types.FunctionType) -> bool:
        found = definitions.find_lambda(function, name, self.cells)
        if found is None:
            return False
        self._take_statement(name, found[0], found[1])
        return True

    def _take_statement(self, name: str, node: Any, source: Source, text: str = "", line: int = 0) -> None:
        if not text:
            text, line = text_of(node, source, self.namespace)
        self.parts[name] = Part(name, text, "helper", source=source, line=line)  # so that recursion ends
        lazy = source.tree is not None and has_lazy_annotations(source.tree)
        self.lazy_annotations = self.lazy_annotations or lazy
        part = self.parts[name]
        now, later, maybe = _loaded(text, lazy)
        part.now, part.later = now, later | maybe
        self.requires += [each for each in installed_by(source) if each not in self.requires]
        inner = imported_inside(text)
        self.inner |= inner
        self.folder.bundle(sorted(inner))
        for other in sorted(now | later):
            self.need(other, name)
        for other in sorted(maybe):
            self.need(other, name, maybe=True)

    def _take_closure(self, name: str, function: types.FunctionType, by: str) -> bool:
        """A function made by a function: its definition again, in a function that gives it its cells."""
        found = definitions.find_function(function, self.cells)
        if found is None:
            return False
        given: dict[str, str] = {}
        needs: set[str] = set()
        imports: set[str] = set()
        for variable, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
            if cell.cell_contents is function:
                continue
            written = self._written(cell.cell_contents)
            if written is None:
                self.faults.append(refusal.uncapturable(self.target, by, f"{name} with {variable}", cell.cell_contents))
                return True
            given[variable] = written[0]
            imports |= written[1]
            needs |= written[2]
        text, line = text_of(found.node, found.source, self.namespace)
        inner = textwrap.indent(text, "    ")
        arguments = ", ".join(f"{variable}={value}" for variable, value in given.items())
        head = f"def _make_{name}({', '.join(given)}):\n"
        made = f"{head}{inner}\n    return {found.node.name}\n\n\n{name} = _make_{name}({arguments})\n"
        self._take_statement(name, found.node, found.source, made, max(1, line - 1))
        part = self.parts[name]
        part.now, part.imports = part.now | needs, frozenset(imports)
        return True

    # -- values ----------------------------------------------------------------------------------------------------

    def _take_value(self, name: str, value: Any) -> bool:
        written = self._written(value)
        if written is None:
            return False
        text, imports, needs = written
        self.parts[name] = Part(name, f"{name} = {text}\n", "constant", frozenset(needs), imports=frozenset(imports))
        size = sum(len(part.text) for part in self.parts.values() if part.kind == "constant")
        if size > LIMIT:
            del self.parts[name]
            return False
        return True

    def _written(self, value: Any) -> tuple[str, set[str], set[str]] | None:
        """An expression, the modules and the names that it needs; None if none gives the same value again."""
        writer = Writer(self._global_name)
        try:
            text = writer.write(value)
            known = {f"_{module}": __import__(module) for module in writer.imports}
            again = eval(
                text, {**known, **{name: self.namespace[name] for name in writer.names if name in self.namespace}}
            )
        except (NoExpression, RecursionError):
            return None
        except Exception:  # noqa: BLE001 - an expression that can't be evaluated is no way to make the value again
            return None
        return (
            (text, {f"import {module} as _{module}" for module in writer.imports}, writer.names)
            if is_same(value, again)
            else None
        )

    def _global_name(self, thing: Any) -> str:
        """A name in the user's namespace for a function, class or module."""
        own = getattr(thing, "__name__", "")
        if getattr(builtins, own, self) is thing and self.namespace.get(own, thing) is thing:
            return str(own)
        names = [own] if self.namespace.get(own) is thing else []
        names += [name for name, other in self.namespace.items() if other is thing and not name.startswith("_")]
        if not names:
            module = getattr(thing, "__module__", None) or ""
            owner = next(
                (
                    name
                    for name, other in self.namespace.items()
                    if isinstance(other, types.ModuleType) and getattr(other, own, None) is thing
                ),
                None,
            )
            if owner is None or module == "__main__":
                raise NoExpression
            self.need(owner, self.target)
            return f"{owner}.{own}"
        before = len(self.faults)
        self.need(names[0], self.target)
        if len(self.faults) > before:
            raise NoExpression
        return names[0]


def _loaded(text: str, lazy: bool) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Names that the statements of a text load from outside of it: now, later, maybe."""
    now: set[str] = set()
    later: set[str] = set()
    maybe: set[str] = set()
    made: set[str] = set()
    for node in ast.parse(text).body:
        loaded = loaded_by(node, lazy)
        now |= loaded.now
        later |= loaded.later
        maybe |= loaded.maybe
        made |= {getattr(node, "name", "")} | _bound(node)
    return frozenset(now - made), frozenset(later - now - made), frozenset(maybe - made)


def _bound(statement: ast.stmt) -> set[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _held(thing: Any) -> list[types.FunctionType]:
    """Functions that a decorated thing is made of."""
    found: list[types.FunctionType] = []
    contents = [thing, getattr(thing, "__wrapped__", None), getattr(thing, "func", None)]
    for cell in getattr(thing, "__closure__", None) or ():
        try:
            contents.append(cell.cell_contents)
        except ValueError:  # not filled yet
            continue
    if not isinstance(thing, (type, types.ModuleType)) and hasattr(thing, "__dict__"):
        contents += list(vars(thing).values())
    for content in contents:
        function = definitions.plain_function(content) if callable(content) else None
        if function is not None and function not in found:
            found.append(function)
    return found
