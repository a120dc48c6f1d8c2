"""A hand: attempts that one supervisor has one after another, and one worker for as long as it comes out of each as it went in.

Each of them has its lock from the beginning, so that whoever looks sees whose it is. One that was not begun when the hand's
time was over is given back: its exit.json says `returned`, and somebody else may have it.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from . import processes
from .lock import take_lock
from .written import write_atomically

VARIABLE = "DH_HAND_FD"  # by which a worker knows where to ask for the next
STOPPED = 45


class Place(NamedTuple):
    """One attempt that waits; `env` are those variables in which it differs from the first."""

    handle: str
    folder: str
    env: Mapping[str, str]
    lock: int


class Told(Protocol):
    """Who is told of attempts of a hand: see Waker."""

    def of(self, handle: str) -> None:
        """This one is next."""

    def tell(self, handle: str) -> None:
        """One that was not begun is over."""


class Hand:
    """What is left of a hand: the order's `then`, for at most `share` seconds. `moment`: when they are over, on the monotonic
    clock."""

    def __init__(self, order: Mapping[str, Any], waker: Told | None = None) -> None:
        self._waker = waker
        self._left: deque[Place] = deque(_places(order) if waker else ())
        self.is_many = bool(self._left)
        self.moment = float("inf")
        self.limit(order["share"] if self._left else self.moment)
        self._memory: int = order.get("memory") or 0
        self._ours: socket.socket | None = None
        self._theirs: socket.socket | None = None

    def limit(self, seconds: float) -> None:
        """They are over so long from now, where there are any left."""
        if self._left:
            self.moment = time.monotonic() + seconds

    def give_back(self) -> None:
        """All that is left, now."""
        self.limit(0.0)
        self.look()

    def next(self) -> Place | None:
        """The next to be begun; those that nobody wants any more are ended on the way."""
        self.look()
        if not self._left:
            return None
        place = self._left.popleft()
        if self._waker:
            self._waker.of(place.handle)
        return place

    def look(self) -> None:
        """End what was cancelled before it began, and give all back once the time is over."""
        is_over = time.monotonic() >= self.moment
        for place in list(self._left):
            if os.path.exists(os.path.join(place.folder, "cancel")):
                self._end(place, {"reason": "stopped", "code": STOPPED})
            elif is_over or not os.path.isdir(place.folder):
                self._end(place, {"reason": "returned"})
        if not self._left:
            self.moment = float("inf")

    def _end(self, place: Place, how: Mapping[str, Any]) -> None:
        self._left.remove(place)
        with contextlib.suppress(OSError):  # its folder is gone, or the disk is full: that it has no lock is seen, too
            write_atomically(os.path.join(place.folder, "exit.json"), json.dumps({**how, "ended": time.time()}))
        os.close(place.lock)
        if self._waker:
            self._waker.tell(place.handle)

    # -- the worker's side ---------------------------------------------------------------------------------------------

    def open(self, env: dict[str, str]) -> None:
        """For a worker that is about to be forked: a socket of its own."""
        self.close()
        if self.is_many:
            self._ours, self._theirs = socket.socketpair()
            env[VARIABLE] = str(self._theirs.fileno())

    def close(self) -> None:
        """Its worker has ended."""
        for end in (self._ours, self._theirs):
            if end is not None:
                end.close()
        self._ours = self._theirs = None

    @property
    def ears(self) -> list[int]:
        """What is readable when the worker is done with one."""
        return [self._ours.fileno()] if self._ours else []

    @property
    def kept(self) -> list[int]:
        """What the worker needs."""
        return [self._theirs.fileno()] if self._theirs else []

    def heard(self) -> int | None:
        """The exit code of what the worker is done with."""
        assert self._ours is not None
        said = self._ours.recv(16)
        return int(said) if said else None

    def goes_on(self, child: int) -> bool:
        """Whether the worker may have another: there is one, it has left nothing running, and has room in its memory."""
        self.look()
        alone = processes.descendants(os.getpid(), 2) in ([], [child])
        has_room = not self._memory or 2 * processes.memory_of([child]) <= self._memory
        return bool(self._left) and alone and has_room

    def answer(self, place: Place | None) -> None:
        """The next; with None the worker leaves."""
        assert self._ours is not None
        said = {"folder": place.folder, "env": dict(place.env)} if place else {}
        with contextlib.suppress(OSError):  # it was killed meanwhile
            self._ours.sendall(json.dumps(said).encode() + b"\n")


def _places(order: Mapping[str, Any]) -> list[Place]:
    """All whose lock is ours; another's, or one whose folder is gone, is left out."""
    found = []
    for one in order.get("then") or ():
        with contextlib.suppress(OSError):
            lock = take_lock(one["folder"], phase="waiting")
            if lock is not None:
                found.append(Place(one["handle"], one["folder"], one["env"], lock))
    return found
