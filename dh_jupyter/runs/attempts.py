"""An attempt: its folder, and what the executor is told. The folder is all that the worker will ever know."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import Invalid
from dh_kernel.refs import parse
from dh_kernel.rundir import RunFolder

from ..clock import as_seconds, seconds
from ..executors.base import Purpose, Submission
from .build import python_of, resources_of
from .kinds import BY_RUN

if TYPE_CHECKING:
    from dh_kernel._contract import Entity, FileLink, FunctionDocument, InputDocument, PodDelivery, RunDocument


LinksOf = Callable[[Any], "list[FileLink] | None"]


def handle_of(run_id: str, attempt: int) -> str:
    """The executor's name for an attempt."""
    return f"{run_id}-{attempt}"


def run_id_of(handle: str) -> str:
    """The run that an executor's handle belongs to."""
    return handle.rpartition("-")[0]


def folder_of(home: Path, project: str, run_id: str, attempt: int) -> Path:
    """Where an attempt's folder lies."""
    return home / "runs" / project / run_id / str(attempt)


def mlflow_folder(home: Path, run: Entity) -> Path | None:
    """Where user code of the newest attempt has logged by MLflow's own calls; None if there was no attempt."""
    attempt = run["status"].get("attempt")
    return RunFolder(folder_of(home, run["project"], run["id"], attempt)).mlflow if attempt else None


def write_attempt(
    home: Path,
    run: Entity,
    attempt: int,
    read: Callable[[str], Entity],
    links: LinksOf = lambda entity: None,
    deliver: PodDelivery | None = None,
) -> Path:
    """Make the attempt's folder, or find it made. `read` gives the entity of a key, `links` those to its files where a worker
    can't read them by itself; by `deliver` it puts outputs into the store itself. Raises NotFound if an input is gone."""
    spec = run["spec"]
    whole = "written_for" in spec
    inputs = {name: _input(read(key), whole, links) for name, key in spec.get("inputs", {}).items()}
    source = spec["source"]
    folder = folder_of(home, run["project"], run["id"], attempt)
    text, files = _text_of(spec), source.get("files") or {}
    document = _document(run, attempt, inputs)
    if linked := _links_to_source(run, links):
        document["function"]["links"] = linked
    if deliver is not None:
        document["deliver"] = deliver
    if BY_RUN[run["kind"]].is_file:
        RunFolder.create(folder, document, None, {**files, source["path"]: text})
    else:
        RunFolder.create(folder, document, text, files)
    return folder


def _text_of(spec: Mapping[str, Any]) -> Any:
    """The code that goes into the folder; None if the run fetches it itself."""
    source = spec["source"]
    return None if _is_elsewhere(spec) else code_of(source)


def _is_elsewhere(spec: Mapping[str, Any]) -> bool:
    """A function of the SDK whose code lies in a repository or an archive."""
    source = spec["source"]
    return "written_for" in spec and not source.get("base64") and "://" in str(source.get("source"))


def _links_to_source(run: Entity, links: LinksOf) -> list[FileLink] | None:
    """To an archive that the SDK has put into our S3."""
    source = str(run["spec"]["source"].get("source")).removeprefix("zip+")
    if not _is_elsewhere(run["spec"]) or not source.startswith("s3://"):
        return None
    return links({"project": run["project"], "spec": {"path": source}, "status": {}})


def _document(run: Entity, attempt: int, inputs: dict[str, InputDocument]) -> RunDocument:
    document: RunDocument = {
        "format": 1,
        "project": run["project"],
        "id": run["id"],
        "name": run["metadata"].get("reference", run["id"]).rpartition("/")[2],
        "key": run["key"],
        "attempt": attempt,
        "function": _function(run),
        "parameters": run["spec"].get("parameters") or {},
        "inputs": inputs,
        "cells": run["spec"].get("cells") or [],
        "secrets": run["spec"].get("secrets") or [],
    }
    trial = run["spec"].get("trial") or {}
    if "objective" in trial:
        document["trial"] = {name: value for name, value in trial.items() if name != "sweep"}  # type: ignore[typeddict-item]
    if run["spec"].get("init_parameters"):
        document["init_parameters"] = run["spec"]["init_parameters"]
    if run["spec"].get("nodes", 1) > 1:
        document["nodes"] = run["spec"]["nodes"]
    return document


