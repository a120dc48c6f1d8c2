"""Values of libraries that JSON lacks: taken apart in the worker, built again in the kernel. One row for each type. Pure.

A row's parts are values of their own, so that a set may hold dates. Frameworks are imported where their values are built.
"""

from __future__ import annotations

import base64
import collections
import datetime
import decimal
import fractions
import uuid
from collections.abc import Sequence
from typing import Any, Callable, NamedTuple


class Kind(NamedTuple):
    """`apart` gives None for a value that the row can't say whole; `shown` makes JSON of the parts' JSON."""

    apart: Callable[[Any], list[Any] | None]
    build: Callable[..., Any]
    shown: Callable[..., Any]


def kind_of(value: Any) -> tuple[str, Kind] | None:
    """The name and row of a value's very type; None of a subclass of it."""
    kind = type(value)
    top = kind.__module__.partition(".")[0]
    name = f"{top}.{kind.__qualname__}"
    if top == "numpy" and name not in KINDS and hasattr(value, "dtype") and getattr(value, "shape", None) == ():
        name = "numpy.generic"
    return (name, KINDS[name]) if name in KINDS else None


def _first(first: Any, *_: Any) -> Any:
    return first


def _parts(*parts: Any) -> list[Any]:
    return list(parts)


# -- texts and numbers -------------------------------------------------------------------------------------------------

BIG = 1 << 63  # an integer beyond it is a text in JSON: databases and browsers would change it


def _text_apart(value: str) -> list[Any]:
    return [base64.b64encode(value.encode("utf-8", "surrogatepass")).decode()]


def _text_build(text: str) -> str:
    return _decoded(text).decode("utf-8", "surrogatepass")


def _decoded(text: str) -> bytes:
    """Of base64; what was masked in it since is itself."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return text.encode()


def _text_shown(text: str) -> str:
    return _text_build(text).encode("utf-8", "replace").decode().replace("\0", "\\0")


def _integer_shown(text: str) -> str:
    value = int(text, 16)
    return str(value) if value.bit_length() < 10_000 else text[:80] + "…"  # str() refuses 4300 digits


def _bytes_shown(text: str) -> str:
    return f"{len(_decoded(text))} bytes"


# -- times -------------------------------------------------------------------------------------------------------------


def _zone(zone: Any) -> str | None:
    """`Europe/Rome`, `UTC` or seconds from it; None of a zone of another library."""
    if zone is datetime.timezone.utc:
        return "UTC"
    if isinstance(getattr(zone, "key", None), str):
        return f"key {zone.key}"
    return str(zone.utcoffset(None).total_seconds()) if type(zone) is datetime.timezone else None


def _zone_of(text: str) -> Any:
    if text == "UTC":
        return datetime.timezone.utc
    if text.startswith("key "):
        import zoneinfo

        return zoneinfo.ZoneInfo(text[4:])
    return datetime.timezone(datetime.timedelta(seconds=float(text)))


def _with_zone(value: Any, *more: Any) -> list[Any] | None:
    """ISO text without the zone, the zone's name, and what else there is."""
    if value.tzinfo is None:
        return [value.isoformat(), None, *more]
    zone = _zone(value.tzinfo)
    return None if zone is None else [value.replace(tzinfo=None).isoformat(), zone, *more]


def _datetime_build(kind: Any) -> Callable[..., Any]:
    def build(text: str, zone: str | None, fold: int) -> Any:
        found = kind.fromisoformat(text).replace(fold=fold)
        return found if zone is None else found.replace(tzinfo=_zone_of(zone))

    return build


def _timestamp_apart(value: Any) -> list[Any] | None:
    naive = value.tz_localize(None) if value.tzinfo is not None else value
    zone = _zone(value.tzinfo) if value.tzinfo is not None else None
    if value.tzinfo is not None and zone is None:
        return None
    utc = value.tz_convert("UTC").tz_localize(None) if zone else naive
    return [utc.isoformat(), zone, value.unit, value.isoformat()]


def _timestamp_build(text: str, zone: str | None, unit: str, *_: Any) -> Any:
    import pandas

    found = pandas.Timestamp(text).as_unit(unit)  # type: ignore[arg-type]
    return found if zone is None else found.tz_localize("UTC").tz_convert(_zone_of(zone))


def _timedelta_build(value: int, unit: str) -> Any:
    import pandas

    return pandas.Timedelta(value, unit=unit).as_unit(unit)  # type: ignore[arg-type]


def _pandas(name: str) -> Callable[..., Any]:
    def build(*parts: Any, **named: Any) -> Any:
        import pandas

        found = getattr(pandas, name)
        return found(*parts) if parts else found

    return build


# -- numpy -------------------------------------------------------------------------------------------------------------


def _numpy_apart(value: Any) -> list[Any] | None:
    """The type's name, and a value that the type takes."""
    kind = value.dtype.kind
    if kind in "OV":
        return None
    if kind in "Mm":
        return [value.dtype.str, int(value.view("int64")), str(value)]
    if value.dtype.str[1:] in ("f16", "c32"):
        return [value.dtype.str, str(value), str(value)]
    if kind == "S":
        return [value.dtype.str, value.item(), str(value)]
    return [value.dtype.str, value.item(), None]


