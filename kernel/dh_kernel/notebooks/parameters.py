"""Parameters of a notebook or script, and values put into it.

A cell tagged `parameters` says what the parameters are; the values go into a cell tagged `injected-parameters` after it,
as papermill does it. Without one, every plain assignment at the top level is a parameter, and a value replaces what is
assigned there first: a value that a later line overwrites would be the worst kind of silence.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from .code import Assigned, assignments, free_names
from .document import INJECTED, PARAMETERS, code_cell, code_of, tags_of

if TYPE_CHECKING:
    from .._contract import ParameterSchema

GIVEN = "_dh_given"  # the function that gives an input, in the namespace of the code
IMPORT_GIVEN = f"from dh_kernel.given import given as {GIVEN}"
_WORDS = {"int": "integer", "float": "number", "bool": "boolean", "str": "string", "dict": "object", "list": "array"}
_OF_VALUES: dict[type, str] = {
    bool: "boolean",
    int: "number",  # 1 may well stand for a rate
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}
_TABLES = ("DataFrame", "LazyFrame", "Table", "Dataset")


class Site(NamedTuple):
    """Where a parameter's value is assigned first: the cell's place, and the assignment."""

    place: int
    assigned: Assigned


def sites_of(sources: Iterable[tuple[int, str]]) -> dict[str, Site]:
    """The first assignment to each public name. `sources` are (place, text) of cells."""
    found: dict[str, Site] = {}
    for place, source in sources:
        for assigned in assignments(source):
            if not assigned.name.startswith("_"):
                found.setdefault(assigned.name, Site(place, assigned))
    return found


def tagged_place(notebook: Mapping[str, Any]) -> int | None:
    """The place of the cell that says what the parameters are."""
    return next((place for place, cell in code_of(notebook) if PARAMETERS in tags_of(cell)), None)


def parameters_of(notebook: Mapping[str, Any]) -> ParameterSchema:
    """The schema of a notebook's parameters."""
    tagged = tagged_place(notebook)
    cells = [(place, cell["source"]) for place, cell in code_of(notebook) if tagged in (None, place)]
    free = free_names(source for _, source in cells) if tagged is None else set()
    return schema_of(sites_of(cells), free)


def schema_of(sites: Mapping[str, Site], free: Iterable[str] = ()) -> ParameterSchema:
    """`free` names are assigned nowhere: they may be given, too."""
    properties = {name: _property(site.assigned) for name, site in sites.items()}
    properties.update({name: {} for name in sorted(free) if name not in properties})
    return {"type": "object", "properties": properties, "required": [], "additionalProperties": False}  # type: ignore[typeddict-item]


def _property(assigned: Assigned) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if assigned.annotation:
        found["annotation"] = assigned.annotation
    try:
        default = ast.literal_eval(assigned.value)
        json.dumps(default, allow_nan=False)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return {**found, **_annotated(assigned.annotation)}
    kind = _annotated(assigned.annotation) if assigned.annotation else _valued(default)
    if default is None and isinstance(kind.get("type"), str):
        kind = {"type": [kind["type"], "null"]}
    return {**found, **kind, "default": list(default) if isinstance(default, tuple) else default}


def _annotated(annotation: str) -> dict[str, Any]:
    if annotation in _WORDS:
        return {"type": _WORDS[annotation]}
    if annotation.partition("[")[0] in ("list", "dict"):
        return {"type": _WORDS[annotation.partition("[")[0]]}
    return {"input": True} if annotation.rpartition(".")[2] in _TABLES else {}


def _valued(default: Any) -> dict[str, Any]:
    kind = _OF_VALUES.get(type(default)) or ("array" if isinstance(default, tuple) else None)
    return {"type": kind} if kind else {}


# -- values go in ------------------------------------------------------------------------------------------------------


def expressions(parameters: Mapping[str, Any], inputs: Iterable[str]) -> dict[str, str]:
    """What is assigned to each name: the value itself, or the loaded input."""
    return {
        **{name: repr(value) for name, value in parameters.items()},
        **{name: f"{GIVEN}({name!r})" for name in inputs},
    }


def inject(notebook: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """The notebook with these expressions, by name, as its parameters' values."""
    if not given:
        return dict(notebook)
    cells = [dict(cell) for cell in notebook["cells"] if INJECTED not in tags_of(cell)]
    whole = {**notebook, "cells": cells}
    tagged = tagged_place(whole)
    if tagged is not None:
        own = sites_of([(tagged, cells[tagged]["source"])])
        lines = [f"{name} = {_wanted(text, own[name].assigned)}" for name, text in given.items()]
        cells.insert(tagged + 1, _injected(lines, given))
        return whole
    sites = sites_of((place, cell["source"]) for place, cell in code_of(whole))
    for place in {sites[name].place for name in given if name in sites}:
        cells[place]["source"] = replaced(cells[place]["source"], {
            sites[name].assigned: text for name, text in given.items() if name in sites and sites[name].place == place
        })  # fmt: skip
    lines = [f"{name} = {text}" for name, text in given.items() if name not in sites]
    if lines or any(GIVEN in text for text in given.values()):
        cells.insert(0, _injected(lines, given))
    return whole


def _wanted(text: str, assigned: Assigned) -> str:
    """An input arrives as its annotation asks."""
    is_input = text.startswith(GIVEN) and assigned.annotation
    return f"{text[:-1]}, {assigned.annotation})" if is_input else text


def _injected(lines: list[str], given: Mapping[str, str]) -> dict[str, Any]:
    needed = [IMPORT_GIVEN] if any(text.startswith(GIVEN) for text in given.values()) else []
    return code_cell("\n".join(["# Parameters", *needed, *lines]), INJECTED, INJECTED)


def replaced(source: str, values: Mapping[Assigned, str]) -> str:
    """The text with other values in these assignments; it keeps its number of lines."""
    lines = [line.encode() for line in source.split("\n")]
    for assigned, text in sorted(values.items(), key=lambda item: item[0].start, reverse=True):
        (first, begin), (last, end) = assigned.start, assigned.end
        annotation = f": {assigned.annotation}" if assigned.annotation else ""
        new = f"{assigned.name}{annotation} = {_wanted(text, assigned)}".encode()
        lines[first - 1 : last] = [
            lines[first - 1][:begin] + new + lines[last - 1][end:],
            *[b""] * (last - first),
        ]
    return b"\n".join(lines).decode()
