"""Plain values: what JSON can say, with numpy's numbers, tuples, and the words for nan and infinity. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..reporting import number_or_word

if TYPE_CHECKING:
    from .._contract import Value

_DEEPEST = 50


def is_plain(value: Any, depth: int = 0) -> bool:
    """Whether it is all numbers, bools, texts, None, and lists, tuples and dicts of these."""
    if value is None or isinstance(value, (bool, int, float, str)) or _numpy(value) is not None:
        return True
    if depth > _DEEPEST:
        return False  # deep, or it holds itself
    if type(value) in (list, tuple) or _is_named(value):
        return all(is_plain(item, depth + 1) for item in value)
    if isinstance(value, dict):
        keys = all(isinstance(key, (str, int, float, bool)) or key is None for key in value)
        return keys and all(is_plain(item, depth + 1) for item in value.values())
    return False


def _is_named(value: Any) -> bool:
    return isinstance(value, tuple) and hasattr(value, "_fields")


def _numpy(value: Any) -> Any:
    """The Python number of numpy's; None of all else."""
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == () and hasattr(value, "item"):
        number = value.item()
        return number if isinstance(number, (bool, int, float)) else None
    return None


def scalar(value: Any) -> Any:
    """A number that is a metric, as JSON takes it; None of all else (also of bools)."""
    number = value if isinstance(value, (int, float)) else _numpy(value)
    if number is None or isinstance(number, bool):
        return None
    return _number(number)


def _number(number: Any) -> Any:
    if isinstance(number, int):
        return int(number)
    return number_or_word(float(number))


def as_json(value: Any) -> Any:
    """A plain value for `results`: tuples are lists, keys texts, nan a word."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    number = _numpy(value) if not isinstance(value, (int, float)) else value
    return number if isinstance(number, bool) else _number(number)


def plain_tree(value: Any) -> Value:
    """The tree that builds an equal value again."""
    if isinstance(value, tuple):
        return {"tuple_of": [plain_tree(item) for item in value]}
    if isinstance(value, (list, dict)) and not _is_json(value):
        if isinstance(value, list):
            return {"list_of": [plain_tree(item) for item in value]}
        return {"pairs": [[plain_tree(key), plain_tree(item)] for key, item in value.items()]}
    text = as_json(value)
    if not isinstance(value, str) and isinstance(text, str):
        return {"number": text}  # type: ignore[typeddict-item]
    return {"json": text}


def _is_json(value: Any) -> bool:
    """Whether JSON gives it back equal."""
    if isinstance(value, tuple) or (isinstance(value, float) and not math.isfinite(value)):
        return False
    if isinstance(value, list):
        return all(_is_json(item) for item in value)
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_json(item) for key, item in value.items())
    number = _numpy(value)
    return not (isinstance(number, float) and not math.isfinite(number))
