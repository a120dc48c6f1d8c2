"""The one thread that hears what happens to attempts: datagrams from supervisors, and the death of supervisors."""

from __future__ import annotations

import itertools
import os
import selectors
import socket
import threading
from collections.abc import Callable
from pathlib import Path

_number = itertools.count()


class Listener:
    """Calls `changed(handle)` in its thread. `watch` and `close` may be called from any thread."""

    def __init__(self, folder: Path, changed: Callable[[str], None]) -> None:
        self._changed = changed
        self._path = folder / f"{os.getpid()}-{next(_number)}"
        self._path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self._path))
        self._socket.setblocking(False)
        self._bell, self._bell_end = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._socket, selectors.EVENT_READ)
        self._selector.register(self._bell, selectors.EVENT_READ)
        self._lock = threading.Lock()
        self._watched: dict[str, int] = {}  # handle → pid that we want to see die
        self._wanted: list[tuple[str, int]] = []
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="dh-local-wake", daemon=True)
        self._thread.start()

    def watch(self, handle: str, pid: int) -> None:
        """Say so when this supervisor is dead. Once for each handle."""
        if not hasattr(os, "pidfd_open"):
            return  # macOS: the manager's safety pass finds what was killed
        with self._lock:
            if handle in self._watched:
                return
            self._watched[handle] = pid
            self._wanted.append((handle, pid))
        self._ring()

    def close(self) -> None:
        """End the thread. Not to be called in it."""
        self._closed = True
        self._ring()
        self._thread.join()
        self._path.unlink(missing_ok=True)
        for key in list(self._selector.get_map().values()):
            if key.data is not None:
                os.close(key.fd)
        self._selector.close()
        for open_socket in (self._socket, self._bell, self._bell_end):
            open_socket.close()

    def _ring(self) -> None:
        self._bell_end.send(b"!")

    def _run(self) -> None:
        while not self._closed:
            for key, _ in self._selector.select():
                if key.fileobj is self._socket:
                    self._hear()
                elif key.fileobj is self._bell:
                    self._bell.recv(4096)
                    self._register()
                else:
                    self._bury(key.fd, key.data)

    def _hear(self) -> None:
        """All that has come, each handle once."""
        handles: dict[str, None] = {}
        while True:
            try:
                handles.update(dict.fromkeys(self._socket.recv(1 << 18).decode().strip().split("\n")))
            except BlockingIOError:
                break
        for handle in handles:
            self._changed(handle)

    def _register(self) -> None:
        with self._lock:
            wanted, self._wanted = self._wanted, []
        for handle, pid in wanted:
            try:
                self._selector.register(os.pidfd_open(pid), selectors.EVENT_READ, handle)
            except ProcessLookupError:
                self._gone(handle)

    def _bury(self, descriptor: int, handle: str) -> None:
        self._selector.unregister(descriptor)
        os.close(descriptor)
        self._gone(handle)

    def _gone(self, handle: str) -> None:
        with self._lock:
            self._watched.pop(handle, None)
        self._changed(handle)
        self._changed("")
