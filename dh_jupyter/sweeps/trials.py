"""A trial's run: the document that is posted, and what is seen of it later. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ..clock import as_seconds
from ..runs.options import OPTIONS
from ..runs.states import FINISHED
from . import objective
from .ledger import Entry, Trial
from .pruning import thinned

if TYPE_CHECKING:
    from dh_kernel._contract import Entity

KIND = "python+job:run"
MOST_TRIES = 4
SHOWN_MESSAGE = 300  # characters
NOTHING = objective.Reached(None)


class Seen(NamedTuple):
    """`state` is a trial's, `entry` what is to be written if it has ended."""

    state: str
    entry: Entry | None = None


def run_id(sweep: str, number: int, tries: int) -> str:
    """Of a trial's run: to make it twice is to make it once."""
    return hashlib.sha256(f"dh-trial-1\0{sweep}\0{number}\0{tries}".encode()).hexdigest()[:32]


def document(sweep: Entity, trial: Trial, avoid: Collection[str] = ()) -> dict[str, Any]:
    """The run to post. `avoid`: nodes that were put aside."""
    spec: Mapping[str, Any] = sweep["spec"]
    space = spec["sweep"]["space"]
    parameters, inputs = dict(spec.get("parameters") or {}), dict(spec.get("inputs") or {})
    for name, value in given(space, trial).items():
        (inputs if is_reference(space[name], value) else parameters)[name] = value
    options = {name: spec[name] for name in OPTIONS if name in spec}
    labels = sweep["metadata"].get("labels")
    return {
        "kind": KIND,
        "id": run_id(sweep["id"], trial.number, trial.tries),
        "metadata": {
            "relationships": [{"type": "step_of", "dest": sweep["key"]}],
            **({"labels": labels} if labels else {}),
        },
        "spec": {
            **options,
            "function": spec["function"],
            "parameters": parameters,
            "inputs": inputs,
            **({"avoid_nodes": sorted(avoid)} if avoid else {}),
            "trial": {"sweep": sweep["id"], "number": trial.number, **asking(spec["sweep"])},
        },
    }


def given(space: Mapping[str, Any], trial: Trial) -> dict[str, Any]:
    """Parameters that its run has from the start: the others it asks for."""
    return {name: value for name, value in trial.parameters.items() if name in space}


def asking(sweep: Mapping[str, Any]) -> dict[str, Any]:
    """What a trial of a SweepSpec must know to ask."""
    if not sweep.get("conditional"):
        return {}
    prunes = (sweep.get("pruner") or {}).get("kind", "none") != "none"
    return {"objective": sweep["objectives"][0]["name"], **({"prunes": True} if prunes else {})}


def is_reference(one: Mapping[str, Any], value: Any) -> bool:
    """Whether a choice is a thing of the catalogue: references are keys by the time that trials are made."""
    return one["type"] == "choice" and isinstance(value, str) and value.startswith("store://")


def seen(spec: Mapping[str, Any], trial: Trial, run: Entity, metrics: Mapping[str, Any]) -> Seen:
    """What to think of a trial by its run. `metrics` are asked for only of one that has ended."""
    status: Mapping[str, Any] = run["status"]
    state = status.get("state", "CREATED")
    if state not in FINISHED:
        return Seen("running" if state in ("RUNNING", "STOP") else "waiting")
    if state == "COMPLETED":
        results = {**objective.unnamed(spec, status.get("value") or {}), **(status.get("results") or {})}
        reached = objective.read(spec, results, metrics)
        if reached.values is not None:
            return Seen("finished", _ended(trial, status, "finished", reached))
        return Seen("failed", _ended(trial, status, "failed", reached))
    if trial.pruned_at is not None or status.get("pruned"):
        where = "Its code ended it." if trial.pruned_at is None else f"Pruned at step {trial.pruned_at}."
        return Seen("pruned", _ended(trial, status, "pruned", message=where))
    machine = state == "ERROR" and status.get("fault") == "machine"
    if machine and trial.tries < MOST_TRIES:
        again = {
            "op": "again",
            "n": trial.number,
            "try": trial.tries + 1,
            "node": status.get("node"),
            "seconds": _took(status),
        }
        return Seen("waiting", {name: value for name, value in again.items() if value is not None})
    by_hand = state != "ERROR"
    message = "Stopped." if by_hand else _why(status)
    ended = _ended(trial, status, "failed", message=message, by_hand=by_hand)
    return Seen("failed", {**ended, "machine": True} if machine else ended)


def gone(trial: Trial) -> Entry:
    """Its run was deleted."""
    return {"op": "end", "n": trial.number, "state": "failed", "message": "Its run was deleted.", "by_hand": True}


def _ended(
    trial: Trial,
    status: Mapping[str, Any],
    state: str,
    reached: objective.Reached = NOTHING,
    *,
    message: str = "",
    by_hand: bool = False,
) -> Entry:
    started, ended = str(status.get("started", "")), str(status.get("ended", ""))
    entry = {
        "op": "end",
        "n": trial.number,
        "state": state,
        "values": reached.values,
        "violations": list(reached.violations),
        "message": (reached.message or message)[:SHOWN_MESSAGE],
        "by_hand": by_hand,
        "started": started,
        "ended": ended,
        "seconds": _took(status),
        "node": status.get("node"),
        "points": thinned(trial.points),
        "attributes": trial.attributes,
    }
    return {name: value for name, value in entry.items() if value or (value == 0 and value is not False)}


def _took(status: Mapping[str, Any]) -> float | None:
    started, ended = status.get("started"), status.get("ended")
    return round(as_seconds(ended) - as_seconds(started), 3) if started and ended else None


def _why(status: Mapping[str, Any]) -> str:
    error, diagnosis = status.get("error") or {}, status.get("diagnosis") or {}
    said = diagnosis.get("summary") or status.get("message") or "It failed."
    raised = f"{error['type']}: {error.get('message', '')}" if error.get("type") else ""
    return raised if raised and raised not in said else str(said)
