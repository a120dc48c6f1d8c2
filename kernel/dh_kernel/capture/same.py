"""Whether two values are the same: equal, and of the same type, all the way down."""

from __future__ import annotations

import argparse
import collections
import decimal
import functools
import math
import operator
import types
from typing import Any, TypeVar

_BY_REDUCE = (operator.itemgetter, operator.attrgetter, operator.methodcaller)
_CACHE: Any = type(functools.lru_cache(len))
_BY_REPR = (TypeVar, types.SimpleNamespace, types.GenericAlias, argparse.Namespace)


def is_same(value: Any, other: Any) -> bool:
    """Equal and of the same type, all the way down; two nan are the same here, and two bare `object()`."""
    if type(value) is not type(other):
        return False
    if value is other or type(value) is object:
        return True
    if isinstance(value, float):
        return (value == other and math.copysign(1, value) == math.copysign(1, other)) or (
            value != value and other != other
        )
    if isinstance(value, complex):
        return is_same((value.real, value.imag), (other.real, other.imag))
    if isinstance(value, (list, tuple, collections.deque)):
        same_bound = getattr(value, "maxlen", None) == getattr(other, "maxlen", None)
        return same_bound and len(value) == len(other) and all(map(is_same, value, other))
    if isinstance(value, dict):
        return _same_dict(value, other)
    if isinstance(value, decimal.Decimal):
        return bool(value.as_tuple() == other.as_tuple())
    if isinstance(value, functools.partial):
        return is_same((value.func, value.args, value.keywords), (other.func, other.args, other.keywords))
    if isinstance(value, _CACHE):
        return value.__wrapped__ is other.__wrapped__ and value.cache_parameters() == other.cache_parameters()
    if isinstance(value, _BY_REDUCE):
        return is_same(value.__reduce__(), other.__reduce__())
    if isinstance(value, types.MethodType):
        return value.__func__ is other.__func__ and is_same(value.__self__, other.__self__)
    if type(value).__module__ == "numpy" and hasattr(value, "tobytes"):
        same = value.dtype == other.dtype and getattr(value, "shape", ()) == getattr(other, "shape", ())
        return bool(same and value.tobytes() == other.tobytes())
    if type(value).__module__.partition(".")[0] == "pandas" and hasattr(value, "identical"):
        return bool(value.identical(other) and value.dtype == other.dtype)  # an index
    if type(value).__module__ == "polars.expr.expr":
        return bool(value.meta.eq(other))
    if isinstance(value, _BY_REPR):
        return repr(value) == repr(other)
    if hasattr(type(value), "__dataclass_fields__"):
        return attributes_of(value).keys() == attributes_of(other).keys() and all(
            is_same(item, attributes_of(other)[name]) for name, item in attributes_of(value).items()
        )
    return bool(value == other)


def _same_dict(value: Any, other: Any) -> bool:
    same_default = getattr(value, "default_factory", None) is getattr(other, "default_factory", None)
    keys = list(value), list(other)
    return (
        same_default and len(value) == len(other) and all(map(is_same, *keys))
        and all(is_same(value[one], other[two]) for one, two in zip(*keys))
    )  # fmt: skip


def attributes_of(value: Any) -> dict[str, Any]:
    """Of an instance: its dict, and its slots that are filled."""
    slots = [name for kind in type(value).__mro__ for name in _slots(kind)]
    return {
        **{name: getattr(value, name) for name in slots if hasattr(value, name)},
        **getattr(value, "__dict__", {}),
    }


def _slots(kind: type) -> list[str]:
    found = vars(kind).get("__slots__", ())
    names = [found] if isinstance(found, str) else list(found)
    private = f"_{kind.__name__.lstrip('_')}"
    kept = [name for name in names if name not in ("__dict__", "__weakref__")]
    return [private + name if name.startswith("__") and not name.endswith("__") else name for name in kept]
