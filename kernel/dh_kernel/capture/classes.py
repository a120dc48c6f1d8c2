"""Classes as parts of the module."""

from __future__ import annotations

import ast
import types
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from . import refusal
from .definitions import Found, find_classes, methods_of
from .text import text_of
from .values import importable

if TYPE_CHECKING:
    from .collecting import Collecting


def take_class(resolver: Collecting, name: str, thing: Any, by: str) -> bool:
    """A class of a cell or script, or a thing like one. True if it was dealt with, well or by a fault."""
    if not isinstance(thing, type) or isinstance(thing, types.GenericAlias):
        return _is_of_typing(thing) and _take_call(resolver, name, thing)
    if importable(thing):
        return False
    other = resolver.known.name_of(thing)
    if other and other != name:
        resolver.need(other, by)
        resolver.same_text(name, other)
        return True
    candidates = find_classes(thing, resolver.cells) if thing.__module__ != "types" else []
    if not candidates or _is_older(candidates[0], name, thing, resolver):
        return _take_call(resolver, name, thing)
    found = next((one for one in candidates if len(candidates) == 1 or _fits(thing, one)), candidates[0])
    if not found.top_level:
        resolver.faults.append(
            f"{by}() uses {name}, a class made inside a function. Move it to the top level of a cell."
        )
        return True
    why = _other_base(resolver, thing, found)
    if why:
        resolver.faults.append(refusal.unlike(by, name, why))
        return True
    _take_typed(resolver, name, thing, found)
    return True


def _is_older(found: Found, name: str, kind: type, resolver: Collecting) -> bool:
    """Whether the class was made by a call in a later cell, and only has the name of one that was typed."""
    calls = [source.number for node, source in resolver.cells.assigned.get(name, ()) if _is_call(node)]
    return bool(calls) and max(calls) > found.source.number and not methods_of(kind)


def _is_call(node: ast.stmt) -> bool:
    value = getattr(node, "value", None)
    return isinstance(value, (ast.Call, ast.Subscript, ast.BinOp)) and len(getattr(node, "targets", ["one"])) == 1


def _take_typed(resolver: Collecting, name: str, kind: type, found: Found) -> None:
    methods = list(methods_of(kind).values())
    scope = methods[0].__globals__ if methods and methods[0].__globals__ is not resolver.own else None
    if found.node.name == name:
        resolver.take_statement(name, found.node, found.source, found.lazy, scope=scope)
    else:
        text, line = text_of(found.node, found.source, resolver.namespace, (), "    ")
        made = f"def _make_{name}():\n{text}\n    return {found.node.name}\n\n\n{name} = _make_{name}()\n"
        resolver.take_text(name, made, found.source, max(1, line - 1), found.lazy, scope)


def take_subclasses(resolver: Collecting, of: Iterable[str]) -> bool:
    """Those of captured classes that have a name in the notebook, and of metaclasses their classes. Whether there were more."""
    things = [resolver.taken.get(name) for name in of]
    kinds = [thing for thing in things if isinstance(thing, type) and thing.__module__ == "__main__"]
    known = len(resolver.taken)
    for kind in kinds:
        for other in (*type.__subclasses__(kind), *_made_by(kind, resolver)):
            name = resolver.known.name_of(other)
            if name and name not in resolver.taken:
                resolver.need(name, resolver.target)
                kinds.append(other)
    return len(resolver.taken) > known


def dependents(resolver: Collecting, kind: Any) -> tuple[list[str], list[str]]:
    """(names of a class's subclasses in the notebook, or of a metaclass's classes; those that are no names there)."""
    kinds = [kind] if isinstance(kind, type) else []
    for one in kinds:
        kinds += [other for other in (*type.__subclasses__(one), *_made_by(one, resolver)) if other not in kinds]
    names = dict.fromkeys(one.__name__ for one in kinds[1:] if one.__module__ == kind.__module__)
    return list(names), [name for name in names if name not in resolver.namespace]


def _made_by(kind: type, resolver: Collecting) -> Iterator[type]:
    """By a metaclass."""
    if issubclass(kind, type):
        yield from (one for one in list(resolver.namespace.values()) if isinstance(one, kind))


def _fits(kind: type, found: Found) -> bool:
    """Whether the body binds what the class has; of two of that name, the older may be meant."""
    bound = {name for part in found.node.body for name in _bound_by(part)}
    own = {name for name in vars(kind) if not name.startswith("_")}
    constants = _constants_in(found.node)
    same = all(vars(kind)[name] == value for name, value in constants.items() if name in vars(kind))
    return same and (own <= bound or bool(found.node.decorator_list) or bool(found.node.keywords))


def binds(text: str, name: str) -> bool:
    """Whether the body of a class binds a name."""
    return any(name in _bound_by(part) for node in ast.parse(text).body for part in getattr(node, "body", ()))


def _bound_by(part: ast.stmt) -> Iterator[str]:
    for node in ast.walk(part):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]


def _constants_in(node: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in node.body:
        if (
            isinstance(part, ast.Assign)
            and len(part.targets) == 1
            and isinstance(part.targets[0], ast.Name)
            and isinstance(part.value, ast.Constant)
        ):
            found[part.targets[0].id] = part.value.value
    return found


def _other_base(resolver: Collecting, kind: type, found: Found) -> str | None:
    for base in found.node.bases if type(kind).__name__ != "_TypedDictMeta" else ():
        if isinstance(base, ast.Name) and base.id in resolver.namespace:
            now = resolver.namespace[base.id]
            if isinstance(now, type) and now not in (*kind.__mro__, *getattr(kind, "__orig_bases__", ())):
                return f"its base class {base.id} was defined again since"
    return None


def _is_of_typing(thing: Any) -> bool:
    kind = type(thing)
    of_typing = kind.__module__ in ("typing", "typing_extensions") and not isinstance(thing, types.FunctionType)
    return of_typing or (kind.__module__ == "types" and kind.__name__ in ("GenericAlias", "UnionType"))


def _take_call(resolver: Collecting, name: str, thing: Any) -> bool:
    """`P = namedtuple("P", "x y")`, `UserId = NewType("UserId", int)`, `Numbers = Stack[int]`, `type Pair = tuple[int, int]`:
    the newest such statement."""
    is_alias = type(thing).__name__ == "TypeAliasType"
    for node, source in resolver.cells.assigned.get(name, ()):
        if type(node).__name__ == "TypeAlias" if is_alias else _is_call(node):
            kind = "helper" if isinstance(thing, type) else "constant"
            resolver.take_statement(name, node, source, False, kind=kind)
            return True
    return False
