"""What a sweep says of itself and its trials, in the contract's shapes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dh_kernel.errors import Invalid

from ..clock import as_text, seconds
from .budget import Decision, cost_of, limit_of, seconds_to_go
from .ledger import Ledger, Trial
from .trials import run_id

MOST = 1000
SHOWN_BEST = 50
MOST_CHOSEN = 200


def row(sweep: str, trial: Trial) -> dict[str, Any]:
    """A TrialRow."""
    last = trial.points[-1] if trial.points else (None, None)
    found = {
        "number": trial.number,
        "run": run_id(sweep, trial.number, trial.tries),
        "state": trial.state,
        "values": trial.values,
        "parameters": trial.parameters,
        "started": trial.started or None,
        "ended": trial.ended or None,
        "seconds": trial.seconds,
        "step": last[0],
        "last": last[1],
        "message": trial.message or None,
        "attributes": trial.attributes or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def status(
    sweep: str, ledger: Ledger, spec: Mapping[str, Any], decision: Decision, combinations: int | None
) -> dict[str, Any]:
    """A SweepStatus."""
    running = sum(ledger.trials[number].state == "running" for number in ledger.open)
    total = limit_of(ledger, spec, combinations)
    if decision.over:
        total = len(ledger.trials)
    counts = {**ledger.counts, "running": running, "queued": len(ledger.open) - running}
    cost = cost_of(ledger, spec, seconds())
    eta = None if decision.over or ledger.paused else seconds_to_go(ledger, spec, combinations)
    said = {
        "message": " ".join(filter(None, [_why_no_more(ledger, decision), _aside(ledger)])) or None,
        "exhausted": decision.exhausted or None,
        "eta": None if eta is None else round(eta, 1),
        "started": as_text(ledger.began) if ledger.began else None,
        "cost": None if cost is None else round(cost, 4),
        "aside": ledger.aside or None,
    }
    return {
        "phase": _phase(ledger, decision),
        "counts": counts if total is None else {**counts, "total": total},
        "best": [row(sweep, ledger.trials[number]) for number in ledger.best[:SHOWN_BEST]],
        "workers": int(spec.get("workers") or 1),
        **{name: value for name, value in said.items() if value is not None},
    }


def _why_no_more(ledger: Ledger, decision: Decision) -> str:
    if decision.over:
        return "" if decision.counted else decision.over
    return "Paused: no new trial begins." if ledger.paused else ""


def _aside(ledger: Ledger) -> str:
    """What is put aside, in words."""
    nodes = [node for node in ledger.aside if node]
    workers = len(ledger.aside) - len(nodes)
    said = [f"{', '.join(nodes)} put aside"] if nodes else []
    said += [f"{workers} {'worker' if workers == 1 else 'workers'} put aside"] if workers else []
    return f"{' and '.join(said)}: the machine ended three runs running." if said else ""


def _phase(ledger: Ledger, decision: Decision) -> str:
    if decision.over:
        return "ending" if ledger.open else "done"
    return "paused" if ledger.paused else "running"


def page(sweep: str, ledger: Ledger, *, after: str, size: int, sort: str, state: str) -> dict[str, Any]:
    """A TrialPage; `after` is the place to go on at. Raises Invalid for what can't be asked."""
    if not 1 <= size <= MOST:
        raise Invalid(f"a page of size {size} can't be", f"At most {MOST}.")
    if after and not (after.isascii() and after.isdigit() and len(after) < 10):
        raise Invalid("'after' is no cursor of this list.", "Send the `next` of the page before.")
    word, _, direction = (sort or "number,ASC").partition(",")
    if word not in _ORDERS or direction.upper() not in ("", "ASC", "DESC"):
        raise Invalid(f"trials can't be sorted by '{sort[:40]}'", f"By {', '.join(_ORDERS)}, each with ,ASC or ,DESC.")
    chosen = [trial for trial in ledger.trials if not state or trial.state in state.split(",")]
    known = [trial for trial in chosen if _ORDERS[word](trial) is not None]
    known.sort(key=_ORDERS[word], reverse=direction.upper() == "DESC")
    ordered = known + [trial for trial in chosen if _ORDERS[word](trial) is None]
    start = int(after or 0)
    rows = [row(sweep, trial) for trial in ordered[start : start + size]]
    return {"trials": rows, **({"next": str(start + size)} if start + size < len(ordered) else {})}


def chosen(sweep: str, ledger: Ledger, numbers: str) -> dict[str, Any]:
    """A TrialPage of those with these numbers (with commas between), each with the points that it has reported; numbers
    that there are not are left out. Raises Invalid."""
    texts = numbers.split(",")
    if len(texts) > MOST_CHOSEN or not all(text.isascii() and text.isdigit() and len(text) < 10 for text in texts):
        raise Invalid("'numbers' are those of trials, with commas between.", f"e.g. 3,5,8; at most {MOST_CHOSEN}.")
    found = [ledger.trials[number] for number in map(int, texts) if number < len(ledger.trials)]
    return {"trials": [{**row(sweep, trial), "points": trial.points} for trial in found]}


def _value(trial: Trial) -> Any:
    return next(iter((trial.values or {}).values()), None)


_ORDERS: dict[str, Callable[[Trial], Any]] = {
    "number": lambda trial: trial.number,
    "value": _value,
    "seconds": lambda trial: trial.seconds,
}


def columns(
    sweep: str, ledger: Ledger, spec: Mapping[str, Any], since: int, *, details: bool = False
) -> dict[str, Any]:
    """TrialColumns of what has changed since a revision; `details`: also what was reported, noted and broken, and when."""
    changed = ledger.changed(since)
    more: dict[str, Any] = {"space": dict(ledger.space)} if ledger.space else {}
    if details:
        more["points"] = [trial.points for trial in changed]
        more["attributes"] = [trial.attributes for trial in changed]
        more["violations"] = [list(trial.violations) for trial in changed]
        more["started"] = [trial.started or None for trial in changed]
        more["ended"] = [trial.ended or None for trial in changed]
    return {
        **more,
        "revision": ledger.revision,
        "number": [trial.number for trial in changed],
        "state": [trial.state for trial in changed],
        "run": [run_id(sweep, trial.number, trial.tries) for trial in changed],
        "values": {
            one["name"]: [(trial.values or {}).get(one["name"]) for trial in changed] for one in spec["objectives"]
        },
        "parameters": {
            name: [trial.parameters.get(name) for trial in changed] for name in {**spec["space"], **ledger.space}
        },
        "seconds": [trial.seconds for trial in changed],
        "last": [trial.points[-1][1] if trial.points else None for trial in changed],
        "message": [trial.message or None for trial in changed],
        "reports": [len(trial.points) for trial in changed],
    }


def results(ledger: Ledger, spec: Mapping[str, Any]) -> dict[str, Any]:
    """What a sweep that is over returned: of its best trial the objectives, the parameters and the number."""
    if not ledger.best:
        return {}
    best = ledger.trials[ledger.best[0]]
    return {**(best.values or {}), "best_trial": best.number, "best_parameters": best.parameters}
