"""How an attempt's files come into its pod, and what it makes comes back: by a claim that both see, or by the store."""

from __future__ import annotations

import functools
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Protocol, cast

from dh_kernel.ends import as_exit
from dh_kernel.errors import Invalid

from ..base import Following, Submission
from .attempt import Attempt
from .code import is_big, packed, sent
from .creating import Creator
from .manifest import DELIVERING, WORK, Place, secret_name
from .objects import LARGEST
from .prepared import RUN_OF_INDEX, Handling, by_index, hand_over, identity_of, read_run, shared_parts, within
from .settings import KubernetesSettings

if TYPE_CHECKING:
    from dh_kernel._contract import Exit, PodDelivery, PodEnd

    from ...deliveries import Deliveries

RUN = f"{WORK}/run"  # the attempt's folder in its pod
_SETUP = "Set c.DhExtension.store to s3://BUCKET, or c.DhExtension.kubernetes_volume to a claim that holds the home."


class Way(Protocol):
    """One of the two. `has_copy`: the pod's folder is another than ours."""

    has_copy: bool

    def check(self) -> None:
        """Raise Invalid, with what to set, if there is no such way. Asks nobody."""

    def asks(self, submission: Submission) -> Callable[[], object] | None:
        """What to call first if the store has to answer; what it gives is `submission.handed` then."""

    def prepare(self, submission: Submission, worker_map: str, creator: Creator) -> tuple[Place, Handling]:
        """What the pod mounts and is told. Of those after it, some may be left out."""

    def bring(self, attempt: Attempt) -> bool:
        """See to it that our folder has what is small of it. False if it has handed over nothing that ends it. Raises
        DHError or OSError while the store can't say."""

    def leave(self, name: str) -> None:
        """All attempts have ended that had a Job, whose Secret had this name."""

    def words(self) -> str:
        """For the doctor."""


def way_of(home: Path, settings: KubernetesSettings, deliveries: Deliveries | None) -> Way:
    """The claim, where there is one."""
    if settings.claim or deliveries is None:
        return OverClaim(home, settings)
    return OverStore(deliveries.seen_at(settings.s3_endpoint))


class OverClaim:
    """The home lies on a claim, of which the pod mounts the attempt's folder."""

    has_copy = False

    def __init__(self, home: Path, settings: KubernetesSettings) -> None:
        self._home = home
        self._settings = settings

    def check(self) -> None:
        """The home must be on the claim."""
        root = self._settings.root_of_claim(PurePosixPath(self._home))
        if not self._settings.claim:
            raise Invalid("Pods have no way to hand over what comes out: they can't reach this server's disk.", _SETUP)
        if not self._home.is_relative_to(root):
            raise Invalid(
                f"The home {self._home} is not on the claim {self._settings.claim}, whose root is seen at {root}.",
                "Set c.DhExtension.home to a folder there.",
            )

    def asks(self, submission: Submission) -> None:
        """Nobody."""

    def prepare(self, submission: Submission, worker_map: str, creator: Creator) -> tuple[Place, Handling]:
        """All is there."""
        run, deliver = read_run(submission.folder), {"kind": "folder"}
        then = [(one, read_run(one.folder)) for one in submission.then]
        beside = [(one, read_run(one.folder)) for one in submission.beside]
        runs = {submission.folder: run, **{one.folder: other for one, other in (*then, *beside)}}
        for folder in runs:
            hand_over(folder, self._settings.user or 0)
        numbered = by_index(self._numbered(_name_of(submission)), runs) if beside else None
        shared = shared_parts(self._home, runs, self._settings, numbered)
        place = Place(worker_map=worker_map, claim=self._settings.claim, shared=shared)
        following = tuple(told(one, str(one.folder), other, deliver) for one, other in then)
        others = tuple(told(one, RUN_OF_INDEX, other, deliver) for one, other in beside)
        own = RUN_OF_INDEX if beside else str(submission.folder)
        return place, Handling(own, run, {}, deliver, following, others)

    def _numbered(self, name: str) -> Path:
        return self._home / "beside" / name

    def leave(self, name: str) -> None:
        """Its folder of numbers."""
        shutil.rmtree(self._numbered(name), ignore_errors=True)

    def bring(self, attempt: Attempt) -> bool:
        """It lies here."""
        return False

    def words(self) -> str:
        """For the doctor."""
        return f"through the claim {self._settings.claim}"


