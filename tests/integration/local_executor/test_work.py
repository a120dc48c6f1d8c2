"""Slots, logs, long paths and many runs, with real processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dh_jupyter.executors.local import LocalExecutor, attempt
from dh_kernel.detached import processes
from dh_kernel.errors import Busy
from dh_kernel.testing.executors import FOREVER, Attempts


def test_slots_are_taken_and_given_back(attempts: Attempts) -> None:
    first = attempts.submit(FOREVER)
    attempts.submit(FOREVER)
    handle, folder = attempts.write("def f(): pass\n")
    submission = attempts.submission(handle, folder, {})
    with pytest.raises(Busy, match=r"Waiting for a CPU slot: 2 of 2 in use\."):
        attempts.executor.submit(submission)
    attempts.heard.clear()
    attempts.executor.cancel(*first, 10.0)
    attempts.wait(lambda: "" in attempts.heard)
    attempts.executor.submit(submission)
    assert attempts.ended(handle, folder)["code"] == 0


def test_a_broken_cpu_rounds_up_and_two_cores_are_two_slots(attempts: Attempts) -> None:
    handle, folder = attempts.submit(FOREVER, {"cpu": 1.5})
    with pytest.raises(Busy, match="2 of 2 in use"):
        attempts.submit(FOREVER)
    attempts.executor.cancel(handle, folder, 10.0)
    attempts.ended(handle, folder)


def test_a_killed_supervisor_gives_its_slots_back(attempts: Attempts) -> None:
    import os
    import signal

    handle, folder = attempts.submit(FOREVER, {"cpu": 2})
    holder = attempt.read_holder(folder)
    assert holder is not None
    os.kill(holder.pid, signal.SIGKILL)
    attempts.wait(lambda: attempts.look(handle, folder).phase == "missing")
    attempts.ended(*attempts.submit("def f(): pass\n", {"cpu": 2}))


@pytest.fixture
def with_gpus(home: Path, tmp_path: Path) -> Iterator[Attempts]:
    made = Attempts(lambda: LocalExecutor(home, cpu=2, gpus=["0", "3"]), tmp_path)
    yield made
    made.executor.close()


def test_devices_are_leased_and_others_are_hidden(with_gpus: Attempts) -> None:
    code = "import os, threading\ndef f():\n    print(f\"<{os.environ['CUDA_VISIBLE_DEVICES']}>\", flush=True)\n"
    without = with_gpus.submit(code)
    with_gpus.printed(*without, b"<>")
    with_gpus.ended(*without)
    both = with_gpus.submit(code + "    threading.Event().wait()\n", {"gpu": 2})
    with_gpus.printed(*both, b"<0,3>")
    with pytest.raises(Busy, match="Waiting for a GPU slot: 2 of 2 in use"):
        with_gpus.submit(code, {"gpu": 1})
    with_gpus.executor.cancel(*both, 10.0)
    with_gpus.ended(*both)


def test_two_hundred_quick_runs(warm: Attempts) -> None:
    waiting = [warm.write(f"def f(): print('number', {number})\n") for number in range(200)]
    todo = list(waiting)

    def submit_all() -> bool:
        while todo:
            try:
                warm.executor.submit(warm.submission(*todo[-1], {}))
            except Busy:
                return False
            todo.pop()
        return True

    warm.wait(submit_all, timeout=120)
    for number, (handle, folder) in enumerate(waiting):
        assert warm.ended(handle, folder)["code"] == 0
        assert warm.log(handle, folder) == b"number %d\n" % number


def test_a_log_of_a_hundred_megabytes_costs_the_supervisor_no_memory(attempts: Attempts) -> None:
    code = (
        "import threading\ndef f():\n    line = 'x' * 999\n    for _ in range(100_000):\n        print(line)\n"
        "    print('here', flush=True)\n    threading.Event().wait()\n"
    )
    handle, folder = attempts.submit(code)
    log = folder / "log.txt"
    attempts.wait(lambda: log.exists() and log.stat().st_size == 100_000_005)
    holder = attempt.read_holder(folder)
    assert holder is not None
    assert processes.memory_of([holder.pid]) < 64 << 20
    attempts.executor.cancel(handle, folder, 10.0)
    attempts.ended(handle, folder)


def test_forks_of_one_zygote_draw_different_numbers(warm: Attempts) -> None:
    code = "import random\ndef f(): print(random.random())\n"
    runs = [warm.submit(code) for _ in range(2)]
    for run in runs:
        warm.ended(*run)
    assert warm.log(*runs[0]) != warm.log(*runs[1])


def test_multiprocessing_works_in_both_ways(warm: Attempts) -> None:
    code = (
        "import multiprocessing\ndef square(x): return x * x\ndef f():\n    for way in ('fork', 'spawn'):\n"
        "        with multiprocessing.get_context(way).Pool(2) as pool:\n            print(pool.map(square, range(4)))\n"
    )
    handle, folder = warm.submit(code)
    assert warm.ended(handle, folder)["code"] == 0
    assert warm.log(handle, folder).count(b"[0, 1, 4, 9]") == 2


def test_threads_are_as_many_as_cores(warm: Attempts) -> None:
    code = "import os\ndef f(): print(os.environ['OMP_NUM_THREADS'])\n"
    handle, folder = warm.submit(code, {"cpu": 2})
    warm.ended(handle, folder)
    assert warm.log(handle, folder) == b"2\n"


def test_a_home_with_a_path_of_more_than_107_bytes(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 20) / ("longer" * 20)
    made = Attempts(lambda: LocalExecutor(home, cpu=1, gpus=[]), home)
    assert made.ended(*made.submit("def f(): pass\n"))["code"] == 0
    made.executor.close()
