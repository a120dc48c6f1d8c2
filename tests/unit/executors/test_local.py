"""What the local executor decides without starting anything."""

from __future__ import annotations

import errno
import json
import os
import re
import socket
import subprocess
import sys
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.executors.archive import worker_archive
from dh_jupyter.executors.base import Resources, Submission
from dh_jupyter.executors.local import LocalExecutor, variables
from dh_jupyter.executors.local.capacity import Capacity
from dh_jupyter.executors.local.interpreters import OURS, Interpreter, nearest
from dh_jupyter.executors.local.launch import Order, start_warm
from dh_jupyter.executors.local.locks import CURE, Locks
from dh_jupyter.executors.local.requirements import environment_for, missing
from dh_jupyter.executors.local.runtime import runtime_folder
from dh_jupyter.executors.local.slots import Lease, Slots
from dh_jupyter.executors.local.zygotes import kind_for
from dh_kernel.detached import processes
from dh_kernel.errors import Busy, Invalid, Unavailable

SMALL = Capacity(cpu=2, gpus=(), memory=4 << 30)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Resources(cpu=999), "999 CPU cores were asked for; this machine has 2."),
        (Resources(gpu=1), "1 GPU asked for; this machine has no GPU."),
        (Resources(memory=8 << 30), "8.0 GiB of memory asked for; this machine has 4.0 GiB."),
        (Resources(disk=1 << 60), "GiB of disk asked for; this machine has"),
    ],
)
def test_what_can_never_be_met_is_refused(wanted: Resources, said: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=said.replace(".", r"\.")):
        SMALL.check(wanted, tmp_path)


def test_what_can_be_met_is_not(tmp_path: Path) -> None:
    SMALL.check(Resources(cpu=2, memory=4 << 30), tmp_path)


def test_slots_tell_what_is_waited_for_and_take_nothing(tmp_path: Path) -> None:
    slots = Slots(tmp_path, 3, ["0"])
    with slots.take(Resources(cpu=2)) as lease:
        assert lease.cores == 2
        with pytest.raises(Busy, match=r"Waiting for 2 CPU slots: 2 of 3 in use\."):
            slots.take(Resources(cpu=1.2))
        with pytest.raises(Busy, match=r"Waiting for 2 GPU slots: 0 of 1 in use\."):
            slots.take(Resources(gpu=2))
        with slots.take(Resources(gpu=1)) as other:
            assert other.gpus == ("0",)
    with slots.take(Resources(cpu=3)):
        pass