def _numpy_array(dtype: str, value: Any, *_: Any) -> Any:
    import numpy

    if dtype[1] in "Mm":
        return numpy.array(value, dtype="int64").view(dtype)
    return numpy.array(value).astype(dtype)


def _numpy_scalar(dtype: str, value: Any, *_: Any) -> Any:
    return _numpy_array(dtype, value)[()]


def _numpy_shown(dtype: str, value: Any, text: Any) -> Any:
    return value if text is None else text


# -- collections -------------------------------------------------------------------------------------------------------

_FACTORIES = {None: "", int: "int", float: "float", str: "str", list: "list", dict: "dict", set: "set"}


def _defaultdict_apart(value: Any) -> list[Any] | None:
    factory = _FACTORIES.get(value.default_factory) if _hashable(value.default_factory) else None
    return None if factory is None else [dict(value), factory]


def _hashable(value: Any) -> bool:
    return value is None or isinstance(value, type)


def _defaultdict_build(pairs: Any, factory: str) -> Any:
    return collections.defaultdict({name: made for made, name in _FACTORIES.items()}[factory], pairs)


def _listed(*parts: Any) -> list[Any]:
    return list(parts)


def _by_slots(*names: str) -> Callable[[Any], list[Any]]:
    return lambda value: [getattr(value, name) for name in names]


def _shown_range(*parts: Any) -> str:
    return f"range({', '.join(map(str, parts))})"


KINDS: dict[str, Kind] = {
    "builtins.str": Kind(_text_apart, _text_build, _text_shown),
    "builtins.int": Kind(lambda value: [hex(value)], lambda text: int(text, 16), _integer_shown),
    "builtins.bytes": Kind(lambda value: [base64.b64encode(value).decode()], _decoded, _bytes_shown),
    "builtins.bytearray": Kind(lambda value: [bytes(value)], bytearray, _first),
    "builtins.complex": Kind(_by_slots("real", "imag"), complex, lambda real, imag: f"{real}+{imag}j"),
    "builtins.set": Kind(list, lambda *parts: set(parts), _listed),
    "builtins.frozenset": Kind(list, lambda *parts: frozenset(parts), _listed),
    "builtins.range": Kind(_by_slots("start", "stop", "step"), range, _shown_range),
    "builtins.slice": Kind(_by_slots("start", "stop", "step"), slice, _listed),
    "collections.deque": Kind(
        lambda value: [list(value), value.maxlen], lambda items, most: collections.deque(items, most), _first
    ),
    "collections.OrderedDict": Kind(lambda value: [dict(value)], collections.OrderedDict, _first),
    "collections.Counter": Kind(lambda value: [dict(value)], collections.Counter, _first),
    "collections.defaultdict": Kind(_defaultdict_apart, _defaultdict_build, _first),
    "decimal.Decimal": Kind(lambda value: [str(value)], decimal.Decimal, _first),
    "fractions.Fraction": Kind(
        _by_slots("numerator", "denominator"), fractions.Fraction, lambda above, below: f"{above}/{below}"
    ),
    "uuid.UUID": Kind(lambda value: [str(value)], uuid.UUID, _first),
    "datetime.date": Kind(lambda value: [value.isoformat()], datetime.date.fromisoformat, _first),
    "datetime.timedelta": Kind(
        _by_slots("days", "seconds", "microseconds"),
        datetime.timedelta,
        lambda *parts: str(datetime.timedelta(*parts)),
    ),
    "datetime.datetime": Kind(lambda value: _with_zone(value, value.fold), _datetime_build(datetime.datetime), _first),
    "datetime.time": Kind(lambda value: _with_zone(value, value.fold), _datetime_build(datetime.time), _first),
    "numpy.generic": Kind(_numpy_apart, _numpy_scalar, _numpy_shown),
    "numpy.ndarray": Kind(lambda value: _numpy_apart(value) if value.shape == () else None, _numpy_array, _numpy_shown),
    "pandas.Timestamp": Kind(_timestamp_apart, _timestamp_build, lambda *parts: parts[-1]),
    "pandas.Timedelta": Kind(
        lambda value: [value._value, value.unit], _timedelta_build, lambda *parts: f"{parts[0]} {parts[1]}"
    ),
    "pandas.NaTType": Kind(lambda value: [], _pandas("NaT"), lambda: None),
    "pandas.NAType": Kind(lambda value: [], _pandas("NA"), lambda: None),
}


def build(name: str, parts: Sequence[Any]) -> Any:
    """The value of a row's parts. Raises KeyError of a type that a newer worker knows."""
    return KINDS[name].build(*parts)


def shown(name: str, parts: Sequence[Any]) -> Any:
    """A value as JSON shows it, from its parts as JSON shows them."""
    return KINDS[name].shown(*parts)
