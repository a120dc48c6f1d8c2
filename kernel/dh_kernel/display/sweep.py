"""The card of a sweep, as text and as HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import html
from .run import failure_lines, run_name
from .words import counted, cut, duration, listed, number, ran_for, short_key, state_of

if TYPE_CHECKING:
    from .._contract import Entity

_FRONT = 8  # trials of a Pareto front in a card


def sweep_bundle(run: Entity, note: str = "") -> dict[str, Any]:
    """The card for all viewers; our renderer takes it as a run's."""
    ids = {"id": run["id"], "project": run["project"]}
    return html.bundle("run", ids, sweep_text(run, note), sweep_html(run, note))


def sweep_text(run: Mapping[str, Any], note: str = "") -> str:
    """The card as text."""
    head = [run_name(run), _state(run), counts_text(_sweep(run)), ran_for(run["status"]), _left(run)]
    lines = [note, " · ".join(part for part in head if part), "  " + _what(run)]
    lines += [f"  {line}" for line in (*map(trial_text, _best(run)), *_told(run))]
    return "\n".join(line for line in lines if line.strip())


def sweep_html(run: Mapping[str, Any], note: str = "") -> str:
    """The card as HTML."""
    head = [html.strong(run_name(run)), html.text(_state(run).capitalize())]
    head += [html.faint(part) for part in (ran_for(run["status"]), _left(run)) if part]
    share = _share(run)
    counts = counts_text(_sweep(run))
    return html.card(
        html.faint(note) if note else "",
        " · ".join(head),
        html.bar(share, counts) if share is not None else html.text(counts),
        html.faint(_what(run)),
        _table(run),
        *(html.text(line) for line in _told(run)),
    )


def counts_text(sweep: Mapping[str, Any]) -> str:
    """`24 of 60 trials · 3 running, 14 finished, 6 pruned, 1 failed`."""
    counts = sweep.get("counts") or {}
    over = sum(counts.get(word) or 0 for word in ("finished", "pruned", "failed"))
    total = counts.get("total")
    head = f"{over:,} of {counted(total, 'trial')}" if total else counted(over, "trial")
    words = ("running", "queued", "finished", "pruned", "failed")
    parts = [f"{counts[word]:,} {word}" for word in words if counts.get(word)]
    return " · ".join(part for part in (head, ", ".join(parts)) if part)


def trial_text(row: Mapping[str, Any]) -> str:
    """`trial 19: auc = 0.91 · lr=0.082, leaves=10`."""
    values = listed([f"{name} = {number(value)}" for name, value in (row.get("values") or {}).items()])
    parameters = listed([f"{name}={shown(value)}" for name, value in (row.get("parameters") or {}).items()])
    return f"trial {row['number']}: " + " · ".join(part for part in (values, parameters) if part)


def dimension_text(one: Mapping[str, Any]) -> str:
    """A wire Dimension as it is typed: `1e-05..0.1:log`, `{adam, sgd}`."""
    if one["type"] == "choice":
        return "{" + listed([shown(value) for value in one["choices"]], 6) + "}"
    more = (":log" if one.get("log") else "") + (f":{one['step']}" if one.get("step") not in (None, 1) else "")
    return f"{one['low']}..{one['high']}{more}"


def shown(value: Any) -> str:
    """A value of a parameter; a reference by its short name."""
    return short_key(value) if isinstance(value, str) and value.startswith("store://") else number(value)


def _sweep(run: Mapping[str, Any]) -> Mapping[str, Any]:
    return run["status"].get("sweep") or {}


def _state(run: Mapping[str, Any]) -> str:
    return "paused" if _sweep(run).get("phase") == "paused" else state_of(run)


def _best(run: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return list(_sweep(run).get("best") or [])[:_FRONT]


def _share(run: Mapping[str, Any]) -> float | None:
    counts = _sweep(run).get("counts") or {}
    over = sum(counts.get(word) or 0 for word in ("finished", "pruned", "failed"))
    return over / counts["total"] if counts.get("total") else None


def _left(run: Mapping[str, Any]) -> str:
    eta = _sweep(run).get("eta")
    return f"about {duration(eta)} left" if eta and state_of(run) == "running" else ""


def _what(run: Mapping[str, Any]) -> str:
    """`function/train@3 · lr=1e-05..0.1:log · maximize auc`."""
    spec = run["spec"]
    sweep = spec.get("sweep") or {}
    space = [f"{name}={dimension_text(one)}" for name, one in (sweep.get("space") or {}).items()]
    fixed = [f"{name}={cut(value, 40)}" for name, value in (spec.get("parameters") or {}).items()]
    inputs = [f"{name}={short_key(key)}" for name, key in (spec.get("inputs") or {}).items()]
    aims = [f"{one['direction']} {one['name']}" for one in sweep.get("objectives") or []]
    function = run["metadata"].get("function_reference") or short_key(spec.get("function", ""))
    parts = (function, listed([*space, *inputs, *fixed], 12), listed(aims))
    return " · ".join(part for part in parts if part)


def _told(run: Mapping[str, Any]) -> list[str]:
    """What the sweep says of itself, and why it failed."""
    message = _sweep(run).get("message") or ""
    failure = failure_lines(run) if state_of(run) == "failed" else []
    warnings = [f"warning: {line}" for line in (run["status"].get("warnings") or [])[:8]]
    said = [line for line in message.splitlines() if line not in failure]
    return [*said, *failure, *warnings]


def _table(run: Mapping[str, Any]) -> str:
    """The best trial, or the front, as a table."""
    best = _best(run)
    if not best:
        return ""
    values = list(best[0].get("values") or {})
    parameters = list(dict.fromkeys(name for row in best for name in row.get("parameters") or {}))
    rows = [
        [
            row["number"],
            *(number((row.get("values") or {}).get(name)) for name in values),
            *(shown((row.get("parameters") or {}).get(name, "")) for name in parameters),
        ]
        for row in best
    ]
    return html.table(["best trial", *values, *parameters], rows)