@dataclass(frozen=True)
class Handed:
    """What the store gives a pod: run.json with links, the code and, if that lies there, a link to it, and its own place."""

    run: Any
    archive: bytes
    url: str
    granted: PodDelivery


class OverStore:
    """The pod gets links: to its code, to its inputs, and to put things into its own place of the store."""

    has_copy = True

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries

    def check(self) -> None:
        """There must be an S3."""
        try:
            self._deliveries.check()
        except Invalid as error:
            what = f"Pods have no way to hand over what comes out. {error.message}"
            raise Invalid(what, f"{error.hint} Or set c.DhExtension.kubernetes_volume to a claim.") from error

    def asks(self, submission: Submission) -> Callable[[], Handed] | None:
        """Big code is put there; and it says once where the bucket lies."""
        archive = packed(submission.folder)
        if self._deliveries.is_located and not is_big(archive):
            return None
        return functools.partial(self._handed, submission, archive)

    def _handed(self, submission: Submission, archive: bytes) -> Handed:
        run = cast("Any", read_run(submission.folder))
        linked = self._deliveries.linked(run)
        url = self._deliveries.upload(run["project"], archive) if is_big(archive) else ""
        return Handed(linked, archive, url, self._deliveries.grant(run["project"], submission.handle))

    def prepare(self, submission: Submission, worker_map: str, creator: Creator) -> tuple[Place, Handling]:
        """Raises Invalid where links do not last, or an input has none."""
        from ...deliveries import LASTS

        if (submission.timeout or 0) > LASTS - 2 * DELIVERING:
            raise Invalid(
                "Links of the store last 7 days at most, and the run may take longer than that.",
                "Give it a shorter --timeout, or let pods share a volume with this server (kubernetes_volume).",
            )
        handed: Handed = submission.handed or self._handed(submission, packed(submission.folder))
        code_map, code = sent(handed.archive, creator.code_map, handed.url)
        then = tuple(within(self._others(submission.then, handed.archive, lambda one: f"{WORK}/{one.handle}"), LARGEST))
        beside = tuple(self._others(submission.beside, handed.archive, lambda one: RUN))
        place = Place(worker_map=worker_map, code_map=code_map)
        return place, Handling(RUN, handed.run, code, handed.granted, then, beside)

    def _others(
        self, others: Iterable[Following], archive: bytes, folder: Callable[[Following], str]
    ) -> Iterator[Mapping[str, Any]]:
        """Those with the same code."""
        for one in others:
            if packed(one.folder) == archive:
                run = cast("Any", read_run(one.folder))
                granted = self._deliveries.grant(run["project"], one.handle)
                yield told(one, folder(one), self._deliveries.linked(run), granted)

    def leave(self, name: str) -> None:
        """Nothing."""

    def bring(self, attempt: Attempt) -> bool:
        """From the attempt's place in the store."""
        has_result = self._deliveries.fetch(attempt.identity.project, attempt.handle, attempt.folder)
        return has_result or attempt.files.read_ended() is not None

    def words(self) -> str:
        """For the doctor."""
        return f"through the store at {self._deliveries.address}"


def _name_of(submission: Submission) -> str:
    return secret_name(submission, identity_of(read_run(submission.folder)))


def told(one: Following, folder: str, run: Mapping[str, Any], deliver: Mapping[str, Any]) -> dict[str, Any]:
    """A PodFollowing."""
    return {"handle": one.handle, "folder": folder, "run": run, "deliver": deliver, "env": dict(one.env)}


def exit_as_told(end: PodEnd, memory_limit: int | None) -> Exit:
    """How an attempt ended, by what it has handed over."""
    found: Any = {"reason": "lost", "ended": time.time(), **as_exit(end)}
    if memory_limit is not None:
        found["memory_limit"] = memory_limit
    return cast("Exit", found)
