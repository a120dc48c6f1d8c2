"""The specs of DigitalHub Core's kinds as JSON Schema (core-api, section 5). Pure.

Those that are executed or shown here come from the contract; of the others it is said what must be there and what may be,
since one entity without a field that the public SDK asks for makes a whole list unreadable to it. More fields are allowed.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

DRAFT = "https://json-schema.org/draft/2020-12/schema"
# kinds whose spec the contract describes
CONTRACT = {
    ("function", "python"): "FunctionSpec",
    ("function", "notebook"): "JobSpec",
    ("function", "script"): "JobSpec",
    ("run", "python+job:run"): "RunSpec",
    ("run", "python+sweep:run"): "RunSpec",
    ("run", "notebook+job:run"): "RunSpec",
    ("run", "script+job:run"): "RunSpec",
    ("dataitem", "table"): "TableSpec",
    ("model", "mlflow"): "ModelSpec",
    ("artifact", "artifact"): "ArtifactSpec",
}
_TYPES = {"": "string", "{}": "object", "[]": "array", "#": "integer", "?": "boolean"}
_MODEL = "path* framework algorithm parameters{}"
_IMAGES = "image base_image requirements[]"
_SERVED = "path* model_name image"
_LLM = "url* model_name adapters[] image"
_TASK = "volumes[] resources{} envs[] secrets[] profile"
# kind → its fields: `*` must be there; {} is an object, [] a list, # a whole number, ? true or false, else a text
_SPECS: dict[str, dict[str, str]] = {
    "project": {"project": "source config{} functions[] artifacts[] workflows[] dataitems[] models[]"},
    "artifact": {"artifact": "path* src_path"},
    "dataitem": {"dataitem": "path*", "croissant": "path*", "table": "path* schema{}"},
    "model": {
        "model": _MODEL,
        "sklearn": _MODEL,
        "huggingface": f"{_MODEL} base_model model_id model_revision",
        "mlflow": f"{_MODEL} flavor model_config{{}} input_datasets[] signature{{}}",
    },
    "function": {
        "python": f"source{{}}* python_version {_IMAGES}",
        "container": "image base_image image_pull_policy command source{}",
        "dbt": "source{}*",
        "guardrail": f"source{{}}* processing_mode* {_IMAGES}",
        "openinference": f"source{{}}* model_name* inputs[]* outputs[] {_IMAGES}",
        "sklearnserve": _SERVED,
        "mlflowserve": _SERVED,
        "huggingfaceserve": _SERVED,
        **{f"vllmserve-{what}": _LLM for what in ("text", "speech", "pooling")},
        "kubeai-text": f"{_LLM} engine* features[]*",
        "kubeai-speech": _LLM,
        "flower-app": f"fab_source {_IMAGES}",
        "flower-client": _IMAGES,
        "flower-server": _IMAGES,
    },
    "workflow": dict.fromkeys(("hera", "kfp"), "source{}* image tag"),
    "secret": {"secret": "path provider"},
    "trigger": {
        "scheduler": "task* function workflow schedule* template{}*",
        "lifecycle": "task* function workflow key* states[] template{}*",
    },
    "log": {"log": "run timestamp#"},
}
_OF_TASKS = {"serve": f"{_TASK} replicas# service_type service_name", "build": f"{_TASK} instructions[]"}
_OF_RUNS = "task* local_execution? inputs{} outputs{} parameters{} init_parameters{} args[]"


def schema_of(entity: str, kind: str) -> dict[str, Any]:
    """JSON Schema of a kind's spec."""
    named = CONTRACT.get((entity, kind))
    if named is not None:
        return {"$schema": DRAFT, "title": kind, **_resolved(f"#/$defs/{named}")}
    return {"$schema": DRAFT, "title": kind, **_object(_fields_of(entity, kind))}


def missing_fields(entity: str, kind: str, spec: Mapping[str, Any]) -> list[str]:
    """Fields without which the public SDK could not read the entity."""
    if (entity, kind) in CONTRACT or kind not in _SPECS.get(entity, {}):
        return []
    return [name for name in _object(_fields_of(entity, kind))["required"] if spec.get(name) is None]


def _fields_of(entity: str, kind: str) -> str:
    if entity in ("task", "run"):
        base, _, action = kind.removesuffix(":run").partition("+")
        executable = "workflow" if base in _SPECS["workflow"] else "function"
        must = "" if entity == "run" else "*"
        task = f"{executable}{must} {_OF_TASKS.get(action, _TASK)}"
        return task if entity == "task" else f"{_OF_RUNS} {task}"
    return _SPECS[entity][kind]


def _object(fields: str) -> dict[str, Any]:
    properties, required = {}, []
    for field in fields.split():
        name = field.rstrip("*{}[]#?")
        properties[name] = {"type": _TYPES[field[len(name) :].rstrip("*")]}
        if field.endswith("*"):
            required.append(name)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": True}


@functools.cache
def definitions() -> dict[str, Any]:
    """The contract's."""
    text = resources.files("dh_kernel").joinpath("_contract.json").read_text(encoding="utf-8")
    return dict(json.loads(text)["$defs"])


def _resolved(ref: str) -> dict[str, Any]:
    """A definition with all that it refers to beside it, so that it can be read alone."""
    name = ref.rpartition("/")[2]
    needed, waiting = {}, [name]
    while waiting:
        each = waiting.pop()
        if each not in needed:
            needed[each] = definitions()[each]
            waiting += _names(needed[each])
    return {**needed.pop(name), "$defs": needed} if needed else dict(needed.pop(name))


def _names(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [str(node["$ref"]).rpartition("/")[2]] if isinstance(node.get("$ref"), str) else []
        return own + [name for value in node.values() for name in _names(value)]
    return [name for value in node for name in _names(value)] if isinstance(node, list) else []
