"""A posted run becomes a whole document: references resolved, arguments and options checked, nothing stored on a fault."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from dh_kernel import refs
from dh_kernel.errors import Invalid, NotFound

from ..executors.base import Resources
from ..quantities import parse_quantity, show_bytes
from .inputs import check_is_no_text
from .kinds import BY_FUNCTION, Executable, is_written_for_core
from .options import OPTIONS, ProfileOf, no_profiles, options_of, with_volumes
from .parameters import check_arguments, left_to_take

if TYPE_CHECKING:
    from dh_kernel._contract import Entity


_LEAST_BYTES = 2**20  # of memory or disk; less was typed without its unit
Resolve = Callable[..., "Entity"]  # Catalogue.resolve


class BuiltRun(NamedTuple):
    """What `build` gives: a document to store, the task that it belongs to, and the name its number counts under."""

    document: dict[str, Any]
    task: dict[str, Any]
    numbered_as: str


def build(project: str, posted: Mapping[str, Any], resolve: Resolve, profile_of: ProfileOf = no_profiles) -> BuiltRun:
    """Raise Invalid or NotFound if the run can't be what was asked for. Reads the catalogue, writes nothing."""
    spec = dict(posted.get("spec") or {})
    task = task_of(project, spec, resolve)
    named = spec.get("function") or (task or {}).get("spec", {}).get("function")
    if not named:
        raise Invalid("spec: missing function", "Name the function: spec.function = function/NAME.")
    function = resolve(named, project=project, expect="function")
    kind = _kind_of(posted, function)
    for name, ref in (spec.get("inputs") or {}).items():
        check_is_no_text(name, ref)
    inputs = {name: resolve(ref, project=project) for name, ref in (spec.get("inputs") or {}).items()}
    parameters = spec.get("parameters") or {}
    taken = left_to_take(function["spec"].get("parameters"), spec)
    check_arguments(function["name"], taken, parameters, spec.get("inputs") or {})
    executable = f"{function['kind']}://{function['project']}/{function['name']}:{function['id']}"
    task = task or _new_task(kind, project, executable)
    defaults = function["metadata"].get("run_defaults") or {}
    options = options_of(defaults, task["spec"], spec, profile_of)
    merged = {
        **_without(function["spec"], "parameters", "placement"),
        **_without(spec, *OPTIONS, "placement"),
        **with_volumes(options),
        "function": executable,
        "task": f"{task['kind']}://{project}/{task['id']}",
        "inputs": {name: entity["key"] for name, entity in inputs.items()},
        "parameters": parameters,
        "cells": function["metadata"].get("cells") or [],
        "local_execution": False,
        **({"written_for": "digitalhub"} if is_written_for_core(function) else {}),
    }
    links = [{"type": "run_of", "dest": function["key"]}]
    links += [{"type": "consumes", "dest": key} for key in dict.fromkeys(merged["inputs"].values())]
    links += [link for link in (posted.get("metadata") or {}).get("relationships") or [] if link not in links]
    named = {"function": function["name"], "function_reference": function["metadata"].get("reference")}
    metadata = {**(posted.get("metadata") or {}), "relationships": links, **named}
    document = {**posted, "kind": kind.run, "metadata": metadata, "spec": merged, "status": {"state": "READY"}}
    return BuiltRun(document, task, function["name"])


def _without(fields: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def task_of(project: str, spec: Mapping[str, Any], resolve: Resolve) -> dict[str, Any] | None:
    """The task that a client of Core names by `python+job://project/id`."""
    named = spec.get("task")
    if not named:
        return None
    kind, _, rest = str(named).partition("://")
    owner, _, ident = rest.partition("/")
    if owner != project or not ident:
        raise Invalid("project mismatch" if ident else "invalid task", f"spec.task is '{named}'.")
    try:
        return dict(resolve(refs.key_of(project, "task", kind, "", ident), project=project, expect="task"))
    except NotFound as error:
        raise Invalid("invalid task", f"There is no task '{named}'.") from error


def _new_task(kind: Executable, project: str, executable: str) -> dict[str, Any]:
    """One task of a kind for each function: its id derives from the function, so that two clients make the same one."""
    ident = hashlib.sha256(f"{kind.task}\0{executable}".encode()).hexdigest()[:32]
    return {"kind": kind.task, "project": project, "name": ident, "id": ident, "spec": {"function": executable}}


def _kind_of(posted: Mapping[str, Any], function: Mapping[str, Any]) -> Executable:
    """A run that names no kind gets that of its function."""
    kind = BY_FUNCTION.get(function["kind"])
    asked = posted.get("kind") or (kind.run if kind else "job")
    if kind is None or asked != kind.run:
        raise Invalid(
            f"Runs of kind '{asked}' for a function of kind '{function['kind']}' can't be executed here.",
            f"What runs here: {', '.join(f'{one.run} of a {one.function} function' for one in BY_FUNCTION.values())}.",
        )
    return kind


def python_of(spec: Mapping[str, Any]) -> str:
    """The minor version of Python that the code was written for, e.g. 3.12; '' if it does not say."""
    recorded = str((spec.get("environment") or {}).get("python", ""))
    named = str(spec.get("python_version") or "").removeprefix("PYTHON").replace("_", ".")
    return ".".join(recorded.split(".")[:2]) or named


def resources_of(spec: Mapping[str, Any]) -> Resources:
    """`spec.resources` in cores and bytes. Raises Invalid with the field."""
    asked = spec.get("resources") or {}
    unknown = set(asked) - {"cpu", "mem", "gpu", "disk"}
    if unknown:
        raise Invalid(f"spec.resources: there is no '{sorted(unknown)[0]}'.", "There is: cpu, mem, gpu, disk.")
    number = {name: parse_quantity(str(value), f"spec.resources.{name}") for name, value in asked.items()}
    for name in ("mem", "disk"):
        if number.get(name, _LEAST_BYTES) < _LEAST_BYTES:
            raise Invalid(
                f"spec.resources.{name}: '{asked[name]}' is {show_bytes(number[name])}, too little for any run.",
                f"Write the unit, too: {asked[name]}Gi is so many gibibytes." if str(asked[name]).isdigit() else "",
            )
    return Resources(
        cpu=number.get("cpu", 1.0),
        memory=int(number["mem"]) if "mem" in number else None,
        gpu=int(number.get("gpu", 0)),
        disk=int(number["disk"]) if "disk" in number else None,
    )
