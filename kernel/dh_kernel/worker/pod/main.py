"""`python worker.pyz --pod JOB [TERMINATION_LOG]`: one attempt, or a hand of them, from its job document to the container's end.

The exit code is the worker's, 128 and the signal's number if one ended it, 43 if packages could not be had, 44 if the
attempt's files could not, 75 if what came out could not be handed over. What was seen is left in the termination log, where
the cluster keeps it with the pod's status.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import Conflict, DHError
from ...rundir import RunFolder
from .cgroup import memory
from .channel import LiveChannel
from .code import make_folder, why_not
from .deliver import Delivery, delivery_of
from .environment import about_python, check_tools, find_uv, image_freeze, record_here, variables, wanted_for
from .ranks import Lifted, job_of, rank_of
from .stopping import Stopping
from .supervise import end_of, note_memory, order_of, own_archive, supervise

if TYPE_CHECKING:
    from ..._contract import PodDocument, PodEnd, RunDocument

TERMINATION_LOG = "/dev/termination-log"
DEPENDENCIES, INTEGRITY, STOPPED, NOT_DELIVERED = 43, 44, 45, 75
_LARGEST = 4000  # bytes of a termination message; Kubernetes keeps 4096
_SIGNAL = 128


def main(arguments: list[str]) -> int:
    """The exit code."""
    stopping = Stopping()
    told = json.loads(Path(arguments[0]).read_bytes())  # PodDocument | PodWithdrawn
    end = _withdrawn() if told.get("withdrawn") else attempt(told, stopping)
    leave_word(end, arguments[1] if len(arguments) > 1 else TERMINATION_LOG)
    return code_of(end)


def _withdrawn() -> PodEnd:
    """Its attempt was ended before there was a pod for it."""
    return {"phase": "code", "code": STOPPED, "reason": "stopped", "delivered": False}


def attempt(job: PodDocument, stopping: Stopping) -> PodEnd:
    """All phases; how it ended."""
    rank = rank_of(job, os.environ)
    is_shared = job["deliver"]["kind"] == "folder"
    try:
        job = job if rank is None else job_of(job, rank)
        delivery = Lifted(rank) if rank is not None and is_shared else delivery_of(job)
        delivery.begin()
        folder = make_folder(job)
        if (
            is_shared and rank is None and not folder.begin()
        ):  # a Job may make a pod in the place of one that was deleted
            raise Conflict("This attempt has been started before, in another pod.", "Run it again: %dh retry RUN")
    except (DHError, OSError) as error:
        words = why_not(error)
        print(words, flush=True)  # noqa: T201  the container's log is all that there is yet
        return {"phase": "code", "code": INTEGRITY, "reason": "exited", "delivered": False, "message": words}
    channel = LiveChannel(folder, 1)
    over = Over(job, channel, delivery)
    try:
        _run(job, folder, channel, stopping, over)
    except DHError as error:
        channel.say(f"{error}\n")
        end: PodEnd = {"phase": "environment", "code": DEPENDENCIES, "reason": "exited", "delivered": False}
        over.hand_over(folder, {**end, "message": str(error)})
    return over.end


def _run(job: PodDocument, folder: RunFolder, channel: LiveChannel, stopping: Stopping, over: Over) -> None:
    """Packages, then the worker. Raises NotInstalled where nothing can install them."""
    channel.phase("environment")
    here = image_freeze()
    wanted = wanted_for(job, here, find_uv())
    if wanted is None:
        record_here(here, folder.path)
    else:
        check_tools(wanted)
    if words := about_python(job.get("python", "")):
        channel.say(words)
    over.begin()
    env = {**variables(os.environ, folder.path.parent, job.get("cache", "")), **job.get("env", {})}
    order = order_of(job, own_archive(sys.argv[0]), sys.executable, wanted, env)
    if not supervise(order, None if over.limit == float("inf") else over.limit, channel, stopping, over):
        over(folder)


class Over:
    """What is done when an attempt of the pod is over: how it was, and what came of it, goes to the broker. `limit`: seconds
    that user code may run; `end`: how the last one was."""

    def __init__(self, job: PodDocument, channel: LiveChannel, delivery: Delivery) -> None:
        self._job = job
        self._channel = channel
        self._first = delivery
        self._then = {one["folder"]: one for one in job.get("then") or ()}
        self._time_left = delivery.time_left()
        self.limit = min(job.get("timeout", float("inf")), self._time_left)
        self._before = memory()

    def begin(self) -> None:
        """From here on the memory is user code's."""
        self._before = memory()

    def __call__(self, folder: RunFolder) -> bool:
        """Whether the store has taken it."""
        ended, now = folder.read_exit(), memory()
        end = end_of(ended, self._before, now)
        self._before = now
        if end.get("reason") == "timeout" and self.limit == self._time_left:
            self._channel.say(
                "It was ended now, since its links to the store soon do: what it has given would be lost.\n"
            )
        if ended is not None:
            folder.write_exit(note_memory(end, ended, self._job.get("memory")))
        self._channel.flush()
        self.hand_over(folder, end)
        return self.end["delivered"]

    def hand_over(self, folder: RunFolder, end: PodEnd) -> None:
        """Also what little there is of an attempt that failed."""
        one = self._then.get(str(folder.path))
        run, delivery = (self._job["run"], self._first) if one is None else (one["run"], delivery_of(one))
        self.end = self._handed_over(folder, run, delivery, end)

    def _handed_over(self, folder: RunFolder, run: RunDocument, delivery: Delivery, end: PodEnd) -> PodEnd:
        done: PodEnd = {**end, "delivered": True}
        if end["phase"] == "delivering":
            done["phase"] = "done"
        self._channel.phase("delivering")
        try:
            delivery.hand_over(folder, run, done)
        except (DHError, OSError) as error:
            words = f"What came out could not be handed over: {error}"
            self._channel.say(f"{words}\n")
            end.pop("signal", None)
            return {**end, "phase": "delivering", "code": NOT_DELIVERED, "delivered": False, "message": words}
        self._channel.phase("done")
        return done


def code_of(end: PodEnd) -> int:
    """As a shell tells it."""
    if "signal" in end:
        return _SIGNAL + end["signal"]
    return end.get("code", 1)


def leave_word(end: PodEnd, place: str) -> None:
    """In the termination log; without one, as outside of a cluster, nobody reads it."""
    said = json.dumps(end)
    if len(said) > _LARGEST:
        said = json.dumps({**end, "message": end.get("message", "")[: _LARGEST // 8]})
    try:
        with open(place, "w", encoding="utf-8") as file:
            file.write(said)
    except OSError:
        return
