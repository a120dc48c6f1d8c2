"""The last lines of a log are found from behind."""

from __future__ import annotations

from typing import Any

import pytest

from dh_jupyter.runs import log_tail
from dh_jupyter.runs.log_tail import tail_start

RUN: Any = {}


class Log:
    """One, and how many bytes of it were read."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.read = 0

    def log_size(self, run: Any) -> int:
        return len(self.text)

    def read_log(self, run: Any, since: int, limit: int = 0) -> bytes:
        part = self.text[since : since + limit]
        self.read += len(part)
        return part

    def tail(self, lines: int) -> bytes:
        return self.text[tail_start(self, RUN, lines) :]


@pytest.mark.parametrize("chunk", [1, 2, 3, 5, 100])
@pytest.mark.parametrize("text", [b"", b"\n", b"a", b"a\n", b"one\ntwo\n\nfour", b"one\ntwo\n\nfour\n", b"\n\n\n"])
def test_as_if_all_lines_were_there(text: bytes, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_tail, "LOG_CHUNK", chunk)
    for lines in range(1, 6):
        assert Log(text).tail(lines) == b"".join(text.splitlines(keepends=True)[-lines:])


def test_the_beginning_is_not_read() -> None:
    log = Log(b"line\n" * 10_000_000)
    assert log.tail(3) == b"line\n" * 3
    assert log.read <= log_tail.LOG_CHUNK


def test_so_much_at_most() -> None:
    log = Log(b"x" * 3 * log_tail.LOG_CAP)
    assert len(log.tail(1)) == log.read == log_tail.LOG_CAP
