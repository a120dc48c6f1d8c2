"""The kernel's process, beside the run's own. Its sockets lie in a folder of ours: nobody comes to them but through the door."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..rundir import RUN_VARIABLE
from .door import SOCKETS

ENDING = 5.0  # seconds between asking a kernel to end and ending it
_AGAIN = 0.05  # seconds between two looks for a socket that a kernel is about to make
_PORTS = ("shell_port", "iopub_port", "stdin_port", "hb_port", "control_port")


def _without_run(environment: Mapping[str, str]) -> dict[str, str]:
    """For a notebook, which is no run: its toolkit asks the broker."""
    ours = (RUN_VARIABLE, "DH_WAKE_FD", "DH_WAKE_PIPE")
    return {name: value for name, value in environment.items() if name not in ours}


class KernelProcess:
    """At most one at a time. `changed` is called when one has started or ended."""

    def __init__(self, folder: Path, key: str, changed: Callable[[], None]) -> None:
        self._folder = folder
        self._key = key
        self._changed = changed
        self._process: asyncio.subprocess.Process | None = None
        self._waiter: asyncio.Task[None] | None = None
        self.count = 0  # how many were started
        self.code: int | None = None  # of the last one, once it has ended

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self, scheme: str, env: Mapping[str, str]) -> None:
        """Unless one runs. `scheme`: how its messages are signed."""
        if self.runs:
            return
        for number in range(1, len(SOCKETS) + 1):
            with contextlib.suppress(FileNotFoundError):
                self.socket(number).unlink()
        file = self._folder / "connection.json"
        handle = os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as written:
            json.dump(self._connection(scheme), written)
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", str(file)]
        self.count, self.code = self.count + 1, None
        ours = {"JPY_PARENT_PID": str(os.getpid())}  # by which it ends with us, also when we are killed
        self._process = await asyncio.create_subprocess_exec(
            *command, env={**_without_run(os.environ), **env, **ours}, stdin=asyncio.subprocess.DEVNULL
        )
        self._waiter = asyncio.ensure_future(self._wait(self._process))
        self._changed()

    def _connection(self, scheme: str) -> dict[str, Any]:
        ports = {name: number for number, name in enumerate(_PORTS, 1)}
        return {
            **ports,
            "transport": "ipc",
            "ip": str(self._folder / "k"),
            "key": self._key,
            "signature_scheme": scheme,
        }

    def socket(self, number: int) -> Path:
        """Where the kernel listens, as ZeroMQ names it."""
        return self._folder / f"k-{number}"

    async def _wait(self, process: asyncio.subprocess.Process) -> None:
        self.code = await process.wait()
        self._changed()

    def signal(self, number: int) -> None:
        """Send it one; none runs: nothing."""
        if self._process is not None and self.runs:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def end(self) -> None:
        """Ask it to, then see to it."""
        self.signal(signal.SIGTERM)
        if self._waiter is not None:
            await asyncio.wait([self._waiter], timeout=ENDING)
            self.signal(signal.SIGKILL)
            await asyncio.wait([self._waiter])

    async def connect(self, channel: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """To a socket of the kernel, which may have yet to make it. Raises OSError when none runs any more."""
        path = self.socket(SOCKETS.index(channel) + 1)
        while True:
            try:
                return await asyncio.open_unix_connection(str(path))
            except (FileNotFoundError, ConnectionRefusedError):
                if not self.runs:
                    raise
                await asyncio.sleep(_AGAIN)
