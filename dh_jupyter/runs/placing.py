"""A run as the waiting line sees it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .build import resources_of
from .shares import Waiting


def waiting_of(run: Mapping[str, Any]) -> Waiting:
    """What it needs, and who shares with whom."""
    wanted = resources_of(run["spec"])
    steps = [link["dest"] for link in run["metadata"].get("relationships", []) if link["type"] == "step_of"]
    return Waiting(
        run["project"],
        run["id"],
        run["spec"].get("executor", "local"),
        max(1, math.ceil(wanted.cpu)),
        wanted.gpu,
        run["user"],
        steps[0] if steps else "",
    )
