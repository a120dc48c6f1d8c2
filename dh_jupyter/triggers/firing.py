"""From a trigger to the run that it starts: what a trigger must have, and the document of a run. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from dh_kernel.errors import Invalid

from . import cron, pattern
from .mustache import expand

KINDS = ("scheduler", "lifecycle")
DEFAULT_STATES = ("READY",)  # of a lifecycle trigger that names none
_EXECUTABLES = ("function", "workflow")


def checked(project: str, kind: str, spec: Mapping[str, Any], states: frozenset[str]) -> None:
    """Raise Invalid, with the field, for a trigger that could never start a run. `states`: all that there are."""
    if not isinstance(spec.get("template"), Mapping):
        raise Invalid("spec.template: it is missing, or no object.", 'e.g. {"parameters": {"day": "{{timestamp}}"}}')
    expand(spec["template"], {})
    if kind == "scheduler":
        cron.parse(_text(spec, "schedule", "e.g. 0 0 3 * * ?, or @daily"))
        return
    pattern.parse(_text(spec, "key", f"e.g. store://{project}/dataitem/table/NAME"), project)
    asked = spec.get("states") or []
    if not isinstance(asked, list) or not all(isinstance(each, str) and each in states for each in asked):
        raise Invalid("spec.states: not a list of states.", 'e.g. ["READY"]')


def with_executable(spec: Mapping[str, Any], task: Mapping[str, Any]) -> dict[str, Any]:
    """The spec, with the function or workflow of its task."""
    known = {name: task["spec"][name] for name in _EXECUTABLES if name in task["spec"]}
    return {**known, **spec}


def run_of(trigger: Mapping[str, Any], context: Mapping[str, Any], occasion: str) -> dict[str, Any]:
    """The run to post. Its id is the occasion's: whoever else fires for the same one makes the same run."""
    spec = trigger["spec"]
    links = [{"type": "produced_by", "dest": trigger["key"]}]
    if "input" in context:
        links.append({"type": "consumes", "dest": context["input"]["key"]})
    executables = {name: spec[name] for name in _EXECUTABLES if name in spec}
    wanted = {**expand(spec["template"], context), **executables, "task": spec["task"], "local_execution": False}
    ident = hashlib.sha256(f"dh-trigger-1\0{trigger['project']}\0{trigger['id']}\0{occasion}".encode()).hexdigest()[:32]
    kind = f"{str(spec['task']).partition('://')[0]}:run"
    return {"kind": kind, "id": ident, "metadata": {"relationships": links}, "spec": wanted}


def _text(spec: Mapping[str, Any], name: str, example: str) -> str:
    value = spec.get(name)
    if not isinstance(value, str) or not value:
        raise Invalid(f"spec.{name}: it is missing, or no text.", example)
    return value
