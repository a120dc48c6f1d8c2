"""A posted sweep becomes a document: checked on the bounds of what is varied, and nothing is stored on a fault."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from dh_kernel.asking import is_asked_for
from dh_kernel.errors import Invalid

from ..runs.build import BuiltRun, Resolve, build
from ..runs.options import ProfileOf
from . import space
from .checks import checked
from .trials import KIND, asking, is_reference

SWEEP = "python+sweep:run"
TASK = "python+sweep"
MATERIAL = ("dataset/", "dataitem/", "artifact/", "model/", "store://")


def build_sweep(project: str, posted: Mapping[str, Any], resolve: Resolve, profile_of: ProfileOf) -> BuiltRun:
    """Raises Invalid, NotFound or NotInstalled if it can't be what was asked for."""
    spec = dict(posted.get("spec") or {})
    if "sweep" not in spec:
        raise Invalid("spec: missing sweep", "spec.sweep says what is varied and what is good.")
    asked = checked({**_without_price(spec.pop("sweep")), **_conditional(project, spec, resolve)})
    spec.pop("task", None)
    inputs, parameters = dict(spec.get("inputs") or {}), dict(spec.get("parameters") or {})
    twice = [name for name in asked["space"] if name in inputs or name in parameters]
    if twice:
        raise Invalid(f"'{twice[0]}' is varied and given a value.", "Leave out the one or the other.")
    asked["space"] = _resolved(project, asked["space"], resolve)
    built: BuiltRun | None = None
    for values in space.extremes(asked["space"]):
        of_trial = {**with_values(spec, asked["space"], values), "trial": {"sweep": "", "number": 0, **asking(asked)}}
        built = build(project, {**posted, "kind": KIND, "spec": of_trial}, resolve, profile_of)
    assert built is not None  # there is something to vary
    priced = {**asked, **_priced(asked, built.document["spec"].get("profile"), profile_of)}
    return _of_sweep(project, built, spec, priced)


def _conditional(project: str, spec: Mapping[str, Any], resolve: Resolve) -> dict[str, Any]:
    """Whether the function asks for parameters while it runs is seen by its first one."""
    if not spec.get("function"):
        return {}
    function = resolve(spec["function"], project=project, expect="function")
    return {"conditional": True} if is_asked_for(function["spec"].get("parameters") or {}) else {"conditional": False}


def _without_price(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if name != "price"}


def _priced(asked: Mapping[str, Any], name: str | None, profile_of: ProfileOf) -> dict[str, Any]:
    """What an hour of a trial costs, by its profile. Raises Invalid if a cost is to end it, and there is no price."""
    price = profile_of(name).get("price") if name else None
    if price is None and asked.get("cost") is not None:
        raise Invalid(
            f"Profile '{name}' has no price." if name else "A run without a profile has no price.",
            "A cost is counted by the price of an hour, which profiles.yaml gives a profile; --timeout ends a sweep, too.",
        )
    return {} if price is None else {"price": price}


def with_values(spec: Mapping[str, Any], varied: space.Space, values: Mapping[str, Any]) -> dict[str, Any]:
    """As a trial's run would be posted."""
    parameters, inputs = dict(spec.get("parameters") or {}), dict(spec.get("inputs") or {})
    for name, value in values.items():
        (inputs if is_reference(varied[name], value) else parameters)[name] = value
    return {**spec, "parameters": parameters, "inputs": inputs}


def _resolved(project: str, varied: space.Space, resolve: Resolve) -> dict[str, Any]:
    """With keys in place of references among the choices, so that all trials have the same things."""
    found: dict[str, Any] = {}
    for name, one in varied.items():
        choices = one.get("choices") or ()
        if choices and all(isinstance(value, str) and value.startswith(MATERIAL) for value in choices):
            found[name] = {**one, "choices": [resolve(value, project=project)["key"] for value in choices]}
        else:
            found[name] = dict(one)
    return found


def _of_sweep(project: str, built: BuiltRun, spec: Mapping[str, Any], asked: Mapping[str, Any]) -> BuiltRun:
    varied = asked["space"]
    whole = {name: value for name, value in built.document["spec"].items() if name != "trial"}
    executable = whole["function"]
    ident = hashlib.sha256(f"{TASK}\0{executable}".encode()).hexdigest()[:32]
    task = {"kind": TASK, "project": project, "name": ident, "id": ident, "spec": {"function": executable}}
    fixed = {
        "parameters": dict(spec.get("parameters") or {}),
        "inputs": {name: key for name, key in whole["inputs"].items() if name not in varied},
        "task": f"{TASK}://{project}/{ident}",
        "sweep": asked,
    }
    keys = [value for one in varied.values() for value in one.get("choices") or () if is_reference(one, value)]
    links = built.document["metadata"]["relationships"]
    known = {link["dest"] for link in links}
    links = [*links, *({"type": "consumes", "dest": key} for key in dict.fromkeys(keys) if key not in known)]
    document = {
        **built.document,
        "kind": SWEEP,
        "metadata": {**built.document["metadata"], "relationships": links},
        "spec": {**whole, **fixed},
    }
    return BuiltRun(document, task, built.numbered_as)
