"""The notebook's names by the objects that they hold."""

from __future__ import annotations

import builtins
import re
import sys
import types
from collections.abc import Mapping
from typing import Any

from .refusal import OF_THE_SHELL
from .values import importable

_SHELLS = re.compile(r"_+|_i+|_i?\d+|_[oid]h")


class Known:
    """Names that a user gave, and names that were found for things without one."""

    def __init__(self, namespace: Mapping[str, Any]):
        self.namespace = namespace
        self._by_id: dict[int, str] = {}
        self._added: dict[str, Any] = {}
        for name, thing in namespace.items():
            if _SHELLS.fullmatch(name) or name in OF_THE_SHELL:
                continue
            own = getattr(thing, "__name__", None) if isinstance(thing, (type, types.FunctionType)) else None
            before = self._by_id.get(id(thing))
            if before is None or own == name or (name < before and getattr(thing, "__name__", None) != before):
                self._by_id[id(thing)] = name

    def name_of(self, thing: Any) -> str:
        """The first name of just this object, or the one that it gives itself; nothing if it has none."""
        name = self._by_id.get(id(thing), "")
        return name if name and self.get(name) is thing else ""

    def get(self, name: str) -> Any:
        """What a name holds."""
        return self._added[name] if name in self._added else self.namespace.get(name)

    def add(self, thing: Any) -> str:
        """A name for a thing that has none."""
        own = str(getattr(thing, "__name__", "")).strip("<>_") or "thing"
        number = 1
        while f"_{own}_{number}" in self._added or f"_{own}_{number}" in self.namespace:
            number += 1
        name = f"_{own}_{number}"
        self._added[name] = thing
        self._by_id[id(thing)] = name
        return name

    def of_a_library(self, thing: Any) -> str:
        """`len`, `np.sqrt` if `np` is a name of the user's, else `module:qualified`; nothing if it is of no library."""
        found = importable(thing)
        module, _, qualname = found.partition(":")
        if module == "builtins" and qualname.partition(".")[0] not in self.namespace:
            return qualname if hasattr(builtins, qualname.partition(".")[0]) else ""
        root = module.partition(".")[0]
        own = str(getattr(thing, "__name__", ""))
        for name, other in self.namespace.items() if own else ():
            if not isinstance(other, types.ModuleType) or _SHELLS.fullmatch(name):
                continue
            if other.__name__.partition(".")[0] == root and vars(other).get(own) is thing:
                return f"{name}.{own}"
        if not found and own:
            return self._of_a_module(thing, own)
        return found if not isinstance(thing, types.ModuleType) else ""

    def _of_a_module(self, thing: Any, own: str) -> str:
        """numpy's ufuncs do not say where they live."""
        for name, other in self.namespace.items():
            if isinstance(other, types.ModuleType) and vars(other).get(own) is thing:
                return f"{name}.{own}"
        module = str(type(thing).__module__)
        return f"{module}:{own}" if getattr(sys.modules.get(module), own, None) is thing else ""
