"""The supervisor of one attempt: holds the lock, keeps the log, the time and the limits, and writes how it ended.

It belongs to no server. What others may read in the attempt's folder: `lock` (locked as long as this process lives; its
text says who it is), `log.txt`, `exit.json`. What others may ask: write `cancel` ({"grace": seconds}), then SIGTERM us.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from . import processes
from .ending import exit_of
from .hand import Hand, Place
from .limits import Limits
from .lock import tell_lock
from .masked import stream_for
from .waker import News
from .written import is_full, reserve, write_atomically

Order = dict[str, Any]  # see launch.py: what the server asks for
Work = Callable[[], int]  # runs in the forked child; its value is the exit code

_CHUNK = 1 << 16
_LINGER = 2.0  # seconds for the rest of the output after all processes were killed
_TIMEOUT_GRACE = 5.0  # seconds between SIGTERM and SIGKILL at the time limit
DEPENDENCIES = 43


class Supervisor:
    """One attempt, or a hand of them. `leases` are descriptors whose closing gives the slots back; `news` is told of what
    happens."""

    def __init__(self, order: Order, lock: int, leases: list[int], news: News, hand: Hand | None = None) -> None:
        self.order = order
        self.leases = leases
        self._waker = news
        self._hand = hand or Hand({})
        self._timeout: float | None = None
        self._take(order["folder"], lock)
        self._limits = Limits(order["memory"], order.get("processes"))
        pipe: tuple[int, int] = order.get("output") or os.pipe()
        self._output, self._output_end = pipe
        self._news, self._news_end = os.pipe()  # the worker's wakes
        self._signals, signals_end = os.pipe()
        for descriptor in (self._output, self._news, self._news_end, self._signals, signals_end):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(signals_end, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._asked_to_stop)
        self._child = 0

    def _take(self, folder: str, lock: int) -> None:
        """What there is of each attempt anew."""
        self._folder = folder
        self._lock = lock
        self._log = os.open(self._path("log.txt"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._masked = stream_for(self.order)
        self._reason = ""
        self._stop_at = self._kill_at = float("inf")
        self._log_missing = 0
        self._log_room = self.order.get("log_limit", float("inf"))
        self.started = time.time()
        with contextlib.suppress(OSError):
            reserve(self._path("exit.json"))

    # -- the attempt, from its beginning to its end ------------------------------------------------------------------

    def supervise(self, steps: list[tuple[str, Work]], timeout: float | None) -> None:
        """Run the steps in turn, the last one being the worker, which alone has a time limit. A step that fails is the last.

        Then, of a hand, what is left of it: by a new worker, since the one before has ended.
        """
        self._timeout = timeout
        self._attempt(steps)
        while (place := self._hand.next()) is not None:
            self._begin(place)
            self._tell("starting")  # it can't be given back any more
            self._attempt(steps[-1:])
        for descriptor in self.leases:
            os.close(descriptor)
        self._waker.last_word()

    def _attempt(self, steps: list[tuple[str, Work]]) -> None:
        status = peak = 0
        for number, (phase, work) in enumerate(steps):
            if number == len(steps) - 1:
                self._start_clock()
            status, peak = self._step(phase, work)
            if status or self._reason:
                if number < len(steps) - 1:  # what all of a hand need can't be had
                    self._hand.give_back()
                break
        self._end(status, peak)

    def _start_clock(self) -> None:
        self.started = time.time()
        if self._timeout is not None:
            self._stop_at = time.monotonic() + self._timeout

    def _end(self, status: int, peak: int) -> None:
        """The attempt is over; whoever waits for it may know."""
        with contextlib.suppress(OSError):  # a full disk: that we are gone without a word is seen, too
            self._write_exit(status, max(self._limits.peak, peak))
        os.close(self._log)
        os.close(self._lock)

    def _begin(self, place: Place) -> None:
        """The next of a hand."""
        self.order["folder"] = place.folder
        self.order["env"].update(place.env)
        self._take(place.folder, place.lock)
        self._limits.peak = 0

    def _pass_on(self) -> None:
        """The worker is done with one, and could have another."""
        code = self._hand.heard()
        if code is None:
            return  # it is dead, as is seen at once
        place = None if self._reason or not self._hand.goes_on(self._child) else self._hand.next()
        if place is not None:
            while self._copy_output():
                pass
            self._write_log(self._masked.rest())
            self._end(code << 8, processes.peak_of(self._child))
            processes.forget_peak(self._child)
            self._begin(place)
            self._start_clock()
            self._tell("running")
        self._hand.answer(place)

    def _step(self, phase: str, work: Work) -> tuple[int, int]:
        """Wait status and peak memory of one child."""
        if self._reason or os.path.exists(self._path("cancel")):
            self._reason = self._reason or "stopped"
            return 45 << 8, 0
        self._fork(work)
        if self._reason:  # asked to stop while we forked
            os.kill(self._child, signal.SIGTERM)
        self._tell(phase)
        self._waker.soon()
        self._limits.begin(time.monotonic())
        while True:
            self._turn()
            ended = self._reap()
            if ended is not None:
                break
            self._keep_limits()
        processes.kill_all(self._child, os.getpid())
        self._child = 0
        self._read_rest()
        return ended

    def _fork(self, work: Work) -> None:
        supervisor = os.getpid()
        self._hand.open(self.order["env"])
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])  # until each side knows what it means there
        child = os.fork()
        if child:
            self._child = child
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
            return
        code = 1
        try:
            os.setsid()
            processes.die_with_parent(supervisor)
            self._become_child()
            code = work()
        except BaseException:  # noqa: BLE001  whatever it is: the supervisor's code must not go on in the child
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(code)

    def _become_child(self) -> None:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        null = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((null, 0), (self._output_end, 1), (self._output_end, 2)):
            os.dup2(source, target)
        os.chdir(self._folder)
        self.order["env"]["DH_WAKE_FD"] = str(self._news_end)
        self._close_ours()

    def _close_ours(self) -> None:
        """The lock above all: a grandchild that kept it would keep a dead attempt alive."""
        kept = {0, 1, 2, self._news_end, *self._hand.kept, *self.order.get("kept_files", ())}
        for descriptor in processes.open_files():
            if descriptor not in kept:
                try:
                    os.close(descriptor)
                except OSError:
                    continue  # the listing's own

    # -- one turn of the loop ----------------------------------------------------------------------------------------

    def _turn(self) -> None:
        """Wait for the next event or moment, and take what has come."""
        ears = [self._output, self._news, self._signals, *self._hand.ears]
        ready, _, _ = select.select(ears, [], [], self._patience())
        if self._output in ready:
            self._copy_output()
        if self._news in ready and _drain(self._news):
            self._waker.soon()
        if (self._signals in ready and _drain(self._signals)) or time.monotonic() >= self._hand.moment:
            self._hand.look()
        if any(ear in ready for ear in self._hand.ears):
            self._pass_on()
        self._waker.turn()

    def _patience(self) -> float:
        moment = min(self._stop_at, self._kill_at, self._limits.moment, self._hand.moment)
        wait = self._waker.wait()
        return max(0.0, min(moment - time.monotonic(), 3600.0 if wait is None else wait))

    def _copy_output(self) -> int:
        """One chunk from the pipe to the log; bytes, 0 if there is nothing now."""
        try:
            data = os.read(self._output, _CHUNK)
        except BlockingIOError:
            return 0
        self._write_log(self._masked.feed(data))
        return len(data)

    def _write_log(self, data: bytes) -> None:
        data = self._that_fits(data)
        try:
            while data:
                data = data[os.write(self._log, data) :]
        except OSError:
            self._log_missing += len(data)  # a full disk: the run goes on, and how it ended says what is missing
            return
        self._waker.soon()

    def _that_fits(self, data: bytes) -> bytes:
        """Of a log that may have so many bytes and no more."""
        if len(data) <= self._log_room:
            self._log_room -= len(data)
            return data
        kept, self._log_room = data[: int(self._log_room)], 0
        self._log_missing += len(data) - len(kept)
        return kept

    def _reap(self) -> tuple[int, int] | None:
        """Bury who is dead. Wait status and peak memory in bytes once it is our child."""
        found = None
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return found
            if pid == 0:
                return found
            if pid == self._child:
                found = status, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)

    def _keep_limits(self) -> None:
        now = time.monotonic()
        if broken := self._limits.look(now, os.getpid()):
            self._reason = self._reason or broken
            processes.kill_all(self._child, os.getpid())
        if now >= self._stop_at:
            self._stop("timeout", _TIMEOUT_GRACE)
        if now >= self._kill_at:
            self._kill_at = float("inf")
            processes.kill_all(self._child, os.getpid())

    def _asked_to_stop(self, *_: object) -> None:
        if self._hand.is_many and not os.path.exists(self._path("cancel")):
            return  # it is meant for one that waits, or for one that is over by now
        self._stop("stopped", self._grace())

    def _grace(self) -> float:
        """Seconds, as whoever asked wishes."""
        try:
            with open(self._path("cancel")) as file:
                return float(json.load(file)["grace"])
        except (OSError, ValueError, KeyError):
            return float(self.order.get("grace", _TIMEOUT_GRACE))

    def _stop(self, reason: str, grace: float) -> None:
        """SIGTERM now, SIGKILL to all after `grace` seconds. The first reason stands; a later call may shorten the grace."""
        self._reason = self._reason or reason
        self._stop_at = float("inf")
        self._kill_at = min(self._kill_at, time.monotonic() + grace)
        if self._child:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._child, signal.SIGTERM)

    # -- the end -----------------------------------------------------------------------------------------------------

    def _read_rest(self) -> None:
        """All that is in the pipe, and then until the last of the killed has closed it, and is gone."""
        os.close(self._output_end)
        deadline = time.monotonic() + _LINGER
        while time.monotonic() < deadline:
            ready, _, _ = select.select([self._output], [], [], max(0.0, deadline - time.monotonic()))
            if ready and not self._copy_output():
                break
        self._write_log(self._masked.rest())
        self._reap()
        while processes.descendants(os.getpid()) and time.monotonic() < deadline:
            select.select([self._signals], [], [], max(0.0, deadline - time.monotonic()))
            _drain(self._signals)
            self._reap()
        self._renew_output()

    def _renew_output(self) -> None:
        """For the next step: the same pipe where that can be, since others may hold its reading end."""
        try:
            self._output_end = os.open(f"/proc/self/fd/{self._output}", os.O_WRONLY)
        except OSError:
            os.close(self._output)
            self._output, self._output_end = os.pipe()
            os.set_blocking(self._output, False)

    def _write_exit(self, status: int, peak: int) -> None:
        ended = exit_of(status, self._reason, self.order)
        ended.update(started=self.started, ended=time.time())
        if peak:
            ended["peak_memory"] = peak
        if self._log_missing:
            ended["log_missing"] = self._log_missing
        if self._log_missing or is_full(self._folder):
            ended["disk_full"] = True
        told = os.path.exists(self._path("result.json"))  # on the disk by then, and it comes before what we say
        write_atomically(self._path("exit.json"), json.dumps(ended), sync=not told)

    def _tell(self, phase: str) -> None:
        """Who we are and what we do, in the lock's text."""
        tell_lock(self._lock, phase, self._child)

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, name)


def _drain(descriptor: int) -> bool:
    try:
        return bool(os.read(descriptor, _CHUNK))
    except BlockingIOError:
        return False
