"""A pool whose threads keep nobody from leaving."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import CancelledError, wait

import pytest

from dh_jupyter import leaving
from dh_jupyter.leaving import LeavingThreads


def test_so_many_at_once_and_the_rest_after_them() -> None:
    threads = LeavingThreads(2, "few")
    both, go = threading.Barrier(3), threading.Event()

    def meet() -> str:
        both.wait(60)
        go.wait(60)
        return threading.current_thread().name

    first = [threads.submit(meet) for _ in range(2)]
    later = threads.submit(lambda: threading.current_thread().name)
    both.wait(60)
    assert not later.done()
    go.set()
    assert {future.result(60) for future in first} == {"few_0", "few_1"}
    assert later.result(60) in ("few_0", "few_1")
    threads.shutdown()


def test_threads_are_used_again() -> None:
    threads = LeavingThreads(8, "again")
    names = set()
    for _ in range(5):
        names.add(threads.submit(lambda: threading.current_thread().name).result(60))
    assert len(names) <= 2, "a second one where the first was not back yet"
    threads.shutdown()


def test_what_it_raises_is_for_who_asks() -> None:
    threads = LeavingThreads(1, "raises")
    with pytest.raises(ZeroDivisionError):
        threads.submit(lambda: 1 // 0).result(60)
    assert threads.submit(int, "7").result(60) == 7
    threads.shutdown()
    with pytest.raises(RuntimeError, match="have left"):
        threads.submit(int)


def test_it_leaves_what_hangs_and_begins_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "LEAVE", 0.05)
    threads = LeavingThreads(1, "hangs")
    begun, answer = threading.Event(), threading.Event()
    hangs = threads.submit(lambda: (begun.set(), answer.wait()))
    later = threads.submit(int)
    assert begun.wait(60)
    threads.shutdown()
    assert not hangs.done()
    answer.set()
    wait([hangs, later], 60)
    with pytest.raises(CancelledError):
        later.result(60)


def test_who_is_done_in_time_is_waited_for() -> None:
    threads = LeavingThreads(1, "done")
    begun, go = threading.Event(), threading.Event()
    done = threads.submit(lambda: (begun.set(), go.wait(60)))
    assert begun.wait(60)
    threading.Timer(0.05, go.set).start()
    threads.shutdown()
    assert done.done()


HANGS = """
import threading
from dh_jupyter.leaving import LeavingThreads

begun = threading.Event()
LeavingThreads(1, "hangs").submit(lambda: (begun.set(), threading.Event().wait()))
begun.wait()
print("left")
"""


def test_a_process_ends_while_one_hangs() -> None:
    ended = subprocess.run([sys.executable, "-c", HANGS], capture_output=True, text=True, timeout=120, check=True)
    assert ended.stdout == "left\n"
