"""The run card, and the text of a failure."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import html
from .words import cut, listed, number, ran_for, short_key, state_of

if TYPE_CHECKING:
    from .._contract import Entity, Progress

_FAILED_LINES = 12  # of a traceback in a card; `r.result` and the logs show all


def run_name(run: Mapping[str, Any]) -> str:
    """`train-42`."""
    return str(run["metadata"].get("reference", run["id"])).rpartition("/")[2]


def run_bundle(run: Entity, progress: Progress | None = None, note: str = "") -> dict[str, Any]:
    """The card. `progress` is newer than the run's own, `note` says what was done for it (a saved DataFrame)."""
    ids = {"id": run["id"], "project": run["project"]}
    return html.bundle("run", ids, run_text(run, progress, note), run_html(run, progress, note))


def run_text(run: Mapping[str, Any], progress: Mapping[str, Any] | None = None, note: str = "") -> str:
    """The card as text."""
    shown = progress_text(_progress(run, progress))
    head = [run_name(run), state_of(run), ran_for(run["status"]), shown, _waiting(run)]
    lines = [
        note,
        " · ".join(part for part in head if part),
        "  " + _what(run),
        *(f"  {line}" for line in _ending(run)),
    ]
    return "\n".join(line for line in lines if line.strip())


def run_html(run: Mapping[str, Any], progress: Mapping[str, Any] | None = None, note: str = "") -> str:
    """The card as HTML."""
    now = _progress(run, progress)
    head = [html.strong(run_name(run)), html.text(state_of(run).capitalize())]
    head += [html.faint(part) for part in (ran_for(run["status"]), _waiting(run)) if part]
    if now.get("total"):
        head.append(html.bar(now["done"] / now["total"], progress_text(now)))
    elif now:
        head.append(html.faint(progress_text(now)))
    traceback = _traceback(run)
    return html.card(
        html.faint(note) if note else "",
        " · ".join(head),
        html.faint(_what(run)),
        *(html.text(line) for line in _ending(run, with_traceback=False)),
        html.code("\n".join(traceback)) if traceback else "",
    )


def progress_text(progress: Mapping[str, Any]) -> str:
    """`62% · 248 of 400 · fitting`."""
    if not progress:
        return ""
    done, total = progress["done"], progress.get("total")
    parts = [f"{done / total:.0%}", f"{number(done)} of {number(total)}"] if total else [number(done)]
    return " · ".join([*parts, progress["text"]] if progress.get("text") else parts)


def _progress(run: Mapping[str, Any], newer: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if state_of(run) != "running":
        return {}
    return newer or run["status"].get("progress") or {}


def _waiting(run: Mapping[str, Any]) -> str:
    return str(run["status"].get("message", "")) if state_of(run) in ("queued", "starting") else ""


def _what(run: Mapping[str, Any]) -> str:
    """`function/train@3 · flights=dataset/flights@77aa… · lr=0.05`."""
    spec = run["spec"]
    inputs = [f"{name}={short_key(key)}" for name, key in (spec.get("inputs") or {}).items()]
    parameters = [f"{name}={cut(value, 40)}" for name, value in (spec.get("parameters") or {}).items()]
    function = run["metadata"].get("function_reference") or short_key(spec.get("function", ""))
    return " · ".join(part for part in (function, listed([*inputs, *parameters])) if part)


def _ending(run: Mapping[str, Any], with_traceback: bool = True) -> list[str]:
    """Results and outputs, or why it failed and what to do."""
    status = run["status"]
    lines = []
    if status.get("results"):
        lines.append("results: " + listed([f"{name} = {number(value)}" for name, value in status["results"].items()]))
    if status.get("outputs"):
        lines.append("outputs: " + listed([f"{name} → {short_key(key)}" for name, key in status["outputs"].items()]))
    lines += [f"warning: {line}" for line in (status.get("warnings") or [])[:8]]
    if state_of(run) == "failed":
        lines += [*failure_lines(run), *(_traceback(run) if with_traceback else [])]
    return lines


def failure_lines(run: Mapping[str, Any]) -> list[str]:
    """Summary, detail and cure of the diagnosis; without one, the run's message."""
    status = run["status"]
    diagnosis = status.get("diagnosis") or {}
    lines = [
        diagnosis.get("summary") or status.get("message", ""),
        diagnosis.get("detail", ""),
        diagnosis.get("cure", ""),
    ]
    return [line for text in lines if text for line in text.splitlines()]


def _traceback(run: Mapping[str, Any]) -> list[str]:
    """The last lines of the user's traceback, with the count of what is left out."""
    if state_of(run) != "failed":
        return []
    lines = textwrap.dedent((run["status"].get("error") or {}).get("traceback", "")).strip().splitlines()
    hidden = len(lines) - _FAILED_LINES
    return [f"… {hidden} lines more in %dh logs {run_name(run)}", *lines[-_FAILED_LINES:]] if hidden > 0 else lines
