"""What Jupyter knows of a kernel that runs elsewhere: as if it were a process of this machine."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase

from .channels import Control, Line, Sockets

STARTING = 60.0  # seconds for the run to start the kernel's process
_UNKNOWN = 1  # exit code of a kernel whose run is over


class RunProvisioner(KernelProvisionerBase):
    """Of one kernel, over restarts of it. `attach` it to a run that has opened its door, before it is used."""

    _line: Line
    _control: Control
    _sockets: Sockets
    _run: str
    _place: dict[str, str]

    async def attach(self, line: Line, run: str, place: dict[str, str]) -> None:
        """`place`: what a start tells besides, of this server. Raises as `Line.open` does."""
        self._line, self._run, self._place = line, run, place
        self._control, self._sockets = Control(line, self._told), Sockets(line)
        self._changed = asyncio.Event()
        self._runs, self._count, self._launched = False, 0, False
        self._code: int | None = None
        self._is_over = False
        await self._control.start()

    def _told(self, word: dict[str, Any]) -> None:
        if not self._is_over:
            self._runs, self._count, self._code = word["runs"], word["count"], word["code"]
            self._changed.set()

    def run_ended(self) -> None:
        """The run is over, and the kernel with it."""
        self._is_over = True
        self._runs, self._code = False, self._code if self._code is not None else _UNKNOWN
        self._changed.set()

    async def detach(self, why: str) -> bool:
        """Let the run end. Whether it was told; else somebody has to stop it."""
        told = self._control.order(do="end", why=why)
        self._sockets.close()
        await self._control.close()
        self.run_ended()
        return told

    # -- as Jupyter asks ---------------------------------------------------------------------------------------------

    @property
    def has_process(self) -> bool:
        return self._launched

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """There is nothing to prepare: the command is the run's own."""
        return {**kwargs, "cmd": ["elsewhere"]}

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start it in its run, and lead there from where Jupyter looks for it."""
        manager: Any = self.parent
        self.connection_info = manager.get_connection_info()
        before = self._count
        order = {"do": "start", "scheme": manager.session.signature_scheme, "run": self._run, **self._place}
        await asyncio.wait_for(self._started(order, before), STARTING)
        self._sockets.close()
        await self._sockets.open(dict(self.connection_info))
        self._launched = True
        return self.connection_info

    async def _started(self, order: dict[str, Any], before: int) -> None:
        """The order is given once the line is whole."""
        await self._until(lambda: self._is_over or self._control.order(**order))
        await self._until(lambda: self._is_over or (self._runs and self._count > before))
        if self._is_over:
            raise RuntimeError("The run of this kernel has ended.")

    async def _until(self, holds: Any) -> None:
        while not holds():
            self._changed.clear()
            await self._changed.wait()

    async def poll(self) -> int | None:
        """None while it runs; a line that is broken for a while says nothing else."""
        return None if not self._launched or self._runs else int(_UNKNOWN if self._code is None else self._code)

    async def wait(self) -> int | None:
        """Until it has ended."""
        await self._until(lambda: not self._runs)
        self._launched = False
        return self._code

    async def send_signal(self, signum: int) -> None:
        """Number 0 asks whether it is there, which `poll` tells."""
        if signum:
            self._control.order(do="signal", number=int(signum))

    async def kill(self, restart: bool = False) -> None:
        """The kernel's process; its run goes on, for the next."""
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        """As `kill`, more kindly."""
        await self.send_signal(signal.SIGTERM)

    async def cleanup(self, restart: bool = False) -> None:
        """What a restart needs stays."""
        self._sockets.close()
        self._launched = False
