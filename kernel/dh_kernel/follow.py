"""Follow a run until it ends, over broken connections and restarts of the server. Nothing polls: the broker tells."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from .errors import StoppedWaiting, Unavailable
from .states import FINISHED

if TYPE_CHECKING:
    from ._contract import Entity, StreamMessage
    from .session import Session

PATIENCE = 60.0  # seconds without a broker before we give up
AWAY = 2.0  # seconds after which it is told
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0


def follow(
    session: Session, run_id: str, name: str, timeout: float | None, *, log: bool = False, tail: int = 0
) -> Iterator[StreamMessage]:
    """Messages until the run has ended; `log` ones only if asked for, of what there is by now the last `tail` lines.

    Raises TimeoutError when `timeout` seconds are over, Unavailable when no broker answers for a minute, and
    StoppedWaiting after Ctrl-C.
    """
    with leaves_running(name):
        yield from _follow(session, run_id, name, timeout, log, tail)


@contextlib.contextmanager
def leaves_running(name: str) -> Iterator[None]:
    """Ctrl-C inside ends the waiting for a run, and says that the run goes on."""
    try:
        yield
    except StoppedWaiting:
        raise
    except KeyboardInterrupt:
        text = f"{name} goes on. Look again: %dh logs {name} --follow, or end it: %dh stop {name}"
        raise StoppedWaiting(text) from None


def _follow(
    session: Session, run_id: str, name: str, timeout: float | None, log: bool, tail: int
) -> Iterator[StreamMessage]:
    patience = _Patience(name, timeout)
    offset = 0 if log else -1
    while True:
        try:
            for message in _messages(session, run_id, offset, 0 if offset else tail, patience.remaining):
                patience.heard()
                if message["type"] == "end":
                    return
                offset = message.get("offset", offset)
                yield message
                if not log and message.get("run", {}).get("status", {}).get("state") in FINISHED:
                    return
        except TimeoutError:
            text = f"{name} has not ended after {timeout:g} s. It goes on; wait again, or stop it."
            raise TimeoutError(text) from None
        except (ConnectionError, Unavailable):
            patience.lost()
        patience.pause()


def ended(session: Session, project: str, run_ids: Iterable[str], timeout: float | None) -> Iterator[Entity]:
    """The document of each of these runs once it has ended, in the order in which they do; one connection for all.

    Raises TimeoutError when `timeout` seconds are over, Unavailable when no broker answers for a minute.
    """
    waiting = dict.fromkeys(run_ids)
    patience = _Patience(f"{len(waiting)} runs", timeout)
    path = session.path("runs", "stream", project=project)
    while True:
        try:
            with session.client.stream(path, body={"ids": list(waiting)}) as stream:
                for message in stream.messages(patience.remaining):
                    patience.heard()
                    if "run" in message:
                        waiting.pop(message["run"]["id"], None)
                        yield message["run"]
        except (ConnectionError, Unavailable):
            patience.lost()
        if not waiting:
            return
        patience.pause()


class _Patience:
    """How long is waited: until the deadline, and for a broker that does not answer a minute."""

    def __init__(self, what: str, timeout: float | None):
        self._what = what
        self._deadline = None if timeout is None else time.monotonic() + timeout
        self._silent_since: float | None = None
        self._told = False
        self._next = _FIRST_PAUSE

    def remaining(self) -> float | None:
        """Seconds; None: no limit."""
        return None if self._deadline is None else self._deadline - time.monotonic()

    def heard(self) -> None:
        """The broker is there."""
        self._silent_since, self._next = None, _FIRST_PAUSE
        if self._told:
            self._told = False
            _tell("The broker is back.")

    def lost(self) -> None:
        """The connection broke, or there was none."""
        self._silent_since = self._silent_since or time.monotonic()

    def pause(self) -> None:
        """Let the server come back. Raises Unavailable if it has been away for too long."""
        silent = 0.0 if self._silent_since is None else time.monotonic() - self._silent_since
        if silent >= AWAY and not self._told:
            self._told = True
            _tell(f"The broker does not answer. {self._what} goes on; waiting for the broker to come back …")
        if silent > PATIENCE:
            raise Unavailable(
                f"{self._what} can't be followed: no broker has answered for {PATIENCE:.0f} s.",
                "The run goes on. %dh doctor says more.",
            )
        left = self.remaining()
        threading.Event().wait(self._next if left is None else max(0.0, min(self._next, left)))
        self._next = min(2 * self._next, _LONGEST_PAUSE)


def _tell(text: str) -> None:
    """On standard error, where a person looks and no program reads."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def _messages(
    session: Session, run_id: str, offset: int, tail: int, remaining: Callable[[], float | None]
) -> Iterator[StreamMessage]:
    """Of one connection."""
    begin = {"tail": tail} if tail else {"log": offset}
    with session.client.stream(session.path("runs", run_id, "stream"), begin) as stream:
        yield from stream.messages(remaining)
