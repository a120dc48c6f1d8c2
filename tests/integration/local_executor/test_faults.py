"""What is killed, stuck or left behind: no attempt is lost unseen, none runs twice, none is 'running' for ever."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from dh_jupyter.executors.archive import worker_archive
from dh_jupyter.executors.local import LocalExecutor, attempt
from dh_jupyter.executors.local.launch import DETACHED, Order
from dh_jupyter.executors.local.runtime import runtime_folder
from dh_jupyter.executors.local.slots import Lease
from dh_kernel.detached import processes
from dh_kernel.rundir import RunFolder
from dh_kernel.testing.executors import FOREVER, Attempts

# A grandchild that leaves group, session and parents, and keeps stdout.
DAEMON = """
import os, pathlib, threading
def f():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            pathlib.Path("daemon").write_text(str(os.getpid()))
            print("daemon is up", flush=True)
            threading.Event().wait()
        os._exit(0)
    os.wait()
    while not os.path.exists("daemon") or not open("daemon").read():
        os.sched_yield()
"""


def holder(folder: Path) -> attempt.Holder:
    found = attempt.read_holder(folder)
    assert found is not None
    return found


def started(attempts: Attempts, code: str = FOREVER) -> tuple[str, Path]:
    handle, folder = attempts.submit(code)
    attempts.printed(handle, folder, b"here")
    return handle, folder


def is_dead(pid: int) -> bool:
    return processes.identity(pid) == ""


@pytest.fixture(params=["cold", "warm"])
def both(request: pytest.FixtureRequest, attempts: Attempts) -> Attempts:
    if request.param == "warm":
        return request.getfixturevalue("warm")  # type: ignore[no-any-return]
    return attempts


def test_a_killed_supervisor_takes_the_worker_with_it_and_is_noticed(both: Attempts) -> None:
    handle, folder = started(both)
    who = holder(folder)
    os.kill(who.pid, signal.SIGKILL)
    seen = both.wait(lambda: (seen := both.look(handle, folder)).phase == "missing" and seen)
    assert seen.exit is None
    both.wait(lambda: handle in both.heard)
    wait_for_death(who.child)


LOUD = """
import os, threading
def f():
    print("here", flush=True)
    fifo = open("go")
    fifo.read()
    for number in range(1000):
        print("line", number, os.environ.get("TOKEN", ""), flush=True)
    with open("said", "w") as file:
        file.write("all")
    threading.Event().wait()
