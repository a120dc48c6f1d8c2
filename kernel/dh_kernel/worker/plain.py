"""Plain values: all that a tree of the contract (`Value`) can say, without an output of its own. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, cast

from .. import instances, typed
from ..reporting import number_or_word

if TYPE_CHECKING:
    from .._contract import Value

_DEEPEST = 50
_MOST = 400_000  # values, or characters by the hundred
_SHORT = 4096  # bytes


class Thing(Exception):
    """It is or holds what needs an output of its own."""


class Whole(Exception):
    """It can't be taken apart: it holds itself, is too deep, or too big."""


class Shape(NamedTuple):
    """How a collection is taken apart: `labels` say which part, for names and for errors; `wrap` makes the tree of trees."""

    labels: list[str]
    steps: list[str]  # as Python would reach each: ['a'], [0], .field
    items: list[Any]
    wrap: Callable[[list[Value]], Value]


def plain_tree(value: Any) -> Value:
    """The tree that builds an equal value again, type included. Raises Thing or Whole."""
    return _Walk().tree(value, 0)


class _Walk:
    def __init__(self) -> None:
        self._left = _MOST
        self._above: set[int] = set()

    def tree(self, value: Any, depth: int) -> Value:
        leaf = _leaf(value)
        self._left -= 1 + (len(value) // 100 if isinstance(value, str) else 0)
        if self._left < 0:
            raise Whole
        if leaf is not None:
            return leaf
        built = self._built(value, depth)
        if built is not None:
            return built
        shape = shape_of(value)
        if shape is None:
            raise Thing
        return self._inside(value, depth, lambda: shape.wrap([self.tree(item, depth + 1) for item in shape.items]))

    def _built(self, value: Any, depth: int) -> Value | None:
        found = typed.kind_of(value)
        if found is None or found[0] in _WRAPPED:
            return None
        name, kind = found
        if name in ("builtins.bytes", "builtins.bytearray") and (not depth or len(value) > _SHORT):
            return None  # a file, unless it is a short part of something
        parts = kind.apart(value)
        if parts is None:
            return None
        one_more = depth + 1
        return self._inside(
            value,
            depth,
            lambda: cast("Value", {"built": {"type": name, "of": [self.tree(part, one_more) for part in parts]}}),
        )

    def _inside(self, value: Any, depth: int, make: Callable[[], Value]) -> Value:
        if depth > _DEEPEST or id(value) in self._above:
            raise Whole
        self._above.add(id(value))
        try:
            return make()
        finally:
            self._above.discard(id(value))


def _leaf(value: Any) -> Value | None:
    """None, bools, numbers and texts of just these types."""
    kind = type(value)
    if value is None or kind is bool:
        return {"json": value}
    if kind is int:
        return {"json": value} if -typed.BIG <= value < typed.BIG else _odd("builtins.int", value)
    if kind is float:
        return {"json": value} if math.isfinite(value) else {"number": number_or_word(value)}
    if kind is str:
        return _odd("builtins.str", value) if _is_odd(value) else {"json": value}
    return None


def _odd(name: str, value: Any) -> Value:
    """What JSON has, but databases would refuse or change."""
    return {"built": {"type": name, "of": [{"json": part} for part in typed.KINDS[name].apart(value) or []]}}


def _is_odd(text: str) -> bool:
    if "\0" in text:
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


# -- collections -------------------------------------------------------------------------------------------------------

_WRAPPED = ("collections.OrderedDict", "collections.Counter", "collections.defaultdict")


def shape_of(value: Any) -> Shape | None:
    """The parts of a list, tuple, dict, dataclass …, in order; None of all else."""
    if type(value) in (list, tuple):
        count = range(len(value))
        wrap = _tuple if type(value) is tuple else _list
        return Shape([str(index) for index in count], [f"[{index}]" for index in count], list(value), wrap)
    if type(value) is dict:
        return _of_dict(value)
    found = typed.kind_of(value)
    if found is not None and found[0] in _WRAPPED:
        return _of_wrapped(value, *found)
    parts = instances.parts_of(value)
    return None if parts is None else _of_instance(value, parts)


def _tuple(trees: list[Value]) -> Value:
    return {"tuple_of": trees}


def _list(trees: list[Value]) -> Value:
    whole = all("json" in tree for tree in trees)
    return {"json": [tree.get("json") for tree in trees]} if whole else {"list_of": trees}


def _of_dict(value: dict[Any, Any]) -> Shape | None:
    try:
        keys = [_key(key) for key in value]
    except (Thing, Whole):
        return None
    return Shape([str(key) for key in value], [f"[{key!r}]" for key in value], list(value.values()), _pairs(keys))


def _key(key: Any) -> Value:
    return _Walk().tree(key, 1)


def _pairs(keys: list[Value]) -> Callable[[list[Value]], Value]:
    texts = [key["json"] for key in keys if isinstance(key.get("json"), str)]

    def wrap(trees: list[Value]) -> Value:
        if len(texts) == len(keys) and all("json" in tree for tree in trees):
            return {"json": {text: tree.get("json") for text, tree in zip(texts, trees)}}
        return {"pairs": [[key, tree] for key, tree in zip(keys, trees)]}

    return wrap


def _of_wrapped(value: Any, name: str, kind: typed.Kind) -> Shape | None:
    """A dict of another type: its parts are those of the dict."""
    parts = kind.apart(value)
    inner = None if parts is None or getattr(value, "__dict__", None) else _of_dict(parts[0])
    if inner is None or parts is None:
        return None
    rest: list[Value] = [{"json": part} for part in parts[1:]]

    def wrap(trees: list[Value]) -> Value:
        return {"built": {"type": name, "of": [inner.wrap(trees), *rest]}}

    return inner._replace(wrap=wrap)


def _of_instance(value: Any, parts: instances.Parts) -> Shape:
    def wrap(trees: list[Value]) -> Value:
        name = instances.class_name(value)
        return {"instance": {"type": name, "form": parts.form, "names": parts.names, "of": trees}}  # type: ignore[typeddict-item]

    return Shape(parts.names, [f".{name}" for name in parts.names], parts.values, wrap)


def holds_itself(value: Any) -> bool:
    """Whether a collection is a part of itself, or too deep to be told from one that is."""
    done: set[int] = set()

    def look(inner: Any, above: set[int]) -> bool:
        shape = None if id(inner) in done else shape_of(inner)
        if shape is None:
            return False
        if id(inner) in above or len(above) > _DEEPEST:
            return True
        found = any(look(item, above | {id(inner)}) for item in shape.items)
        done.add(id(inner))
        return found

    return look(value, set())


# -- what is shown -----------------------------------------------------------------------------------------------------


def shown(tree: Value) -> Any:
    """A plain value's tree as JSON for `results`: tuples and sets are lists, keys texts, nan a word."""
    found: dict[str, Any] = cast("dict[str, Any]", tree)
    for form in ("tuple_of", "list_of"):
        if form in found:
            return [shown(item) for item in found[form]]
    if "pairs" in found:
        return {str(shown(key)): shown(item) for key, item in found["pairs"]}
    if "built" in found:
        return typed.shown(found["built"]["type"], [shown(part) for part in found["built"]["of"]])
    if "instance" in found:
        return _instance_shown(found["instance"])
    return found["number"] if "number" in found else found.get("json")


def _instance_shown(made: Any) -> Any:
    values = [shown(part) for part in made["of"]]
    if made["form"] == "enum":
        return values[0] if isinstance(values[0], (str, int, float)) or not made["names"][0] else made["names"][0]
    return values[0] if made["form"] == "subclass" else dict(zip(made["names"], values))


def numbers_in(tree: Value) -> dict[str, Value] | None:
    """The trees of a dict of numbers only, by name; None of all else."""
    found: dict[str, Any] = cast("dict[str, Any]", tree)
    if found.get("built", {}).get("type") in _WRAPPED:
        return numbers_in(found["built"]["of"][0])
    if isinstance(found.get("json"), dict):
        parts = {name: cast("Value", {"json": item}) for name, item in found["json"].items()}
    else:
        parts = {str(shown(key)): item for key, item in found.get("pairs", [])}
    return parts if parts and all(metric_of(part) is not None for part in parts.values()) else None


def metric_of(tree: Value) -> Any:
    """The number that a tree is, as a metric; None of all else (also of bools, and of what no float can hold)."""
    found: dict[str, Any] = cast("dict[str, Any]", tree)
    built = found.get("built", {})
    if built.get("type") in ("numpy.generic", "numpy.ndarray"):
        return metric_of(built["of"][1])
    if "instance" in found:
        return metric_of(found["instance"]["of"][0]) if found["instance"]["form"] == "subclass" else None
    if built.get("type") == "decimal.Decimal":
        return number_or_word(float(built["of"][0]["json"]))
    number = found.get("number", found.get("json"))
    return number if "number" in found or (isinstance(number, (int, float)) and not isinstance(number, bool)) else None
