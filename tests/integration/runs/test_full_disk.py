"""A home on a small disk of its own that really fills up: what is said, and that work goes on once there is room."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from dh_kernel.errors import Unavailable
from tests.fixtures.disks import small_disk

from .conftest import Plane

SIZE = 16 << 20
BIG = """
def big(size: int):
    import os
    return {"small": "kept", "big": os.urandom(size)}
"""

LINGER = """
import socket

def linger(port: int = 0):
    global kept
    if port:
        kept = socket.create_connection(("127.0.0.1", port))  # open as long as the process lives
        kept.recv(1)
    return {"ok": 1}
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home that is a file system of 16 MB."""
    with small_disk(tmp_path / "home", SIZE):
        yield tmp_path / "home"


def fill(folder: Path) -> Path:
    """A file that takes all the room that is left."""
    filler = folder / "filler"
    with filler.open("ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue
    return filler


def post_until_refused(plane: Plane) -> None:
    """The catalogue's own file has a little room left."""
    for _ in range(1000):
        plane.run("linger")


def test_an_output_that_does_not_fit_is_named(plane: Plane) -> None:
    plane.function("big", BIG)
    ended = plane.wait(plane.run("big", parameters={"size": 2 * SIZE}))
    assert ended["status"]["state"] == "ERROR"
    diagnosis = ended["status"]["diagnosis"]
    assert diagnosis["code"] == "disk_full", diagnosis
    assert "big" in diagnosis["summary"], diagnosis
    assert "%dh retry" in diagnosis["cure"], diagnosis
    assert plane.wait(plane.run("big", parameters={"size": 1000}))["status"]["state"] == "COMPLETED", "nothing is left"


def test_a_run_that_ends_while_it_is_full_ends_once_and_says_so(plane: Plane) -> None:
    plane.function("linger", LINGER)
    with socket.create_server(("127.0.0.1", 0)) as gate:
        run = plane.run("linger", parameters={"port": gate.getsockname()[1]})
        gate.settimeout(60)
        worker, _ = gate.accept()
    with worker:
        filler = fill(plane.home)
        worker.settimeout(60)
        worker.sendall(b"x")
        assert worker.recv(1) == b"", "its process has ended, with no room for what it has to say"
    with pytest.raises(Unavailable, match="full") as caught:
        post_until_refused(plane)
    assert "The catalogue can't be used now" in caught.value.message
    assert "Free space" in caught.value.hint
    filler.unlink()
    ended = plane.wait(run)
    assert ended["status"]["state"] == "ERROR"
    assert ended["status"]["diagnosis"]["code"] == "disk_full", ended["status"]
    assert [step["status"] for step in ended["status"]["transitions"]] == ["PENDING", "RUNNING", "ERROR"]
    assert plane.wait(plane.run("linger"))["status"]["state"] == "COMPLETED"
