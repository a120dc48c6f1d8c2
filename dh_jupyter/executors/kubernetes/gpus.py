"""How many GPUs are free, as far as a namespace's own quotas tell, or a queue's: machines are never read. Pure but for lists."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from .client import Client, Unreachable
from .kueue import Kueue
from .refusals import Refused

Object = dict[str, Any]
_ASKED = "requests."
FRESH = 10.0  # seconds that what was told is taken for true
Counts = dict[str, tuple[int, int]]


def told_by(quotas: Iterable[Object]) -> Counts:
    """Free and total by resource (nvidia.com/gpu, nvidia.com/mig-1g.10gb, …): of several quotas the narrowest."""
    found: Counts = {}
    for quota in quotas:
        status = quota.get("status") or {}
        for name, most in (status.get("hard") or {}).items():
            resource = name.removeprefix(_ASKED)
            if not name.startswith(_ASKED) or "/" not in resource or not str(most).isdigit():
                continue
            used = str((status.get("used") or {}).get(name) or "0")
            one = (max(0, int(most) - int(used if used.isdigit() else 0)), int(most))
            found[resource] = min(one, found.get(resource, one))
    return found


def told_by_queue(queue: Object) -> Counts:
    """Free and total by resource of a ClusterQueue: of all its flavors together, without what it may borrow."""
    total: dict[str, int] = {}
    used: dict[str, int] = {}
    for group in queue["spec"].get("resourceGroups") or []:
        _add(total, group.get("flavors") or [], "nominalQuota")
    _add(used, (queue.get("status") or {}).get("flavorsReservation") or [], "total")
    return {name: (max(0, most - used.get(name, 0)), most) for name, most in total.items()}


def _add(counts: dict[str, int], flavors: Iterable[Object], field: str) -> None:
    for flavor in flavors:
        for one in flavor.get("resources") or []:
            said = str(one.get(field) or "0")
            if "/" in one["name"] and said.isdigit():
                counts[one["name"]] = counts.get(one["name"], 0) + int(said)


def words(client: Client) -> str:
    """For the doctor: `nvidia.com/gpu 1 of 4 free`, or why it is not known."""
    try:
        found = _by_quotas(client)
    except (Refused, Unreachable) as error:
        return f"unknown, because {_why(error, 'list resourcequotas')}"
    if not found:
        return "unknown, because no quota of the namespace names any, and machines are not read"
    shown = ", ".join(f"{name} {free} of {most} free" for name, (free, most) in sorted(found.items()))
    return f"{shown}, by the namespace's quota"


def _by_quotas(client: Client) -> Counts:
    return told_by(client.once("GET", client.path("resourcequotas"))["items"])


def _by_queue(client: Client, kueue: Kueue, queue: str) -> Counts:
    version = kueue.version()
    if not version:
        return {}
    local = client.once("GET", client.path("localqueues", queue, group=version))
    return told_by_queue(client.once("GET", f"/apis/{version}/clusterqueues/{local['spec']['clusterQueue']}"))


def _why(error: Refused | Unreachable, right: str) -> str:
    if isinstance(error, Unreachable):
        return f"the cluster can't be reached: {error}"
    return f"the right to {right} is missing" if error.status == 403 else f"the cluster does not tell: {error}"


class Gpus:
    """Of a namespace, for who chooses a profile. What was told is kept for a moment. Thread-safe."""

    def __init__(self, client: Client, kueue: Kueue) -> None:
        self._client = client
        self._kueue = kueue
        self._lock = threading.Lock()
        self._told: dict[str, tuple[float, Counts | str]] = {}

    def words(self, resource: str, queue: str) -> str:
        """`1 of 4 free in the queue 'team'`, `3 of 8 free by the namespace's quota`, or `unknown, because …`."""
        ways: list[tuple[str, Callable[[], Counts], str, str]] = [
            ("", functools.partial(_by_quotas, self._client), "list resourcequotas", "by the namespace's quota")
        ]
        if queue:
            by_queue = functools.partial(_by_queue, self._client, self._kueue, queue)
            ways.insert(0, (queue, by_queue, "read clusterqueues", f"in the queue '{queue}'"))
        reasons = []
        for key, ask, right, where in ways:
            told = self._ask(key, ask, right)
            if isinstance(told, str):
                reasons.append(told)
            elif resource in told:
                return f"{told[resource][0]} of {told[resource][1]} free {where}"
        return f"unknown, because {'; '.join([*reasons, f'no quota names {resource}'])}, and machines are not read"

    def _ask(self, key: str, ask: Callable[[], Counts], right: str) -> Counts | str:
        with self._lock:
            at, told = self._told.get(key, (0.0, ""))
            if not at or time.monotonic() - at > FRESH:
                try:
                    told = ask()
                except (Refused, Unreachable) as error:
                    told = _why(error, right)
                self._told[key] = (time.monotonic(), told)
            return told
