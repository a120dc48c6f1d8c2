"""SIGTERM before there is a supervisor, as while the code is fetched: noted, since a container's first process that does not
listen loses it for good. The archive's first lines hold it back until we are loaded."""

from __future__ import annotations

import signal


class Stopping:
    """Listens from when it is made until somebody else does."""

    def __init__(self) -> None:
        self.was_asked = False
        signal.signal(signal.SIGTERM, self._note)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])

    def _note(self, *_: object) -> None:
        self.was_asked = True
