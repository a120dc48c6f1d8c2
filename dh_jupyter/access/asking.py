"""For whom something is done just now. Nobody: the broker itself, as when it goes on with a run after a restart."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

_asking: ContextVar[str | None] = ContextVar("dh_asking", default=None)


def asking() -> str | None:
    """The user's name; None for the broker itself."""
    return _asking.get()


def asks(user: str) -> None:
    """From now on, in this task and in what it calls, something is done for this user."""
    _asking.set(user)


@contextlib.contextmanager
def as_user(user: str) -> Iterator[None]:
    """What is done in the block is done for this user."""
    before = _asking.set(user)
    try:
        yield
    finally:
        _asking.reset(before)
