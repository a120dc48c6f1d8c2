"""Scenes that were recorded (recording.py), and words put into them."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from dh_jupyter.executors.kubernetes.diagnosis import Finding, diagnose
from tests.unit.executors.kubernetes.recording import SCENES

Object = dict[str, Any]
WAITS, STUCK, OVER = (True, False), (True, True), (False, False)


def scene_of(name: str) -> Object:
    return json.loads((SCENES / f"{name}.json").read_text())


def found_in(scene: Object, **more: Any) -> Finding | None:
    return diagnose(scene["job"], scene["pods"], scene["events"], scene["workload"], **more)


def tell(scene: Object, reason: str, said: str) -> None:
    like = (
        deepcopy(scene["events"][-1]) if scene["events"] else {"metadata": {}, "involvedObject": {}, "type": "Warning"}
    )
    scene["events"].append({**like, "reason": reason, "message": said})


def waiting(scene: Object) -> Object:
    state: Object = scene["pods"][0]["status"]["containerStatuses"][0]["state"]
    return dict.setdefault(state, "waiting", {})  # type: ignore[no-any-return]


def unscheduled(scene: Object) -> Object:
    conditions: list[Object] = scene["pods"][0]["status"]["conditions"]
    return next(one for one in conditions if one["type"] == "PodScheduled")
