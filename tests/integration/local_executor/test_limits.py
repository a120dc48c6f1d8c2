"""A fork bomb ends at the limit, however it hides; nothing of it stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dh_jupyter.executors.local import LocalExecutor
from dh_kernel.detached import processes
from dh_kernel.testing.executors import Attempts

LIMIT = 48
# 2^9 - 1 processes at most, by construction; each leaves its group and its session, and tells its number.
BOMB = """
import os, signal
def f():
    print("here", flush=True)
    numbers = os.open("numbers", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    def grow(depth):
        os.write(numbers, b"%d\\n" % os.getpid())
        for _ in range(2 if depth else 0):
            if os.fork() == 0:
                os.setsid()
                grow(depth - 1)
                os._exit(0)
        signal.pause()
    grow(8)
"""


@pytest.fixture
def few(home: Path, tmp_path: Path) -> Iterator[Attempts]:
    made = Attempts(lambda: LocalExecutor(home, cpu=2, gpus=[], processes=LIMIT), tmp_path)
    yield made
    made.executor.close()


def test_a_fork_bomb_is_ended(few: Attempts) -> None:
    handle, folder = few.submit(BOMB)
    exit = few.ended(handle, folder)
    assert (exit["reason"], exit["process_limit"]) == ("processes", LIMIT)
    numbers = [int(line) for line in (folder / "numbers").read_text().split()]
    assert len(numbers) > LIMIT / 2
    assert [number for number in numbers if processes.identity(number)] == []
    assert b"here" in few.log(handle, folder)


def test_what_stays_below_the_limit_is_left_alone(few: Attempts) -> None:
    code = (
        "import subprocess\ndef f():\n    others = [subprocess.Popen(['true']) for _ in range(20)]\n"
        "    assert [other.wait() for other in others] == [0] * 20\n"
    )
    assert few.ended(*few.submit(code))["code"] == 0
