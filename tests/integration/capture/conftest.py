"""A real broker, and real kernels that work with it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from jupyter_client.manager import KernelManager

from tests.fixtures.server import BrokerProcess, broker_process

ROOT = Path(__file__).resolve().parents[3]


class Kernel:
    """A kernel of its own process. Cells are typed ahead; `run` waits for the last of them."""

    def __init__(self, manager: KernelManager) -> None:
        self._client: Any = manager.blocking_client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=120)
        self._manager = manager

    def run(self, *cells: str, allow_errors: bool = False) -> list[str]:
        """What each cell printed and gave. Raises AssertionError for a cell that failed."""
        ids = [self._client.execute(cell, store_history=True, stop_on_error=False) for cell in cells]
        said = dict.fromkeys(ids, "")
        failed: dict[str, str] = {}
        open_ids = set(ids)
        while open_ids:
            message = self._next()
            asked, content = message["parent_header"].get("msg_id", ""), message["content"]
            if asked not in said:
                continue
            if message["msg_type"] == "status" and content["execution_state"] == "idle":
                open_ids.discard(asked)
            elif message["msg_type"] == "error":
                failed[asked] = "\n".join(content["traceback"])
                said[asked] += failed[asked]
            else:
                said[asked] += content.get("text", "") or content.get("data", {}).get("text/plain", "")
        assert allow_errors or not failed, "\n".join(f"{cells[ids.index(one)]}\n{why}" for one, why in failed.items())
        return [said[one] for one in ids]

    def _next(self) -> Any:
        """The next message; a kernel that died sends none."""
        while True:
            try:
                return self._client.get_iopub_msg(timeout=5)
            except Empty:
                assert self._manager.is_alive(), "the kernel died"

    def stop(self) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerProcess]:
    place = tmp_path_factory.mktemp("broker")
    with broker_process(place / "home", place / "broker.log") as started:
        yield started


@pytest.fixture
def kernel(broker: BrokerProcess, tmp_path: Path) -> Iterator[Callable[[], Kernel]]:
    """Start a kernel in a folder of its own, with the toolkit loaded."""
    with ExitStack() as stack:

        def start() -> Kernel:
            folder = tmp_path / f"kernel{len(list(tmp_path.iterdir()))}"
            folder.mkdir()
            paths = [str(ROOT / "kernel"), str(ROOT)]
            variables = {"DH_SERVER_URL": broker.url, "DH_TOKEN": broker.token, "DH_HOME": str(broker.home)}
            manager = KernelManager(kernel_name="python3")
            manager.start_kernel(
                cwd=str(folder),
                env={**os.environ, **variables, "PYTHONPATH": os.pathsep.join(paths), "PYTHON": sys.executable},
            )
            started = Kernel(manager)
            stack.callback(started.stop)
            started.run("%load_ext dh_kernel\nimport dh_kernel as dh")
            return started

        yield start
