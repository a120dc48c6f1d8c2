"""How an attempt's process ended, as exit.json says it. Pure."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from typing import Any


def exit_of(status: int, reason: str, order: Mapping[str, Any]) -> dict[str, Any]:
    """From a wait status and why we ended it ('' if we did not): its reason, its code or signal, and the limits that it had."""
    ended: dict[str, Any] = {"reason": reason or "exited"}
    if os.WIFSIGNALED(status):
        ended["signal"] = os.WTERMSIG(status)
        if not reason and ended["signal"] in (signal.SIGKILL, signal.SIGTERM):
            ended["reason"] = "killed"
    else:
        ended["code"] = os.WEXITSTATUS(status)
        if ended["code"] in (0, 42) and reason not in ("memory", "processes"):
            ended["reason"] = "exited"  # it was faster than its end
    if order["memory"]:
        ended["memory_limit"] = order["memory"]
    if reason == "processes":
        ended["process_limit"] = order["processes"]
    return ended
