"""Why a run failed, for the person who wrote it: a pure function from observed facts to {code, summary, detail, cure, retry}."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .quantities import show_bytes, show_seconds

if TYPE_CHECKING:
    from dh_kernel._contract import Diagnosis, ErrorDocument, Exit, RunOptions


def of_exception(error: ErrorDocument, exit: Exit | None = None) -> Diagnosis:
    """The user's own exception: what, where in the notebook, and the cure where one is known."""
    said = f": {error['message']}" if error["message"] else ""
    found: Diagnosis = {"code": "user_exception", "summary": f"{error['type']}{said}"}
    frames = [frame for frame in error.get("frames", []) if frame.get("user")]
    if frames:
        last = frames[-1]
        code = f": {last['code']}" if last.get("code") else ""
        found["detail"] = f"{last['where']}, line {last['line']}, in {last['function']}{code}"
    for kind, cure in _CURES.items():
        if error["type"] == kind or error["type"].endswith(f".{kind}"):
            found.update(cure(error, exit))
    return found


def _missing_module(error: ErrorDocument, exit: Exit | None) -> Diagnosis:
    match = re.search(r"No module named '([^']+)'", error["message"])
    name = match[1].partition(".")[0] if match else "NAME"
    return {
        "code": "missing_module",
        "summary": f"The module '{name}' is not installed where the run ran.",
        "cure": f"Name its package at registration: %%dh function … --requires {name}",
    }


def _out_of_memory(error: ErrorDocument, exit: Exit | None) -> Diagnosis:
    found: Diagnosis = {"code": "memory", "summary": f"Out of memory: {error['message'] or 'an allocation failed'}"}
    return {**found, **_more_memory(exit.get("memory_limit") if exit else None)}  # type: ignore[typeddict-item]


_CURES: dict[str, Callable[[Any, Any], Diagnosis]] = {
    "ModuleNotFoundError": _missing_module,
    "MemoryError": _out_of_memory,
}


def _more_memory(limit: int | None) -> dict[str, Any]:
    if not limit:
        return {"cure": "Give it more memory: --memory 8Gi, or work on less at once."}
    bigger = show_bytes(1 << max(limit, 2**20).bit_length())
    return {"cure": f"Run again with more: %dh retry RUN --memory {bigger}", "retry": {"resources": {"mem": bigger}}}


def of_cause(cause: str, exit: Exit | None, options: RunOptions, waited: float = 0.0) -> Diagnosis:
    """An attempt that ended without a result. `cause` comes from reconcile.cause_of; `waited` in seconds."""
    return _ROWS[cause](exit or {}, options, waited)


def _timeout(exit: Any, options: RunOptions, waited: float) -> Diagnosis:
    limit = options.get("timeout", 0)
    return {
        "code": "timeout",
        "summary": f"Ended at its time limit of {show_seconds(limit)}.",
        "cure": f"Give it longer: --timeout {2 * limit:g}s",
        "retry": {"timeout": 2 * limit} if limit else {},
    }


def _memory(exit: Any, options: RunOptions, waited: float) -> Diagnosis:
    limit, peak = exit.get("memory_limit"), exit.get("peak_memory")
    at = f" {show_bytes(limit)}" if limit else ""
    seen = f" (peak {show_bytes(peak)})" if peak else ""
    return {"code": "memory", "summary": f"Killed at its memory limit{at}{seen}.", **_more_memory(limit)}  # type: ignore[typeddict-item]


def _processes(exit: Any, options: RunOptions, waited: float) -> Diagnosis:
    return {
        "code": "processes",
        "summary": f"Ended with more than {exit.get('process_limit', 'the most')} processes at once.",
        "detail": "A loop that starts processes, or pools within pools, does that; the log's end may say which.",
        "cure": "Start fewer at once: n_jobs=1 in all but one place. An administrator can raise DhExtension.local_processes.",
    }


def _killed(exit: Any, options: RunOptions, waited: float) -> Diagnosis:
    peak = f" Its peak was {show_bytes(exit['peak_memory'])}." if exit.get("peak_memory") else ""
    return {
        "code": "killed",
        "summary": "Killed from outside" + _by_signal(exit) + ".",
        "detail": f"Nobody stopped it through the platform.{peak} A machine that runs out of memory kills like this.",
        "cure": "Run it again; --retries 2 does so by itself. If memory was short, limit it with --memory.",
        "retry": {"retries": 2},
    }


def _crashed(exit: Any, options: RunOptions, waited: float) -> Diagnosis:
    return {
        "code": "crashed",
        "summary": "The process crashed" + _by_signal(exit) + ".",
        "detail": "A compiled library failed; Python could not raise an exception. The log's end may say which.",
        "cure": "Look at the log's last lines, and at the versions of the libraries that it uses.",
    }


def _exited(exit: Any, options: RunOptions, waited: float) -> Diagnosis:
    return {
        "code": "exited",
        "summary": f"The process ended by itself with exit code {exit.get('code', '?')}, before the function returned.",
        "detail": "os._exit or a library did that; nothing that the function would have returned is kept.",
        "cure": "Return from the function instead, or raise an exception.",
    }


def _dependencies(exit: Any, options: RunOptions, waited: float) -> Diagnosis:
    return {
        "code": "dependencies",
        "summary": "The packages that it needs could not be installed.",
        "detail": "The log holds what the installer said.",
        "cure": "Correct --requires (names and versions as pip takes them), and register the function again.",
    }


def _integrity(exit: Any, options: RunOptions, waited: float) -> Diagnosis:
    return {
        "code": "integrity",
        "summary": "The run's folder or its result is not what it should be.",
        "detail": "The log says which file.",
        "cure": "Check that the disk is not full (%dh doctor), then run it again.",
    }


def _lost(exit: Any, options: RunOptions, waited: float) -> Diagnosis:
    return {
        "code": "lost",
        "summary": "Lost: its process is gone and left no result.",
        "detail": "The machine was restarted, or the process and its supervisor were killed.",
        "cure": "Run it again; --retries 2 does so by itself.",
        "retry": {"retries": 2},
    }


def _queue_timeout(exit: Any, options: RunOptions, waited: float) -> Diagnosis:
    return {
        "code": "queue_timeout",
        "summary": f"Waited {show_seconds(waited)} for a place and got none.",
        "cure": "Ask for less (--cpu, --gpu), stop what runs (%dh ls run --state running), or wait longer (--queue-timeout).",
    }


def _by_signal(exit: Any) -> str:
    number = exit.get("signal")
    return f" ({signal.Signals(number).name})" if number in set(signal.Signals) else ""


_ROWS: dict[str, Callable[[Any, Any, float], Diagnosis]] = {
    "timeout": _timeout,
    "memory": _memory,
    "processes": _processes,
    "killed": _killed,
    "crashed": _crashed,
    "exited": _exited,
    "dependencies": _dependencies,
    "integrity": _integrity,
    "lost": _lost,
    "queue_timeout": _queue_timeout,
}
