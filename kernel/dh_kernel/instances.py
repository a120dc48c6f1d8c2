"""Objects of classes that say what they are made of: enum members, dataclasses, named tuples, and numbers and texts of a
class of their own. Taken apart in the worker, built in the kernel of the live class, if there is one that fits. Pure.
"""

from __future__ import annotations

import collections
import dataclasses
import enum
import importlib
import sys
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, Callable, NamedTuple

_CODE = "dh_code"  # the run's module; in the kernel its classes are the notebook's
_BASES = (int, float, str)


class Parts(NamedTuple):
    """`form` is enum, dataclass, namedtuple or subclass; `names` go with `values`."""

    form: str
    names: list[str]
    values: list[Any]


def parts_of(value: Any) -> Parts | None:
    """None of what is more than its parts, or of a class that only a function knows."""
    kind = type(value)
    if "<" in kind.__qualname__ or kind.__module__ == "builtins":
        return None
    if isinstance(value, enum.Enum):
        return Parts("enum", [value.name or ""], [value.value])
    if isinstance(value, tuple):
        fields = list(getattr(kind, "_fields", ()))
        bare = len(fields) == len(value) and not getattr(value, "__dict__", None)
        return Parts("namedtuple", fields, list(value)) if bare else None
    if isinstance(value, _BASES):
        base = next(base for base in _BASES if isinstance(value, base))
        return None if getattr(value, "__dict__", None) else Parts("subclass", ["value"], [base(value)])
    return _of_dataclass(value) if dataclasses.is_dataclass(value) else None


def _of_dataclass(value: Any) -> Parts | None:
    names = [field.name for field in dataclasses.fields(value)]
    if isinstance(value, (dict, list, set, frozenset, BaseException)) or _own_state(value):
        return None
    if set(getattr(value, "__dict__", ())) - set(names) or not all(hasattr(value, name) for name in names):
        return None
    return Parts("dataclass", names, [getattr(value, name) for name in names])


def _own_state(value: Any) -> bool:
    """Whether its class says itself how it is pickled; slots of a frozen dataclass do so in dataclasses' name."""
    for name in ("__getstate__", "__reduce__", "__reduce_ex__"):
        found = getattr(type(value), name, None)
        if found is not getattr(object, name, None) and getattr(found, "__module__", "") != "dataclasses":
            return True
    return False


def class_name(value: Any) -> str:
    """`module:Qualified.Name`."""
    return f"{type(value).__module__}:{type(value).__qualname__}"


Code = Callable[[], Any]  # the module that a run's function was


def build(name: str, form: str, names: Sequence[str], values: Sequence[Any], code: Code | None = None) -> Any:
    """An instance of the live class; of the run's own where there is none, or it has changed since; else of one like it."""
    for found in _classes(name, code):
        if found is not None and _fits(found, form, names, values):
            return _BUILD[form](found, names, values)
    return _otherwise(name.rpartition(":")[2].rpartition(".")[2], form, names, values)


def _classes(name: str, code: Code | None) -> Iterator[Any]:
    """The class of that name in the notebook, or in a module that can be imported; then in the run's code."""
    module, _, path = name.partition(":")
    if module not in (_CODE, "__main__"):
        yield _class_in(lambda: importlib.import_module(module), path)
        return
    yield _class_in(lambda: sys.modules["__main__"], path)
    if code is not None:
        yield _class_in(code, path)


def _class_in(module: Code, path: str) -> Any:
    try:
        found: Any = module()
        for part in path.split("."):
            found = getattr(found, part)
    except Exception:  # noqa: BLE001  a module may raise anything when it is imported
        return None
    return found if isinstance(found, type) else None


def _fits(live: Any, form: str, names: Sequence[str], values: Sequence[Any]) -> bool:
    if form == "enum":
        return issubclass(live, enum.Enum) and _member(live, names[0], values[0]) is not None
    if form == "namedtuple":
        return issubclass(live, tuple) and getattr(live, "_fields", None) == tuple(names)
    if form == "dataclass":
        return dataclasses.is_dataclass(live) and [field.name for field in dataclasses.fields(live)] == list(names)
    return issubclass(live, type(values[0]))


def _member(live: Any, name: str, value: Any) -> Any:
    found = live.__members__.get(name)
    if found is not None:
        return found if found.value == value else None
    try:
        return live(value)  # of a flag: several members at once
    except ValueError:
        return None


def _new_dataclass(live: Any, names: Sequence[str], values: Sequence[Any]) -> Any:
    """As unpickling does: __init__ and __post_init__ have run already."""
    made = object.__new__(live)
    for name, value in zip(names, values):
        object.__setattr__(made, name, value)
    return made


_BUILD: dict[str, Any] = {
    "enum": lambda live, names, values: _member(live, names[0], values[0]),
    "namedtuple": lambda live, names, values: tuple.__new__(live, values),
    "dataclass": _new_dataclass,
    "subclass": lambda live, names, values: type(values[0]).__new__(live, values[0]),
}


def _otherwise(name: str, form: str, names: Sequence[str], values: Sequence[Any]) -> Any:
    if form in ("namedtuple", "dataclass"):
        warnings.warn(
            f"The class {name} is not found here: this is one like it, with its fields ({', '.join(names)}) and without its"
            " methods. Run the cell, or import the module, that defines it, and ask again.",
            stacklevel=2,
        )
    if form == "namedtuple":
        return collections.namedtuple(name, names)(*values)
    if form == "dataclass":
        return _new_dataclass(dataclasses.make_dataclass(name, names), names, values)
    if form == "enum" and names[0] and not isinstance(values[0], _BASES):
        return next(iter(enum.Enum(name, {names[0]: values[0]})))  # type: ignore[call-overload]
    return values[0]
