"""An attempt that this broker looks after: what was seen of it, its log's follower, and the end that is written down.

What is true lies in the cluster and in the attempt's folder, so that the next broker goes on from there:
log.txt, log.at (logs.py), cancel (that we were asked to end it), exit.json (how it ended: written once, last).
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dh_kernel.rundir import RunFolder

from . import pods, ranks
from .beside import Beside
from .hand import CANCEL, Hand
from .merging import MergedLog
from .names import Identity

if TYPE_CHECKING:
    from dh_kernel._contract import PodFrame, Progress


Object = dict[str, Any]
PHASE = "phase"  # a file of its folder here
SILENT = 10.0  # seconds after which a pod that we can't hear is taken to run the user's code
_BEFORE = ("code", "environment")  # phases in which it does not yet


@dataclass
class Attempt:
    """`job` and `pods` (by rank) are what was seen last: they are needed when they are gone. `nodes`: machines that run it."""

    identity: Identity
    folder: Path
    nodes: int = 1
    job: Object | None = None
    pods: dict[int, Object] = field(default_factory=dict)
    followers: dict[int, threading.Thread] = field(default_factory=dict)
    was_read: set[int] = field(default_factory=set)  # ranks whose log was read to its end
    ending: threading.Lock = field(default_factory=threading.Lock)  # held while its end is written down
    phase: str = ""  # the pod's own words
    waiting_for: str = ""
    progress: Progress | None = None
    news: threading.Event = field(default_factory=threading.Event)  # something of it was seen
    trouble: str = ""  # why what it has handed over is not here yet
    running_since: float = 0.0  # the moment (monotonic) when its pod was first seen to run
    later: float = 0.0  # the moment (monotonic) before which the store is not asked again
    lock: threading.Lock = field(default_factory=threading.Lock)
    hand: Hand | None = None  # those that it shares a pod with
    beside: Beside | None = None  # those that it shares a Job with
    is_withdrawn: bool = False  # its part of that Job is to have no pod (any more)

    @property
    def job_name(self) -> str:
        """Its Job's: another attempt's, where several have one."""
        shared = self.hand or self.beside
        return shared.job if shared else self.identity.job

    @property
    def pod(self) -> Object | None:
        """The one that tells how the attempt is."""
        return ranks.telling(list(self.pods.values()))

    @cached_property
    def merged(self) -> MergedLog:
        """The log of an attempt on several machines."""
        return MergedLog(self.folder)

    @property
    def handle(self) -> str:
        return self.identity.handle

    @property
    def files(self) -> RunFolder:
        return RunFolder(self.folder)

    @property
    def was_cancelled(self) -> bool:
        """Whether somebody asked for its end, in this process or before."""
        return (self.folder / CANCEL).exists()

    @property
    def leaves_a_trace(self) -> bool:
        """Whether one that the cluster knows nothing of was there, or was to end."""
        return self.pod is not None or self.was_cancelled

    def wait_for_news(self, seconds: float) -> None:
        """Until something of it is seen, or so long."""
        self.news.wait(seconds)
        self.news.clear()

    def cancel(self, grace: float) -> None:
        """Note that it is to end."""
        (self.folder / CANCEL).write_text(json.dumps({"grace": grace}))

    def withdraw(self) -> None:
        """Take back what the first machine gave: another one failed."""
        result = self.files.read_result()
        if result is not None and result["state"] == "COMPLETED":
            self.files.result.unlink(missing_ok=True)

    def see(self, item: Object, gone: bool) -> None:
        """A Job or a pod of ours. The last state of one that is gone is kept."""
        if "template" in item["spec"]:
            self.job = None if gone else item
        else:
            rank = ranks.rank_of(item)
            known = self.pods.get(rank)
            if known is None or not _has_other_name(known, item) or not (gone or pods.has_log(known)):
                self.pods[rank] = item

    def own(self, there: Iterable[Object]) -> list[Object]:
        """Without those that its Job made in the place of one that had started: an attempt starts once."""
        return [pod for pod in there if not self._is_in_place_of_another(pod)]

    def _is_in_place_of_another(self, pod: Object) -> bool:
        known = self.pods.get(ranks.rank_of(pod))
        return known is not None and pods.has_log(known) and _has_other_name(known, pod)

    def take(self, frame: PodFrame) -> None:
        """What the pod says of itself. Its metrics lie in the folder anyway."""
        if "attempt" in frame:
            self._note("code")
        if "phase" in frame:
            if frame["phase"] != self.phase:
                self._note(frame["phase"])
            self.waiting_for, self.progress = frame.get("waiting_for", ""), frame.get("progress")

    def _note(self, phase: str) -> None:
        (self.folder / PHASE).write_text(phase)  # for who sees to it next
        self.phase = phase

    def take_all(self, frame: PodFrame) -> None:
        """Also its metrics, of a pod whose folder is another than ours. The file that it hands over replaces them."""
        self.take(frame)
        for line in frame.get("metrics") or ():
            self.files.append_metric(line)

    @property
    def has_begun(self) -> bool:
        """Whether its pod has said anything of it."""
        return bool(self.phase or self._noted())

    @property
    def waits_in_hand(self) -> bool:
        """Whether its pod has others before it."""
        return self.hand is not None and self.handle != self.hand.handles[0] and not self.has_begun

    def is_preparing(self) -> bool:
        """Whether its pod runs, and the user's code not yet: it says so, or has not said anything since it runs."""
        self.running_since = self.running_since or time.monotonic()
        if phase := self.phase or self._noted():
            return phase in _BEFORE
        return time.monotonic() - self.running_since < SILENT

    def _noted(self) -> str:
        try:
            return (self.folder / PHASE).read_text()
        except FileNotFoundError:
            return ""

    def follow_by(self, rank: int, work: Callable[[], None]) -> None:
        """Start the follower of a rank, if there is none."""
        with self.lock:
            follower = self.followers.get(rank)
            if follower is None or not follower.is_alive():
                name = f"dh-log-{self.job_name}-{rank}"
                follower = threading.Thread(target=work, name=name, daemon=True)
                follower.start()
                self.followers[rank] = follower  # now it can be waited for

    def has_read(self, rank: int) -> bool:
        """Note that a log was read to its end. Whether it was the last."""
        with self.lock:
            self.was_read.add(rank)
            return self.was_read >= set(self.followers)


def _has_other_name(one: Object, other: Object) -> bool:
    return bool(one["metadata"]["name"] != other["metadata"]["name"])
