"""Values as constants of the module."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any

from . import refusal
from .parts import Part
from .values import LIMIT, NoExpression, Writer, is_same

if TYPE_CHECKING:
    from .collecting import Collecting


class Constants:
    """Writes values for one resolver; knows which changeable things it has written, and under which name."""

    def __init__(self, resolver: Collecting):
        self._resolver = resolver
        self._holder: dict[int, str] = {}  # of a thing without a name of its own
        self._size = 0  # characters of all expressions
        self._kept: list[Any] = []  # so that ids stay those of the same things

    def take(self, name: str, value: Any, by: str) -> bool:
        """A part `name = expression`; False if there is none, after a fault if there is more to say than its kind."""
        resolver = self._resolver
        own = self._holder.get(id(value), name)
        if own != name and own in resolver.parts:
            resolver.same_text(name, own)
            return True
        try:
            text, needs = self.written(value, name)
        except NoExpression as reason:
            if reason.args:
                resolver.faults.append(refusal.shared(by, name, str(reason)))
            return False
        resolver.parts[name] = Part(name, f"{name} = {text}\n", "constant", frozenset(needs))
        self._size += len(resolver.parts[name].text)
        if self._size > LIMIT:
            self._size -= len(resolver.parts.pop(name).text)
            return False
        return True

    def written(self, value: Any, name: str) -> tuple[str, set[str]]:
        """An expression, and the names that it needs. Raises NoExpression if none gives the same value."""
        resolver = self._resolver
        writer = Writer(
            lambda thing: self._global_name(thing, name),
            lambda thing: "" if thing is resolver.taken.get(name) else self._name_of_shared(thing),
        )
        try:
            text = writer.write(value)
            space = {_alias(module): _module(module) for module in writer.imports}
            space.update(
                {each: resolver.known.get(each) for each in writer.names if resolver.known.get(each) is not None}
            )
            again = eval(text, space)
        except NoExpression:
            raise
        except Exception:  # noqa: BLE001 - an expression that can't be evaluated is no way to make the value again
            raise NoExpression from None
        if not is_same(value, again):
            raise NoExpression
        self._hold(writer.held, name)
        self._kept.append(value)
        for module in writer.imports:
            resolver.imports.setdefault(_alias(module), [f"import {module} as {_alias(module)}"])
        resolver.folder.bundle(sorted(writer.imports))
        return text, writer.names

    def _hold(self, held: list[int], name: str) -> None:
        for one in held:
            other = self._holder.setdefault(one, name)
            if other != name:
                raise NoExpression(f"{other} holds it too")

    def _name_of_shared(self, thing: Any) -> str:
        """The name of a changeable thing within another."""
        name = self._resolver.known.name_of(thing)
        if name:
            self._resolver.need(name, self._resolver.target)
        return name

    def _global_name(self, thing: Any, by: str) -> str:
        """A name for a function, class or module; what has none in the notebook gets one."""
        resolver = self._resolver
        before = len(resolver.faults)
        name = resolver.known.name_of(thing)
        name = name if name and name != by else resolver.known.of_a_library(thing)
        if not name:
            if not isinstance(thing, (type, types.FunctionType)):
                raise NoExpression
            name = resolver.known.add(thing)
            if not self._is_taken(name, thing):
                raise NoExpression
        elif ":" not in name:
            resolver.need(name.partition(".")[0], resolver.target)
        if len(resolver.faults) > before:
            raise NoExpression
        return name

    def _is_taken(self, name: str, thing: Any) -> bool:
        from .classes import take_class
        from .functions import take_function

        resolver = self._resolver
        resolver.taken[name] = thing
        return take_class(resolver, name, thing, resolver.target) or take_function(
            resolver, name, thing, resolver.target
        )


def _alias(module: str) -> str:
    return "_" + module.replace(".", "_")


def _module(name: str) -> Any:
    import importlib

    return importlib.import_module(name)
