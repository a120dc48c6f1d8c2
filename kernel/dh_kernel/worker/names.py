"""Names of outputs: what references take, and what no other output has. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

from ..refs import NAME
from .plain import Thing, Whole, plain_tree

_LONGEST = 200


def element_names(returned: Sequence[Any], function: str, given: Sequence[str], warnings: list[str]) -> list[str]:
    """For the elements of a tuple: those given, a named tuple's, or numbered; a single thing has the function's own."""
    if given:
        if len(given) != len(returned):
            warnings.append(f"{function} returned {len(returned)} values for {len(given)} names ({', '.join(given)}).")
        return [*given, *(f"{function}_{index}" for index in range(len(given), len(returned)))][: len(returned)]
    fields = getattr(returned, "_fields", None)
    if fields:
        return list(fields)
    names = [f"{function}_{index}" for index in range(len(returned))]
    things = [index for index, item in enumerate(returned) if _is_thing(item)]
    if len(things) == 1:
        names[things[0]] = function
    return names


def _is_thing(value: Any) -> bool:
    try:
        plain_tree(value)
    except (Thing, Whole):
        return True
    return False


def free_name(name: str, otherwise: str, taken: Collection[str]) -> str:
    """A name that references take, and that no other output has."""
    wanted = name if NAME.fullmatch(name) and name.strip(".") else slug(name, otherwise)
    free, count = wanted[:_LONGEST], 1
    while free in taken:
        count += 1
        free = f"{wanted[:_LONGEST]}_{count}"
    return free


def slug(name: str, otherwise: str) -> str:
    """A name that references take, near to what was wanted."""
    return re.sub(r"[^A-Za-z0-9._+-]+", "-", name).strip("-.")[:_LONGEST] or otherwise
