"""Objects of libraries that an expression makes again, by their class. Nothing is imported that is not there already."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Callable, Protocol


class Writer(Protocol):
    """What writes the parts of a value; see values.py."""

    def write(self, value: Any) -> str:
        """The expression of a part, which may be somebody else's too."""

    def fresh(self, value: Any) -> str:
        """The expression of a part that is made for this value only."""


def _called(name: str) -> Callable[[Writer, Any], str]:
    """`Name(text)`, of the text that `str` gives."""
    return lambda writer, value: f"{name}({str(value)!r})"


def _printed(module: str) -> Callable[[Writer, Any], str]:
    """What the library prints is an expression; its module is named anywhere in it."""
    return lambda writer, value: re.sub(rf"\b{module}\.", f"_{module}.", repr(value))


def _pattern(writer: Writer, value: Any) -> str:
    flags = int(value.flags) & ~(int(re.UNICODE) if isinstance(value.pattern, str) else 0)
    return f"_re.compile({value.pattern!r}{f', {flags}' if flags else ''})"


def _zoned(writer: Writer, value: Any) -> str:
    """Dates and times; a time zone is written as what it is."""
    zone = getattr(value, "tzinfo", None)
    plain = repr(value.replace(tzinfo=None)) if zone is not None else repr(value)
    text = plain.replace("datetime.", "_datetime.", 1)
    return text if zone is None else f"{text}.replace(tzinfo={writer.write(zone)})"


def _partial(writer: Writer, value: Any) -> str:
    parts = [writer.write(value.func), *map(writer.write, value.args)]
    parts += [f"{name}={writer.write(item)}" for name, item in value.keywords.items()]
    return f"_functools.partial({', '.join(parts)})"


def _typevar(writer: Writer, value: Any) -> str:
    parts = [repr(value.__name__), *map(writer.write, value.__constraints__)]
    parts += [f"bound={writer.write(value.__bound__)}"] if value.__bound__ is not None else []
    parts += [f"{word}=True" for word in ("covariant", "contravariant") if getattr(value, f"__{word}__")]
    return f"_typing.TypeVar({', '.join(parts)})"


def _by_attributes(name: str) -> Callable[[Writer, Any], str]:
    def written(writer: Writer, value: Any) -> str:
        return f"{name}({', '.join(f'{key}={writer.write(item)}' for key, item in vars(value).items())})"

    return written


def _reduced(name: str) -> Callable[[Writer, Any], str]:
    """operator's: made of the arguments that pickling would give."""
    return lambda writer, value: f"_operator.{name}({', '.join(map(writer.write, value.__reduce__()[1]))})"


def _of_dict(name: str) -> Callable[[Writer, Any], str]:
    return lambda writer, value: f"{name}({writer.fresh(dict(value))})"


def _default_dict(writer: Writer, value: Any) -> str:
    return f"_collections.defaultdict({writer.write(value.default_factory)}, {writer.fresh(dict(value))})"


def _deque(writer: Writer, value: Any) -> str:
    bound = "" if value.maxlen is None else f", {value.maxlen}"
    return f"_collections.deque({writer.fresh(list(value))}{bound})"


def _pandas_time(writer: Writer, value: Any) -> str:
    return repr(value).replace(type(value).__name__, f"_pandas.{type(value).__name__}", 1)


def _chained(writer: Writer, value: Any) -> str:
    return f"_collections.ChainMap({', '.join(map(writer.fresh, value.maps))})"


def _interval(writer: Writer, value: Any) -> str:
    return f"_pandas.Interval({writer.write(value.left)}, {writer.write(value.right)}, {value.closed!r})"


def _category(writer: Writer, value: Any) -> str:
    known = "None" if value.categories is None else writer.fresh(value.categories.tolist())
    return f"_pandas.CategoricalDtype({known}, {value.ordered!r})"


def _offset(writer: Writer, value: Any) -> str:
    """`MonthEnd(2)`: of what it was made."""
    given = {"n": value.n, "normalize": value.normalize, **value.kwds}
    made = ", ".join(f"{name}={writer.write(item)}" for name, item in given.items() if name != "calendar")
    return f"_pandas.offsets.{type(value).__name__}({made})"


def _index(writer: Writer, value: Any) -> str:
    """Of plain rows; ranges, dates and levels are kept in other ways."""
    if len(value) > _ROWS:
        raise ValueError
    rows = writer.fresh(value.tolist())
    return f"_pandas.Index({rows}, dtype={str(value.dtype)!r}, name={writer.write(value.name)})"


def _torch_size(writer: Writer, value: Any) -> str:
    return f"_torch.Size({list(value)!r})"


