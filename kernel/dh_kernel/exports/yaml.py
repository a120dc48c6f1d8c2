"""YAML of JSON's values: enough to write a document that a person can read and any YAML reader takes. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# What no reader of YAML 1.1 or 1.2 takes for anything but a string: a letter first, then nothing that ends it
_PLAIN = re.compile(r"[A-Za-z_][\w+./-]*(?: [\w+./()-]+)*")
_WORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n", "none"}


def to_yaml(document: Mapping[str, Any]) -> str:
    """The document, in block style; its order is kept."""
    return "\n".join(_lines(document, "")) + "\n"


def _lines(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from _entry(f"{indent}{_scalar(str(name))}:", one, indent + "  ")
    else:
        for one in value:
            yield from _entry(f"{indent}-", one, indent + "  ")


def _entry(head: str, value: Any, indent: str) -> Iterator[str]:
    if _is_nested(value):
        yield head
        yield from _lines(value, indent)
    elif isinstance(value, str) and _is_block(value):
        keep = "|-" if not value.endswith("\n") else "|" if not value.endswith("\n\n") else "|+"
        yield f"{head} {keep}"
        body = value[:-1] if value.endswith("\n") else value
        yield from (f"{indent}{line}" if line else "" for line in body.split("\n"))
    else:
        yield f"{head} {_scalar(value)}"


def _is_nested(value: Any) -> bool:
    return bool(value) and (isinstance(value, Mapping) or (isinstance(value, Sequence) and not isinstance(value, str)))


def _is_block(text: str) -> bool:
    """Text of several lines is shown as such where YAML would give it back unchanged."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    clean = text.replace("\n", "").isprintable() and all(line.strip() or not line for line in text.split("\n"))
    return "\n" in text.strip("\n") and clean and text[0] not in " \n\t" and not first.startswith(" ")


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS and not value.endswith(" ")
        return value if plain else json.dumps(value)
    if isinstance(value, float):
        return _float(value)
    return json.dumps(value)


def _float(value: float) -> str:
    """YAML 1.1 wants a point and a sign in an exponent: 1.0e-05."""
    if value != value:
        return ".nan"
    if value in (float("inf"), float("-inf")):
        return ".inf" if value > 0 else "-.inf"
    mantissa, e, exponent = repr(value).partition("e")
    if not e:
        return mantissa
    sign = "" if exponent[0] in "+-" else "+"
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{sign}{exponent}"
