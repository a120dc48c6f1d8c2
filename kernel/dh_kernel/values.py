"""What a function returned, built again from the tree that the worker wrote (`Value` of the contract). Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from ._contract import Value


def rebuild(value: Value, output: Callable[[str], Any]) -> Any:
    """The value; `output(name)` gives the object of an output."""
    tree = cast("Mapping[str, Any]", value)
    if "output" in tree:
        return output(tree["output"])
    if "tuple_of" in tree:
        return tuple(rebuild(item, output) for item in tree["tuple_of"])
    if "list_of" in tree:
        return [rebuild(item, output) for item in tree["list_of"]]
    if "pairs" in tree:
        return {rebuild(key, output): rebuild(item, output) for key, item in tree["pairs"]}
    if "number" in tree:
        return float(tree["number"])
    return tree.get("json")
