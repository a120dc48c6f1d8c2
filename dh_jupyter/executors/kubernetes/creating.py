"""Making an attempt's objects, in an order in which a crash at any point leaves nothing that the next try does not meet."""

from __future__ import annotations

import contextlib
import copy
import hashlib
import json
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dh_kernel.errors import Busy, Conflict, DHError, Unavailable

from ..base import Submission
from .beside import key_of
from .bucket import Bucket
from .client import STRATEGIC, Client, Unreachable
from .manifest import Place, manifest, secret_name
from .names import Identity, handle_of, handles_of, secret_of
from .nodes import service_of
from .objects import JOB, WORKER, attempt_secret, content_map, owned_by
from .refusals import Refused, explained
from .settings import KubernetesSettings
from .store import name_of
from .view import BATCH

Object = dict[str, Any]
BELIEVED = 600.0  # seconds
RATE, BURST = 50.0, 100.0  # Jobs a second, so that a thousand runs at once don't keep others from the API


class Creator:
    """Makes Jobs and what they need. Thread-safe."""

    def __init__(self, client: Client, settings: KubernetesSettings) -> None:
        self._client = client
        self._settings = settings
        self._there: dict[str, float] = {}  # shared ConfigMaps, and until when (monotonic) we take them for there
        self._passed: set[str] = set()  # shapes of Jobs that the cluster was asked about
        self._bucket = Bucket(RATE, BURST)

    def acting_for(self, account: str) -> Creator:
        """The same, by the rights of that account; empty: by our own."""
        other = copy.copy(self)
        other._client = self._client.acting_for(account)
        return other

    def worker_map(self, archive: Path) -> str:
        """The ConfigMap's name that has our worker."""
        return self._shared(content_map("worker", WORKER, archive.read_bytes()))

    def code_map(self, code: Object) -> str:
        """The name of a `content_map`, which is made if it is not there."""
        return self._shared(code)

    def _shared(self, wanted: Object) -> str:
        name = str(wanted["metadata"]["name"])
        if self._there.get(name, 0.0) < time.monotonic():
            with _told("create configmaps", self._client.namespace), _unless_there():
                self._client.call("POST", self._client.path("configmaps"), wanted)
            self._there[name] = time.monotonic() + BELIEVED
        return name

    def forget(self, name: str) -> None:
        """A ConfigMap that may go: who needs it makes it again."""
        self._there.pop(name, None)

    def create(
        self,
        submission: Submission,
        identity: Identity,
        place: Place,
        documents: Sequence[Mapping[str, Any]],
        closing: threading.Event,
    ) -> Object:
        """The Job, as the cluster has it then. One that is there already is taken, if it is this attempt's. `documents`: what the
        attempt is told, and those beside it.

        Raises Busy if the cluster can't now, or other DHErrors; then nothing of the attempt is left there.
        """
        job = manifest(submission, identity, place, self._settings, self._version())
        self._bucket.take(closing)
        self._try(job)
        with _told("create secrets", self._client.namespace), _unless_there():
            keys = map(key_of, range(len(documents))) if submission.beside else (JOB,)
            told = dict(zip(keys, documents, strict=True))
            secret = attempt_secret(identity, secret_name(submission, identity), told, submission.secrets)
            self._client.call("POST", self._client.path("secrets"), secret)
        if submission.nodes > 1:
            with _told("create services", self._client.namespace), _unless_there():
                self._client.call("POST", self._client.path("services"), service_of(identity))
        made = [("secrets", name_of(secret)), ("services", identity.job)]
        return self._make(job, identity, made[: 1 + (submission.nodes > 1)])

    def give_to_job(self, job: Object) -> None:
        """Let what was made for a Job go with it: its Secret, and its Service. Doing it twice is doing it once."""
        self._give(job, "secrets", secret_of(name_of(job), handles_of(job)))
        if job["spec"]["template"]["spec"].get("subdomain"):
            self._give(job, "services", name_of(job))

    def _give(self, job: Object, plural: str, name: str) -> None:
        with contextlib.suppress(Refused, Unreachable):
            path = self._client.path(plural, name)
            self._client.call("PATCH", path, owned_by(job), kind=STRATEGIC)

    def _version(self) -> tuple[int, int]:
        with _told("tell its version", self._client.namespace):
            return self._client.version

    def _try(self, job: Object) -> None:
        """Ask first (dryRun) for a Job of a shape that was never made, so that a refusal leaves nothing behind."""
        shape = _shape(job)
        if shape not in self._passed:
            with _told("create jobs", self._client.namespace), _unless_there():
                self._client.call("POST", self._client.path("jobs", group=BATCH), job, query={"dryRun": "All"})
            self._passed.add(shape)

    def _make(self, job: Object, identity: Identity, made: Iterable[tuple[str, str]]) -> Object:
        try:
            with _told("create jobs", self._client.namespace):
                return self._client.call("POST", self._client.path("jobs", group=BATCH), job)
        except Conflict:
            found = self._ours(identity)
            self._drop(made, (secret_of(name_of(found), handles_of(found)), name_of(found)))
            return found
        except Busy:
            raise  # it may have been made all the same: the next try meets it, with its Secret
        except DHError:
            self._passed.clear()
            self._drop(made, ())
            raise

    def _drop(self, made: Iterable[tuple[str, str]], kept: Sequence[str]) -> None:
        for plural, name in made:
            if name not in kept:
                with contextlib.suppress(Refused, Unreachable):
                    self._client.once("DELETE", self._client.path(plural, name))

    def _ours(self, identity: Identity) -> Object:
        with _told("get jobs", self._client.namespace):
            found = self._client.call("GET", self._client.path("jobs", identity.job, group=BATCH))
        if handle_of(found["metadata"].get("labels")) != identity.handle:
            raise Conflict(
                f"The cluster has a Job '{identity.job}' that is not this run's.",
                "Remove it, or use another namespace.",
            )
        return found


def _shape(job: Object) -> str:
    """What of a Job an admission may mind: all but names and what is in them."""
    template = {key: one for key, one in job["spec"]["template"]["spec"].items() if key != "subdomain"}
    volumes = [sorted(set(volume) - {"name"}) for volume in template["volumes"]]
    own = ("env", "volumeMounts")  # a claim's are those of the attempt's own folder
    containers = [{key: one for key, one in each.items() if key not in own} for each in template["containers"]]
    kept = {**template, "volumes": volumes, "containers": containers}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


@contextlib.contextmanager
def _unless_there() -> Any:
    """A thing that is there already is as good as made."""
    try:
        yield
    except Refused as refused:
        if refused.reason != "AlreadyExists":
            raise


@contextlib.contextmanager
def _told(what: str, namespace: str) -> Any:
    """Refusals as errors that a person can read. What may go well later is Busy: the run stays in the line."""
    try:
        yield
    except Unreachable as error:
        raise Busy(f"Waiting for the cluster, which can't be reached: {error}.") from error
    except Refused as refused:
        told = explained(refused, what, namespace)
        raise Busy(told.message) if isinstance(told, Unavailable) else told from refused