def test_variables_hold_no_secret_and_the_runs_own_win(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DH_TOKEN", "JUPYTERHUB_API_TOKEN", "JPY_PARENT_PID", "DHCORE_ACCESS_TOKEN"):
        monkeypatch.setenv(name, "hush")
    monkeypatch.setenv("HF_HOME", "kept")
    found = variables.of_run({"OMP_NUM_THREADS": "7", "CUDA_VISIBLE_DEVICES": "all"}, 2, ("1",))
    assert "hush" not in found.values()
    assert found["HF_HOME"] == "kept"
    assert (found["OMP_NUM_THREADS"], found["MKL_NUM_THREADS"]) == ("7", "2")
    assert found["CUDA_VISIBLE_DEVICES"] == "1"


def test_variables_that_are_read_on_loading_need_a_fresh_process() -> None:
    assert variables.needs_fresh_process({"PYTHONPATH": "x"})
    assert not variables.needs_fresh_process({"RUN_ID": "x", "MY_LD_PATH": "x"})


def test_requirements_are_compared_with_what_is_installed() -> None:
    import packaging

    met = (f"packaging=={packaging.__version__}", "pytest>=1", "dh-kernel", 'no-such-thing; python_version < "3"')
    assert missing(met) == ()
    assert missing(("pytest<1", "no-such-thing", "??")) == ("pytest<1", "no-such-thing", "??")


def test_an_environment_is_named_by_its_requirements_in_any_order(tmp_path: Path) -> None:
    one = environment_for(("no-such-thing", "pytest"), tmp_path)
    other = environment_for(("pytest", "no-such-thing", "dh-kernel"), tmp_path)
    assert one is not None
    assert one == other
    assert one.python is None
    assert environment_for(("pytest",), tmp_path) is None


def test_a_zygote_is_of_a_kind_and_the_standard_library_is_no_part_of_it() -> None:
    kind = kind_for(sys.executable, Path("/a"), ("sklearn", "json", "os.path", "pandas"), "d1")
    assert kind.modules == ("mlflow.sklearn", "pandas", "pyarrow.parquet", "sklearn")
    assert kind.key == kind_for(sys.executable, Path("/a"), ("pandas", "sklearn"), "d1").key
    assert kind.key != kind_for(sys.executable, Path("/b"), ("pandas", "sklearn"), "d1").key
    assert kind.key != kind_for(sys.executable, Path("/a"), ("pandas", "sklearn"), "d2").key


def test_a_zygote_that_answers_at_once_and_hangs_up_has_taken_the_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It forks, and the fork may have said that it holds the lock before we are done with sending."""
    (tmp_path / "attempt").mkdir()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(tmp_path / "zygote"))
    listener.listen()
    orders: list[bytes] = []
    hung_up = threading.Event()

    def answer() -> None:
        client, _ = listener.accept()
        with client:
            orders.append(client.recv(1 << 16))
            client.sendall(b"ok\n")
        hung_up.set()

    send_fds = socket.send_fds

    def send_and_wait(*given: Any) -> int:
        sent = send_fds(*given)
        assert hung_up.wait(30)
        return sent

    monkeypatch.setattr(socket, "send_fds", send_and_wait)
    server = threading.Thread(target=answer)
    server.start()
    lease = Lease(descriptors=(os.open(tmp_path, os.O_RDONLY),), cores=1, gpus=())
    order = Order(Submission("run-1", tmp_path / "attempt"), lease, tmp_path / "archive", tmp_path / "wake")
    try:
        assert start_warm(order, tmp_path / "zygote")
    finally:
        server.join(30)
        listener.close()
        os.close(lease.descriptors[0])
    assert json.loads(orders[0][8:])["handle"] == "run-1"


def test_the_runtime_folder_is_short_private_and_one_for_each_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = tmp_path / "run"
    private.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(private) if len(str(private)) < 60 else "")
    one = runtime_folder(tmp_path / "a")
    assert one == runtime_folder(tmp_path / "a") != runtime_folder(tmp_path / "b")
    assert len(str(one)) < 90
    assert one.stat().st_mode & 0o777 == 0o700


def test_a_runtime_folder_that_others_can_enter_is_refused(tmp_path: Path) -> None:
    folder = runtime_folder(tmp_path / "a")
    (folder / "wake").chmod(0o755)
    with pytest.raises(Unavailable, match="only you can enter"):
        runtime_folder(tmp_path / "a")
    (folder / "wake").chmod(0o700)


def test_a_process_has_an_identity_while_it_lives() -> None:
    assert processes.identity(os.getpid()) == processes.identity(os.getpid()) != ""
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    assert processes.identity(child) == ""


def test_a_file_of_proc_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "long").write_bytes(b"a\xff" * 20_000)
    assert processes._read(str(tmp_path / "long")) == "a\ufffd" * 20_000
    assert processes._read(str(tmp_path / "none")) == ""
    assert processes._read(str(tmp_path)) == "", "a folder can be opened, and not read"


def test_a_fork_has_its_runs_variables_and_no_others() -> None:
    """Also those that compiled code asks for."""
    code = """
import ctypes, os
from dh_kernel.detached.zygote import _take_environment
os.environ.update(GONE="1", KEPT="1", OTHER="1")
_take_environment({"KEPT": "1", "OTHER": "2", "NEW": "3"})
of_c = ctypes.CDLL(None).getenv
of_c.restype = ctypes.c_char_p
print(dict(os.environ), [of_c(name) for name in (b"GONE", b"KEPT", b"OTHER", b"NEW")])
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said == "{'KEPT': '1', 'OTHER': '2', 'NEW': '3'} [None, b'1', b'2', b'3']\n"


def test_the_archive_is_named_by_its_content_and_made_once(tmp_path: Path) -> None:
    made = worker_archive(tmp_path / "one")
    before = made.stat().st_mtime_ns
    assert worker_archive(tmp_path / "one") == made
    assert made.stat().st_mtime_ns == before
    other = worker_archive(tmp_path / "two")
    assert other.name == made.name
    assert other.read_bytes() == made.read_bytes()
    with zipfile.ZipFile(made) as archive:
        names = archive.namelist()
    assert "__main__.py" in names
    assert "dh_kernel/refs.py" in names
    assert any(name.endswith("dist-info/entry_points.txt") for name in names)
    assert not any("__pycache__" in name for name in names)


def test_the_doctor_says_how_much_room_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executor = LocalExecutor(tmp_path)
    (row,) = [row for row in executor.doctor() if row[0] == "disk"]
    assert row[2].endswith(f"GiB free in {tmp_path}") or not row[1]
    monkeypatch.setattr("dh_jupyter.executors.local.executor._ROOM", 1 << 60)
    (row,) = [row for row in executor.doctor() if row[0] == "disk"]
    assert not row[1]
    assert "%dh ls run" in row[2]


@pytest.mark.parametrize(
    ("named", "there", "taken"),
    [
        ("", ["3.9"], OURS.minor),
        ("3.10", ["3.10", "3.12"], "3.10"),
        ("3.8", ["3.9", "3.13"], "3.9"),
        ("3.1", ["3.1", "3.8", "3.9"], "3.9"),
        ("3.20", ["3.9", "3.19"], "3.19"),
    ],
)
def test_the_nearest_python_stands_in(
    named: str, there: list[str], taken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {OURS.minor: OURS, **{minor: Interpreter(f"/usr/bin/python{minor}", f"{minor}.1") for minor in there}}
    monkeypatch.setattr("dh_jupyter.executors.local.interpreters.installed", lambda: found)
    assert nearest(named).minor == taken


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("fcntl.flock", "files can't be locked (No locks available)"),
        ("os.link", "hard links can't be made (No locks available)"),
    ],
)
def test_a_disk_without_locks_starts_no_run_and_is_said(
    name: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    locks = Locks(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(f"dh_jupyter.executors.local.locks.{name}", refuse)
        assert locks.state() == (False, f"on the home's disk {says}. {CURE}")
        with pytest.raises(Unavailable, match=re.escape(says)):
            locks.need()
    locks.need()
    assert locks.state() == (True, "the home's disk has locks and hard links")
    assert not list(tmp_path.iterdir())


def test_a_lock_that_nobody_sees_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dh_jupyter.executors.local.locks.fcntl.flock", lambda *args: None)
    with pytest.raises(Unavailable, match="a lock is not seen by others"):
        Locks(tmp_path).need()
