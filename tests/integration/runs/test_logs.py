"""Logs of every kind: broken UTF-8, binary, progress bars; cut anywhere, read again from anywhere; and very long ones."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.runs import observe, stream
from dh_kernel.rundir import RunFolder

from .conftest import PROJECT, Plane

NASTY = "grün €🎉\n".encode() + b"\xff\xfe half \xe2\x82\n\0\x1b[31mred\x1b[0m\r 10%\r 20%\n" + "🎉".encode()[:3]
CODE = f"""
import sys

def nasty():
    sys.stdout.buffer.write({NASTY!r})
    sys.stdout.flush()
"""


def texts(plane: Plane, run: Any, since: int = 0) -> list[tuple[int, str]]:
    """What a listener gets of a log: (offset after it, text)."""

    async def direct(function: Callable[..., Any], *args: Any) -> Any:
        return function(*args)

    async def collect() -> list[tuple[int, str]]:
        found = [message async for message in stream.follow(plane.runs, direct, PROJECT, run["id"], since)]
        return [(message["offset"], message["text"]) for message in found if message["type"] == "log"]

    return asyncio.run(collect())


def test_a_nasty_log_is_the_same_however_it_is_cut(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    plane.function("nasty", CODE)
    run = plane.wait(plane.run("nasty"))
    whole = NASTY.decode(errors="replace")
    assert plane.runs.observe.log_text(PROJECT, run["id"]) == whole
    read = plane.runs.observe.read_log
    for size in (1, 2, 3, 5, 1000):
        monkeypatch.setattr(stream, "LOG_CHUNK", size)
        monkeypatch.setattr(plane.runs.observe, "read_log", functools.partial(read, limit=size))
        got = texts(plane, run)
        assert "".join(text for _, text in got) == whole
        for place, (offset, _) in enumerate(got):  # who was cut off there comes back
            again = "".join(text for _, text in texts(plane, run, offset))
            assert "".join(text for _, text in got[: place + 1]) + again == whole


def test_of_a_long_log_head_and_tail_are_given_and_the_rest_is_not_read(plane: Plane) -> None:
    plane.function("quiet", "def quiet():\n    return 1")
    run = plane.wait(plane.run("quiet"))
    log = RunFolder(Path(plane.runs.observe.folder(run))).log
    size = 5 * observe.LOG_CAP + 1
    with log.open("wb") as file:
        file.write(b"first line\n")
        file.seek(size - 8)
        file.write("€ last\n".encode()[1:])
        file.truncate(size)
    reads = []
    read = plane.local.log

    def counted(handle: str, folder: Path, since: int, limit: int) -> bytes:
        found = read(handle, folder, since, limit)
        reads.append(len(found))
        return found

    plane.local.log = counted  # type: ignore[method-assign]
    text = plane.runs.observe.log_text(PROJECT, run["id"])
    assert text.startswith("first line\n")
    assert f"… {size - observe.LOG_CAP:,} bytes are left out here …" in text
    assert sum(reads) < 2 * observe.LOG_CAP
    assert len(text) < observe.LOG_CAP + 100