def _polars_expression(writer: Writer, value: Any) -> str:
    return f"_polars.Expr.deserialize({value.meta.serialize()!r})"


def _numpy_time(writer: Writer, value: Any) -> str:
    unit = str(value.dtype).partition("[")[2].rstrip("]")
    return f"_numpy.{type(value).__name__}({value.astype('int64').item()}, {unit!r})"


_ROWS = 1000  # of an index
_ADDRESSES = ("IPv4Address", "IPv4Network", "IPv6Address", "IPv6Network")

# (module, class): (the module that its expression names, the expression)
KINDS: Mapping[tuple[str, str], tuple[str, Callable[[Any, Any], str]]] = {
    ("decimal", "Decimal"): ("decimal", _called("_decimal.Decimal")),
    ("fractions", "Fraction"): ("fractions", _called("_fractions.Fraction")),
    ("uuid", "UUID"): ("uuid", _called("_uuid.UUID")),
    ("datetime", "datetime"): ("datetime", _zoned),
    ("datetime", "time"): ("datetime", _zoned),
    ("datetime", "date"): ("datetime", _printed("datetime")),
    ("datetime", "timedelta"): ("datetime", _printed("datetime")),
    ("datetime", "timezone"): ("datetime", _printed("datetime")),
    ("zoneinfo", "ZoneInfo"): ("zoneinfo", _called("_zoneinfo.ZoneInfo")),
    ("re", "Pattern"): ("re", _pattern),
    ("functools", "partial"): ("functools", _partial),
    ("logging", "Logger"): ("logging", lambda writer, value: f"_logging.getLogger({value.name!r})"),
    ("logging", "RootLogger"): ("logging", lambda writer, value: "_logging.getLogger()"),
    ("typing", "TypeVar"): ("typing", _typevar),
    ("types", "SimpleNamespace"): ("types", _by_attributes("_types.SimpleNamespace")),
    ("argparse", "Namespace"): ("argparse", _by_attributes("_argparse.Namespace")),
    ("types", "mappingproxy"): ("types", _of_dict("_types.MappingProxyType")),
    ("builtins", "mappingproxy"): ("types", _of_dict("_types.MappingProxyType")),
    ("operator", "itemgetter"): ("operator", _reduced("itemgetter")),
    ("operator", "attrgetter"): ("operator", _reduced("attrgetter")),
    ("operator", "methodcaller"): ("operator", _reduced("methodcaller")),
    ("collections", "OrderedDict"): ("collections", _of_dict("_collections.OrderedDict")),
    ("collections", "Counter"): ("collections", _of_dict("_collections.Counter")),
    ("collections", "defaultdict"): ("collections", _default_dict),
    ("collections", "deque"): ("collections", _deque),
    ("collections", "ChainMap"): ("collections", _chained),
    ("array", "array"): ("array", lambda writer, value: f"_array.{value!r}"),
    ("string", "Template"): ("string", lambda writer, value: f"_string.Template({value.template!r})"),
    **{("ipaddress", name): ("ipaddress", _called(f"_ipaddress.{name}")) for name in _ADDRESSES},
    ("pandas", "Timestamp"): ("pandas", _pandas_time),
    ("pandas", "Timedelta"): ("pandas", _pandas_time),
    ("pandas", "Period"): ("pandas", lambda writer, value: f"_pandas.Period({str(value)!r}, {value.freqstr!r})"),
    ("pandas", "Interval"): ("pandas", _interval),
    ("pandas", "CategoricalDtype"): ("pandas", _category),
    ("pandas", "Index"): ("pandas", _index),
    ("pandas", "NAType"): ("pandas", lambda writer, value: "_pandas.NA"),
    ("pandas", "NaTType"): ("pandas", lambda writer, value: "_pandas.NaT"),
    ("numpy", "datetime64"): ("numpy", _numpy_time),
    ("numpy", "timedelta64"): ("numpy", _numpy_time),
    ("torch", "device"): ("torch", _called("_torch.device")),
    ("torch", "dtype"): ("torch", lambda writer, value: f"_{value}"),
    ("torch", "Size"): ("torch", _torch_size),
    ("polars.expr.expr", "Expr"): ("polars", _polars_expression),
}  # fmt: skip


def kind_of(value: Any) -> tuple[str, Callable[[Any, Any], str]] | None:
    """How a value of a library's class is written. Classes derived from it are others."""
    kind = type(value)
    module = kind.__module__.partition(".")[0]
    if module == "pandas" and hasattr(value, "is_on_offset"):
        return "pandas", _offset
    return KINDS.get((module, kind.__name__)) if module == "pandas" else KINDS.get((kind.__module__, kind.__name__))