"""


@pytest.mark.parametrize("secrets", [{}, {"TOKEN": "hunter2-and-more"}], ids=["plain", "secret"])
def test_what_a_killed_supervisor_had_not_read_is_in_the_log(both: Attempts, secrets: dict[str, str]) -> None:
    """It is stopped, so that it surely has not read it, and then killed."""
    handle, folder = both.write(LOUD)
    os.mkfifo(folder / "go")
    both.executor.submit(both.submission(handle, folder, {}, secrets=secrets))
    both.printed(handle, folder, b"here")
    who = holder(folder)
    os.kill(who.pid, signal.SIGSTOP)
    os.mkfifo(folder / "said")
    (folder / "go").write_text("")
    assert (folder / "said").read_text() == "all"
    os.kill(who.pid, signal.SIGKILL)
    both.wait(lambda: both.look(handle, folder).phase == "missing")
    lines = both.log(handle, folder).decode().splitlines()
    if secrets:
        assert lines[0].startswith("here")
        assert lines[-1] == "line 999 ***TOKEN***"
        assert "hunter2" not in "".join(lines)
        assert len(lines) > 990
    else:
        assert lines == ["here", *(f"line {number} " for number in range(1000))]


def wait_for_death(pid: int) -> None:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        import select

        assert select.select([descriptor], [], [], 30)[0]
    finally:
        os.close(descriptor)


def test_what_a_killed_supervisor_left_behind_is_ended_by_poll(attempts: Attempts) -> None:
    code = (
        "import subprocess, pathlib, threading\ndef f():\n    other = subprocess.Popen(['sleep', '1000'])\n"
        "    pathlib.Path('other').write_text(str(other.pid))\n    print('here', flush=True)\n    threading.Event().wait()\n"
    )
    handle, folder = started(attempts, code)
    other = int((folder / "other").read_text())
    os.kill(holder(folder).pid, signal.SIGKILL)
    wait_for_death(holder(folder).pid)
    attempts.wait(lambda: attempts.look(handle, folder).phase == "missing")
    wait_for_death(holder(folder).child)
    attempts.look(handle, folder)
    wait_for_death(other)


def test_a_killed_worker_is_told(both: Attempts) -> None:
    handle, folder = started(both)
    os.kill(holder(folder).child, signal.SIGKILL)
    exit = both.ended(handle, folder)
    assert (exit["reason"], exit["signal"]) == ("killed", signal.SIGKILL)


def test_a_crash_tells_its_signal(attempts: Attempts) -> None:
    exit = attempts.ended(*attempts.submit("import os, signal\ndef f(): os.kill(os.getpid(), signal.SIGSEGV)\n"))
    assert (exit["reason"], exit["signal"]) == ("exited", signal.SIGSEGV)


def test_a_killed_zygote_ends_nothing_and_is_replaced(warm: Attempts) -> None:
    handle, folder = started(warm)
    supervisor = holder(folder).pid
    zygote = int(processes._read(f"/proc/{supervisor}/stat").rpartition(") ")[2].split()[1])
    assert zygote != 1
    os.kill(zygote, signal.SIGKILL)
    wait_for_death(zygote)
    assert warm.look(handle, folder).phase == "running"
    assert warm.ended(*warm.submit("def f(): pass\n"))["code"] == 0
    warm.executor.cancel(handle, folder, 10.0)
    assert warm.ended(handle, folder)["reason"] == "stopped"


BROKER = """
import sys, pathlib
from dh_jupyter.executors.base import Submission
from dh_jupyter.executors.local import LocalExecutor, executor
if len(sys.argv) > 4:
    executor.worker_archive = lambda cache: pathlib.Path(sys.argv[4])
