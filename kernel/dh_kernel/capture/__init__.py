"""Capture: from a live function in a notebook to one readable module that does the same elsewhere.

    capture("train", namespace, CellHistory.from_shell(shell), folder=Path.cwd()) -> Captured

Everything is followed on the live objects, never on the saved file; what would not be the same again is refused.
"""

from __future__ import annotations

import base64
import inspect
import sys
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from ..errors import NotCaptured
from . import definitions, refusal
from .again import differences, make_again
from .alike import KeptByALibrary
from .cells import CellHistory
from .classes import binds, dependents
from .parameters import parameters_of
from .parts import Part, fill_at_end, filled_later, in_order
from .requirements import requirements_of, third_party
from .resolve import Resolver
from .source import module_of
from .version import canonical, version_id

if TYPE_CHECKING:
    from .._contract import CellSpan, FunctionSpec, ParameterSchema

__all__ = ["Captured", "CellHistory", "capture"]


@dataclass(frozen=True)
class Captured:
    """A function that can run elsewhere. `constants`: expression by name; `imports`: top-level modules, for warm starts."""

    name: str
    handler: str
    module: str
    files: Mapping[str, str]
    requirements: tuple[str, ...]
    imports: tuple[str, ...]
    parameters: ParameterSchema
    cells: list[CellSpan]
    helpers: tuple[str, ...]
    constants: Mapping[str, str]
    id: str
    description: str

    def spec(self) -> FunctionSpec:
        """The `spec` of the entity."""
        spec: Any = {
            "python_version": f"PYTHON{sys.version_info[0]}_{sys.version_info[1]}",
            "source": {
                "handler": self.handler,
                "base64": base64.b64encode(self.module.encode()).decode(),
                "lang": "python",
                **({"files": dict(self.files)} if self.files else {}),
            },
            "requirements": list(self.requirements),
            "imports": list(self.imports),
            "parameters": self.parameters,
        }
        return spec  # type: ignore[no-any-return]


def capture(
    target: str | Callable[..., Any],
    namespace: Mapping[str, Any],
    cells: CellHistory,
    *,
    requires: Iterable[str] = (),
    folder: Path,
) -> Captured:
    """Capture a function by its name in `namespace`, or itself. `requires`: requirements besides those that its imports
    show. `folder`: modules in it go along. Raises NotCaptured, with every fault in one message; it changes nothing."""
    name, function = _target(target, namespace)
    known = {**{each: _without_handle(thing) for each, thing in namespace.items()}, name: function}
    plain = definitions.plain_function(function)
    if plain is None or not cells.of(plain.__code__.co_filename):
        raise NotCaptured(f"The code of {name}() can't be found.", "Define it by def in a cell, and run that cell.")
    resolver = Resolver(name, known, cells, folder, namespace)
    resolver.resolve()
    refusal.refuse(name, resolver.faults)
    ordered = _checked(resolver, name)
    statements = [statement for each in resolver.imports.values() for statement in each]
    end = f"__name__ = {known.get('__name__', '__main__')!r}\n" if resolver.uses_name else ""
    module, spans = module_of(ordered, statements, resolver.lazy_annotations, end)
    resolver.folder.bundle(sorted(resolver.inner))
    modules = resolver.folder.modules | {each for each in _loaded(statements) if not resolver.folder.holds(each)}
    requirements = requirements_of(modules, [*resolver.requires, *requires])
    parameters = parameters_of(function)
    return Captured(
        name=name,
        handler=name,
        module=module,
        files=resolver.folder.files,
        requirements=requirements,
        imports=third_party(modules),
        parameters=parameters,
        cells=spans,
        helpers=tuple(part.name for part in ordered if part.kind == "helper" and part.name != name),
        constants={
            part.name: part.text.partition(" = ")[2].strip()
            for part in ordered
            if part.kind == "constant" and part.name != name
        },
        id=version_id(
            name,
            [*sorted(set(statements)), *map(_canonical, ordered), end],
            resolver.folder.files,
            requirements,
            parameters,
        ),
        description=inspect.cleandoc(plain.__doc__ or ""),
    )


