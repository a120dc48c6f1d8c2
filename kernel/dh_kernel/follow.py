"""Follow a run until it ends, over broken connections and restarts of the server. Nothing polls: the broker tells."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from .errors import StoppedWaiting, Unavailable
from .states import FINISHED

if TYPE_CHECKING:
    from ._contract import StreamMessage
    from .session import Session

PATIENCE = 60.0  # seconds without a broker before we give up
AWAY = 2.0  # seconds after which it is told
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0


def follow(
    session: Session, run_id: str, name: str, timeout: float | None, *, log: bool = False
) -> Iterator[StreamMessage]:
    """Messages until the run has ended; `log` ones only if asked for.

    Raises TimeoutError when `timeout` seconds are over, Unavailable when no broker answers for a minute, and
    StoppedWaiting after Ctrl-C.
    """
    try:
        yield from _follow(session, run_id, name, timeout, log)
    except KeyboardInterrupt:
        text = f"{name} goes on. Look again: %dh logs {name} --follow, or end it: %dh stop {name}"
        raise StoppedWaiting(text) from None


def _follow(session: Session, run_id: str, name: str, timeout: float | None, log: bool) -> Iterator[StreamMessage]:
    deadline = None if timeout is None else time.monotonic() + timeout
    offset, silent_since, pause = 0 if log else -1, None, _FIRST_PAUSE
    told = False
    while True:
        try:
            for message in _messages(session, run_id, offset, _remaining(deadline)):
                silent_since, pause = None, _FIRST_PAUSE
                if told:
                    told = False
                    _tell("The broker is back.")
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
            silent_since = silent_since or time.monotonic()
        if silent_since is not None and not told and time.monotonic() - silent_since >= AWAY:
            told = True
            _tell(f"The broker does not answer. {name} goes on; waiting for the broker to come back …")
        if silent_since is not None and time.monotonic() - silent_since > PATIENCE:
            raise Unavailable(
                f"{name} can't be followed: no broker has answered for {PATIENCE:.0f} s.",
                "The run goes on. %dh doctor says more.",
            )
        left = _remaining(deadline)()
        threading.Event().wait(pause if left is None else max(0.0, min(pause, left)))  # let the server come back
        pause = min(2 * pause, _LONGEST_PAUSE)


def _tell(text: str) -> None:
    """On standard error, where a person looks and no program reads."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def _messages(
    session: Session, run_id: str, offset: int, remaining: Callable[[], float | None]
) -> Iterator[StreamMessage]:
    """Of one connection."""
    with session.client.stream(session.path("runs", run_id, "stream"), {"log": offset}) as stream:
        yield from stream.messages(remaining)


def _remaining(deadline: float | None) -> Callable[[], float | None]:
    return lambda: None if deadline is None else deadline - time.monotonic()
