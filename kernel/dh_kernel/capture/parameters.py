"""A function's signature as the schema of its parameters."""

from __future__ import annotations

import enum
import inspect
import json
import sys
import types
import typing
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal, Union

from ..errors import NotCaptured

if TYPE_CHECKING:
    from .._contract import ParameterSchema

_PLAIN = {
    int: "integer",
    float: "number",
    bool: "boolean",
    str: "string",
    dict: "object",
    list: "array",
    tuple: "array",
}
_DATA_MODULES = {"pandas", "polars", "pyarrow", "sklearn", "lightgbm", "xgboost", "torch", "keras", "catboost"}
_EMPTY = inspect.Parameter.empty


def parameters_of(function: Callable[..., Any]) -> ParameterSchema:
    """The schema, in the order of the signature. Raises NotCaptured for what can't be given by name."""
    properties: dict[str, Any] = {}
    required: list[str] = []
    open_ended = False
    hints = _hints(function)
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            open_ended = True
            continue
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.POSITIONAL_ONLY):
            star = "*" if parameter.kind is parameter.VAR_POSITIONAL else ""
            raise NotCaptured(
                f"{function.__name__}() takes {star}{name} by position only.",
                f"Arguments of a run have names: write def {function.__name__}({name}, …).",
            )
        properties[name] = _property(parameter, hints.get(name, parameter.annotation))
        if parameter.default is _EMPTY:
            required.append(name)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": open_ended}


def _hints(function: Callable[..., Any]) -> Mapping[str, Any]:
    try:
        return typing.get_type_hints(function)
    except Exception:  # noqa: BLE001 - annotations may hold anything, and need not mean anything
        return {}


def _property(parameter: inspect.Parameter, annotation: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if parameter.annotation is not _EMPTY:
        found["annotation"] = _written(parameter.annotation)
        found.update(_typed(annotation))
    if parameter.default is not _EMPTY:
        default = parameter.default.name if isinstance(parameter.default, enum.Enum) else parameter.default
        if _is_json(default):
            found["default"] = default
            if default is None and "type" in found:
                found = _or_null(found)
    return found


def _written(annotation: Any) -> str:
    if isinstance(annotation, str):
        return annotation
    if isinstance(annotation, type) and not typing.get_args(annotation):
        module = annotation.__module__.partition(".")[0]
        short = {"pandas": "pd.", "polars": "pl.", "pyarrow": "pa.", "dh_kernel": "dh."}.get(module, "")
        return short + annotation.__qualname__
    return repr(annotation).replace("typing.", "")


def _typed(annotation: Any) -> dict[str, Any]:
    """JSON Schema's words for an annotation; nothing where it says nothing about JSON."""
    if annotation in _PLAIN:
        return {"type": _PLAIN[annotation]}
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return {"enum": list(annotation.__members__)}
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Literal:
        return {"enum": list(arguments)} if _is_json(list(arguments)) else {}
    if origin is Union or (sys.version_info >= (3, 10) and isinstance(annotation, types.UnionType)):
        return _union(arguments)
    if origin in (list, tuple, set, frozenset) or annotation in (set, frozenset):
        one = [argument for argument in arguments if argument is not Ellipsis]
        items = _typed(one[0]) if len(set(one)) == 1 else {}
        return {"type": "array", **({"items": items} if items else {})}
    if origin is dict:
        return {"type": "object"}
    return {"input": True} if _is_data(annotation) else {}


def _union(arguments: tuple[Any, ...]) -> dict[str, Any]:
    kinds = [_typed(argument) for argument in arguments if argument is not type(None)]
    optional = len(kinds) < len(arguments)
    if len(kinds) == 1:
        return _or_null(kinds[0]) if optional else kinds[0]
    if not all(set(kind) == {"type"} for kind in kinds):
        return {"input": True} if any(kind.get("input") for kind in kinds) else {}
    words = [kind["type"] for kind in kinds]
    return {"type": [*words, "null"] if optional else words}


def _or_null(found: dict[str, Any]) -> dict[str, Any]:
    kind = found.get("type")
    if kind is None and "enum" in found:
        return {**found, "enum": [*found["enum"], *([] if None in found["enum"] else [None])]}
    if kind is None or "null" in kind:
        return found
    return {**found, "type": [*(kind if isinstance(kind, list) else [kind]), "null"]}


def _is_data(annotation: Any) -> bool:
    if not isinstance(annotation, type):
        return False
    if issubclass(annotation, PurePath):
        return True
    module = annotation.__module__.partition(".")[0]
    return module in _DATA_MODULES or (module == "dh_kernel" and annotation.__name__ == "Dataset")


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True
