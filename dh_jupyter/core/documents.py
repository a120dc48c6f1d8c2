"""Core's documents and ours. Pure.

What Core has no field for goes along in `metadata.dh_jupyter`, which it keeps; aliases are labels `alias:WORD`. A function of
a notebook is registered with a few lines below it, by which Core's runtime calls it (see `code.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dh_kernel.refs import WORD_BY_ENTITY

from .code import HANDLER, called_by_core, own_code

Document = dict[str, Any]

OURS = "dh_jupyter"
ALIAS = "alias:"
_COMPUTED = ("version_number", "reference", "aliases", "function", "function_reference")
_TABLE = ("path", "schema")
# fields of Core's specs, of kinds to which we add some
CORES = {
    "python": ("python_version", "source", "image", "base_image", "requirements"),
    "table": _TABLE,
    "artifact": ("path", "src_path"),
    "mlflow": (
        *("path", "framework", "algorithm", "parameters"),
        *("flavor", "model_config", "input_datasets", "signature"),
    ),
}
_SOURCE = ("handler", "base64", "source", "init_function", "lang")


def to_core(document: Mapping[str, Any]) -> Document:
    """As Core stores it without losing anything."""
    metadata = {name: value for name, value in (document.get("metadata") or {}).items() if name not in _COMPUTED}
    kept = list((document.get("metadata") or {}).get("aliases") or [])
    if kept:
        metadata["labels"] = [*(metadata.get("labels") or []), *(f"{ALIAS}{alias}" for alias in kept)]
    sent = {**document, "metadata": metadata}
    if document.get("spec") is not None:
        spec, more = _divided(str(document.get("kind", "")), document["spec"])
        sent["spec"] = spec
        if more:
            metadata[OURS] = more
    return sent


def _divided(kind: str, spec: Mapping[str, Any]) -> tuple[Document, Document]:
    """(what Core knows, what it does not)."""
    if kind not in CORES:
        return dict(spec), {}
    known = {name: value for name, value in spec.items() if name in CORES[kind]}
    more: Document = {"spec": {name: value for name, value in spec.items() if name not in CORES[kind]}}
    if kind == "python" and "parameters" in spec and isinstance(spec.get("source"), Mapping):
        source = spec["source"]
        more["source"] = {name: value for name, value in source.items() if name not in _SOURCE}
        more["handler"] = source.get("handler", "")
        called = called_by_core(str(source.get("base64", "")), str(source.get("handler", "")), spec)
        known["source"] = {"lang": "python", "handler": HANDLER, "base64": called}
        known.setdefault("python_version", "PYTHON3_11")
    return known, {name: value for name, value in more.items() if value}


def from_core(entity: str, document: Mapping[str, Any], number: int | None) -> Document:
    """As our clients read it: whole, with its number, reference and aliases."""
    metadata = dict(document.get("metadata") or {})
    more = metadata.pop(OURS, None) or {}
    labels = [label for label in metadata.get("labels") or [] if isinstance(label, str)]
    aliases = [label.removeprefix(ALIAS) for label in labels if label.startswith(ALIAS)]
    if aliases:
        metadata["labels"] = [label for label in labels if not label.startswith(ALIAS)]
    spec = {**(document.get("spec") or {}), **(more.get("spec") or {})}
    if "handler" in more:
        source = {**(spec.get("source") or {}), **(more.get("source") or {}), "handler": more["handler"]}
        source.pop("lang", None)
        spec["source"] = {**source, "base64": own_code(str(source.get("base64", "")))}
    name = counted_as(entity, document)
    if number is not None:
        metadata["version_number"] = number
        metadata["reference"] = reference_of(entity, name, number)
    if entity not in ("run", "task", "project"):
        metadata["aliases"] = aliases
    found = {**document, "metadata": metadata, "spec": spec, "status": document.get("status") or {}}
    return _run(found, name) if entity == "run" else found


def reference_of(entity: str, name: str, number: int) -> str:
    """`run/train-42`, `function/train@3`."""
    return f"run/{name}-{number}" if entity == "run" else f"{WORD_BY_ENTITY.get(entity, entity)}/{name}@{number}"


def counted_as(entity: str, document: Mapping[str, Any]) -> str:
    """The name under which versions are counted: of a run, that of its function."""
    if entity != "run":
        return str(document.get("name") or document.get("id") or "")
    named = str((document.get("spec") or {}).get("function") or (document.get("spec") or {}).get("workflow") or "")
    return named.partition("://")[2].partition("/")[2].partition(":")[0] or str(document.get("id"))


def _run(run: Document, name: str) -> Document:
    """With what our clients ask of a run beside Core's fields: whether it has begun, and what it returned."""
    status = dict(run["status"])
    state = status.get("state")
    if state not in ("CREATED", "BUILT", "READY", None):
        status["attempt"] = 1
    if state == "COMPLETED":
        status["value"] = value_of(name, status.get("outputs") or {}, status.get("results") or {})
    if state == "ERROR" and status.get("message") and "diagnosis" not in status:
        status["diagnosis"] = {
            "code": "core",
            "summary": str(status["message"]),
            "detail": "",
            "cure": "%dh logs says more.",
        }
    return {**run, "status": status, "metadata": {**run["metadata"], "function": name}}


def value_of(name: str, outputs: Mapping[str, Any], results: Mapping[str, Any]) -> Document:
    """The tree of what was returned (`Value` of the contract): one thing by the function's name, else a dict of names."""
    trees = {**{one: {"output": one} for one in outputs}, **{one: {"json": each} for one, each in results.items()}}
    if list(trees) == [name]:
        return dict(trees[name])
    return {"pairs": [[{"json": one}, tree] for one, tree in trees.items()]}


def with_aliases(labels: Iterable[str], aliases: Iterable[str]) -> list[str]:
    """Labels as Core keeps them."""
    return [*(one for one in labels if not one.startswith(ALIAS)), *(f"{ALIAS}{alias}" for alias in aliases)]
