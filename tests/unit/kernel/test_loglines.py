"""Lines of a log that comes in pieces."""

from __future__ import annotations

import pytest

from dh_kernel import loglines
from dh_kernel.loglines import as_shown, last_lines, last_state, lines_of


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("plain", "plain"),
        ("from Windows\r", "from Windows"),
        ("\r 10%\r 50%\r100%", "100%"),
        (" 10%\r 50%\r", " 50%"),
        ("", ""),
        ("\r\r", ""),
        ("\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"),
        ("nul \0 and \ufffd", "nul \0 and \ufffd"),
    ],
)
def test_the_last_state_of_a_line(line: str, shown: str) -> None:
    assert last_state(line) == shown
    assert as_shown(f"{line}\nnext") == f"{shown}\nnext"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_lines_do_not_depend_on_the_pieces(size: int) -> None:
    text = "one\ntwo\r\n\r 1%\r 2%\n\nend"
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    assert list(lines_of(pieces)) == ["one", "two", " 2%", "", "end"]


def test_what_never_ends_its_line_comes_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loglines, "LONGEST", 10)
    assert "".join(lines_of(["x" * 7] * 9)) == "x" * 63
    assert list(lines_of(["\r" + "x" * 7] * 9)) == ["x" * 7]


def test_the_last_lines() -> None:
    text = "one\n 1%\r 2%\n\nend\n"
    assert [last_lines(text, count) for count in (1, 2, 3, 9)] == ["end\n", "\nend\n", text[4:], text]
    assert last_lines("a\nb", 1) == "b"
