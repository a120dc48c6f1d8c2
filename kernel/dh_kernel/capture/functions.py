"""Functions as parts of the module: as they were typed, with today's decorators, defaults and closures."""

from __future__ import annotations

import ast
import types
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import refusal
from .defaults import defaults_of
from .definitions import Found, find_function, find_lambda, plain_function
from .names import loaded_by
from .parts import Part, reached
from .text import Edit, is_ours, text_of
from .values import NoExpression

if TYPE_CHECKING:
    from .collecting import Collecting


def take_function(resolver: Collecting, name: str, thing: Any, by: str) -> bool:
    """A function of a cell or script. True if it was dealt with, well or by a fault."""
    function = plain_function(thing)
    other = resolver.known.name_of(thing)
    if function is None and not _held(thing):
        return False
    if other and other != name:
        resolver.need(other, by)
        resolver.same_text(name, other)
        return True
    if isinstance(thing, types.FunctionType) and thing.__code__.co_name == "<lambda>":
        return _take_lambda(resolver, name, thing, by)
    if isinstance(thing, types.FunctionType) and _take_from_class(resolver, name, thing, by):
        return True
    for candidate in _held(thing):
        found = find_function(candidate, resolver.cells)
        if found is None or not found.top_level or found.node.name != name:
            continue
        if candidate is thing or _decorators(found, resolver):
            return _take_typed(resolver, name, candidate, found, by)
    if not isinstance(thing, types.FunctionType) or not _is_ours(resolver, thing):
        return False
    found = find_function(thing, resolver.cells)
    if found is not None:
        return _take_made(resolver, name, thing, found, by)
    if resolver.cells.of(thing.__code__.co_filename):
        resolver.faults.append(refusal.unlike(by, name, "its text was changed after it was run"))
        return True
    return False


def _take_from_class(resolver: Collecting, name: str, function: types.FunctionType, by: str) -> bool:
    """A function that a live class of the notebook holds, as `go = Scaler.go`: it goes by that class."""
    top, *path = function.__qualname__.split(".")
    found = resolver.namespace.get(top)
    if not path or not isinstance(found, type) or top == name:
        return False
    for part in path:
        found = getattr(found, part, None)
    if found is not function:
        return False
    resolver.need(top, by)
    resolver.same_text(name, function.__qualname__)
    return True


def _decorators(found: Found, resolver: Collecting) -> list[ast.expr]:
    return [one for one in found.node.decorator_list if not is_ours(one, resolver.namespace)]


def _scope(resolver: Collecting, function: types.FunctionType) -> Mapping[str, Any] | None:
    """A script's own globals; None for the notebook's."""
    return None if function.__globals__ is resolver.own else function.__globals__


def _take_typed(resolver: Collecting, name: str, function: types.FunctionType, found: Found, by: str) -> bool:
    edits = _edits(resolver, name, function, found.node, by, pin=False)
    if edits is None:
        return True
    scope = _scope(resolver, function)
    resolver.take_statement(name, found.node, found.source, found.lazy, edits=edits, scope=scope)
    _take_implementations(resolver, name)
    return True


def _edits(
    resolver: Collecting, name: str, function: types.FunctionType, node: Any, by: str, pin: bool
) -> list[Edit] | None:
    """Today's defaults where they would be others in a run; None after a fault."""

    def write(value: Any) -> str | None:
        try:
            return resolver.constants.written(value, name)[0]
        except NoExpression:
            return None

    edits, why = defaults_of(function, node, {**resolver.namespace, **function.__globals__}, write, pin)
    if why:
        resolver.faults.append(refusal.unlike(by, name, why))
        return None
    return edits


def _take_lambda(resolver: Collecting, name: str, function: types.FunctionType, by: str) -> bool:
    found = find_lambda(function, resolver.cells)
    if found is None:
        return False
    edits = _edits(resolver, name, function, found.node, by, pin=True)
    if edits is None:
        return True
    scope = _scope(resolver, function)
    for statement, source in resolver.cells.assigned.get(name, ()):
        is_whole = getattr(statement, "value", None) is found.node and source is found.source and not edits
        if is_whole and len(getattr(statement, "targets", ["one"])) == 1 and not function.__closure__:
            resolver.take_statement(name, statement, source, found.lazy, scope=scope)
            return True
    given = _cells_of(resolver, name, function, found, by)
    if given is None:
        return True
    text = _lambda_text(found.node, edits)
    made = f"{name} = {text}\n"
    if given:
        head, call = _signature(name, given)
        made = f"{head}    return {text}\n\n\n{name} = {call}\n"
    _take_maker(resolver, name, made, found, found.node.lineno, scope, given)
    return True


def _lambda_text(node: ast.Lambda, edits: list[Edit]) -> str:
    again = ast.parse(ast.unparse(node), mode="eval").body
    assert isinstance(again, ast.Lambda)
    old = [*node.args.defaults, *[one for one in node.args.kw_defaults if one is not None]]
    for edit in edits:
        place = next(index for index, one in enumerate(old) if one is edit.node)
        value = ast.parse(edit.text, mode="eval").body
        if place < len(node.args.defaults):
            again.args.defaults[place] = value
        else:
            filled = [index for index, one in enumerate(again.args.kw_defaults) if one is not None]
            again.args.kw_defaults[filled[place - len(node.args.defaults)]] = value
    return ast.unparse(again)


