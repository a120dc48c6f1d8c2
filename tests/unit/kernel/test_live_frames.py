"""Log and frames as one stream, and apart again, however it is cut."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from dh_kernel.frames import LONGEST, FrameReader, FrameWriter, in_frames

FIRST: Any = {"metrics": [{"time": 1.5, "values": {"loss": 0.5}}]}
SECOND: Any = {"phase": "environment", "waiting_for": "Building"}

STREAMS: list[list[Any]] = [
    [],
    [b"plain\n"],
    [b"no end"],
    [FIRST],
    [b"a\n", FIRST, b"b\n"],
    [b"half ", FIRST, b"line\n"],
    [b"half ", FIRST, SECOND, b"line\n"],
    [b"half ", FIRST, b"\x1e of it\n", SECOND],
    [b"\x1edh {}\n"],
    [b"\x1e", b"dh {}\n", FIRST],
    [b"a\n\x1edh+ {}\n\x1e\x1e\n", FIRST, b"\x1e"],
    [b"\r 1 %", FIRST, b"\r 2 %", SECOND, b"\r done\n"],
    [b"\n\n\n", FIRST, b"\n"],
    [b"x", b"", FIRST, b"", b"\n"],
    [b"\x0b\x0c\x1c\xc2\x85 are no line ends", FIRST],
]


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("size", [1, 2, 7, 1 << 20])
def test_what_goes_in_comes_out(stream: list[Any], size: int) -> None:
    assert _apart(_written(stream), size) == (
        b"".join(part for part in stream if isinstance(part, bytes)),
        [part for part in stream if not isinstance(part, bytes)],
    )


def test_any_stream_comes_out_as_it_went_in() -> None:
    chance = random.Random(7)
    for _ in range(300):
        stream: list[Any] = [
            FIRST
            if chance.random() < 0.3
            else bytes(chance.choice(b"\x1e\ndh+ {}a") for _ in range(chance.randrange(9)))
            for _ in range(8)
        ]
        log, frames = _apart(_written(stream), chance.randrange(1, 9))
        assert log == b"".join(part for part in stream if isinstance(part, bytes))
        assert len(frames) == sum(part is FIRST for part in stream)


def test_the_log_is_not_held_back() -> None:
    reader = FrameReader()
    assert reader.feed(b"half a li")[0] == b"half a li"
    assert reader.feed(b"ne\n")[0] == b"ne"  # whose the end is, is known with what comes next
    assert reader.feed(b"\x1edh {}\n") == (b"\n", [{}])


@pytest.mark.parametrize("cut", [b"\x1edh {", b"\x1edh {\n", b"\x1edh\n", b"\x1e{]\n"])
def test_a_piece_of_a_frame_is_none(cut: bytes) -> None:
    assert _apart(b"a\n" + cut, 100) == (b"a\n", [])


def test_metrics_go_in_frames_of_bounded_size() -> None:
    lines: Any = [{"time": float(number), "values": {"loss": 0.25}} for number in range(1000)]
    lines.insert(3, {"time": 0.0, "progress": {"done": 1, "text": "x" * LONGEST}})
    frames = list(in_frames(lines))
    assert [line for frame in frames for line in frame["metrics"]] == lines[:3] + lines[4:]
    assert max(len(json.dumps(frame)) for frame in frames) < 1.5 * LONGEST
    assert list(in_frames([])) == []


def _written(stream: list[Any]) -> bytes:
    writer = FrameWriter()
    return b"".join(writer.log(part) if isinstance(part, bytes) else writer.frame(part) for part in stream)


def _apart(data: bytes, size: int) -> tuple[bytes, list[Any]]:
    reader = FrameReader()
    log, frames = b"", []
    for start in range(0, len(data), size):
        piece, found = reader.feed(data[start : start + size])
        log, frames = log + piece, frames + found
    return log + reader.rest(), frames
