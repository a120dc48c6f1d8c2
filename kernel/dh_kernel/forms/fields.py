"""What a form asks for: from the schema of a function's parameters to fields, and from what was typed to values. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..arguments import Ref, Text
from ..errors import Invalid
from ..refs import is_reference

LEFT_OUT: Any = object()  # the parameter is not given, and has its default
_TABLES = ("DataFrame", "Table", "Dataset", "RecordBatch", "LazyFrame")
_SPAN = 4  # a slider reaches from 0 to so many times the default


@dataclass(frozen=True)
class Field:
    """`kind`: flag, whole, number, text, choice, reference, or any (JSON, a reference, else text)."""

    name: str
    kind: str
    required: bool = True
    default: Any = None
    choices: tuple[Any, ...] = ()
    optional: bool = False  # None is a value
    entities: tuple[str, ...] = ()  # of a reference: what may be chosen
    annotation: str = ""

    @property
    def range(self) -> tuple[int, int]:
        """Of a slider for a whole number."""
        reach = _SPAN * abs(self.default or 0) or 10
        return (-reach if (self.default or 0) < 0 else 0, reach)


def fields_of(schema: Mapping[str, Any]) -> list[Field]:
    """One field for each parameter, in order."""
    required = schema.get("required", ())
    return [_field(name, one, name in required) for name, one in schema.get("properties", {}).items()]


def _field(name: str, one: Mapping[str, Any], required: bool) -> Field:
    types = one.get("type", ())
    words = {types} if isinstance(types, str) else set(types)
    choices = tuple(one.get("enum", ()))
    optional = "null" in words or None in choices or ("default" in one and one["default"] is None)
    parts = {
        "required": required,
        "default": one.get("default"),
        "optional": optional,
        "annotation": one.get("annotation", ""),
    }
    if choices or (words - {"null"} == {"boolean"} and optional):
        options = [choice for choice in choices or (True, False) if choice is not None]
        return Field(name, "choice", choices=tuple(options), **parts)
    if one.get("input"):
        return Field(name, "reference", entities=_entities(parts["annotation"]), **parts)
    plain = {"boolean": "flag", "integer": "whole", "number": "number", "string": "text"}
    kinds = [plain[word] for word in words - {"null"} if word in plain]
    return Field(name, kinds[0] if len(kinds) == len(words - {"null"}) == 1 else "any", **parts)


def _entities(annotation: str) -> tuple[str, ...]:
    if any(word in annotation for word in _TABLES):
        return ("dataitem",)
    return ("artifact", "dataitem") if "Path" in annotation else ("model", "dataitem", "artifact")


def read(field: Field, typed: str) -> Any:
    """The value of a text that was typed; LEFT_OUT for an empty one that may be. Raises Invalid with what is wanted."""
    text = typed.strip()
    if not text and field.kind != "text":
        if field.required and not field.optional:
            raise Invalid("is needed")
        return None if field.optional and field.default is not None else LEFT_OUT
    return _READERS.get(field.kind, _any)(text if field.kind != "text" else typed, field)


def _whole(text: str, field: Field) -> int:
    try:
        return int(text)
    except ValueError:
        raise Invalid("must be a whole number") from None


def _number(text: str, field: Field) -> float:
    try:
        found = float(text)
    except ValueError:
        raise Invalid("must be a number") from None
    if found - found != 0:
        raise Invalid("nan and infinity can't be passed")
    return found


def _text(text: str, field: Field) -> Any:
    if not text and (field.optional or not field.required) and not field.default:
        return LEFT_OUT
    return Text(text)


def _reference(text: str, field: Field) -> Any:
    if not is_reference(text):
        raise Invalid("must be a reference, e.g. dataset/NAME")
    return Ref(text)


def _choice(text: str, field: Field) -> Any:
    for choice in field.choices:
        if shown(choice) == text:
            return Text(choice) if isinstance(choice, str) else choice
    raise Invalid(f"must be one of {', '.join(map(shown, field.choices))}")


def _any(text: str, field: Field) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return Ref(text) if is_reference(text) else Text(text)


_READERS = {
    "whole": _whole,
    "number": _number,
    "text": _text,
    "choice": _choice,
    "reference": _reference,
    "any": _any,
}


def shown(value: Any) -> str:
    """A default as it is typed."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
