"""The door of a kernel's run: who comes through, and what happens when nobody comes."""

from __future__ import annotations

import asyncio
import json
import os
import select
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from dh_kernel.lent import door
from dh_kernel.lent.serve import Lent

CHANNELS = ("shell", door.CONTROL)
Visit = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def at_the_door(visit: Visit) -> tuple[str, bool]:
    """What a run with the key `right` makes of a visit: the channel or why not, and whether it was shut."""
    said: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            said.set_result(await door.answer(reader, writer, "right", CHANNELS))
        except door.Refused as refused:
            said.set_result(str(refused))
        finally:
            door.shut(writer)

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
    await visit(reader, writer)
    told = await said
    shut = not await reader.read()
    door.shut(writer)
    server.close()
    return told, shut


async def test_who_has_the_key_comes_through() -> None:
    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await door.enter(reader, writer, "right", "shell")

    assert (await at_the_door(visit))[0] == "shell"


@pytest.mark.parametrize(("key", "channel"), [("wrong", "shell"), ("right", "other")])
async def test_who_has_not_stays_outside(key: str, channel: str) -> None:
    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with pytest.raises(door.Refused):
            await door.enter(reader, writer, key, channel)

    assert await at_the_door(visit) == ("somebody without the key", True)


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n", b"shell\n", b"x" * (1 << 17) + b"\n"])
async def test_what_speaks_something_else_is_shut_out(said: bytes) -> None:
    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(said)
        await writer.drain()

    told, _ = await at_the_door(visit)
    assert told in ("somebody without the key", "what came is no word of ours", "no word came")


async def test_a_run_that_no_server_finds_ends_by_itself(tmp_path: Path) -> None:
    assert await Lent(tmp_path, "key", 0.05).until_the_end() == "no server was heard for 0.05 seconds"


async def test_a_run_ends_when_its_server_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    monkeypatch.setattr("dh_kernel.lent.serve.report", lambda values: opened.set_result(*values.values()))
    run = asyncio.ensure_future(Lent(tmp_path, "key", 600).until_the_end())
    reader, writer = await asyncio.open_connection("127.0.0.1", await opened)
    await door.enter(reader, writer, "key", door.CONTROL)
    assert json.loads(await reader.readline()) == {"runs": False, "count": 0, "code": None}
    writer.write(json.dumps({"do": "end", "why": "it was late"}).encode() + b"\n")
    assert await run == "it was late"
    door.shut(writer)


KEEPER = """
import asyncio, sys
from pathlib import Path
from dh_kernel.lent.process import KernelProcess

async def main():
    kernel = KernelProcess(Path(sys.argv[1]), "key", lambda: None)
    await kernel.start("hmac-sha256", {})
    await kernel.connect("hb")
    print(kernel._process.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_a_kernel_ends_with_the_process_that_keeps_it(tmp_path: Path) -> None:
    """However that ended: nobody could reach it any more."""
    keeper = subprocess.Popen([sys.executable, "-c", KEEPER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert keeper.stdout is not None
    kernel = os.pidfd_open(int(keeper.stdout.readline()))
    keeper.kill()
    keeper.wait()
    assert select.select([kernel], [], [], 60)[0]
    os.close(kernel)
