"""How many GPUs are free, as far as a namespace's own quotas tell: machines are never read. Pure but for one list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .client import Client, Unreachable
from .refusals import Refused

Object = dict[str, Any]
_ASKED = "requests."


def told_by(quotas: Iterable[Object]) -> dict[str, tuple[int, int]]:
    """Free and total by resource (nvidia.com/gpu, nvidia.com/mig-1g.10gb, …): of several quotas the narrowest."""
    found: dict[str, tuple[int, int]] = {}
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


def words(client: Client) -> str:
    """For the doctor: `nvidia.com/gpu 1 of 4 free`, or why it is not known."""
    try:
        quotas = client.once("GET", client.path("resourcequotas"))["items"]
    except Refused as refused:
        if refused.status != 403:
            return f"unknown, because the cluster does not tell: {refused}"
        return "unknown, because the right to list resourcequotas is missing"
    except Unreachable as error:
        return f"unknown, because the cluster can't be reached: {error}"
    found = told_by(quotas)
    if not found:
        return "unknown, because no quota of the namespace names any, and machines are not read"
    shown = ", ".join(f"{name} {free} of {most} free" for name, (free, most) in sorted(found.items()))
    return f"{shown}, by the namespace's quota"
