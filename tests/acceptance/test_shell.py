"""`dh` as a program, with a real broker: what a person types in a shell, and what a script reads."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.server import BrokerProcess

ROOT = Path(__file__).parents[2]
STEPS = '''
import socket

FACTOR = 2


def scale(rows: int = 1, fail: bool = False):
    """Scale."""
    print("scaling", rows)
    if fail:
        raise ValueError("no luck")
    return {"scaled": rows * FACTOR}


def hold(port: int):
    with socket.create_connection(("127.0.0.1", port)) as gate:
        gate.recv(1)
    print("out")
'''


def _as_in_a_terminal() -> None:
    """What starts the tests in the background may have them ignore Ctrl-C, and so all that they start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Shell:
    """A working folder, and `dh` in it."""

    def __init__(self, broker: BrokerProcess, folder: Path) -> None:
        paths = os.pathsep.join(map(str, (ROOT / "kernel", ROOT)))
        told = {"DH_SERVER_URL": broker.url, "DH_TOKEN": broker.token, "DH_PROJECT": "shell", "PYTHONPATH": paths}
        self.environment = {**os.environ, **told, "DH_HOME": str(broker.home)}
        self.folder = folder

    def start(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "dh_kernel.cli", *words]
        return subprocess.Popen(
            command, cwd=self.folder, env=self.environment, text=True, preexec_fn=_as_in_a_terminal,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
        )  # fmt: skip

    def __call__(self, *words: str) -> tuple[int, str, str]:
        process = self.start(*words)
        out, err = process.communicate()
        return process.returncode, out, err


@pytest.fixture
def shell(shared_broker: BrokerProcess, tmp_path: Path) -> Shell:
    (tmp_path / "steps.py").write_text(STEPS)
    return Shell(shared_broker, tmp_path)


def test_from_a_file_to_a_result(shell: Shell) -> None:
    code, out, err = shell("function", "steps.py:scale", "--label", "step")
    assert (code, err) == (0, "")
    assert out.startswith("function/scale@1")
    code, out, err = shell("run", "scale", "rows=3", "--wait")
    assert (code, out.splitlines()[0][:19]) == (0, "scale-1 · succeeded")
    assert "results: scaled = 6" in out
    assert err.startswith("scale-1 · ")
    code, out, _ = shell("run", "scale", "fail=true", "--wait", "--json")
    failed = json.loads(out)
    assert (code, failed["status"]["diagnosis"]["summary"]) == (1, "ValueError: no luck")
    code, out, _ = shell("logs", "-f", "scale-2")
    assert (code, out.splitlines()[0]) == (0, "scaling 1")
    last = "ValueError: no luck\n"
    assert shell("logs", "scale-2", "--tail", "1") == (0, last, "")
    assert shell("logs", "-f", "scale-2", "--tail", "1") == (0, last, "")
    assert json.loads(shell("logs", "scale-2", "--tail", "1", "--json")[1]) == {"log": last}
    code, out, _ = shell("retry", "scale-2", "fail=false", "--wait")
    assert code == 0
    assert out.startswith("scale-2 again · fail true → false\nscale-3 · succeeded") or "fail True → False" in out
    code, out, _ = shell("ls", "run", "--state", "failed", "--json")
    assert [one["id"] for one in json.loads(out)["content"]] == [failed["id"]]
    code, out, err = shell("run", "scale", "rows=three")
    assert (code, out) == (2, "")
    assert "rows" in err
    assert "Traceback" not in err
    code, out, _ = shell("complete", "dh run scale ro")
    assert (code, out) == (0, "rows=\n")
    code, out, _ = shell("project")
    assert (code, "→" in out, "shell" in out) == (0, True, True)


def test_ctrl_c_ends_the_waiting_and_not_the_run(shell: Shell) -> None:
    assert shell("function", "steps.py:hold")[0] == 0
    with socket.create_server(("127.0.0.1", 0)) as gate:
        gate.settimeout(300)
        waiting = shell.start("run", "hold", f"port={gate.getsockname()[1]}", "--wait")
        held, _ = gate.accept()  # the run is running, and the program waits for it
        assert waiting.stderr is not None
        assert waiting.stderr.readline().startswith("hold-1")
        waiting.send_signal(signal.SIGINT)
        _, err = waiting.communicate()
        assert waiting.returncode == 130
        assert "hold-1 goes on. Look again: dh logs hold-1 --follow, or end it: dh stop hold-1" in err
        assert "Traceback" not in err
        held.close()
    code, out, _ = shell("logs", "hold-1", "--follow")
    assert (code, out) == (0, "out\n")


def test_a_reader_that_leaves_is_no_error(shell: Shell) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = shell.start("--help", stdout=writer)
    os.close(writer)
    assert process.communicate()[1] == ""
    assert process.returncode == 0
