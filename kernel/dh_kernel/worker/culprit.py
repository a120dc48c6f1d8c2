"""Which part of an object can't be pickled: the steps that lead to it, as Python would write them."""

from __future__ import annotations

import functools
import types
from collections.abc import Iterator
from itertools import islice
from typing import Any, Callable

_DEEPEST = 20
_MOST_PARTS = 5_000
_BIGGEST = 32 << 20  # bytes; a part that pickles to more is not looked into
_SIMPLE = (type(None), bool, int, float, complex, str, bytes, type)


class _Enough(Exception):
    """More bytes than are worth the look."""


class _Sink:
    def __init__(self) -> None:
        self._left = _BIGGEST

    def write(self, data: Any) -> int:
        self._left -= len(data)
        if self._left < 0:
            raise _Enough
        return len(data)


def steps_to(value: Any, dump: Callable[[Any, Any], None]) -> tuple[str, Any]:
    """(`['a'][0].lock`, the lock): the innermost part that `dump(part, file)` refuses; ('', value) if no part alone is."""
    steps = ""
    for _ in range(_DEEPEST):
        inner = next(((step, part) for step, part in islice(_parts(value), _MOST_PARTS) if _refused(part, dump)), None)
        if inner is None:
            break
        steps, value = steps + inner[0], inner[1]
    return steps, value


def _refused(part: Any, dump: Callable[[Any, Any], None]) -> bool:
    if isinstance(part, _SIMPLE):
        return False
    try:
        dump(part, _Sink())
    except _Enough:
        return False
    except Exception:  # noqa: BLE001  a stranger's __reduce__ may raise anything
        return True
    return False


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((f"[{key!r}]", item) for key, item in value.items())
    elif isinstance(value, (list, tuple)):
        yield from ((f"[{index}]", item) for index, item in enumerate(value))
    elif isinstance(value, (set, frozenset)):
        yield from ((f" (its element {item!r:.60})", item) for item in value)
    elif isinstance(value, types.FunctionType):
        names = value.__code__.co_freevars
        yield from ((f" (its variable {name})", _content(cell)) for name, cell in zip(names, value.__closure__ or ()))
    elif isinstance(value, types.MethodType):
        yield ".__self__", value.__self__
    elif isinstance(value, functools.partial):
        yield from ((".func", value.func), (".args", value.args), (".keywords", value.keywords))
    yield from _attributes(value)


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not assigned yet
        return None


def _attributes(value: Any) -> Iterator[tuple[str, Any]]:
    held = getattr(value, "__dict__", None)
    if isinstance(held, dict) and not isinstance(value, (type, types.FunctionType, types.ModuleType)):
        yield from ((f".{name}", item) for name, item in list(held.items()))
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in [slots] if isinstance(slots, str) else slots:
            if isinstance(getattr(value, name, None), object) and name not in ("__dict__", "__weakref__"):
                yield f".{name}", getattr(value, name, None)
