"""What an API server answers when it does not do as asked, and the words for it. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from dh_kernel.errors import Busy, Conflict, DHError, Forbidden, Invalid, Unauthorized, Unavailable

AGAIN = frozenset({429, 500, 502, 503, 504})  # of these the same request may do well a moment later


class Refused(Exception):
    """An answer that is no 2xx. `reason` is Kubernetes' word (AlreadyExists, Forbidden, Expired, …)."""

    def __init__(self, status: int, reason: str = "", message: str = "", retry_after: float | None = None) -> None:
        super().__init__(message or f"{status} {reason}")
        self.status = status
        self.reason = reason
        self.message = message or f"HTTP {status}"
        self.retry_after = retry_after

    @classmethod
    def of(cls, status: int, body: bytes, headers: Mapping[str, str]) -> Refused:
        """From an answer as it came; what lies between may answer with something that is no JSON."""
        said = _status(body)
        after = headers.get("Retry-After", "")
        seconds = float(after) if after.isdigit() else None
        message = str(said.get("message") or body[:200].decode(errors="replace").strip())
        return cls(status, str(said.get("reason") or ""), message, seconds)

    @property
    def may_go_well_later(self) -> bool:
        """Whether to try the same again."""
        return self.status in AGAIN

    @property
    def is_quota(self) -> bool:
        """Whether the namespace is full, as its administrator has set it."""
        return self.status == 403 and "exceeded quota" in self.message


def _status(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def explained(refused: Refused, what: str, namespace: str) -> DHError:
    """The error that a person sees; `what` was asked for, e.g. `create jobs`."""
    if refused.is_quota:
        return Busy(f"Waiting for the namespace's quota: {quota_words(refused.message)}.")
    if refused.status == 401:
        return Unauthorized(
            "The cluster does not know us: the credentials of the kubeconfig are missing or have expired.",
            "Log in to the cluster again, then try once more.",
        )
    if refused.status == 403 and "PodSecurity" in refused.message:
        return Invalid(f"The namespace '{namespace}' forbids such a pod: {refused.message}.", "Take another profile.")
    if refused.status == 403 and refused.reason == "Forbidden" and "cannot" in refused.message:
        return Forbidden(
            f"The cluster does not let us {what} in the namespace '{namespace}'.",
            "%dh doctor prints the rights that are missing, for your administrator.",
            [refused.message],
        )
    if refused.status in (400, 403, 404, 405, 422):
        return Invalid(f"The cluster refuses it: {refused.message}.", "Change what it names, or take another profile.")
    if refused.status == 409:
        return Conflict(f"The cluster has another object of that name: {refused.message}.")
    return Unavailable(f"The cluster could not {what} now: {refused.message}.", "It is tried again.")


_QUOTA = re.compile(
    r"exceeded quota: (?P<name>[^,]+), requested: (?P<asked>.+), used: (?P<used>.+), limited: (?P<most>.+)"
)


def quota_words(message: str) -> str:
    """`exceeded quota: gpus, requested: …=2, used: …=3, limited: …=4` as a phrase."""
    found = _QUOTA.search(message)
    if not found:
        return message.rpartition("exceeded quota: ")[2]
    asked, used, most = found["asked"], found["used"].rpartition("=")[2], found["most"].rpartition("=")[2]
    if "," in asked:
        return f"'{found['name']}' allows {found['most']}; {found['used']} is in use, {asked} is asked for"
    name, _, number = asked.rpartition("=")
    return f"'{found['name']}' allows {most} {name}; {used} are in use, {number} more asked for"
