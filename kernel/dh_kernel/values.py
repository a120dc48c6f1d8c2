"""What a function returned, built again from the tree that the worker wrote (`Value` of the contract). Pure."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from . import instances, typed

if TYPE_CHECKING:
    from ._contract import Value


def rebuild(value: Value, output: Callable[[str], Any]) -> Any:
    """The value; `output(name)` gives the object of an output, and is asked once for each."""
    objects: dict[str, Any] = {}

    def once(name: str) -> Any:
        if name not in objects:
            objects[name] = output(name)
        return objects[name]

    return _rebuild(cast("Mapping[str, Any]", value), once)


def _rebuild(tree: Mapping[str, Any], output: Callable[[str], Any]) -> Any:
    if "output" in tree:
        return output(tree["output"])
    if "tuple_of" in tree:
        return tuple(_rebuild(item, output) for item in tree["tuple_of"])
    if "list_of" in tree:
        return [_rebuild(item, output) for item in tree["list_of"]]
    if "pairs" in tree:
        return {_rebuild(key, output): _rebuild(item, output) for key, item in tree["pairs"]}
    if "built" in tree:
        built = tree["built"]
        return typed.build(built["type"], [_rebuild(part, output) for part in built["of"]])
    if "instance" in tree:
        made = tree["instance"]
        values = [_rebuild(part, output) for part in made["of"]]
        return instances.build(made["type"], made["form"], made["names"], values)
    return float(tree["number"]) if "number" in tree else copy.deepcopy(tree.get("json"))
