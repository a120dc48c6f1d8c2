"""Small values as expressions that build them again: equal, and of the same type. What can't be is told, never guessed."""

from __future__ import annotations

import argparse
import array
import collections
import enum
import functools
import math
import pathlib
import sys
import types
from collections.abc import Callable
from typing import Any

from .kinds import kind_of
from .same import is_same

__all__ = ["LIMIT", "NoExpression", "Writer", "is_same"]

LIMIT = 64 * 1024  # characters of all constants of a function together
_ARRAY_LIMIT = 1000  # elements
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType)
_METHODS = (types.MethodType, types.BuiltinFunctionType)
_CACHE = type(functools.lru_cache(len))
_SHARED = (
    list,
    dict,
    set,
    bytearray,
    collections.deque,
    types.SimpleNamespace,
    argparse.Namespace,
    array.array,
)  # kinds that can be changed in place


class NoExpression(Exception):
    """There is no expression for this value; the message says why, if it is not its kind."""


class Writer:
    """Writes one value. `imports` and `names` say what the expression needs: modules, and other captured names.

    `held` are the ids of things within it that can be changed in place.
    """

    def __init__(self, name_of: Callable[[Any], str], known: Callable[[Any], str] = lambda value: ""):
        """`name_of` gives a global name for a function, class or module (and sees that it is captured too). `known`
        gives the name of a changeable thing that has one of its own, or nothing."""
        self._name_of = name_of
        self._known = known
        self.imports: set[str] = set()
        self.names: set[str] = set()
        self.held: list[int] = []
        self._depth = 0
        self._tracks = True

    def write(self, value: Any) -> str:
        """The expression. Raises NoExpression."""
        self._depth += 1
        if self._depth > 50:
            raise NoExpression
        try:
            return self._shared(value) or self._write(value)
        finally:
            self._depth -= 1

    def _shared(self, value: Any) -> str:
        """A thing that can be changed in place is the same thing in every place: it goes by its name."""
        if not self._tracks or not _can_change(value):
            return ""
        name = self._known(value)
        if name:
            self.names.add(name)
            return name
        if id(value) in self.held:
            raise NoExpression("it holds one thing in two places")
        base = _base_of(value)
        self.held += [id(value), id(base)] if base is not None else [id(value)]
        return ""

    def fresh(self, value: Any, deep: bool = False) -> str:
        """Of a container that was made for writing and is nobody's; `deep`: all in it, too."""
        before, self._tracks = self._tracks, self._tracks and not deep
        try:
            return self._write(value)
        finally:
            self._tracks = before

    def _write(self, value: Any) -> str:
        kind = type(value)
        if value is None or value is Ellipsis or value is NotImplemented or kind in (bool, int, str, bytes):
            return repr(value)
        if kind is float:
            return repr(value) if math.isfinite(value) else f"float({str(value)!r})"
        if kind is complex:
            return f"complex({self.write(value.real)}, {self.write(value.imag)})"
        for write in (self._container, self._named, self._library, self._array, self._made_of_parts):
            text = write(value, kind)
            if text is not None:
                return text
        raise NoExpression

    def _container(self, value: Any, kind: type) -> str | None:
        if kind is list:
            return f"[{', '.join(map(self.write, value))}]"
        if kind is tuple:
            return f"({', '.join(map(self.write, value))}{',' if len(value) == 1 else ''})"
        if kind in (set, frozenset):
            inner = ", ".join(sorted(map(self.write, value)))
            return f"{kind.__name__}([{inner}])" if kind is frozenset or not value else f"{{{inner}}}"
        if kind is dict:
            return "{" + ", ".join(f"{self.write(key)}: {self.write(item)}" for key, item in value.items()) + "}"
        if kind is slice:
            return f"slice({self.write(value.start)}, {self.write(value.stop)}, {self.write(value.step)})"
        if kind in (bytearray, range):
            return repr(value)
        return f"{kind.__name__}()" if kind is object else None

    def _named(self, value: Any, kind: type) -> str | None:
        """Functions, classes, modules and members of enumerations go by their names."""
        if isinstance(value, enum.Enum):
            return self._member(value, kind)
        if value is type(None):
            return "type(None)"
        if isinstance(value, _METHODS) and not isinstance(
            getattr(value, "__self__", None), (types.ModuleType, type(None))
        ):
            return f"{self._owner(value.__self__)}.{value.__name__}"
        if isinstance(value, (type, types.ModuleType, *_FUNCTIONS)) and not isinstance(value, types.GenericAlias):
            return self._name(value)
        if callable(value) and hasattr(value, "__wrapped__"):
            return self._wrapped(value)
        if kind.__name__ == "ufunc" and kind.__module__ == "numpy":
            return self._name(value)
        return None

    def _wrapped(self, value: Any) -> str:
        """A decorated function goes by its name; a cache made by a call (`fast = lru_cache(slow)`) by what it holds."""
        try:
            return self._name(value)
        except NoExpression:
            if not isinstance(value, _CACHE):
                raise
        kept: Any = value
        settings = ", ".join(f"{name}={setting!r}" for name, setting in kept.cache_parameters().items())
        return self._with("functools", f"lru_cache({settings})({self.write(kept.__wrapped__)})")

    def _member(self, value: Any, kind: Any) -> str:
        if value.name in kind.__members__:
            return f"{self._name(kind)}[{value.name!r}]"
        return f"{self._name(kind)}({self.write(value.value)})"  # flags together

    def _owner(self, value: Any) -> str:
        text = self.write(value)
        return f"({text})" if isinstance(value, (int, float, complex)) else text

    def _name(self, thing: Any) -> str:
        name = self._name_of(thing)
        module, dot, rest = name.partition(":")
        if dot:  # module:qualified, of a module that the user has not imported
            return self._with(module, rest)
        self.names.add(name.partition(".")[0])
        return name

    def _library(self, value: Any, kind: type) -> str | None:
        if isinstance(value, pathlib.PurePath) and kind.__module__.startswith("pathlib"):
            short = "Path" if isinstance(value, pathlib.Path) else kind.__name__
            return self._with("pathlib", f"{short}({str(value)!r})")
        found = kind_of(value)
        if found is not None:
            self.imports.add(found[0])
            return found[1](self, value)
        return self._alias(value, kind)

    def _alias(self, value: Any, kind: type) -> str | None:
        """`list[int]`, `Optional[int]`, `Callable[[int], str]`, `int | None`: what typing prints can be read again."""
        if kind.__module__ in ("typing", "types") and (hasattr(value, "__origin__") or kind.__name__ == "UnionType"):
            for argument in getattr(value, "__args__", ()):
                if isinstance(argument, type) and argument.__module__ not in ("builtins", "typing"):
                    raise NoExpression
            self.imports.add("typing")
            return repr(value).replace("NoneType", "None").replace("typing.", "_typing.")
        return None

    def _with(self, module: str, rest: str) -> str:
        """`_module.rest`: the module goes by a name that no name of the user hides."""
        self.imports.add(module)
        return f"_{module.replace('.', '_')}.{rest}"

    def _array(self, value: Any, kind: type) -> str | None:
        if kind.__module__.partition(".")[0] != "numpy":
            return None
        if kind.__name__ == "ndarray":
            if value.size > _ARRAY_LIMIT or value.dtype.hasobject or value.dtype.fields:
                raise NoExpression
            inner = self.fresh(value.tolist(), deep=True)
            shape = f".reshape({value.shape!r})" if value.size == 0 else ""
            return self._with("numpy", f"array({inner}, dtype={str(value.dtype)!r}){shape}")
        if kind.__name__ == "dtype" or kind.__name__.endswith("DType"):
            return self._with("numpy", f"dtype({(value.descr if value.fields else str(value))!r})")
        if hasattr(value, "dtype") and hasattr(value, "item"):
            return self._with("numpy", f"{kind.__name__}({self.write(value.item())})")
        return None

    def _made_of_parts(self, value: Any, kind: type) -> str | None:
        """An instance of a named tuple or a dataclass goes by its class and its fields."""
        if isinstance(value, tuple) and hasattr(kind, "_fields"):
            return f"{self._name(kind)}({', '.join(map(self.write, value))})"
        given = _given(value, kind)
        if given is not None:
            return f"{self._name(kind)}({', '.join(f'{name}={self.write(item)}' for name, item in given.items())})"
        if not _is_dataclass(value):
            return None
        fields = [one for one in kind.__dataclass_fields__.values() if one.init and hasattr(value, one.name)]  # type: ignore[attr-defined]
        inner = ", ".join(f"{one.name}={self.write(getattr(value, one.name))}" for one in fields if _is_own(one))
        return f"{self._name(kind)}({inner})"


