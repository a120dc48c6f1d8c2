"""Logs as Core's documents: one for each run, whose content is base64 (core-api, section 8)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import Conflict, NotFound

from .clock import as_seconds
from .runs.log_tail import tail_start
from .runs.observe import LOG_CAP, part_as_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .broker import Broker
    from .catalogue import Query
    from .runs.observe import Observer

IN_LISTS = 64 * 1024  # bytes of a log that a list shows
TAIL = "-main"


def logs_of(broker: Broker, project: str, run_id: str, tail: int = 0) -> list[dict[str, Any]]:
    """A run's, or its last `tail` lines; `[]` if nothing was written yet."""
    run = broker.catalogue.get(project, "run", run_id)
    observe = broker.runs.observe
    text = _tail(observe, run, tail) if tail else observe.log_text(project, run_id)
    return [_document(run, text)] if text else []


def _tail(observe: Observer, run: Any, lines: int) -> str:
    return part_as_text(observe.read_log(run, tail_start(observe, run, lines), LOG_CAP))


def page_of_logs(broker: Broker, project: str, query: Query, run_id: str, **paging: Any) -> Any:
    """A page: of each run that the query finds (or of one) its log, in a list only its beginning."""
    found: Any = broker.catalogue.list("run", project=project, query=query, **paging)
    runs = [each for each in found["content"] if run_id in ("", each["id"])]
    if run_id:
        from .catalogue.query import page_of

        runs = [each for each in (_run(broker, project, run_id),) if each is not None]
        found = page_of([], len(runs), 0, max(1, paging["size"]))
    content = [_document(run, broker.runs.observe.read_log(run, 0, IN_LISTS).decode(errors="replace")) for run in runs]
    counted = {"content": content, "numberOfElements": len(content), "empty": not content}
    return {name: value for name, value in {**found, **counted}.items() if name != "next"}


def log_of(broker: Broker, project: str, ident: str) -> dict[str, Any]:
    """By its own id. Raises NotFound."""
    run = _run(broker, project, ident.removesuffix(TAIL)) if ident.endswith(TAIL) else None
    if run is None:
        raise NotFound("No such EntityName.LOG.", f"There is no log '{ident[:80]}' in '{project}'.")
    return _document(run, broker.runs.observe.log_text(project, run["id"]))


def delete_log(broker: Broker, project: str, ident: str) -> None:
    """Remove a log's text; the run stays. Raises NotFound, and Conflict while the run writes into it."""
    run = broker.catalogue.get(project, "run", log_of(broker, project, ident)["run"])
    if "ended" not in run["status"] and run["status"].get("attempt"):
        raise Conflict("The run still writes into its log.", "Stop it first.")
    broker.runs.observe.forget_log(run)


def _run(broker: Broker, project: str, ident: str) -> Any:
    try:
        return broker.catalogue.get(project, "run", ident)
    except NotFound:
        return None


def _document(run: Mapping[str, Any], text: str) -> dict[str, Any]:
    return {
        "id": f"{run['id'].lower()}{TAIL}",
        "kind": "log",
        "name": "main",
        "project": run["project"],
        "run": run["id"],
        "user": run.get("user", ""),
        "metadata": {"project": run["project"], "name": "main"},
        "spec": {"run": run["id"], "timestamp": int(as_seconds(run["metadata"]["updated"]) * 1000)},
        "status": {"state": "CREATED"},
        "content": base64.b64encode(text.encode(errors="replace")).decode(),
    }
