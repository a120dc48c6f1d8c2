"""What the run of a kernel does: it opens a door, and keeps a kernel behind it for the server that comes.

It ends when the server says so, and by itself when no server was heard for a while: nothing is left behind by one that died.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from ..errors import NotInstalled
from ..reporting import report
from . import RUN_VARIABLE, door
from .back import Back
from .process import KernelProcess

PORT = "kernel.port"  # the name under which a run reports where its door is


def serve(key_variable: str, lonely: float) -> dict[str, Any]:
    """Until the end; why it ended. `lonely`: seconds without a server."""
    key = os.environ.pop(key_variable)
    if importlib.util.find_spec("ipykernel") is None:
        raise NotInstalled(
            "This image has no ipykernel, which a notebook's kernel is.", "Take one that has: --profile."
        )
    with tempfile.TemporaryDirectory(prefix="dhk-") as folder:
        return {"ended": asyncio.run(_until_the_end(Path(folder), key, lonely))}


async def _until_the_end(folder: Path, key: str, lonely: float) -> str:
    return await Lent(folder, key, lonely).until_the_end()  # made in its loop, which Python 3.9 wants


class Lent:
    """One kernel and its door."""

    def __init__(self, folder: Path, key: str, lonely: float) -> None:
        self._key = key
        self._lonely = lonely
        self._kernel = KernelProcess(folder, key, self._tell)
        self._back = Back()
        self._control: asyncio.StreamWriter | None = None
        self._why: asyncio.Future[str]
        self._loneliness: asyncio.TimerHandle | None = None
        self._visits: set[asyncio.Task[None]] = set()

    async def until_the_end(self) -> str:
        """Listen on this machine's own address alone: who comes from elsewhere comes by the cluster's port-forward."""
        self._why = asyncio.get_running_loop().create_future()
        listening = await asyncio.start_server(self._visit, "127.0.0.1", 0)
        self._heard()
        await self._back.open()
        report({PORT: listening.sockets[0].getsockname()[1]})
        try:
            return await self._why
        finally:
            listening.close()
            for visit in self._visits:
                visit.cancel()
            self._back.close()
            await self._kernel.end()

    def _heard(self) -> None:
        if self._loneliness is not None:
            self._loneliness.cancel()
        loop = asyncio.get_running_loop()
        self._loneliness = loop.call_later(self._lonely, self._end, f"no server was heard for {self._lonely:g} seconds")

    def _end(self, why: str) -> None:
        if not self._why.done():
            self._why.set_result(why)

    def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._receive(reader, writer))
        self._visits.add(task)
        task.add_done_callback(self._visits.discard)

    async def _receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            channel = await door.answer(reader, writer, self._key, (*door.SOCKETS, door.CONTROL, door.BACK))
            if channel == door.CONTROL:
                await self._obey(reader, writer)
            elif channel == door.BACK:
                await self._back.use(reader, writer)
            else:
                await door.join(reader, writer, *await self._kernel.connect(channel))
        except OSError:
            return
        finally:
            door.shut(writer)

    async def _obey(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A server's orders; the last one that came is told how the kernel is."""
        self._control = writer
        self._tell()
        while line := await reader.readline():
            self._heard()
            order = json.loads(line)
            if order["do"] == "start":
                await self._kernel.start(order["scheme"], self._variables(order))
            elif order["do"] == "signal":
                self._kernel.signal(order["number"])
            elif order["do"] == "end":
                self._end(order["why"])

    def _variables(self, order: dict[str, Any]) -> dict[str, str]:
        """Of the kernel: how its toolkit reaches the broker, and where the toolkit is."""
        archive = str(Path(__file__).absolute().parents[2])
        paths = os.pathsep.join(filter(None, [archive, os.environ.get("PYTHONPATH", "")]))
        return {
            "PYTHONPATH": paths,
            RUN_VARIABLE: order["run"],
            **self._back.variables(order["base"], order["project"]),
        }

    def _tell(self) -> None:
        if self._control is not None and not self._control.is_closing():
            state = {"runs": self._kernel.runs, "count": self._kernel.count, "code": self._kernel.code}
            self._control.write(json.dumps(state).encode() + b"\n")
