"""Are a run's arguments what its function takes? Pure; the schema is `FunctionSpec.parameters`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema

from dh_kernel.asking import FIRST
from dh_kernel.errors import Invalid, did_you_mean

Fault = tuple[str, str]  # the parameter, and what is wrong with it


def check_arguments(
    function: str, schema: Mapping[str, Any] | None, parameters: Mapping[str, Any], inputs: Mapping[str, str]
) -> None:
    """Raise Invalid with one line for each argument that is unknown, missing, given twice or of a wrong type.

    `parameters` are values and `inputs` references, by the name of the parameter. A function without a schema (one of
    another client) takes anything.
    """
    faults = argument_faults(schema, parameters, inputs)
    if faults:
        raise Invalid(
            f"{function}: {faults[0][1]}", _signature(function, schema or {}), [text for _, text in faults[1:]]
        )


def left_to_take(schema: Mapping[str, Any] | None, spec: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Of a function that asks for its parameters, in a trial's run: all but `trial`, which its worker makes."""
    if schema is None or "objective" not in (spec.get("trial") or {}):
        return schema
    others = {name: one for name, one in schema.get("properties", {}).items() if name != FIRST}
    required = [name for name in schema.get("required", []) if name != FIRST]
    return {**schema, "properties": others, "required": required}


def argument_faults(
    schema: Mapping[str, Any] | None, parameters: Mapping[str, Any], inputs: Mapping[str, str]
) -> list[Fault]:
    """(parameter, what is wrong with it); nothing without a schema."""
    if schema is None:
        return []
    known: Mapping[str, Any] = schema.get("properties", {})
    return [
        *_unknown(known, bool(schema.get("additionalProperties")), [*parameters, *inputs]),
        *((name, f"'{name}' is given twice, as a value and as a reference.") for name in parameters if name in inputs),
        *_missing(schema, parameters, inputs),
        *_mistyped(known, parameters, inputs),
    ]


def _unknown(known: Mapping[str, Any], open_ended: bool, given: list[str]) -> Iterator[Fault]:
    for name in given:
        if name not in known and not open_ended:
            yield name, f"no parameter '{name}'. {did_you_mean(name, known) or 'It takes none.'}"


def _missing(schema: Mapping[str, Any], parameters: Mapping[str, Any], inputs: Mapping[str, str]) -> Iterator[Fault]:
    for name in schema.get("required", []):
        if name not in parameters and name not in inputs:
            wants = "a dataset, e.g." if schema["properties"].get(name, {}).get("input") else "a value:"
            example = f"{name}=dataset/NAME" if schema["properties"].get(name, {}).get("input") else f"{name}=…"
            yield name, f"parameter '{name}' needs {wants} {example}"


def _mistyped(known: Mapping[str, Any], parameters: Mapping[str, Any], inputs: Mapping[str, str]) -> Iterator[Fault]:
    for name, value in parameters.items():
        schema = known.get(name)
        if schema is None or (value is None and schema.get("default", ...) is None):
            continue
        if schema.get("input") and "type" not in schema:
            annotation = schema.get("annotation", "data")
            cure = f"pass a reference ({name}=dataset/NAME) or a variable ({name}=$df)."
            yield name, f"parameter '{name}' takes {annotation}: {cure}"
            continue
        error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(value))
        if error is not None:
            at = "".join(f"[{part!r}]" for part in error.absolute_path)
            yield name, f"parameter '{name}'{at} is {_show(value)}: {_wants(schema, error)}"
    for name in inputs:
        schema = known.get(name)
        if schema and "type" in schema and not schema.get("input"):
            wants = schema.get("annotation") or schema["type"]
            cure = f"For the text itself write {name}='\"{inputs[name]}\"'."
            yield name, f"parameter '{name}' takes {wants}, not a reference. {cure}"


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
