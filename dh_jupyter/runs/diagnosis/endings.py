"""Rows for attempts that ended without a result, by reconcile.cause_of."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from typing import Any

from ...quantities import show_seconds
from .case import Case
from .changes import longer, more_memory, two_retries
from .installing import explain_installer
from .row import Row

_ENDED_BY_TERM = 45  # the worker's exit code once SIGTERM has ended the user's code


def _signal(case: Case, values: Mapping[str, str] = {}) -> Mapping[str, Any]:
    exit: Any = case.exit or {}
    number = exit.get("signal", signal.SIGTERM if exit.get("code") == _ENDED_BY_TERM else None)
    known = number in set(signal.Signals)
    return {"signal": f" ({signal.Signals(number).name})" if known else f" (signal {number})" if number else ""}


def _waited(option: str) -> Any:
    def more(case: Case, values: Mapping[str, str]) -> Mapping[str, Any]:
        last = f"What it waited for last: {case.waited_for}" if case.waited_for else ""
        return {**longer(option)(case, values), "waited": show_seconds(case.waited), "last": last}

    return more


def _installer(case: Case, _: Mapping[str, str]) -> Mapping[str, Any]:
    fault = explain_installer(case.log, tuple(case.spec.get("requirements") or ()))
    if case.spec.get("same_as"):
        how = f"The packages of that run can't be had any more; with today's: %dh retry {case.name}"
        return {"what": fault.summary, "why": fault.detail, "how": how}
    how = fault.cure.replace("FUNCTION", case.function).replace("RUN", case.name)
    return {"what": fault.summary, "why": fault.detail, "how": how}


def _is_full(case: Case) -> bool:
    return case.exit is not None and bool(case.exit.get("disk_full"))


ENDINGS = (
    Row(
        "timeout",
        "Ended at its time limit of {limit}.",
        "Give it longer: %dh retry {name} {flags}",
        "It counts from the start of the process (--timeout). What it had printed: %dh logs {name}",
        causes=("timeout",),
        more=longer("timeout"),
    ),
    Row(
        "queue_timeout",
        "Waited {waited} for a place and got none (limit {limit}).",
        "Wait longer: %dh retry {name} {flags}; or ask for less (--cpu, --gpu); what runs: %dh ls run --state running",
        "{last}",
        causes=("queue_timeout",),
        more=_waited("queue_timeout"),
    ),
    Row(
        "total_timeout",
        "Waiting and running took {waited} together, its limit is {limit}.",
        "Give it longer: %dh retry {name} {flags}",
        "The limit (--total-timeout) counts from when the run was posted, all attempts together.",
        causes=("total_timeout",),
        more=_waited("total_timeout"),
    ),
    Row(
        "memory",
        "Killed at its memory limit{limit}{peak}.",
        "Give it more: %dh retry {name} {flags}",
        "The limit is for all processes of the run together (--memory).",
        causes=("memory",),
        more=more_memory,
    ),
    Row(
        "processes",
        "Ended with more than {most} processes at once.",
        "Start fewer at once, e.g. in all but one place: %dh retry {name} n_jobs=1",
        "A loop that starts processes, or pools within pools, does that. An administrator can raise DhExtension.local_processes.",
        causes=("processes",),
        more=lambda case, values: {"most": (case.exit and case.exit.get("process_limit")) or "the most"},
    ),
    Row(
        "disk_full",
        "The disk is full: the run could not write its result or its log.",
        "Free some space (how much there is: %dh doctor), then: %dh retry {name}",
        "Runs, logs and outputs lie in the home folder.",
        causes=("integrity", "exited", "lost", "dependencies"),
        when=_is_full,
    ),
    Row(
        "killed",
        "Killed from outside{signal}.",
        "Run it again, by itself after such a fault: %dh retry {name} {flags}",
        "Nobody stopped it through the platform.{peak} A machine that runs out of memory kills like this.",
        causes=("killed",),
        more=lambda case, values: {**two_retries(case, values), **_signal(case)},
    ),
    Row(
        "crashed",
        "The process crashed{signal}.",
        "See its last lines: %dh logs {name}",
        "A compiled library failed; Python could not raise an exception. The versions: %dh show run/{name} --environment",
        causes=("crashed",),
        more=_signal,
    ),
    Row(
        "exited",
        "The process ended by itself with exit code {exit_code}, before the function returned.",
        "Return from the function instead, or raise an exception; then: %dh function {function}",
        "os._exit or a library did that; nothing that the function would have returned is kept.",
        causes=("exited",),
        more=lambda case, values: {"exit_code": case.exit.get("code", "?") if case.exit else "?"},
    ),
    Row("dependencies", "{what}", "{how}", "{why}", causes=("dependencies",), more=_installer),
    Row(
        "integrity",
        "The run's folder or its result is not what it should be.",
        "See which file: %dh logs {name}; then run it again: %dh retry {name}",
        "Something else wrote to the run's folder, or the disk has a fault.",
        causes=("integrity",),
    ),
    Row(
        "lost",
        "Lost: its process is gone and left no result.",
        "Run it again, by itself after such a fault: %dh retry {name} {flags}",
        "The machine was restarted, or the process and its supervisor were killed.",
        causes=("lost",),
        more=two_retries,
    ),
)
