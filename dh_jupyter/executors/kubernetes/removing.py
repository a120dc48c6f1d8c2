"""Ending what an attempt has in the cluster: its Job, or its part of one that others have, too."""

from __future__ import annotations

from typing import Any

from . import pods
from .attempt import Attempt
from .beside import Beside
from .client import STRATEGIC, Client
from .refusals import Refused
from .store import name_of
from .view import BATCH

Object = dict[str, Any]
GONE = 404


class Remover:
    """Of one cluster. What is asked for twice is done once."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def remove(self, attempt: Attempt) -> bool:
        """Ask for its end. Whether it has nothing there (any more). Raises Refused or Unreachable."""
        if attempt.beside is not None:
            return self._withdraw(attempt, attempt.beside)
        return not self._delete("jobs", attempt.job_name, BATCH, {"propagationPolicy": "Foreground"})

    def _withdraw(self, attempt: Attempt, beside: Beside) -> bool:
        """First no pod of it begins any more; then what there is of them is told to end."""
        secret = self._client.path("secrets", beside.secret)
        if not self._is_there("PATCH", secret, beside.withdrawn(attempt.handle), kind=STRATEGIC):
            return True  # it went with its Job
        attempt.is_withdrawn = True
        query = {"labelSelector": beside.pods_of(attempt.handle)}
        there = self._client.call("GET", self._client.path("pods"), query=query)["items"]
        going = [pod for pod in there if pod["status"].get("phase") not in pods.OVER]
        for pod in going:
            self._delete("pods", name_of(pod))
        return not going

    def leave(self, beside: Beside) -> None:
        """All of a Job have ended. It goes where it would still make pods for some, or wait for them."""
        if any("started" not in one for one in beside.exits):
            self._delete("jobs", beside.job, BATCH, {"propagationPolicy": "Foreground"})

    def _delete(self, plural: str, name: str, group: str = "", options: Object | None = None) -> bool:
        """Whether it was there."""
        return self._is_there("DELETE", self._client.path(plural, name, group=group), options)

    def _is_there(self, method: str, path: str, body: Object | None, **options: Any) -> bool:
        try:
            self._client.call(method, path, body, **options)
        except Refused as refused:
            if refused.status != GONE:
                raise
            return False
        return True
