"""The one door: request bodies against the contract. What is wrong is said with its JSON path and the cure."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import Invalid

from .kinds import CONTRACT, DRAFT, definitions, missing_fields

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

MOST_AT_ONCE = 1000
SHOWN = 10  # faults told at once
LONGEST = 200  # characters of one fault


def check_new(entity: str, document: Mapping[str, Any]) -> None:
    """Raise Invalid, with one detail for each fault, unless a posted document is as the contract says."""
    kind = document.get("kind") or ("python+job:run" if entity == "run" else "")  # a run gets its function's
    schema = CONTRACT.get((entity, str(kind)))
    faults = [*_faults_of_envelope(document)]
    if entity == "task":
        faults += _faults_of_resources(document.get("spec"))
    if schema is not None:
        wrong = [*_faults(schema, _without_nulls(document.get("spec") or {}), "$.spec")]
        if wrong and document.get("spec") is None:
            raise Invalid("missing spec", f"A {kind} needs one: {wrong[0]}.")
        faults += wrong
    elif missing := missing_fields(entity, str(kind), _without_nulls(document.get("spec") or {})):
        if document.get("spec") is None:
            raise Invalid("missing spec", f"A {kind} needs: {', '.join(missing)}.")
        faults += [f"$.spec: '{name}' is a required property" for name in missing]
    _refuse(entity, faults)


def check_all_new(entity: str, posted: Sequence[Any]) -> None:
    """`check_new` of each of a list, with its place where there are several. Raises Invalid for too many."""
    if not 1 <= len(posted) <= MOST_AT_ONCE:
        raise Invalid(f"1 to {MOST_AT_ONCE:,} can be created at once, not {len(posted):,}.", "Send several lists.")
    for place, document in enumerate(posted):
        if not isinstance(document, dict):
            raise Invalid(f"[{place}]: not an object", "Send an array of JSON objects.")
        try:
            check_new(entity, document)
        except Invalid as error:
            if len(posted) == 1:
                raise
            raise Invalid(f"[{place}]: {error.message}", error.hint, list(error.details)) from error


def check_change(entity: str, document: Mapping[str, Any]) -> None:
    """The same for a PUT, whose spec is mostly not looked at."""
    _refuse(entity, [*_faults_of_envelope(document)])


def check_shape(schema: str, document: object) -> None:
    """Raise Invalid unless a document from outside (a worker's result) is as the contract says."""
    _refuse(schema, [*_faults(schema, document, "$")])


def faults_of(schema: str, document: object) -> list[str]:
    """What is wrong with a document, each with its path and the cure."""
    return [*_faults(schema, document, "$")]


def _faults_of_envelope(document: Mapping[str, Any]) -> Iterator[str]:
    yield from _faults("Metadata", _without_nulls(document.get("metadata") or {}), "$.metadata")
    yield from _faults("Status", _without_nulls(document.get("status") or {}), "$.status")
    for name in ("kind", "name", "id", "project"):
        if not isinstance(document.get(name, ""), (str, type(None))):
            yield f"$.{name}: {_short(document[name])} is not of type 'string'"
    if not isinstance(document.get("spec") or {}, Mapping):
        yield f"$.spec: {_short(document['spec'])} is not of type 'object'"


def _faults_of_resources(spec: Any) -> Iterator[str]:
    """Of a task of any kind: they are the one part that all have, and that nobody else looks at before a run."""
    asked = spec.get("resources") if isinstance(spec, Mapping) else None
    yield from _faults("RunOptions", {} if asked is None else {"resources": asked}, "$.spec")


def _refuse(entity: str, faults: list[str]) -> None:
    if not faults:
        return
    more = [f"… {len(faults) - SHOWN} more"] if len(faults) > SHOWN else []
    raise Invalid(
        f"This {entity} is not as it must be.", "Change what is named and send it again.", faults[:SHOWN] + more
    )


def _faults(schema: str, part: Any, path: str) -> Iterator[str]:
    for error in sorted(_validator(schema).iter_errors(part), key=lambda error: error.json_path):
        yield _told(error, schema, path)


def _told(error: ValidationError, schema: str, path: str) -> str:
    """`$.spec.resources.cpu: '0.5' does not match … (Core's form: digits and a unit, e.g. 2, 8Gi)`."""
    cure = _cure(error, schema)
    fault = error.message if len(error.message) <= LONGEST else f"{error.message[:LONGEST]}…"
    return f"{path}{error.json_path[1:]}: {fault}" + (f" ({cure})" if cure else "")


def _cure(error: ValidationError, schema: str) -> str:
    """What the contract says of the field; where a value has the wrong form also what it says of the fields around it."""
    own = error.schema.get("description", "") if isinstance(error.schema, dict) else ""
    if own or error.validator not in ("pattern", "enum"):
        return str(own) if error.validator != "required" else ""
    described, node = "", _target({"$ref": f"#/$defs/{schema}"})
    for step in error.absolute_schema_path:  # in which `$ref`s are left out
        node = _target(node[step])
        if isinstance(node, dict):
            described = str(node.get("description", described))
    return described


def _target(node: Any) -> Any:
    """The definition that a node refers to, or itself."""
    refers = isinstance(node, dict) and "$ref" in node
    return definitions()[node["$ref"].rpartition("/")[2]] if refers else node


def _without_nulls(part: Any) -> Any:
    """Clients send null for what they leave out."""
    return {name: value for name, value in part.items() if value is not None} if isinstance(part, Mapping) else part


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


@functools.cache
def _validator(name: str) -> Draft202012Validator:
    from jsonschema import Draft202012Validator

    return Draft202012Validator({"$schema": DRAFT, "$ref": f"#/$defs/{name}", "$defs": definitions()})
