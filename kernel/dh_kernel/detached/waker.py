"""Waking the servers that watch a home: a datagram of handles, a line each, to every socket in a folder."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from typing import Protocol

_INTERVAL = 0.05  # seconds between two wakes while something streams
_INTERVAL_OF_MANY = 0.2
_PATIENCE = 2.0  # seconds that the last word waits for a server whose queue is full


class News(Protocol):
    """Who is told that an attempt has changed."""

    def soon(self) -> None:
        """Something has changed."""

    def wait(self) -> float | None:
        """Seconds until `turn` has something to do; None if nothing is due."""

    def turn(self) -> None:
        """Tell what is due."""

    def last_word(self) -> None:
        """The attempt is over."""


class Waker:
    """Coalesces: at most one wake per interval, never a lost last one.

    The first interval begins at once: of an attempt that is over within it, only its end is told.
    """

    def __init__(self, folder: str, handle: str, *, is_many: bool = False) -> None:
        """`is_many`: the handle is the first of a hand's. News of many short ones are told together."""
        self._interval = _INTERVAL_OF_MANY if is_many else _INTERVAL
        self._folder = folder
        self._handle = handle
        self._last = time.monotonic()
        self._due: dict[str, None] = {}

    def of(self, handle: str) -> None:
        """What is told from now on is of another attempt; of the one before the last is still to be told."""
        self.tell(self._handle)
        self._handle = handle

    def tell(self, handle: str) -> None:
        """Something has changed about an attempt."""
        self._due[handle] = None

    def soon(self) -> None:
        """Something has changed."""
        self.tell(self._handle)

    def wait(self) -> float | None:
        """Seconds until `turn` has something to do; None if nothing is due."""
        return max(0.0, self._last + self._interval - time.monotonic()) if self._due else None

    def turn(self) -> None:
        """Send what is due."""
        if self.wait() == 0.0:
            self._last = time.monotonic()
            if self.send("\n".join(self._due), 0.0):
                self._due.clear()

    def last_word(self) -> None:
        """The attempt is over, and its place is free."""
        self.soon()
        self.send("\n".join(self._due), _PATIENCE)
        self.send("", _PATIENCE)

    def send(self, text: str, patience: float) -> bool:
        """To everyone; sockets that nobody has open any more are removed. False if somebody's queue was full."""
        try:
            names = os.listdir(self._folder)
        except OSError:
            return True
        sent = [self._send_to(os.path.join(self._folder, name), text, patience) for name in names]
        return all(sent)

    def _send_to(self, path: str, text: str, patience: float) -> bool:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(patience)
            try:
                sender.connect(path)
                sender.send(text.encode() + b"\n")
            except (BlockingIOError, socket.timeout):
                return False
            except ConnectionRefusedError:
                with contextlib.suppress(OSError):
                    os.unlink(path)
            except OSError:
                return True  # removed between listing and sending
        return True