def _is_ours(resolver: Collecting, function: types.FunctionType) -> bool:
    """Typed in the notebook, or in a script that ran as it; not of a library."""
    return function.__globals__ is resolver.own or function.__globals__.get("__name__") == "__main__"


def _take_made(resolver: Collecting, name: str, function: types.FunctionType, found: Found, by: str) -> bool:
    """A function made by a function, or one whose name is another's now: its definition in a function of its own."""
    edits = _edits(resolver, name, function, found.node, by, pin=not found.top_level)
    given = _cells_of(resolver, name, function, found, by)
    if edits is None or given is None:
        return True
    text, line = text_of(found.node, found.source, resolver.namespace, edits, "    ")
    head, call = _signature(name, given)
    made = f"{head}{text}\n    return {found.node.name}\n\n\n{name} = {call}\n"
    _take_maker(resolver, name, made, found, max(1, line - 1), _scope(resolver, function), given)
    return True


Given = dict[str, tuple[str, set[str]]]  # by variable: its expression, and the names that it needs


def _take_maker(
    resolver: Collecting, name: str, text: str, found: Found, line: int, scope: Mapping[str, Any] | None, given: Given
) -> Part:
    part = resolver.take_text(name, text, found.source, line, found.lazy, scope)
    part.now |= _needed_at_once(found.node) - {name}
    for _, names in given.values():
        part.now |= names
    return part


def _needed_at_once(node: Any) -> frozenset[str]:
    """Names that decorators and defaults load: the maker is called where it stands."""
    parts = [*getattr(node, "decorator_list", []), *node.args.defaults, *(one for one in node.args.kw_defaults if one)]
    return frozenset().union(*(loaded_by(f"({ast.unparse(part)})", False).now for part in parts))


def _signature(name: str, given: Given) -> tuple[str, str]:
    arguments = ", ".join(f"{variable}={text}" for variable, (text, _) in given.items())
    return f"def _make_{name}({', '.join(given)}):\n", f"_make_{name}({arguments})"


def _cells_of(resolver: Collecting, name: str, function: types.FunctionType, found: Found, by: str) -> Given | None:
    """What a closure holds, as expressions; None after a fault."""
    given: Given = {}
    changes = {one for part in ast.walk(found.node) if isinstance(part, ast.Nonlocal) for one in part.names}
    for variable, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            value = cell.cell_contents
        except ValueError:
            resolver.faults.append(refusal.unlike(by, name, f"its variable {variable} has no value"))
            return None
        if value is function:
            continue
        other, changed = resolver.cells_held.setdefault(id(cell), (name, variable in changes))
        if other != name and (changed or variable in changes):
            resolver.faults.append(refusal.shared(by, name, f"{other} shares its variable {variable}"))
            return None
        try:
            given[variable] = resolver.constants.written(value, f"{name} with {variable}")
        except NoExpression as reason:
            fault = refusal.shared(by, name, str(reason)) if reason.args else ""
            what = f"{name} with {variable}"
            resolver.faults.append(fault or refusal.uncapturable(resolver.target, by, what, value))
            return None
    return given


def _take_implementations(resolver: Collecting, name: str) -> None:
    """What was registered with a single-dispatch function, wherever that was typed."""
    thing = resolver.taken.get(name)
    registry = getattr(thing, "registry", None)
    if not isinstance(registry, types.MappingProxyType) or not hasattr(thing, "dispatch"):
        return
    for kind, implementation in registry.items():
        if kind is object or plain_function(implementation) is None:
            continue
        (kind_text, kind_names), (other, names) = (
            resolver.constants.written(one, name) for one in (kind, implementation)
        )
        key = f"{name}.register({kind_text})"
        needs = frozenset({name, *kind_names, *names})
        resolver.parts[key] = Part(key, f"{name}.register({kind_text}, {other})\n", "registered", needs)


def outdated_caches(resolver: Collecting) -> list[str]:
    """Faults: caches that are filled, of functions that use a name which has been bound again since."""
    found = []
    for name, thing in resolver.taken.items():
        if isinstance(thing, type) or not hasattr(thing, "cache_info") or not thing.cache_info().currsize:
            continue
        part = _typed(resolver, name, thing)
        if part is None or part.source is None:
            continue
        for other in sorted(reached(part.now | part.later, resolver.parts)):
            if other != name and resolver.cells.bound_again(other, part.source.number):
                why = f"its cache may hold results of another {other}. {name}.cache_clear() empties it"
                found.append(refusal.unlike(resolver.target, name, why))
    return found


def _typed(resolver: Collecting, name: str, thing: Any) -> Part | None:
    """The part that has the code of a cache: its own, or that of the function which it was called with."""
    part = resolver.parts.get(name)
    if part is None or part.source is not None:
        return part
    return resolver.parts.get(resolver.known.name_of(getattr(thing, "__wrapped__", None)))


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
        if isinstance(content, types.FunctionType) and content not in found:
            found.append(content)
        function = plain_function(content) if callable(content) else None
        if function is not None and function not in found:
            found.append(function)
    return found