def _canonical(part: Part) -> str:
    """What counts of a part; what was written by us is so already."""
    return canonical(part.text) if part.source is not None else part.text


def _checked(resolver: Resolver, target: str) -> list[Part]:
    """The parts in order. Raises NotCaptured for what would be another thing in a run."""
    filled_later(resolver.parts)
    ordered = in_order(resolver.parts, target)
    imported = {name: resolver.known.get(name) for name in resolver.imports if name in resolver.taken}
    space = make_again(
        ordered, resolver.taken, {**_aliases(resolver), **imported}, str(resolver.namespace.get("__name__", "__main__"))
    )
    found = differences(
        space, resolver.taken, [name for name in resolver.parts if resolver.parts[name].kind != "stand-in"]
    )
    if resolver.take_subclasses(found):  # whose making has changed a class
        refusal.refuse(target, resolver.faults)
        return _checked(resolver, target)
    found = {name: why for name, why in found.items() if not _is_made_again(resolver, name, why)}
    changed = [name for name in found if resolver.parts[name].kind == "constant"]
    for name in changed:  # by a decorator or class body, while it was made
        fill_at_end(resolver.parts[name], resolver.parts)
    unlike = {name: why for name, why in found.items() if name not in changed}
    refusal.refuse(
        target,
        [
            refusal.unlike(target, name, why, *dependents(resolver, resolver.taken[name]))
            for name, why in unlike.items()
        ],
    )
    return in_order(resolver.parts, target) if changed else ordered


def _is_made_again(resolver: Resolver, name: str, why: str) -> bool:
    """Whether a difference is what a library keeps on a class, of subclasses that all go along: it will do so there, too."""
    kind, text = resolver.taken[name], resolver.parts[name].text
    return isinstance(why, KeptByALibrary) and not binds(text, why.attribute) and not dependents(resolver, kind)[1]


def _aliases(resolver: Resolver) -> dict[str, Any]:
    """Modules that constants need, under the names that they have there."""
    found: dict[str, Any] = {}
    for name, statements in resolver.imports.items():
        if name not in resolver.taken:
            found[name] = sys.modules[statements[0].split()[1]]
    return found


def _loaded(statements: Iterable[str]) -> set[str]:
    from .imports import modules_of

    return modules_of(statements)


def _target(target: str | Callable[..., Any], namespace: Mapping[str, Any]) -> tuple[str, Any]:
    """The name and the function. Raises NotCaptured for what can't be one."""
    if isinstance(target, str):
        if target not in namespace:
            raise NotCaptured(
                refusal.undefined(target, target, namespace).replace(f"{target}() uses {target}, which", target)
            )
        name, thing = target, namespace[target]
    else:
        thing = target
        name = getattr(thing, "__name__", "")
        if name in ("<lambda>", ""):
            known = (each for each, other in namespace.items() if other is thing and each.strip("_"))
            name = next(known, "" if name else "it")
            if not name:
                raise NotCaptured("A lambda has no name.", "Write def, or give it a name first: f = lambda x: …")
    thing = _without_handle(thing)
    if isinstance(thing, type):
        raise NotCaptured(f"{name} is a class.", "Register a function that uses it.")
    if isinstance(thing, types.MethodType):
        raise NotCaptured(
            f"{name} is a method of an object.", "Register a function that makes the object and calls it."
        )
    if isinstance(thing, types.BuiltinFunctionType):
        raise NotCaptured(
            f"{name} is built in and has no source.", f"Write a function that calls it: def my_{name}(…)."
        )
    if callable(thing) and not hasattr(thing, "__wrapped__") and definitions.plain_function(thing) is None:
        raise NotCaptured(
            f"{name} is an object of class {type(thing).__name__}, not a function.",
            f"Write a function that calls it: def my_{name}(…).",
        )
    if not callable(thing):
        raise NotCaptured(f"{name} is not a function but {refusal.described(thing)}.", "Name a function.")
    return name, thing


def _without_handle(thing: Any) -> Any:
    """Our own handle goes by its function."""
    kind = type(thing)
    return thing.__wrapped__ if kind.__module__.startswith("dh_kernel.") and hasattr(thing, "__wrapped__") else thing
