"""KubernetesExecutor: the executor interface over `creating` (how attempts begin) and `keeper` (how they go on and end)."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import DHError, Invalid, NotInstalled, Unavailable
from dh_kernel.rundir import RunFolder

from ..archive import worker_archive
from ..base import Following, Observation, Resources, Submission
from . import beside, gpus, rights
from .accelerators import resource_of
from .client import Unreachable
from .cluster import Cluster, Clusters, account_of
from .creating import Creator
from .delivery import way_of
from .keeper import FIRST_LOOK
from .kueue import Kueue
from .limits import check_is_thinkable
from .manifest import Place
from .prepared import documents_of, user_of
from .queues import queue_of
from .refusals import Refused, explained
from .settings import KubernetesSettings

if TYPE_CHECKING:
    from dh_kernel._contract import Environment as RecordedEnvironment

    from ...deliveries import Deliveries


class KubernetesExecutor:
    """Runs attempts as Jobs, in one namespace or in one for each project. What it knows is in the cluster and the folders."""

    name = "kubernetes"
    spans_nodes = True
    takes_hands = True
    starting = 5.0  # seconds, where the image is there
    honours = frozenset(
        [
            "image",
            "gpu_type",
            "gpu_resource",
            "shared_memory",
            "image_pull_secrets",
            "queue",
            "priority",
            "node_selector",
            "tolerations",
            "volumes",
            "runtime_class",
        ]
    )

    def __init__(self, home: Path, *, settings: KubernetesSettings | None = None) -> None:
        self._home = home.absolute()
        self._settings = _filled(settings or KubernetesSettings())
        self._way = way_of(self._home, self._settings, None)
        self._clusters = Clusters(self._settings)
        self._closing = threading.Event()

    # -- the interface -----------------------------------------------------------------------------------------------

    def takes_many(self) -> bool:
        """Where a Job's indexes can fail and be ended alone. One that is not there is to be waited for by each."""
        try:
            cluster = self._cluster()
            if not cluster.keeper.view.wait(FIRST_LOOK):
                return False
            return cluster.client.version >= beside.OLDEST and rights.allows(cluster.client, rights.ENDS_PODS)
        except (DHError, Refused, Unreachable):
            return False

    def deliver_by(self, deliveries: Deliveries) -> None:
        """Without a claim, pods hand over what comes out to the store."""
        self._way = way_of(self._home, self._settings, deliveries)

    @property
    def answers(self) -> bool:
        """Pods see what is written into their folders where they share them."""
        return bool(self._settings.claim)

    @property
    def is_shared(self) -> bool:
        """Where pods hand over to the store, any broker can look after them; else only who has the claim's folder."""
        return self._way.has_copy

    def start(self, changed: Callable[[str], None]) -> None:
        """The cluster is looked for when it is first needed, and again if it was not there."""
        self._changed = changed

    def check(self, resources: Resources, python: str = "") -> None:
        """Raise Invalid for what no cluster has, and where pods have no way to hand over what comes out."""
        check_is_thinkable(resources)
        self._way.check()
        self._cluster()

    def room(self, resources: Resources) -> None:
        """The cluster's own queue is where runs wait."""

    def compare(self, recorded: RecordedEnvironment) -> list[str]:
        """The image is the run's own; packages are installed as they were recorded."""
        return []

    def lacks(self, requirements: tuple[str, ...], python: str = "") -> tuple[str, ...]:
        """All, as far as we know: we do not see into the image."""
        return requirements

    def prepare(self, requirements: tuple[str, ...], imports: tuple[str, ...]) -> None:
        """Nothing is kept warm in a cluster."""

    def asks(self, submission: Submission) -> Callable[[], object] | None:
        """What the store has to give its pod, where it has to be asked for that."""
        return self._way.asks(submission)

    def submit(self, submission: Submission) -> None:
        """Make its Job, or find it made."""
        cluster = self._cluster(submission.folder)
        attempt = cluster.keeper.attempt(submission.handle, submission.folder)
        if not cluster.keeper.is_new(submission.handle, submission.folder):
            return
        cluster.keeper.view.kueue.check(queue_of(submission.placement, self._settings))
        worker_map = cluster.creator.worker_map(worker_archive(self._home / "cache"))
        submission = _with(submission, lambda one: cluster.keeper.is_new(one.handle, one.folder))
        submission, place, documents = self._prepared(submission, worker_map, cluster.creator)
        creator = cluster.creator.acting_for(account_of(submission.user, self._settings))
        job = creator.create(submission, attempt.identity, place, documents, self._closing)
        cluster.keeper.made(job)
        cluster.keeper.later(cluster.creator.give_to_job, job)
        if cluster.keeper.view.wait(0.0) and cluster.collector.is_due():
            cluster.keeper.later(cluster.collector.collect, time.time())

    def _prepared(
        self, submission: Submission, worker_map: str, creator: Creator
    ) -> tuple[Submission, Place, list[dict[str, Any]]]:
        """With those others only that fit: of the same code, and what they are told into one Secret."""
        while True:
            place, handling = self._way.prepare(submission, worker_map, creator)
            documents = documents_of(submission, handling, self._settings)
            told = {one["handle"] for one in (*handling.then, *handling.beside[: len(documents) - 1])}
            fitting = _with(submission, lambda one, told=told: one.handle in told)  # type: ignore[misc]
            if fitting == submission:
                return submission, place, documents
            submission = fitting

    def poll(self, handles: Mapping[str, Path]) -> dict[str, Observation]:
        """From what was seen of the cluster, and from the folders of those that are over."""
        return {handle: self._observe(handle, folder) for handle, folder in handles.items()}

    def _observe(self, handle: str, folder: Path) -> Observation:
        try:
            keeper = self._cluster(folder).keeper
        except DHError as error:
            return _without_cluster(folder, error)
        return keeper.observe(handle, folder)

    def cancel(self, handle: str, folder: Path, grace: float) -> None:
        """Delete its Job: the pod is told to end, and has the time to hand over what there is that its manifest gives it."""
        if not RunFolder(folder).read_exit():
            keeper = self._cluster(folder).keeper
            attempt = keeper.attempt(handle, folder)
            attempt.cancel(grace)
            keeper.end(attempt)

    def log(self, handle: str, folder: Path, since: int, limit: int) -> bytes:
        """From log.txt."""
        try:
            with open(folder / "log.txt", "rb") as file:
                file.seek(since)
                return file.read(limit)
        except FileNotFoundError:
            return b""

    def reach(self, handle: str, folder: Path, port: int) -> socket.socket:
        """Through the API server, by port-forward: nothing listens on the network for it."""
        cluster = self._cluster(folder)
        pod = cluster.keeper.attempt(handle, folder).pod
        if pod is None:
            raise Unavailable("The run has no pod (any more).", "%dh show RUN says more.")
        try:
            return cluster.client.reach(str(pod["metadata"]["name"]), port)
        except Refused as refused:
            raise explained(refused, "get and create pods/portforward", cluster.client.namespace) from refused

    def gpus_free(self, placement: Mapping[str, Any]) -> str:
        """How many of such GPUs are free of how many, or why that is not known."""
        return self._cluster().gpus.words(resource_of(placement), queue_of(placement, self._settings))

    def doctor(self) -> Iterable[tuple[str, bool, str]]:
        """Whether there is a cluster that answers, and whether pods can hand over what they make."""
        try:
            cluster = self._cluster()
        except (NotInstalled, Unavailable) as error:
            yield "cluster", not self._settings.kubeconfig, f"none: {error.message} {error.hint}"
            return
        try:
            version = cluster.client.once("GET", "/version")["gitVersion"]
            yield "cluster", True, f"Kubernetes {version}, namespace {cluster.client.namespace}"
        except (Refused, Unreachable) as error:
            yield "cluster", False, f"it does not answer: {error}"
            return
        yield "rights", *rights.examine(cluster.client)
        yield "GPUs", True, gpus.words(cluster.client)
        view = cluster.keeper.view
        view.wait(0.0)
        yield "queue", *_queue_words(view.kueue, self._settings.queue)
        yield "watching", not view.trouble, view.trouble or f"{len(view.jobs)} Jobs, {len(view.pods)} pods of ours"
        try:
            self._way.check()
            yield "results", True, self._way.words()
        except Invalid as error:
            yield "results", False, f"{error.message} {error.hint}"

    def close(self) -> None:
        """Stop watching. Jobs go on."""
        self._closing.set()
        self._clusters.close()

    # -- parts -------------------------------------------------------------------------------------------------------

    def _cluster(self, folder: Path | None = None) -> Cluster:
        """That of an attempt, whose folder is …/PROJECT/RUN/ATTEMPT; or that of all."""
        return self._clusters.of(folder.parent.parent.name if folder else "", self._way, self._changed)


