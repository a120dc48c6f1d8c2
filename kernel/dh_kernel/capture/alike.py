"""Whether a thing that was made again is like the live one, in every part that code can see."""

from __future__ import annotations

import collections
import enum
import functools
import types
from collections.abc import Collection, Mapping
from typing import Any

from .cells import nested
from .definitions import same_code
from .magics import RUNS
from .same import attributes_of, is_same

# of classes: what Python and libraries keep there, and what says where a class was made
_BOOKKEEPING = {
    "__dict__", "__weakref__", "__module__", "__doc__", "__firstlineno__", "__static_attributes__", "__annotations__",
    "__annotate__", "__annotate_func__", "__annotations_cache__", "__qualname__", "_abc_impl", "__parameters__", "__orig_bases__",
    "__match_args__", "__slotnames__", "__classdictcell__", "_member_map_", "_value2member_map_", "_unhashable_values_",
    "__dataclass_fields__", "__dataclass_params__", "__abstractmethods__", "__type_params__", "__protocol_attrs__",
    "_hashable_values_", "_unhashable_values_map_", "__non_callable_proto_members__", "__class_getitem__",
}  # fmt: skip
# special names that people type
_TYPED = {name for name in dir(int) + dir(dict) + dir(list) if name.startswith("__")} | {
    "__aenter__", "__aexit__", "__await__", "__call__", "__del__", "__delete__", "__enter__", "__exit__", "__get__",
    "__getattr__", "__missing__", "__next__", "__post_init__", "__set__", "__set_name__",
}  # fmt: skip
_WORDS = {True: "method", False: "attribute"}
_PARTS_OF = (
    (property, ("fget", "fset", "fdel")),
    ((staticmethod, classmethod), ("__func__",)),
    (functools.cached_property, ("func",)),
    ((functools.partial, functools.partialmethod), ("func", "args", "keywords")),
    (functools.singledispatchmethod, ("func",)),
    (types.MethodType, ("__func__", "__self__")),
)
_CACHES = ("dispatch_cache", "cache_token", "_clear_cache")  # what functools.singledispatch keeps of its calls
_PLAIN = (bool, int, float, complex, str, bytes, type(None))


class KeptByALibrary(str):
    """How two classes differ in what the library of their base class keeps on them: what it knows of their subclasses, say."""

    attribute: str