def _can_change(value: Any) -> bool:
    """Whether it matters that two names hold the very same thing."""
    return isinstance(value, _SHARED) or type(value) is object or _is_dataclass(value) or _is_array(value)


def _is_array(value: Any) -> bool:
    return type(value).__module__ == "numpy" and type(value).__name__ == "ndarray"


def _base_of(value: Any) -> Any:
    """The array whose memory this one looks at."""
    base: Any = getattr(value, "base", None) if _is_array(value) else None
    while getattr(base, "base", None) is not None:
        base = base.base
    return base


def _is_dataclass(value: Any) -> bool:
    return "__dataclass_fields__" in vars(type(value)) and not isinstance(value, (type, enum.Enum))


def _given(value: Any, kind: Any) -> dict[str, Any] | None:
    """Of an instance of attrs or a model of pydantic, what it is made of, by the names that its class takes."""
    fields = vars(kind).get("__attrs_attrs__")
    if fields is not None:
        return {one.alias: getattr(value, one.name) for one in fields if one.init}
    if hasattr(kind, "__pydantic_fields__"):
        named = {name: one.alias or name for name, one in kind.__pydantic_fields__.items()}
        return {alias: getattr(value, name) for name, alias in named.items() if name in value.model_fields_set}
    return None


def _is_own(field: Any) -> bool:
    """Not a ClassVar, not an InitVar."""
    return getattr(field._field_type, "name", "") == "_FIELD"


def importable(thing: Any) -> str:
    """`module:qualified name` of what a library defines, or nothing."""
    owner = getattr(thing, "__objclass__", None)
    module = getattr(owner or thing, "__module__", None)
    qualname = getattr(thing, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(qualname, str) or module == "__main__" or "<" in qualname:
        return ""
    found: Any = sys.modules.get(module)
    for name in qualname.split("."):
        found = getattr(found, name, None)
    same = found is thing or (found == thing and isinstance(thing, (types.BuiltinFunctionType, types.MethodType)))
    return f"{module}:{qualname}" if same else ""