def _with(submission: Submission, fits: Callable[[Following], bool]) -> Submission:
    """Without those others that do not."""
    then, beside = filter(fits, submission.then), filter(fits, submission.beside)
    return replace(submission, then=tuple(then), beside=tuple(beside))


def _without_cluster(folder: Path, error: DHError) -> Observation:
    if ended := RunFolder(folder).read_exit():
        return Observation("exited", exit=ended)
    return Observation("starting", waiting_for=f"Waiting for the cluster: {error.message}")


def _queue_words(kueue: Kueue, queue: str) -> tuple[bool, str]:
    try:
        version = kueue.version()
    except (Refused, Unreachable) as error:
        return False, f"what it serves can't be asked for: {error}"
    if not version:
        return not queue, f"no Kueue{f', and runs are to wait in {queue}' if queue else ''}"
    seen = (
        "its Workloads are watched"
        if kueue.may_watch
        else "its Workloads may not be watched: why runs wait is not told"
    )
    return kueue.may_watch, f"{version}, {seen}"


def _filled(settings: KubernetesSettings) -> KubernetesSettings:
    """With what depends on where we run: our own user, and an image of our own Python."""
    image = settings.image or f"python:{sys.version_info[0]}.{sys.version_info[1]}-slim"
    return replace(settings, user=user_of(settings), image=image)
