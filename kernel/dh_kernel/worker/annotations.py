"""Values from JSON as a function's annotations ask for them. What can't be made so is passed as it is."""

from __future__ import annotations

import datetime
import decimal
import enum
import inspect
import pathlib
import typing
import uuid
from typing import Any, Callable

_WORDS = ("NaN", "Infinity", "-Infinity")
_NOTHING = type(None)


def annotation_of(function: Callable[..., Any], name: str) -> Any:
    """The live annotation of a parameter (of **kwargs for other names); None where there is none or it can't be made."""
    plain = inspect.unwrap(function)
    parameters = inspect.signature(function).parameters
    extra = [one for one in parameters.values() if one.kind is one.VAR_KEYWORD]
    parameter = parameters.get(name) or (extra[0] if extra else None)
    if parameter is None or parameter.annotation is parameter.empty:
        return None
    found = parameter.annotation
    if isinstance(found, str):
        try:
            found = eval(found, getattr(plain, "__globals__", {}))
        except Exception:  # noqa: BLE001  an annotation that is never evaluated elsewhere may be anything
            return None
    return found


def choices_of(annotation: Any) -> list[Any]:
    """The members of a union, without None; else the annotation itself."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return choices_of(typing.get_args(annotation)[0])
    if origin is typing.Union or type(annotation).__name__ == "UnionType":
        return [choice for choice in typing.get_args(annotation) if choice is not _NOTHING]
    return [annotation]


def wanted_class(annotation: Any) -> Any:
    """The class that an input is to be an object of, if the annotation says one."""
    choices = choices_of(annotation)
    return choices[0] if len(choices) == 1 and isinstance(choices[0], type) else None


def coerce(value: Any, annotation: Any) -> Any:
    """A JSON value as its annotation asks: members of enums by name, Path, tuples, dates, nan …"""
    if annotation is None or value is None:
        return value
    choices = choices_of(annotation)
    if any(type(value) is choice for choice in choices):
        return value
    for choice in choices:
        try:
            return _as(value, choice)
        except (TypeError, ValueError, KeyError, ArithmeticError):
            continue
    return value


def _as(value: Any, wanted: Any) -> Any:
    origin, inner = typing.get_origin(wanted), typing.get_args(wanted)
    if origin in (list, tuple, set, frozenset) or wanted in (tuple, set, frozenset):
        return _collection(value, origin or wanted, inner)
    if origin is dict and isinstance(value, dict):
        return {key: coerce(item, inner[1]) for key, item in value.items()}
    if isinstance(wanted, type):
        return _scalar(value, wanted)
    if origin is not None and hasattr(origin, "__iter__") and inner and isinstance(value, list):
        return [coerce(item, inner[0]) for item in value]  # Sequence[…], Iterable[…]
    raise TypeError(wanted)


def _collection(value: Any, kind: Any, inner: tuple[Any, ...]) -> Any:
    if not isinstance(value, list):
        raise TypeError(value)
    if kind is tuple and inner and inner[-1] is not Ellipsis:
        if len(inner) != len(value):
            raise ValueError(value)
        return tuple(coerce(item, one) for item, one in zip(value, inner))
    return kind(coerce(item, inner[0]) if inner else item for item in value)


def _scalar(value: Any, wanted: type) -> Any:
    if issubclass(wanted, enum.Enum):
        return wanted[value] if isinstance(value, str) and value in wanted.__members__ else wanted(value)
    if wanted is float and not isinstance(value, bool) and (isinstance(value, (int, float)) or value in _WORDS):
        return float(value)
    if wanted is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if wanted in (datetime.datetime, datetime.date, datetime.time) and isinstance(value, str):
        return wanted.fromisoformat(value)
    if wanted in (decimal.Decimal, uuid.UUID) or issubclass(wanted, pathlib.PurePath):
        return wanted(str(value)) if isinstance(value, (str, int, float)) else value
    raise TypeError(wanted)
