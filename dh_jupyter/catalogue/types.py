"""The entity types, and the kinds of each that DigitalHub Core has (reference: core-api, sections 2 and 5)."""

from __future__ import annotations

import re

PLURALS = {
    "project": "projects",
    "artifact": "artifacts",
    "dataitem": "dataitems",
    "model": "models",
    "function": "functions",
    "workflow": "workflows",
    "containerimage": "containerimages",
    "extension": "extensions",
    "task": "tasks",
    "run": "runs",
    "trigger": "triggers",
    "secret": "secrets",
    "log": "logs",
    "share": "shares",
}

VERSIONED = frozenset({"artifact", "dataitem", "model", "function", "workflow", "containerimage", "extension"})
MATERIAL = frozenset({"artifact", "dataitem", "model"})
EXECUTABLE = frozenset({"function", "workflow"})
MEASURED = frozenset({"run", "model"})  # these have metrics
NAMELESS = frozenset({"task", "run"})  # their name is their id
LISTED_IN_PROJECT = ("function", "artifact", "workflow", "dataitem", "model")

NAME = re.compile(r"[A-Za-z0-9._+-]{1,256}")
KIND = re.compile(r"[A-Za-z0-9._+:-]{1,256}")
KUBERNETES_NAME = re.compile(r"[a-z0-9-]{1,38}")
SECRET_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")  # a file's name, and an environment variable's

_MATERIAL_KINDS = {
    "artifact": {"artifact"},
    "dataitem": {"dataitem", "croissant", "table"},
    "model": {"model", "sklearn", "huggingface", "mlflow"},
}
_FUNCTION_TASKS = {
    "python": ("job", "serve", "build"),
    "guardrail": ("serve", "build"),
    "openinference": ("serve", "build"),
    "container": ("job", "serve", "deploy", "build"),
    "dbt": ("transform",),
    "sklearnserve": ("serve",),
    "mlflowserve": ("serve", "build"),
    "huggingfaceserve": ("serve",),
    "vllmserve-text": ("serve",),
    "vllmserve-speech": ("serve",),
    "vllmserve-pooling": ("serve",),
    "kubeai-text": ("serve",),
    "kubeai-speech": ("serve",),
    "flower-app": ("train",),
    "flower-client": ("build", "deploy"),
    "flower-server": ("build", "deploy"),
}
_WORKFLOW_TASKS = {"hera": ("build", "pipeline"), "kfp": ("build", "pipeline")}
_TASKS = {
    f"{kind}+{action}" for kinds in (_FUNCTION_TASKS, _WORKFLOW_TASKS) for kind in kinds for action in kinds[kind]
}

# The public SDK can't read a list that holds one entity of another kind.
KNOWN_KINDS: dict[str, frozenset[str]] = {
    **{entity: frozenset(kinds) for entity, kinds in _MATERIAL_KINDS.items()},
    "function": frozenset(_FUNCTION_TASKS),
    "workflow": frozenset(_WORKFLOW_TASKS),
    "task": frozenset(_TASKS),
    "run": frozenset({f"{task}:run" for task in _TASKS}),
    "project": frozenset({"project"}),
    "secret": frozenset({"secret"}),
    "trigger": frozenset({"scheduler", "lifecycle"}),
    "log": frozenset({"log"}),
    "extension": frozenset({"extension"}),
}
