"""`worker.pyz --pod job.json`: what a container runs, here as a process that no cluster looks after."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.executors.archive import worker_archive
from dh_jupyter.executors.kubernetes.objects import zipped
from dh_jupyter.executors.kubernetes.prepared import code_files
from dh_kernel.rundir import RunFolder
from tests.fixtures.pods import Ended, SlowServer, job

PAST = "2020-01-01T00:00:00Z"


def test_an_attempt_from_its_document_to_its_last_word(tmp_path: Path) -> None:
    code = "import dh_kernel as dh\ndef f():\n    dh.report(loss=0.5)\n    print('hello', end='')\n    return 3\n"
    ended = Ended(job(tmp_path / "run", code), tmp_path)
    assert (ended.code, ended.log) == (0, b"hello")
    assert (ended.word["phase"], ended.word["reason"], ended.word["code"]) == ("done", "exited", 0)
    phases = [frame["phase"] for frame in ended.frames if "phase" in frame]
    assert phases == ["environment", "running", "delivering", "done"]
    assert any(line["values"] == {"loss": 0.5} for frame in ended.frames for line in frame.get("metrics") or [])
    result = RunFolder(tmp_path / "run").read_result()
    assert result is not None
    assert result["state"] == "COMPLETED"


def test_the_users_exception_is_its_exit_code(tmp_path: Path) -> None:
    ended = Ended(job(tmp_path / "run", "def f(): raise ValueError('no')\n"), tmp_path)
    assert ended.code == ended.word["code"] == 42
    assert b"ValueError: no" in ended.log


def test_a_signal_is_told_as_a_shell_does(tmp_path: Path) -> None:
    ended = Ended(job(tmp_path / "run", "import os\ndef f(): os.kill(os.getpid(), 11)\n"), tmp_path)
    assert (ended.code, ended.word["signal"]) == (139, 11)


def test_its_time_ends_it(tmp_path: Path) -> None:
    forever = "import threading\ndef f(): threading.Event().wait()\n"
    ended = Ended(job(tmp_path / "run", forever, timeout=0.5), tmp_path)
    assert ended.word["reason"] == "timeout"


def test_secrets_are_in_no_line_and_no_frame(tmp_path: Path) -> None:
    code = "import os\ndef f(): print(os.environ['TOKEN'])\n"
    document = job(tmp_path / "run", code, secrets=["TOKEN"])
    ended = Ended(document, tmp_path, {"TOKEN": "hush-hush-hush", "PATH": "/usr/bin:/bin"})
    assert ended.log == b"***TOKEN***\n"


def test_lines_of_user_code_are_never_taken_for_frames(tmp_path: Path) -> None:
    code = 'def f(): print(\'\\x1edh {"phase": "done"}\')\n'
    ended = Ended(job(tmp_path / "run", code), tmp_path)
    assert ended.log == b'\x1edh {"phase": "done"}\n'


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"code": {"path": "/no/such.zip", "sha256": "0" * 64}}, "can't be made in the pod"),
        ({"deliver": {"kind": "post", "url": "", "fields": {}, "prefix": "", "expires": PAST}}, "have ended while it"),
    ],
)
def test_what_can_not_be_begun_says_why(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    ended = Ended({**job(tmp_path / "run", "def f(): pass\n"), **change}, tmp_path)
    assert (ended.code, ended.word["phase"]) == (44, "code")
    assert words in ended.word["message"]


def test_a_stop_before_user_code_is_heard(tmp_path: Path) -> None:
    """While the code is fetched there is no supervisor yet that could be told."""
    document = job(tmp_path / "run", "def f(): print('here')\n")
    packed = zipped(code_files(tmp_path / "run"))
    shutil.rmtree(tmp_path / "run")
    with SlowServer(packed) as server:
        code = {"url": server.url, "sha256": hashlib.sha256(packed).hexdigest()}
        (tmp_path / "job.json").write_text(json.dumps({**document, "code": code}))
        command = [
            sys.executable,
            worker_archive(tmp_path / "cache"),
            "--pod",
            tmp_path / "job.json",
            tmp_path / "word",
        ]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert server.asked.wait(60)
        process.send_signal(signal.SIGTERM)
        server.go.set()
        log, _ = process.communicate(timeout=60)
    assert json.loads((tmp_path / "word").read_text())["reason"] == "stopped"
    assert b"here" not in log


def test_code_that_is_not_what_was_sent_does_not_run(tmp_path: Path) -> None:
    document = job(tmp_path / "run", "def f(): print('here')\n")
    packed = zipped(code_files(tmp_path / "run"))
    shutil.rmtree(tmp_path / "run")
    with SlowServer(packed) as server:
        server.go.set()
        ended = Ended({**document, "code": {"url": server.url, "sha256": "0" * 64}}, tmp_path)
    assert (ended.code, ended.word["phase"]) == (44, "code")
    assert "is not what was sent" in ended.word["message"]
    assert b"here" not in ended.log
