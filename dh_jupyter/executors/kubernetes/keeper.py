"""Looks after attempts: what the cluster tells of them, their logs, and how they ended, written down once.

Level-triggered: whatever is seen, and whenever, `look_after` does what is to be done in that state, and nothing twice.
"""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from dh_kernel.errors import DHError
from dh_kernel.rundir import RunFolder

from ..base import Observation
from . import hands, logs, pods, ranks
from .attempt import Attempt
from .client import Client, Unreachable
from .delivery import Way
from .hand import Hand, log_of_hand
from .hands import Hands
from .names import handles_of
from .prepared import identity_of, read_run
from .refusals import Refused
from .removing import Remover
from .store import name_of
from .telling import Telling, is_open, with_node
from .view import View

if TYPE_CHECKING:
    from dh_kernel._contract import Exit, PodFrame

Object = dict[str, Any]
T = TypeVar("T")

_log = logging.getLogger(__name__)
FIRST_LOOK = 10.0  # seconds for the first list of what there is
AGAIN = 5.0  # seconds between two questions to a store that has failed
LEAVING = 5.0  # seconds for followers to end when we close


class Keeper:
    """Of one cluster. `changed(handle)` is told what the executor's `changed` is; `adopt` gets each Job that was there before
    us, for what its maker may not have come to."""

    def __init__(
        self,
        client: Client,
        changed: Callable[[str], None],
        way: Way,
        adopt: Callable[[Object], None] = lambda job: None,
    ) -> None:
        self.view = View(client, self._seen)
        self._telling = Telling(client, self.view)
        self._remover = Remover(client)
        self._client = client
        self._changed = changed
        self._way = way
        self._adopt = adopt
        self._attempts: dict[str, Attempt] = {}
        self._hands = Hands()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="dh-kubernetes")
        self._quiet = ThreadPoolExecutor(1, thread_name_prefix="dh-kubernetes-later")
        self.view.start()

    def close(self) -> None:
        """Let go; attempts go on."""
        self._closing.set()
        self.view.close()
        self._client.close()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._quiet.shutdown(wait=True, cancel_futures=True)
        for attempt in list(self._attempts.values()):
            for follower in list(attempt.followers.values()):
                follower.join(LEAVING)

    # -- what is seen ------------------------------------------------------------------------------------------------

    def attempt(self, handle: str, folder: Path) -> Attempt:
        """The one that we look after, from now on."""
        with self._lock:
            if handle not in self._attempts:
                run = read_run(folder)
                attempt = Attempt(identity_of(run), folder, run.get("nodes", 1))
                attempt.job = self.job_of(attempt)
                attempt.pods = ranks.members(self.view.pods.of(handle))
                self._attempts[handle] = attempt
                if attempt.job is not None:
                    self.later(self._adopt, attempt.job)
                    self._hands.join(attempt, attempt.job)
            return self._attempts[handle]

    def is_new(self, handle: str, folder: Path) -> bool:
        """Whether nobody has begun it, or asked for its end."""
        attempt = self.attempt(handle, folder)
        return not (attempt.files.read_exit() or attempt.was_cancelled or self.job_of(attempt) is not None)

    def made(self, job: Object) -> None:
        """The Job of attempts that are looked after is there."""
        with self._lock:
            self.view.jobs.put(job)
            for handle in handles_of(job):
                if (attempt := self._attempts.get(handle)) is not None:
                    self._hands.join(attempt, job)

    def job_of(self, attempt: Attempt) -> Object | None:
        """Its Job, as it was last seen."""
        return self._telling.job_of(attempt)

    def observe(self, handle: str, folder: Path) -> Observation:
        """How it is now."""
        if (ended := RunFolder(folder).read_exit()) and not self._will_say_more(handle, ended):
            return Observation("exited", exit=self._placed(handle, ended))
        if not self.view.wait(FIRST_LOOK):
            return Observation("starting", waiting_for=self.view.trouble)
        attempt = self.attempt(handle, folder)
        seen = self._look(attempt)
        self.look_after(attempt)
        if seen.state == "none" and not attempt.leaves_a_trace and self._is_missing(attempt):
            return self._unknown(attempt)
        if attempt.trouble:
            return Observation("running", waiting_for=attempt.trouble)
        if attempt.waits_in_hand and seen.state != "starting":
            return Observation("starting", waiting_for="Waiting for those before it in its pod.", is_queued=True)
        if seen.state == "starting":
            found = self._telling.finding(attempt)
            words = self.view.trouble or (found.summary if found else seen.waiting_for)
            return Observation("starting", waiting_for=words, is_queued=seen.is_queued)
        if seen.state != "running" and not any(map(pods.has_log, attempt.pods.values())):
            return Observation("starting", is_queued=not any(map(pods.has_node, attempt.pods.values())))  # it never ran
        if attempt.is_preparing():
            return Observation("starting", waiting_for=attempt.waiting_for, progress=attempt.progress)
        return Observation("running")

    def _unknown(self, attempt: Attempt) -> Observation:
        """Of which the cluster knows nothing (any more): it may have handed over all, and nobody was there to take it."""
        if self._bring(attempt):
            self._harvest(attempt)
        elif not attempt.trouble:
            self._forget(attempt)
            return Observation("missing")
        ended = attempt.files.read_exit()
        return Observation("exited", ended) if ended else Observation("running", waiting_for=attempt.trouble)

    def _placed(self, handle: str, ended: Exit) -> Exit:
        """With the node where it ran, if we saw it there."""
        attempt = self._attempts.get(handle)
        return with_node(ended, attempt.pod if attempt else pods.newest(self.view.pods.of(handle)))

    def _will_say_more(self, handle: str, ended: Exit) -> bool:
        """Whether a pod that failed, and wrote that down itself, is to be explained yet: who told it to stop, if we did not?
        Was a process of it ended for want of memory? Its last word says so, in a moment."""
        attempt = self._attempts.get(handle)
        return attempt is not None and not attempt.was_cancelled and is_open(ended) and "finding" not in ended

    def _is_missing(self, attempt: Attempt) -> bool:
        """Asked of the cluster itself: what we know may be a moment old, and a second attempt must not start for that."""
        try:
            self._telling.read_job(attempt)
        except Refused as refused:
            return refused.status == 404
        except Unreachable:
            return False
        return self.job_of(attempt) is None

    def _look(self, attempt: Attempt) -> pods.Look:
        """Also of a pod that is gone, if we saw how it ended."""
        made = self.view.pods.of(attempt.handle)
        there = attempt.own(made)
        seen = ranks.look(self.job_of(attempt), there, attempt.nodes)
        if lost := next((pod for pod in there if pods.is_lost(pod, self._client.clock.now())), None):
            return pods.Look("ended", lost)
        was_seen = attempt.pod is not None and (made or "terminated" in pods.container_state(attempt.pod))
        if not there and was_seen:
            return pods.Look("ended", attempt.pod)
        return seen

    def _is_over(self, attempt: Attempt) -> bool:
        return self._look(attempt).state in ("ended", "none")

    def _seen(self, handle: str, item: Object, gone: bool) -> None:
        """A watch tells: any of its threads."""
        attempt = self._attempts.get(handle)
        if (lead := self._hands.lead_by(item)) is not None:
            lead.see(item, gone)
            lead.news.set()
        if attempt is not None:
            attempt.see(item, gone)
            self.look_after(attempt)
            attempt.news.set()
            self._changed(handle)

    # -- what is done ------------------------------------------------------------------------------------------------

    def look_after(self, attempt: Attempt) -> None:
        """Do what is to be done for an attempt in its state; as often as one likes."""
        if any(pods.is_lost(pod, self._client.clock.now()) for pod in attempt.pods.values()):
            self.soon(self._give_up, attempt)
        elif logged := {rank: pod for rank, pod in attempt.pods.items() if pods.has_log(pod)}:
            lead = self._hands.lead_of(attempt)
            for rank, pod in logged.items():
                lead.follow_by(rank, functools.partial(self._follow, lead, rank, name_of(pod)))
        elif self._is_over(attempt) and (attempt.leaves_a_trace or attempt.job is not None):
            self.soon(self._harvest, attempt)
        job = self.job_of(attempt)
        if job is not None and attempt.was_cancelled and not job["metadata"].get("deletionTimestamp"):
            self.end(attempt)

    def end(self, attempt: Attempt) -> None:
        """Remove what it has in the cluster, soon."""
        self.soon(self._delete, attempt)

    def _delete(self, attempt: Attempt) -> None:
        if self._remover.remove(attempt):
            self.look_after(attempt)

    def _follow(self, attempt: Attempt, rank: int, pod: str) -> None:
        """The work of a thread of the attempt's own: read a log to the end, then write down how it ended."""
        hand, has_copy = attempt.hand, self._way.has_copy
        take = attempt.take_all if has_copy else attempt.take
        sink = logs.Sink(
            attempt.folder, has_copy, take, lambda: self._changed(hand.current if hand else attempt.handle)
        )
        if attempt.nodes > 1:
            take = attempt.take_all if rank == 0 else leave_out
            sink = replace(sink, frame=take, place=functools.partial(attempt.merged.rank, rank))
        elif hand is not None:
            hear = functools.partial(self._hear, hand)
            sink = replace(sink, frame=leave_out, place=functools.partial(log_of_hand, hand, hear, keep=has_copy))
        line = logs.Line(lambda: self._is_over(attempt), attempt.wait_for_news, self._closing.is_set)
        if logs.follow(self._client, pod, sink, line) and attempt.has_read(rank):
            for one in self._open_of(hand) if hand else [attempt]:
                self._guarded(self._harvest, one)

    def _hear(self, hand: Hand, handle: str, frame: PodFrame) -> None:
        """What the pod says of one of its hand."""
        if hand.is_here(handle):
            attempt = self.attempt(handle, hand.folder_of(handle))
            (attempt.take_all if self._way.has_copy else attempt.take)(frame)
            if frame.get("phase") == "done":
                self.soon(self._harvest, attempt)
            elif "attempt" in frame and attempt.was_cancelled:
                self.end(attempt)
            self._changed(handle)

    def _open_of(self, hand: Hand) -> list[Attempt]:
        """Those of a hand that have not ended, once its log was read to its end."""
        with self._lock:
            left = [one for one in self._attempts.values() if one.hand is hand]
        ended = {one.handle for one in left}
        others = {handle: folder for handle, folder in hand.here.items() if handle not in ended}
        new = [self.attempt(one, folder) for one, folder in others.items() if RunFolder(folder).read_exit() is None]
        return [*left, *new]

    def _give_up(self, attempt: Attempt) -> None:
        """Its node is out of contact: the attempt is over for us, and ends there when the node is back."""
        self._delete(attempt)
        self._harvest(attempt)

    def _harvest(self, attempt: Attempt) -> None:
        """See to it that its end is written down, once everything else of it is in its folder. A pod that shares the folder
        has mostly done so itself."""
        with attempt.ending:
            if attempt.files.read_exit() is None and not self._bring(attempt) and attempt.trouble:
                return
            written = attempt.files.read_exit()
            told = written or self._telling.as_handed_over(attempt)
            if told is None or is_open(told):
                told = self._telling.explained(attempt, told or self._telling.end_of(attempt))
                told = hands.told(attempt, told)
            job = self.job_of(attempt)
            if pods.is_held_back(job) or self._may_be_replaced(attempt, job):  # else the attempt would start again
                self._delete(attempt)
            if told is not written:
                if not self._is_whole(attempt):
                    attempt.withdraw()
                attempt.files.write_exit(told)
        if self._forget(attempt):
            self._changed(attempt.handle)
            if attempt.beside is not None and attempt.beside.exits:
                self._remover.leave(attempt.beside)
                self._way.leave(attempt.beside.secret)
            self._changed("")

    def _may_be_replaced(self, attempt: Attempt, job: Object | None) -> bool:
        pod = attempt.pod
        gone = pod is not None and self.view.pods.get(str(pod["metadata"]["name"])) is None
        return pods.may_be_replaced(job, pod, gone=gone)

    def _bring(self, attempt: Attempt) -> bool:
        """What it has handed over, here. False if that is not all that there will be; `trouble` if the store can't say now."""
        if time.monotonic() < attempt.later:
            return False
        try:
            found, trouble = self._way.bring(attempt), ""
        except (DHError, OSError) as error:
            _log.warning("%s: what it has handed over can't be had now: %s", attempt.handle, error)
            said = error.message if isinstance(error, DHError) else str(error)
            found, trouble = False, f"Done; its results wait for the store. {said}"
            attempt.later = time.monotonic() + AGAIN
        if attempt.was_cancelled:
            trouble = ""  # who stops it does not wait for what it gave
        attempt.trouble, before = trouble, attempt.trouble
        if trouble != before:
            self._changed(attempt.handle)
        return found

    def _is_whole(self, attempt: Attempt) -> bool:
        """Whether no machine failed after the first had done its work."""
        known = attempt.pods if attempt.nodes > 1 else {}
        return not known or ranks.is_whole(known.values(), attempt.nodes)

    def _forget(self, attempt: Attempt) -> bool:
        """False if it was done before."""
        with self._lock:
            is_new = self._attempts.pop(attempt.handle, None) is not None
            self._hands.leave(attempt, self._attempts.values())
            return is_new

    def soon(self, work: Callable[[T], None], what: T) -> None:
        """In a thread of ours."""
        if not self._closing.is_set():
            self._pool.submit(self._guarded, work, what)

    def later(self, work: Callable[[T], None], what: T) -> None:
        """One after the other: what nobody waits for, so that it takes nothing from those who wait for the cluster."""
        if not self._closing.is_set():
            self._quiet.submit(self._guarded, work, what)

    def _guarded(self, work: Callable[[T], None], what: T) -> None:
        try:
            work(what)
        except Exception:  # noqa: BLE001  a fault of one attempt ends no thread that others need
            _log.exception("%s failed; the next look tries again", getattr(work, "__name__", work))


def leave_out(frame: PodFrame) -> None:
    """What a machine says of itself that is not the first, or is heard otherwise."""
