"""A real kernel: what it gets, what its token opens, and when the token ends."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from tests.fixtures.server import InProcess

REPORT = """
import json, os, dh_kernel
names = [n for n in os.environ if n.startswith("DH")]
print(json.dumps({**{n: os.environ[n] for n in names}, "package": dh_kernel.__file__, "path": os.environ["PYTHONPATH"]}))
"""


async def execute(server: InProcess, kernel_id: str, code: str) -> str:
    """What a cell prints."""
    manager = server.app.kernel_manager.get_kernel(kernel_id)
    client = manager.client()
    client.start_channels()
    await client.wait_for_ready(timeout=60)
    printed: list[str] = []
    await client.execute_interactive(
        code, timeout=60, output_hook=lambda message: printed.append(message["content"].get("text", ""))
    )
    client.stop_channels()
    return "".join(printed)


async def start(server: InProcess) -> str:
    answer = await server.ask("POST", "/api/kernels", {"name": "python3"})
    return str(answer.body["id"])


async def test_token_lives_with_its_kernel(server: InProcess) -> None:
    first, second = await start(server), await start(server)
    given = json.loads(await execute(server, first, REPORT))
    other = json.loads(await execute(server, second, REPORT))
    assert given["DH_TOKEN"] != other["DH_TOKEN"]
    assert given["DH_TOKEN"] == given["DHCORE_ACCESS_TOKEN"]
    assert given["DHCORE_ENDPOINT"] == given["DH_SERVER_URL"] + "dh"
    assert given["DH_HOME"] == str(server.broker.home)
    assert Path(given["DH_CONFIG"]).stat().st_mode & 0o077 == 0
    entries = sorted(path.name for path in Path(given["path"].split(":")[0]).iterdir())
    assert [name.split("-")[0] for name in entries] == ["dh_kernel", "dh_kernel"], "the package and its entry points"
    assert (await server.ask("GET", "/dh/api/auth", token=given["DH_TOKEN"])).status == 200
    assert (await server.ask("GET", "/api/contents", token=given["DH_TOKEN"])).status == 403

    await server.ask("POST", f"/api/kernels/{first}/restart")
    assert json.loads(await execute(server, first, REPORT))["DH_TOKEN"] == given["DH_TOKEN"]
    assert (await server.ask("GET", "/dh/api/auth", token=given["DH_TOKEN"])).status == 200

    await server.ask("DELETE", f"/api/kernels/{first}")
    assert (await server.ask("GET", "/dh/api/auth", token=given["DH_TOKEN"])).status == 401
    assert (await server.ask("GET", "/dh/api/auth", token=other["DH_TOKEN"])).status == 200
    assert not Path(given["DH_CONFIG"]).exists()


async def test_the_toolkit_finds_the_broker(server: InProcess) -> None:
    kernel = await start(server)
    code = "from dh_kernel.broker import told_broker, answers\na = told_broker()\nprint(a.url, answers(a))"
    printed: Any = await asyncio.wait_for(execute(server, kernel, code), 60)
    assert printed.split() == [server.broker.url() + "dh", "True"]