def _function(run: Entity) -> FunctionDocument:
    spec: Mapping[str, Any] = run["spec"]
    found: FunctionDocument = {
        "name": parse(spec["function"]).name,
        "key": spec["function"],
        "requirements": spec.get("requirements") or [],
    }
    if BY_RUN[run["kind"]].is_file:
        found["file"] = spec["source"]["path"]
    elif "written_for" in spec:
        found.update(_of_core(spec))
    else:
        found["handler"] = spec["source"]["handler"].rpartition(":")[2]
    if spec.get("output_names"):
        found["output_names"] = spec["output_names"]
    return found


def _of_core(spec: Mapping[str, Any]) -> FunctionDocument:
    """What its worker needs to know beside; `module:name` of a handler is meant for code that lies elsewhere."""
    source = spec["source"]
    found: Any = {"written_for": spec["written_for"], "handler": source["handler"]}
    if _is_elsewhere(spec):
        found["source"] = source["source"]
    if python_of(spec):
        found["python"] = python_of(spec)
    if source.get("init_function"):
        found["init_function"] = source["init_function"]
    return found  # type: ignore[no-any-return]


def _input(entity: Entity, whole: bool, links: LinksOf) -> InputDocument:
    kept = {name: value for name, value in entity["spec"].items() if name != "path"}
    found: InputDocument = {
        "key": entity["key"],
        "entity": parse(entity["key"]).entity,  # type: ignore[typeddict-item]
        "kind": entity["kind"],
        "name": entity["name"],
        "reference": entity["metadata"].get("reference", entity["key"]),
        "path": entity["spec"]["path"],
        "spec": kept,
    }
    linked = links(entity)
    if linked is not None:
        found["links"] = linked
    if whole:
        found["document"] = dict(entity)
    return found


def code_of(source: Mapping[str, Any]) -> str:
    """The module's text. Raises Invalid where there is none that we can read."""
    encoded = source.get("base64")
    if not encoded:
        raise Invalid("The function holds no code (spec.source.base64).", "Register it again from its cell or file.")
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Invalid(f"spec.source.base64 is not the base64 of a UTF-8 text: {error}.") from error


def submission_of(run: Entity, attempt: int, folder: Path, secrets: Mapping[str, str]) -> Submission:
    """What the executor is told; `secrets` are values by name."""
    spec = run["spec"]
    env = {variable["name"]: variable["value"] for variable in spec.get("envs") or []}
    return Submission(
        handle=handle_of(run["id"], attempt),
        folder=folder,
        resources=resources_of(spec),
        requirements=(*(spec.get("requirements") or ()), *BY_RUN[run["kind"]].companions, *_of_image(spec)),
        imports=tuple(spec.get("imports") or ()),
        env={"PROJECT_NAME": run["project"], "RUN_ID": run["id"], **env},
        secrets=secrets,
        timeout=_limit(run),
        placement={**(spec.get("placement") or {}), **_avoided(spec)},
        nodes=spec.get("nodes", 1),
        user=run.get("user", ""),
        purpose=_purpose(run),
        python=python_of(spec),
        any_python="written_for" in spec,
        packages=tuple(spec["environment"]["packages"]) if spec.get("environment") else None,
    )


def _purpose(run: Entity) -> Purpose:
    """From what it is a step of, or what started it."""
    links = {(link["type"], *link["dest"].split("/")[3:5]) for link in run["metadata"].get("relationships") or []}
    if ("step_of", "run", "python+sweep:run") in links:
        return "sweep"
    return "schedule" if any(link[:2] == ("produced_by", "trigger") for link in links) else "interactive"


def _avoided(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Machines that somebody above us has put aside."""
    return {"avoid_nodes": spec["avoid_nodes"]} if spec.get("avoid_nodes") else {}


def _of_image(spec: Mapping[str, Any]) -> tuple[str, ...]:
    """What a function of the SDK finds in Core's image without naming it."""
    named = {re.split(r"[^a-z0-9_.-]", str(text).lower())[0] for text in spec.get("requirements") or ()}
    return tuple(name for name in ("pandas", "pyarrow") if name not in named) if "written_for" in spec else ()


def _limit(run: Entity) -> float | None:
    """Seconds of running: its own limit, or what is left of its total, so that it ends in time while no broker looks."""
    spec, total = run["spec"], run["spec"].get("total_timeout")
    left = None if total is None else max(0.0, as_seconds(run["metadata"]["created"]) + total - seconds())
    return min((limit for limit in (spec.get("timeout"), left) if limit is not None), default=None)
