"""Small values as expressions that build them again: equal, and of the same type. What can't be is told, never guessed."""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import functools
import logging
import math
import pathlib
import re
import types
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

LIMIT = 64 * 1024  # characters of all constants of a function together
_ARRAY_LIMIT = 1000  # elements
_TEMPORAL = (datetime.datetime, datetime.date, datetime.time, datetime.timedelta, datetime.timezone)


class NoExpression(Exception):
    """There is no expression for this value."""


class Writer:
    """Writes one value. `imports` and `names` say what the expression needs: modules, and other captured names."""

    def __init__(self, name_of: Callable[[Any], str]):
        """`name_of` gives a global name for a function, class or module (and sees that it is captured too)."""
        self._name_of = name_of
        self.imports: set[str] = set()
        self.names: set[str] = set()
        self._depth = 0

    def write(self, value: Any) -> str:
        """The expression. Raises NoExpression."""
        self._depth += 1
        if self._depth > 50:
            raise NoExpression
        try:
            return self._write(value)
        finally:
            self._depth -= 1

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
        if kind in (bytearray, range, slice):
            return repr(value)
        return None

    def _named(self, value: Any, kind: type) -> str | None:
        """Functions, classes, modules and members of enumerations go by their names."""
        if isinstance(value, enum.Enum):
            return f"{self._name(kind)}[{value.name!r}]" if value.name in kind.__members__ else None  # type: ignore[attr-defined]
        if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType)) or (
            callable(value) and hasattr(value, "__wrapped__")
        ):
            return self._name(value)
        if type(value).__name__ == "ufunc" and type(value).__module__ == "numpy":
            return self._name(value)
        return None

    def _name(self, thing: Any) -> str:
        name = self._name_of(thing)
        self.names.add(name.partition(".")[0])
        return name

    def _library(self, value: Any, kind: type) -> str | None:
        if kind in (decimal.Decimal, fractions.Fraction, uuid.UUID):
            return self._with(kind.__module__, f"{kind.__name__}({str(value)!r})")
        if kind in _TEMPORAL and getattr(value, "tzinfo", None) in (None, datetime.timezone.utc):
            return self._as_printed("datetime", repr(value))
        if isinstance(value, pathlib.PurePath) and kind.__module__.startswith("pathlib"):
            short = "Path" if isinstance(value, pathlib.Path) else kind.__name__
            return self._with("pathlib", f"{short}({str(value)!r})")
        if kind is re.Pattern:
            flags = int(value.flags) & ~(int(re.UNICODE) if isinstance(value.pattern, str) else 0)
            return self._with("re", f"compile({value.pattern!r}{f', {flags}' if flags else ''})")
        if kind is functools.partial:
            parts = [self.write(value.func), *map(self.write, value.args)]
            parts += [f"{name}={self.write(item)}" for name, item in value.keywords.items()]
            return self._with("functools", f"partial({', '.join(parts)})")
        if kind is logging.Logger:
            return self._with("logging", f"getLogger({value.name!r})")
        if kind is TypeVar:
            bound = [self.write(item) for item in value.__constraints__]
            bound += [f"bound={self.write(value.__bound__)}"] if value.__bound__ is not None else []
            return self._with("typing", f"TypeVar({', '.join([repr(value.__name__), *bound])})")
        if kind is types.SimpleNamespace:
            inner = ", ".join(f"{name}={self.write(item)}" for name, item in vars(value).items())
            return self._with("types", f"SimpleNamespace({inner})")
        return self._alias(value, kind)

    def _alias(self, value: Any, kind: type) -> str | None:
        """`list[int]`, `Optional[int]`, `Callable[[int], str]`, `int | None`: what typing prints can be read again."""
        if kind.__module__ in ("typing", "types") and (hasattr(value, "__origin__") or kind.__name__ == "UnionType"):
            arguments = getattr(value, "__args__", ())
            for argument in arguments:
                if isinstance(argument, type) and argument.__module__ not in ("builtins", "typing"):
                    raise NoExpression
            return self._as_printed("typing", repr(value).replace("NoneType", "None"))
        return None

    def _with(self, module: str, rest: str) -> str:
        """`_module.rest`: the module goes by a name that no name of the user hides."""
        self.imports.add(module)
        return f"_{module}.{rest}"

    def _as_printed(self, module: str, text: str) -> str:
        """What the library prints is an expression; its module is named anywhere in it."""
        self.imports.add(module)
        return text.replace(f"{module}.", f"_{module}.")

    def _array(self, value: Any, kind: type) -> str | None:
        if kind.__module__.partition(".")[0] != "numpy":
            return None
        if kind.__name__ == "ndarray":
            if value.size > _ARRAY_LIMIT or value.dtype.hasobject or value.dtype.fields:
                raise NoExpression
            inner = self.write(value.tolist())
            shape = f".reshape({value.shape!r})" if value.size == 0 else ""
            return self._with("numpy", f"array({inner}, dtype={str(value.dtype)!r}){shape}")
        if kind.__name__ == "dtype" or kind.__name__.endswith("DType"):
            return self._with("numpy", f"dtype({str(value)!r})")
        if hasattr(value, "dtype") and hasattr(value, "item"):
            return self._with("numpy", f"{kind.__name__}({self.write(value.item())})")
        return None

    def _made_of_parts(self, value: Any, kind: type) -> str | None:
        """An instance of a named tuple goes by its class and its fields."""
        if isinstance(value, tuple) and hasattr(kind, "_fields"):
            return f"{self._name(kind)}({', '.join(map(self.write, value))})"
        return None


def is_same(value: Any, other: Any) -> bool:
    """Equal and of the same type, all the way down; two nan are the same here."""
    if type(value) is not type(other):
        return False
    if isinstance(value, float):
        return (value == other and math.copysign(1, value) == math.copysign(1, other)) or (
            value != value and other != other
        )
    if isinstance(value, (list, tuple)):
        return len(value) == len(other) and all(map(is_same, value, other))
    if isinstance(value, dict):
        return list(map(repr, value)) == list(map(repr, other)) and all(
            is_same(value[key], other[key]) for key in value
        )
    if isinstance(value, decimal.Decimal):
        return bool(value.as_tuple() == other.as_tuple())
    if isinstance(value, functools.partial):
        return is_same((value.func, value.args, value.keywords), (other.func, other.args, other.keywords))
    if type(value).__module__ == "numpy" and hasattr(value, "tobytes"):
        same = value.dtype == other.dtype and getattr(value, "shape", ()) == getattr(other, "shape", ())
        return bool(same and value.tobytes() == other.tobytes())
    if isinstance(value, (TypeVar, types.SimpleNamespace)):
        return repr(value) == repr(other)
    return bool(value == other)
