"""What cells print: all of it into the log, a part into the notebook, put together once."""

from __future__ import annotations

import io
import os
import signal
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import nbformat
import pytest

from dh_kernel.worker.printed import LONGEST_STREAM, Client
from dh_kernel.worker.terminal import in_terminal


@pytest.fixture
def cell() -> Any:
    return nbformat.v4.new_code_cell("anything")  # type: ignore[no-untyped-call]


@pytest.fixture
def client(cell: Any) -> Client:
    made = Client(nbformat.v4.new_notebook(cells=[cell]))  # type: ignore[no-untyped-call]
    made.clear_before_next_output = False
    return made


def said(kind: str, **content: Any) -> dict[str, Any]:
    return {"msg_type": kind, "header": {"msg_type": kind}, "parent_header": {"msg_id": "1"}, "content": content}


def printed(text: str, name: str = "stdout") -> dict[str, Any]:
    return said("stream", name=name, text=text)


class Text(str):
    """Counts how often something is put behind it."""

    added = 0

    def __add__(self, other: str) -> Text:
        Text.added += 1
        return Text(str(self) + other)


def test_pieces_are_put_together_once(client: Client, cell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    Text.added = 0
    for _ in range(500):
        client.process_message(printed(Text("ab\n")), cell, 0)
    client.finish(cell)
    assert [(one.name, one.text) for one in cell.outputs] == [("stdout", "ab\n" * 500)]
    assert Text.added <= 1
    assert capsys.readouterr().out == "ab\n" * 500


def test_the_notebook_says_how_much_it_lacks(client: Client, cell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("stdout", "stderr") * 4:
        client.process_message(printed("x" * (LONGEST_STREAM // 4), name), cell, 0)
    client.finish(cell)
    assert [len(one.text) for one in cell.outputs[:4]] == [LONGEST_STREAM // 4] * 4
    assert cell.outputs[4].text == "… 1,048,576 more characters were printed; the run's log has all of them.\n"
    assert len(cell.outputs) == 5
    assert len(capsys.readouterr().out) == LONGEST_STREAM


@pytest.mark.parametrize("waits", [False, True])
def test_what_is_cleared_makes_room(client: Client, cell: Any, waits: bool) -> None:
    client.process_message(printed("x" * (LONGEST_STREAM + 5)), cell, 0)
    client.process_message(said("clear_output", wait=waits), cell, 0)
    client.process_message(printed("new"), cell, 0)
    client.process_message(said("display_data", data={"text/plain": "shown"}, metadata={}), cell, 0)
    client.process_message(printed("er"), cell, 0)
    client.finish(cell)
    assert [one.get("text") for one in cell.outputs] == ["new", None, "er"]


class Terminal(io.StringIO):
    """What is written to it between two flushes, and in one piece."""

    most = longest = ahead = 0

    def write(self, text: str) -> int:
        self.ahead += len(text)
        self.most, self.longest = max(self.most, self.ahead), max(self.longest, len(text))
        return super().write(text)

    def flush(self) -> None:
        self.ahead = 0


def test_a_command_is_printed_as_it_comes_whatever_it_prints() -> None:
    with redirect_stdout(Terminal()) as shown:
        code = in_terminal("yes 0123456789 | head -n 500000; echo é; printf '\\303'; test -t 1")
    assert code == 0
    text = shown.getvalue()
    assert text == "0123456789\n" * 500_000 + "é\n\N{REPLACEMENT CHARACTER}"
    assert (shown.longest <= 1 << 16, shown.most <= (1 << 20) + (1 << 16), shown.ahead) == (True, True, 0)


@pytest.mark.parametrize(
    ("command", "code"), [("exit 3", 3), ("kill -9 $$", -9), ("sh -c 'kill -9 $$'; exit $?", -9), ("cat", 0)]
)
def test_its_exit_code(command: str, code: int) -> None:
    assert in_terminal(command) == code


class Stopped(Terminal):
    """Somebody interrupts as soon as there is something."""

    def write(self, text: str) -> int:
        raise KeyboardInterrupt


def test_it_is_interrupted_with_its_cell(tmp_path: Path) -> None:
    with redirect_stdout(Stopped()), pytest.raises(KeyboardInterrupt):
        in_terminal(f"trap '' INT; echo $$ > {tmp_path}/pid; echo begun; exec sleep 1000")
    with pytest.raises(ProcessLookupError):
        os.killpg(int((tmp_path / "pid").read_text()), signal.SIGKILL)
