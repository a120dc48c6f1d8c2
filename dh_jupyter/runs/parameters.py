"""Are a run's arguments what its function takes? Pure; the schema is `FunctionSpec.parameters`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema

from dh_kernel.errors import Invalid, did_you_mean


def check_arguments(
    function: str, schema: Mapping[str, Any] | None, parameters: Mapping[str, Any], inputs: Mapping[str, str]
) -> None:
    """Raise Invalid with one line for each argument that is unknown, missing, given twice or of a wrong type.

    `parameters` are values and `inputs` references, by the name of the parameter. A function without a schema (one of
    another client) takes anything.
    """
    if schema is None:
        return
    known: Mapping[str, Any] = schema.get("properties", {})
    faults = [
        *_unknown(known, bool(schema.get("additionalProperties")), [*parameters, *inputs]),
        *(f"'{name}' is given twice, as a value and as a reference." for name in parameters if name in inputs),
        *_missing(schema, parameters, inputs),
        *_mistyped(known, parameters, inputs),
    ]
    if faults:
        raise Invalid(f"{function}: {faults[0]}", _signature(function, schema), faults[1:])


def _unknown(known: Mapping[str, Any], open_ended: bool, given: list[str]) -> Iterator[str]:
    for name in given:
        if name not in known and not open_ended:
            yield f"no parameter '{name}'. {did_you_mean(name, known) or 'It takes none.'}"


def _missing(schema: Mapping[str, Any], parameters: Mapping[str, Any], inputs: Mapping[str, str]) -> Iterator[str]:
    for name in schema.get("required", []):
        if name not in parameters and name not in inputs:
            wants = "a dataset, e.g." if schema["properties"].get(name, {}).get("input") else "a value:"
            example = f"{name}=dataset/NAME" if schema["properties"].get(name, {}).get("input") else f"{name}=…"
            yield f"parameter '{name}' needs {wants} {example}"


def _mistyped(known: Mapping[str, Any], parameters: Mapping[str, Any], inputs: Mapping[str, str]) -> Iterator[str]:
    for name, value in parameters.items():
        schema = known.get(name)
        if schema is None or (value is None and schema.get("default", ...) is None):
            continue
        if schema.get("input") and "type" not in schema:
            annotation = schema.get("annotation", "data")
            yield f"parameter '{name}' takes {annotation}: pass a reference ({name}=dataset/NAME) or a variable ({name}=$df)."
            continue
        error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(value))
        if error is not None:
            at = "".join(f"[{part!r}]" for part in error.absolute_path)
            yield f"parameter '{name}'{at} is {_show(value)}: {_wants(schema, error)}"
    for name in inputs:
        schema = known.get(name)
        if schema and "type" in schema and not schema.get("input"):
            wants = schema.get("annotation") or schema["type"]
            yield f"parameter '{name}' takes {wants}, not a reference. For the text itself write {name}='\"{inputs[name]}\"'."


def _wants(schema: Mapping[str, Any], error: jsonschema.ValidationError) -> str:
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))} is needed."
    annotation = schema.get("annotation")
    return f"{annotation} is needed." if annotation else f"{error.message}."


def _show(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _signature(function: str, schema: Mapping[str, Any]) -> str:
    required = set(schema.get("required", []))
    parts = []
    for name, field in schema.get("properties", {}).items():
        part = f"{name}: {field['annotation']}" if field.get("annotation") else name
        parts.append(part if name in required else f"{part} = {field.get('default', '…')!r}")
    return f"It is {function}({', '.join(parts)})."
