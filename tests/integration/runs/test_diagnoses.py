"""Each diagnosis made to happen: real code, real processes, a real full device, a port that is really taken."""

from __future__ import annotations

import os
import socket
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.executors.local import LocalExecutor

from .conftest import HOLD, PROJECT, Gate, Plane

CODE = '''
import collections
import os
import sys


def inner(lock):
    return lock


def happen(what: str, port: int = 0):
    return globals()[what](port)


def user_exception(port):
    return {}["delay"]


def missing_module(port):
    import no_such_module_anywhere


def missing_data(port):
    open("data/flights.csv")


def missing_table(port):
    import pandas
    pandas.read_parquet("data/flights.parquet")


def disk_full(port):
    with open("/dev/full", "w") as file:
        file.write("x" * 100_000)


def permission(port):
    raise PermissionError(13, "Permission denied", "/srv/secret")


def read_only(port):
    open("/proc/version_of_mine", "w")


def port_taken(port):
    import http.server
    http.server.HTTPServer(("127.0.0.1", port), http.server.BaseHTTPRequestHandler)


def port_of_a_socket(port):
    import socket
    address = ("127.0.0.1", port)
    socket.socket().bind(address)


def port_of_asyncio(port):
    import asyncio
    asyncio.run(asyncio.start_server(print, "127.0.0.1", port))


def gpu_missing(port):
    raise RuntimeError("No CUDA GPUs are available")


def cuda_memory(port):
    class OutOfMemoryError(RuntimeError):
        __module__ = "torch"
        __qualname__ = "OutOfMemoryError"
    raise OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


def pickling(port):
    import multiprocessing
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pool.map(lambda x: x, [1])


def pickling_lock(port):
    import multiprocessing, threading
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pool.map(inner, [threading.Lock()])


def child_killed(port):
    import concurrent.futures
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        pool.submit(os._exit, 1).result()


def import_name(port):
    from json import no_such_name


def recursion(port):
    return recursion(port)


def interrupted(port):
    import signal
    os.kill(os.getpid(), signal.SIGINT)
    while True:
        pass


def system_exit(port):
    sys.exit(3)


def assertion(port):
    assert port < 0, f"port is {port}"


def version_mismatch(port):
    raise ValueError("numpy.dtype size changed, may indicate binary incompatibility. Expected 96, got 88")


def memory(port):
    raise MemoryError


def network(port):
    import socket
    socket.create_connection(("127.0.0.1", 9))


def too_many_files(port):
    import resource
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    kept = []
    while True:
        kept.append(open("/dev/null"))


def exited(port):
    os._exit(3)


def crashed(port):
    import signal
    os.kill(os.getpid(), signal.SIGSEGV)


def killed(port):
    import signal
    os.kill(os.getpid(), signal.SIGTERM)
    while True:
        pass


def output_not_saved(port):
    import threading
    return {"good": b"x", "bad": threading.Lock()}


def output_too_big(port):
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    return {"small": b"x", "big": b"x" * 200_000}
'''  # fmt: skip


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which this process listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


HAPPEN: list[tuple[str, str, str]] = [
    ("user_exception", "KeyError: 'delay'", "%dh run happen"),
    ("missing_module", "'no_such_module_anywhere' is not installed", "%dh function happen --requires no_such_module_anywhere"),
    ("missing_data", "no file 'data/flights.csv'", "%dh dataset flights data/flights.csv"),
    ("missing_table:missing_data", "data/flights.parquet'", "%dh dataset flights"),
    ("disk_full", "The disk is full", "%dh retry NAME"),
    ("permission", "'/srv/secret'", "%dh function happen"),
    ("port_taken", "The port PORT is taken", "%dh retry NAME port=0"),
    ("port_of_a_socket:port_taken", "The port PORT is taken", "%dh retry NAME"),
    ("port_of_asyncio:port_taken", "The port PORT is taken", "%dh retry NAME"),
    ("gpu_missing", "asked for none", "%dh retry NAME --gpu 1"),
    ("cuda_memory", "it asked for 2.00 GiB", "%dh retry NAME"),
    ("pickling", "can't be pickled", "%dh function happen"),
    ("pickling_lock:pickling", "can't be pickled", "%dh function happen"),
    ("child_killed", "was killed", "%dh logs NAME"),
    ("import_name", "'no_such_name' is not in the module 'json'", "--requires json==VERSION"),
    ("recursion", "too deep", "%dh function happen"),
    ("interrupted", "KeyboardInterrupt", "%dh retry NAME"),
    ("system_exit", "sys.exit(3)", "%dh function happen"),
    ("assertion", "port is PORT", "%dh logs NAME"),
    ("version_mismatch", "do not fit each other", "%dh retry NAME"),
    ("memory", "an allocation failed", "%dh retry NAME --memory 8Gi"),
    ("network", "can't reach another machine", "%dh retry NAME"),
    ("too_many_files", "too many files", "%dh function happen"),
    ("exited", "exit code 3", "%dh function happen"),
    ("crashed", "(SIGSEGV)", "%dh logs NAME"),
    ("killed", "Killed from outside", "%dh retry NAME --retries 2"),
    ("output_not_saved", "Output 'bad' (lock) can't be saved", "%dh function happen"),
    ("output_too_big:disk_full", "Output 'big'", "%dh retry NAME"),
]  # fmt: skip