local = LocalExecutor(pathlib.Path(sys.argv[1]), cpu=2, gpus=[])
local.start(lambda handle: None)
local.submit(Submission(sys.argv[2], pathlib.Path(sys.argv[3])))
print("submitted", flush=True)
sys.stdin.read()
"""


def broker(attempts: Attempts, home: Path, handle: str, folder: Path) -> subprocess.Popen[bytes]:
    archive = home.parent / "worker.pyz"
    arguments = [str(home), handle, str(folder), *([str(archive)] if archive.exists() else [])]
    command = [sys.executable, "-c", BROKER, *arguments]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)


def test_an_attempt_survives_its_broker(attempts: Attempts, home: Path) -> None:
    handle, folder = attempts.write(FOREVER)
    with broker(attempts, home, handle, folder) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"submitted\n"
        process.kill()
    attempts.printed(handle, folder, b"here")
    assert attempts.look(handle, folder).phase == "running"
    attempts.executor.cancel(handle, folder, 10.0)
    assert attempts.ended(handle, folder)["reason"] == "stopped"


def test_two_brokers_that_submit_the_same_attempt_run_it_once(attempts: Attempts, home: Path) -> None:
    handle, folder = attempts.write("def f(): print('once')\n")
    brokers = [broker(attempts, home, handle, folder) for _ in range(2)]
    for process in brokers:
        process.communicate(b"", timeout=60)
        assert process.returncode == 0
    attempts.ended(handle, folder)
    assert attempts.log(handle, folder).count(b"once") == 1


def test_many_threads_that_submit_the_same_attempt_run_it_once(
    warm: Attempts, make_executor: Callable[[], LocalExecutor]
) -> None:
    for _ in range(10):
        handle, folder = warm.write("def f(): print('once')\n")
        submission = warm.submission(handle, folder, {})
        threads = [threading.Thread(target=make_executor().submit, args=[submission]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        warm.ended(handle, folder)
        assert warm.log(handle, folder).count(b"once") == 1


def test_a_claim_whose_holder_died_is_taken_over_by_the_next_submit(attempts: Attempts) -> None:
    handle, folder = attempts.write("def f(): pass\n")
    (folder / "claim").touch()
    assert attempts.look(handle, folder).phase == "starting"
    os.utime(folder / "claim", (0, 0))
    assert attempts.look(handle, folder).phase == "missing"
    attempts.executor.submit(attempts.submission(handle, folder, {}))
    assert attempts.ended(handle, folder)["code"] == 0


@pytest.mark.parametrize("left", [b"", b" " * 4096, b'{"reason": "exi'])
def test_what_a_power_failure_has_left_of_an_exit_says_nothing_and_the_result_counts(
    attempts: Attempts, left: bytes
) -> None:
    handle, folder = attempts.submit("def f():\n    return 7\n")
    assert attempts.ended(handle, folder)["code"] == 0
    (folder / "exit.json").write_bytes(left)
    assert attempts.look(handle, folder).phase == "missing"
    result = RunFolder(folder).read_result()
    assert result is not None
    assert result["state"] == "COMPLETED"


def test_a_supervisor_that_is_stuck_is_killed_when_it_is_surely_ours(attempts: Attempts) -> None:
    handle, folder = started(attempts)
    who = holder(folder)
    os.kill(who.pid, signal.SIGSTOP)
    assert attempt.kill_if_stuck(folder)
    wait_for_death(who.child)
    attempts.wait(lambda: attempts.look(handle, folder).phase == "missing")
    assert not attempt.kill_if_stuck(folder)


def test_a_daemonised_grandchild_ends_with_the_attempt(both: Attempts) -> None:
    handle, folder = both.submit(DAEMON)
    assert both.ended(handle, folder)["code"] == 0
    assert b"daemon is up" in both.log(handle, folder)
    assert is_dead(int((folder / "daemon").read_text()))


def test_a_child_that_keeps_the_output_open_does_not_keep_the_attempt(both: Attempts) -> None:
    code = "import subprocess\ndef f():\n    subprocess.Popen(['sleep', '1000'])\n    print('last word')\n"
    handle, folder = both.submit(code)
    exit = both.ended(handle, folder)
    assert exit["code"] == 0
    assert exit["ended"] - exit["started"] < 60
    assert b"last word" in both.log(handle, folder)


def test_a_stop_that_comes_before_the_start_is_obeyed(attempts: Attempts) -> None:
    handle, folder = attempts.write("def f(): print('never')\n")
    attempts.executor.cancel(handle, folder, 1.0)
    attempts.executor.submit(attempts.submission(handle, folder, {}))
    assert attempts.ended(handle, folder)["reason"] == "stopped"
    assert attempts.log(handle, folder) == b""


def test_an_attempt_goes_on_whose_broker_died_while_it_was_started(attempts: Attempts, home: Path) -> None:
    handle, folder = attempts.write("def f(): print('here')\n")
    submission = attempts.submission(handle, folder, {})
    order = Order(submission, Lease((), 1, ()), worker_archive(home / "cache"), runtime_folder(home) / "wake")
    nobody, answer = os.pipe()
    os.close(nobody)
    command = [sys.executable, "-I", "-S", DETACHED, "supervise"]
    with attempt.claim(folder) as is_ours, (folder / "log.txt").open("ab") as log:
        assert is_ours
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=answer, stderr=log, start_new_session=True)
        os.close(answer)
        process.communicate(json.dumps(order.document()).encode())
        attempts.wait(lambda: (folder / "lock").exists())
    assert attempts.ended(handle, folder)["code"] == 0
    assert attempts.log(handle, folder) == b"here\n"
