"""LocalExecutor: the executor interface over `dh_kernel.detached`, `attempt`, `launch`, `slots`, `wake` and `zygotes`."""

from __future__ import annotations

import functools
import logging
import os
import queue
import shutil
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dh_kernel.errors import NotInstalled

from ..archive import worker_archive
from ..base import Observation, Resources, Submission
from . import attempt, variables
from .capacity import Capacity, total_memory, usable_cores, visible_gpus
from .interpreters import interpreter_for
from .launch import Order, start_cold, start_warm
from .locks import Locks
from .requirements import (
    Environment,
    differences,
    environment_for,
    environment_near,
    find_uv,
    freeze_here,
    lacking,
    record_freeze,
)
from .runtime import runtime_folder
from .slots import Slots
from .unread import Unread
from .wake import Listener
from .zygotes import Zygotes, kind_for

if TYPE_CHECKING:
    from dh_kernel._contract import Environment as RecordedEnvironment

_log = logging.getLogger(__name__)
PROCESSES = 2048  # of one attempt, unless the administrator says else
_ROOM = 1 << 30  # bytes of free disk below which the doctor warns
CONNECTING = 10.0  # seconds
_STUCK = 10.0  # seconds after the grace in which a supervisor must have ended its attempt


class LocalExecutor:
    """Runs attempts on this machine. All that it knows is in folders and locks: another process on the same home sees the same.

    `cpu`, `gpus` (names for CUDA_VISIBLE_DEVICES) and `memory` (bytes) limit what attempts may use; None = all there is.
    An attempt that has more than `processes` at once is ended.
    Without `warm`, every attempt starts a Python of its own.
    """

    name = "local"
    answers = True
    takes_hands = True

    def __init__(
        self,
        home: Path,
        *,
        cpu: int | None = None,
        gpus: list[str] | None = None,
        memory: int | None = None,
        processes: int = PROCESSES,
        warm: bool = True,
    ) -> None:
        if os.name != "posix":
            raise NotInstalled("The local executor is not supported on Windows.", "Use WSL 2, or another executor.")
        self._home = home.absolute()
        self._cache = self._home / "cache"
        self._locks = Locks(self._home)
        self._given = cpu, gpus, memory
        self._processes = processes
        self._warm = warm and sys.platform == "linux"  # macOS dislikes a fork after frameworks were loaded
        self._listener: Listener | None = None
        self._preparing: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._preparer: threading.Thread | None = None
        self._is_closing = threading.Event()
        self._timers: set[threading.Timer] = set()
        self._unread = Unread()

    # -- the interface -----------------------------------------------------------------------------------------------

    def start(self, changed: Callable[[str], None]) -> None:
        """Listen, and warm up a zygote that has the worker only."""
        self._listener = Listener(self._runtime / "wake", changed)
        self._preparer = threading.Thread(target=self._prepare_all, name="dh-local-prepare", daemon=True)
        self._preparer.start()
        self.prepare((), ())

    def check(self, resources: Resources, python: str = "") -> None:
        """Raise Invalid for what this machine can never give."""
        interpreter_for(python)
        self._capacity.check(resources, self._home)

    def room(self, resources: Resources) -> None:
        """Take the slots, and give them back."""
        self._slots.take(resources).__exit__(None, None, None)

    def compare(self, recorded: RecordedEnvironment) -> list[str]:
        """See requirements.py."""
        return differences(recorded)

    def lacks(self, requirements: tuple[str, ...], python: str = "") -> tuple[str, ...]:
        """Those that would be installed first, into an environment of their own."""
        return lacking(requirements, interpreter_for(python))

    def prepare(self, requirements: tuple[str, ...], imports: tuple[str, ...]) -> None:
        """Start a zygote in the background."""
        self._preparing.put(functools.partial(self._prepare, requirements, imports))

    def submit(self, submission: Submission) -> None:
        """By a zygote's fork if one is ready, else by a process of its own."""
        self._locks.need()
        with attempt.claim(submission.folder) as is_ours:
            if is_ours:
                with (
                    self._slots.take(submission.resources) as lease,
                    self._unread.pipe(submission.handle, submission.secrets) as output,
                ):
                    environment = self._environment(submission)
                    order = Order(
                        submission,
                        lease,
                        worker_archive(self._cache),
                        self._runtime / "wake",
                        environment,
                        self._processes,
                        output,
                    )
                    if not self._start_warm(order):
                        start_cold(order)
        self._watch(submission.handle, submission.folder)
        for one in submission.then:
            self._watch(one.handle, one.folder)

    def poll(self, handles: Mapping[str, Path]) -> dict[str, Observation]:
        """From folders and locks alone."""
        return {handle: self._observe(handle, folder) for handle, folder in handles.items()}

    def cancel(self, handle: str, folder: Path, grace: float) -> None:
        """SIGTERM now, SIGKILL after `grace`: the supervisor sees to both, and we see to a supervisor that is stuck."""
        attempt.ask_to_stop(folder, grace)
        timer = threading.Timer(grace + _STUCK, attempt.kill_if_stuck, (folder,))
        timer.daemon = True
        timer.start()
        self._timers = {other for other in self._timers if other.is_alive()} | {timer}

    def log(self, handle: str, folder: Path, since: int, limit: int) -> bytes:
        """From log.txt."""
        try:
            with open(folder / "log.txt", "rb") as file:
                file.seek(since)
                return file.read(limit)
        except FileNotFoundError:
            return b""

    def reach(self, handle: str, folder: Path, port: int) -> socket.socket:
        """It runs on our own machine."""
        return socket.create_connection(("127.0.0.1", port), CONNECTING)

    def doctor(self) -> Iterable[tuple[str, bool, str]]:
        """What there is, and what is missing."""
        capacity = self._capacity
        gpus = f", {len(capacity.gpus)} GPU" if capacity.gpus else ""
        yield "local executor", True, f"{capacity.cpu} cores, {capacity.memory / 2**30:.1f} GiB{gpus}"
        yield "locks", *self._locks.state()
        warm = len(self._zygotes.living())
        yield "warm starts", True, f"{warm} ready" if warm else "none ready; runs start cold"
        uv = find_uv()
        yield (
            "requirements",
            True,
            "environments by uv" if uv else "environments by venv and pip (slow): pip install uv",
        )
        if self._home.is_dir():
            free = shutil.disk_usage(self._home).free
            cure = "" if free >= _ROOM else ": remove runs that nobody needs (%dh ls run), or cache/environments"
            yield "disk", free >= _ROOM, f"{free / 2**30:.1f} GiB free in {self._home}{cure}"
        if sys.platform != "linux":
            yield "memory limits", False, "are not enforced on this system: --memory has no effect"

    def close(self) -> None:
        """Stop listening. Attempts and zygotes go on; none is started any more once we return."""
        self._is_closing.set()
        self._preparing.put(None)
        if self._preparer is not None:
            self._preparer.join(_STUCK)
        for timer in self._timers:
            timer.cancel()
        self._unread.close()
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    # -- what it has, found when first asked for -----------------------------------------------------------------------

    @functools.cached_property
    def _runtime(self) -> Path:
        self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return runtime_folder(self._home)

    @functools.cached_property
    def _capacity(self) -> Capacity:
        cpu, gpus, memory = self._given
        return Capacity(
            cpu or usable_cores(), visible_gpus() if gpus is None else tuple(gpus), memory or total_memory()
        )

    @functools.cached_property
    def _slots(self) -> Slots:
        return Slots(self._runtime / "slots", self._capacity.cpu, list(self._capacity.gpus))

    @functools.cached_property
    def _zygotes(self) -> Zygotes:
        return Zygotes(self._runtime, self._home)

    # -- warm starts -------------------------------------------------------------------------------------------------

    def _environment(self, submission: Submission) -> Environment | None:
        if submission.any_python and submission.packages is None:
            return environment_near(submission.requirements, self._cache, submission.python)
        base = interpreter_for(submission.python)
        return environment_for(submission.requirements, self._cache, base, submission.packages)

    def _start_warm(self, order: Order) -> bool:
        submission = order.submission
        if order.python is None:  # it records its packages itself, once they are installed
            return False
        digest = record_freeze(order.environment, self._cache, submission.folder)
        if not self._warm or variables.needs_fresh_process({**submission.env, **submission.secrets}):
            return False
        kind = kind_for(order.python, order.archive, submission.imports, digest)
        zygote = self._zygotes.find(kind)
        if zygote is None or zygote.name != kind.key:
            self._preparing.put(functools.partial(self._zygotes.start, kind))
        if zygote is None:
            return False
        if start_warm(order, zygote):
            return True
        self._zygotes.forget(zygote)
        return False

    def _prepare(self, requirements: tuple[str, ...], imports: tuple[str, ...]) -> None:
        if self._warm and environment_for(requirements, self._cache) is None:
            digest = freeze_here()["digest"]
            self._zygotes.start(kind_for(sys.executable, worker_archive(self._cache), imports, digest))

    def _prepare_all(self) -> None:
        """The thread of `prepare`."""
        while (task := self._preparing.get()) is not None and not self._is_closing.is_set():
            try:
                task()
            except OSError as error:
                _log.warning("A warm start could not be prepared: %s", error)

    # -- watching ----------------------------------------------------------------------------------------------------

    def _observe(self, handle: str, folder: Path) -> Observation:
        seen = attempt.observe(folder)
        if seen.phase in ("starting", "running"):
            self._watch(handle, folder)
        elif seen.phase == "missing":
            attempt.kill_orphans(folder)
            self._unread.save(handle, folder / "log.txt")
        else:
            self._unread.forget(handle)
        return seen

    def _watch(self, handle: str, folder: Path) -> None:
        holder = attempt.read_holder(folder)
        if holder is not None and self._listener is not None and holder.is_alive():
            self._listener.watch(handle, holder.pid)
