"""What a function returned, built again from the tree that the worker wrote (`Value` of the contract). Pure."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from . import instances, typed
from .instances import Code

if TYPE_CHECKING:
    from ._contract import Value


def rebuild(value: Value, output: Callable[[str], Any], code: Code | None = None) -> Any:
    """The value; `output(name)` gives the object of an output, and is asked once for each.

    `code` has the classes that were defined in the run's cells, for a kernel where they are not.
    """
    return _Builder(functools.lru_cache(maxsize=None)(output), code).build(cast("Mapping[str, Any]", value))


class _Builder:
    def __init__(self, output: Callable[[str], Any], code: Code | None) -> None:
        self._output = output
        self._code = code

    def build(self, tree: Mapping[str, Any]) -> Any:
        if "output" in tree:
            return self._output(tree["output"])
        if "tuple_of" in tree:
            return tuple(map(self.build, tree["tuple_of"]))
        if "list_of" in tree:
            return list(map(self.build, tree["list_of"]))
        if "pairs" in tree:
            return {self.build(key): self.build(item) for key, item in tree["pairs"]}
        if "built" in tree:
            return typed.build(tree["built"]["type"], list(map(self.build, tree["built"]["of"])))
        if "instance" in tree:
            made = tree["instance"]
            values = list(map(self.build, made["of"]))
            return instances.build(made["type"], made["form"], made["names"], values, self._code)
        return float(tree["number"]) if "number" in tree else copy.deepcopy(tree.get("json"))
