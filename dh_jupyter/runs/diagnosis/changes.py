"""Changes with which a retry may succeed, as options to type and as the wire's RunOptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...quantities import show_bytes
from .case import Case

_BATCH = ("batch_size", "batch", "batchsize", "per_device_train_batch_size")


def more_memory(case: Case, _: Mapping[str, str] = {}) -> Mapping[str, Any]:
    """A power of two with room above limit and peak, half as much again; `limit` and `peak` in words."""
    exit: Any = case.exit or {}
    limit, peak = exit.get("memory_limit"), exit.get("peak_memory")
    needed = max(limit or 0, peak or 0, 2**20) * 3 // 2
    bigger = show_bytes(1 << (needed - 1).bit_length()) if limit else ""
    return {
        "limit": f" {show_bytes(limit)}" if limit else "",
        "peak": f" (peak {show_bytes(peak)})" if peak else "",
        "flags": f"--memory {bigger or '8Gi'}",
        "retry": {"resources": {"mem": bigger}} if bigger else None,
    }


def longer(option: str) -> Any:
    """Twice the time of one of the three timers."""

    def more(case: Case, _: Mapping[str, str]) -> Mapping[str, Any]:
        limit = case.spec.get(option, 0)
        shown = f"--{option.replace('_', '-')} {duration(2 * limit or 3600)}"
        return {"limit": duration(limit), "flags": shown, "retry": {option: 2 * limit} if limit else None}

    return more


def one_gpu(case: Case, _: Mapping[str, str]) -> Mapping[str, Any]:
    """Ask for a GPU."""
    return {"flags": "--gpu 1", "retry": {"resources": {"gpu": "1"}}}


def two_retries(case: Case, _: Mapping[str, str]) -> Mapping[str, Any]:
    """What was the infrastructure's fault may go well the next time."""
    exit: Any = case.exit or {}
    peak = f" Its peak was {show_bytes(exit['peak_memory'])}." if exit.get("peak_memory") else ""
    return {"flags": "--retries 2", "retry": {"retries": 2}, "peak": peak}


def smaller_batches(case: Case, _: Mapping[str, str]) -> Mapping[str, Any]:
    """Half of the parameter that says how much is done at once, if one can be told by its name."""
    for name, value in (case.spec.get("parameters") or {}).items():
        if name.lower() in _BATCH and type(value) is int and value > 1:
            return {"flags": f"{name}={value // 2}", "retry": {"parameters": {name: value // 2}}}
    return {"flags": ""}


def duration(seconds: float) -> str:
    """As one types it: 2h, 90m, 45s."""
    for unit, size in (("h", 3600), ("m", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"