class Comparison:
    """`again` gives, by the id of each captured thing, the thing that was made again."""

    def __init__(self, again: Mapping[int, Any]):
        self._again = again
        self._seen: set[tuple[int, int]] = set()

    def of(self, live: Any, made: Any) -> str:
        """How they differ, in words; nothing if they are alike. For a captured thing itself."""
        if live is made:
            return ""
        self._seen.add((id(live), id(made)))
        return self._inside(live, made)

    def _differ(self, live: Any, made: Any) -> str:
        """The same for a thing within another; of two captured ones only whether they are the same."""
        if live is made or (id(live), id(made)) in self._seen:
            return ""
        if type(live) in _PLAIN:
            return "" if is_same(live, made) else "changed"
        if id(live) in self._again:
            return "" if self._again[id(live)] is made or self._again[id(live)] is live else "is another"
        self._seen.add((id(live), id(made)))
        return self._inside(live, made)

    def _inside(self, live: Any, made: Any) -> str:
        kind = type(live)
        if self._again.get(id(kind), kind) is not type(made) and kind is not type(made):
            return f"it is a {kind.__name__}, and would be a {type(made).__name__} in a run"
        if isinstance(live, types.FunctionType):
            return self._functions(live, made)
        if isinstance(live, type):
            return self._classes(live, made)
        for kinds, names in _PARTS_OF:
            if isinstance(live, kinds):
                return self._named(names, live, made) or self._attributes(live, made)
        if isinstance(live, enum.Enum):
            return "" if live.name == made.name and not self._differ(live.value, made.value) else "it has another value"
        if isinstance(live, (list, tuple, collections.deque)):
            return self._rows(list(live), list(made))
        if isinstance(live, (dict, types.MappingProxyType)):
            return self._rows(list(live.items()), list(made.items()))
        return self._objects(live, made)

    def _named(self, names: tuple[str, ...], live: Any, made: Any) -> str:
        return next((why for name in names if (why := self._differ(getattr(live, name), getattr(made, name)))), "")

    def _rows(self, live: list[Any], made: list[Any]) -> str:
        if len(live) != len(made):
            return f"it has {len(live):,} elements, and would have {len(made):,} in a run"
        return "it holds other things" if any(self._differ(one, two) for one, two in zip(live, made)) else ""

    def _objects(self, live: Any, made: Any) -> str:
        """Other objects: by their attributes, if they have some; else equal, or of an unknown kind."""
        try:
            if is_same(live, made):
                return ""
        except Exception:  # noqa: BLE001 - any object may be asked, and then nothing is known
            return ""
        if hasattr(live, "__dict__") or hasattr(type(live), "__slots__"):
            return self._attributes(live, made)
        return "it has another value" if _compares(type(live)) else ""

    def _attributes(self, live: Any, made: Any, hidden: Collection[str] = ()) -> str:
        one, two = attributes_of(live), attributes_of(made)
        for name, value in one.items():
            if name in hidden:
                continue
            if name not in two:
                return f"its attribute {name} was set after it was defined"
            if self._differ(value, two[name]):
                return f"its attribute {name} is {_shown(value)}, and would be {_shown(two[name])} in a run"
        return ""

    def _functions(self, live: types.FunctionType, made: types.FunctionType) -> str:
        generated = live.__code__.co_filename.startswith("<") and not live.__code__.co_filename.startswith(
            ("<ipy", "<timed")
        )
        if not generated and not _has_magics(live.__code__) and not same_code(live.__code__, made.__code__):
            return "it has other code, as of a decorator or helper that was defined again since"
        if self._differ(live.__defaults__, made.__defaults__) or self._differ(live.__kwdefaults__, made.__kwdefaults__):
            return "its defaults are others"
        for name, one, two in zip(live.__code__.co_freevars, live.__closure__ or (), made.__closure__ or ()):
            if live.__module__ == "functools" and name in _CACHES:
                continue
            why = self._cells(one, two)
            if why:
                return f"its variable {name} {why}"
        hidden = _CACHES if hasattr(live, "dispatch") else ()
        return self._attributes(live, made, hidden) or self._registries(live, made)

    def _cells(self, live: types.CellType, made: types.CellType) -> str:
        try:
            one, two = live.cell_contents, made.cell_contents
        except ValueError:
            return ""
        if not self._differ(one, two):
            return ""
        return f"is {_shown(one)}, and would be {_shown(two)} in a run"

    def _registries(self, live: Any, made: Any) -> str:
        registry = getattr(live, "registry", None)
        if isinstance(registry, types.MappingProxyType) and len(registry) != len(made.registry):
            return "more was registered with it"
        return ""

    def _classes(self, live: type, made: type) -> str:
        for one, two in zip(live.__bases__, made.__bases__):
            if self._differ(one, two) and one.__module__ in ("__main__", live.__module__):
                return f"its base class {one.__name__} was defined again since"
        own, other = vars(live), vars(made)
        for name in own.keys() - other.keys() - _BOOKKEEPING:
            if not _is_private(name):
                verb = "added" if callable(own[name]) else "set"
                return f"its {_WORDS[callable(own[name])]} {name} was {verb} after it was defined"
        for name in other.keys() - own.keys() - _BOOKKEEPING:
            if not _is_private(name):
                return f"its {_WORDS[callable(other[name])]} {name} was deleted after it was defined"
        kept: Any = ""
        for name, value in own.items():
            if name in _BOOKKEEPING or _is_private(name) or name not in other:
                continue
            why = self._differ(value, other[name])
            if why:
                verb = "replaced" if callable(value) else "changed"
                words = f"its {_WORDS[callable(value)]} {name} was {verb} after it was defined{_because(why)}"
                if type(value) is not type(other[name]) or not _is_of_its_base(live, value):
                    return words
                kept = KeptByALibrary(words)
                kept.attribute = name
        return self._members(live, made) or _virtual(live, made) or kept

    def _members(self, live: Any, made: Any) -> str:
        if not isinstance(live, enum.EnumMeta):
            return ""
        return self._rows([*live.__members__.items()], [*made.__members__.items()])


def _is_of_its_base(kind: type, value: Any) -> bool:
    """Whether a value is of the same library as a base class."""
    bases = {one.__module__.partition(".")[0] for one in kind.__mro__[1:]} - {"__main__", "builtins", "abc", "typing"}
    return type(value).__module__.partition(".")[0] in bases


def _compares(kind: type) -> bool:
    """Whether its objects are equal by what they hold."""
    return getattr(kind, "__eq__", None) is not getattr(object, "__eq__")  # noqa: B009 - as types see it, they never are


def _has_magics(code: types.CodeType) -> bool:
    """Whether it runs magic or shell lines, which a run does not."""
    return any("get_ipython" in one.co_names and RUNS & set(one.co_names) for one in (code, *nested(code)))


def _because(why: str) -> str:
    return f" ({why})" if why.startswith("its ") else ""


def _is_private(name: str) -> bool:
    """What libraries keep for themselves: `__pydantic_core_schema__`; not what a person may have typed, as `__call__`."""
    return name.startswith("__") and name.endswith("__") and (name.count("_") > 4 or name not in _TYPED)


def _virtual(live: type, made: type) -> str:
    """Classes that were registered with an abstract one."""
    try:
        from _abc import _get_dump  # type: ignore[import-not-found]

        registered, others = _get_dump(live)[0], _get_dump(made)[0]
    except (ImportError, TypeError, AttributeError):
        return ""
    return "a class was registered with it after it was defined" if len(registered) != len(others) else ""


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