def test_each_happens_and_is_explained(plane: Plane, taken: int) -> None:
    """All in one broker: twenty-eight real runs, then one look at each."""
    plane.function("happen", CODE)
    names = [row[0].partition(":")[0] for row in HAPPEN]
    runs = [plane.run("happen", parameters={"what": name, "port": taken}) for name in names]
    for (row, says, cure), run in zip(HAPPEN, runs, strict=True):
        ended = plane.wait(run, timeout=300)
        found = ended["status"].get("diagnosis")
        assert ended["status"]["state"] == "ERROR", (row, ended["status"])
        assert found["code"] == row.rpartition(":")[2], (row, found)
        assert says.replace("PORT", str(taken)) in found["summary"], (row, found)
        assert cure.replace("NAME", ended["metadata"]["reference"].rpartition("/")[2]) in found["cure"], (row, found)
        if found["code"] == "port_taken" and Path("/proc/net/tcp").exists():
            assert f"(process {os.getpid()}) has it" in found["detail"]
        if row == "output_not_saved":
            assert list(ended["status"]["outputs"]) == ["good"]
            assert "Kept were: good." in found["detail"]


def test_an_input_whose_file_is_gone(plane: Plane) -> None:
    plane.function("make", "import pandas as pd\n\ndef make():\n    return pd.DataFrame({'x': [1]})")
    plane.function("total", "import pandas as pd\n\ndef total(data: pd.DataFrame):\n    return len(data)")
    plane.wait(plane.run("make"))
    dataset = plane.catalogue.resolve("dataset/make", project=PROJECT)
    run = plane.wait(plane.run("total", inputs={"data": "dataset/make"}))
    assert run["status"]["state"] == "COMPLETED"
    Path(dataset["spec"]["path"]).write_bytes(b"nonsense")
    found = plane.wait(plane.run("total", inputs={"data": "dataset/make"}))["status"]["diagnosis"]
    assert (found["code"], found["cure"]) == ("input_unreadable", "See what it is: %dh show dataset/make@1")
    Path(dataset["spec"]["path"]).unlink()
    found = plane.wait(plane.run("total", inputs={"data": "dataset/make"}))["status"]["diagnosis"]
    assert found["code"] == "input_gone", found
    assert "Input 'data' (dataset/make@1) has no file any more" in found["summary"]


def test_the_total_timer_counts_waiting_and_running(plane: Plane) -> None:
    plane.function("hold", HOLD)
    gate = Gate()
    held = [plane.run("hold", parameters={"port": gate.port}) for _ in range(2)]
    waiting = plane.run("hold", parameters={"port": gate.port}, total_timeout=0.3)
    found = plane.wait(waiting)["status"]["diagnosis"]
    assert (found["code"], found["retry"]) == ("total_timeout", {"total_timeout": 0.6})
    gate.open()
    for run in held:
        plane.wait(run)
    plane.function("endless", "def endless():\n    while True:\n        pass")
    ended = plane.wait(plane.run("endless", total_timeout=1, timeout=600, retries=2))["status"]
    assert (ended["diagnosis"]["code"], ended["attempt"]) == ("total_timeout", 1)
    assert "--total-timeout 2s" in ended["diagnosis"]["cure"]


def test_a_log_on_a_full_disk_is_missed_and_the_run_goes_on(plane: Plane) -> None:
    """The log is a device that is always full."""
    plane.function("chatty", "def chatty():\n    print('x' * 1000)\n    return 7")
    write = LocalExecutor.submit

    def submit(executor: Any, submission: Any) -> None:
        (submission.folder / "log.txt").symlink_to("/dev/full")
        write(executor, submission)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LocalExecutor, "submit", submit)
        run = plane.run("chatty")
    status = plane.wait(run)["status"]
    assert (status["state"], status["results"]) == ("COMPLETED", {"chatty": 7})
    assert status["warnings"] == ["The disk was full: the log lacks its last 1,001 bytes."]


def test_the_folder_on_a_full_disk(plane: Plane, tmp_path: Path) -> None:
    """The result does not fit on the disk (here: into the size that the process may write); how it ended is known still."""
    code = """
        import resource
        def big():
            resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
            return {"n": 1}
    """
    plane.function("big", textwrap.dedent(code))
    status = plane.wait(plane.run("big"))["status"]
    assert (status["state"], status["diagnosis"]["code"]) == ("ERROR", "integrity")
    log = plane.runs.observe.log_text(PROJECT, status_run(plane, "big"))
    assert "result.json can't be written" in log


def status_run(plane: Plane, name: str) -> str:
    return str(plane.catalogue.resolve(f"run/{name}-1", project=PROJECT)["id"])
