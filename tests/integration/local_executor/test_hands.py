"""Hands: attempts that one worker has one after another, each as if it were alone."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from dh_jupyter.executors.base import Following
from dh_jupyter.executors.local import attempt
from dh_kernel.rundir import RunFolder
from dh_kernel.testing.executors import FOREVER, Attempts
from tests.fixtures.hands import LONG, Hand, submit_hand, value


def submit(attempts: Attempts, codes: list[str], share: float = LONG, **rest: Any) -> Hand:
    """All in one hand."""
    return submit_hand(attempts, [attempts.write(code) for code in codes], share, **rest)


TRACES = """
import os, random, signal, sys, warnings
NUMBERS = []
def f():
    NUMBERS.append(1)
    here = {
        "process": os.getpid(),
        "folder": os.getcwd() == os.environ["DH_RUN_FOLDER"] == sys.path[0],
        "own": len(NUMBERS) == 1 and not os.path.exists("left") and "LEFT" not in os.environ,
        "signals": signal.getsignal(signal.SIGALRM) == signal.SIG_DFL and signal.getitimer(signal.ITIMER_REAL)[0] == 0,
        "interpreter": sys.stdout is sys.__stdout__ and "left" not in sys.path and sys.getrecursionlimit() == 1000,
        "run": os.environ.get("RUN_ID", "first"),
        "drawn": random.random(),
    }
    print("here", len(NUMBERS))
    warnings.warn("once in each")
    open("left", "w").write("a file of mine")
    os.environ["LEFT"] = "1"
    random.seed(1)
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 1000)
    sys.path.insert(0, "left")
    sys.setrecursionlimit(2000)
    sys.stdout = open(os.devnull, "w")
    os.chdir("/")
    return here
"""


@pytest.mark.parametrize("kind", ["cold", "warm"])
def test_one_process_has_all_and_each_finds_it_fresh(request: pytest.FixtureRequest, kind: str) -> None:
    attempts: Attempts = request.getfixturevalue("warm" if kind == "warm" else "attempts")
    more = {"env": {"PYTHONHASHSEED": "0"}} if kind == "cold" else {}  # what is read at a start makes it cold
    hand = submit(attempts, [TRACES] * 4, **more)
    for one in hand:
        assert attempts.ended(*one)["reason"] == "exited"
    said = [value(folder) for _, folder in hand]
    assert len({one["process"] for one in said}) == 1
    assert len({one["drawn"] for one in said}) == 4
    assert [one["run"] for one in said] == ["first", *(handle for handle, _ in hand[1:])]
    for (_, folder), one in zip(hand, said, strict=True):
        assert all(one[name] for name in ("folder", "own", "signals", "interpreter")), one
        log = (folder / "log.txt").read_text()
        assert log.startswith("here 1\n")
        assert log.count("UserWarning: once in each") == 1
        assert (folder / "left").read_text() == "a file of mine"


CRASHES = {
    "os._exit(3)": {"reason": "exited", "code": 3},
    "os.kill(os.getpid(), 11)": {"reason": "exited", "signal": 11},
    "os.kill(os.getpid(), 9)": {"reason": "killed", "signal": 9},
    "raise ValueError('mine')": {"reason": "exited", "code": 42},
    "sys.exit('no')": {"reason": "exited", "code": 42},
}


def test_who_crashes_crashes_alone(warm: Attempts) -> None:
    fine = "import os\ndef f():\n    print('fine')\n    return os.getpid()\n"
    bad = [f"import os, sys\ndef f():\n    print('bad', flush=True)\n    {line}\n" for line in CRASHES]
    hand = submit(warm, [code for one in bad for code in (fine, one)] + [fine])
    exits = [warm.ended(*one) for one in hand]
    for exit, expected in zip(exits[1::2], CRASHES.values(), strict=True):
        assert {name: exit.get(name) for name in expected} == expected
    assert all(exit["code"] == 0 for exit in exits[::2])
    pids = [value(folder) for _, folder in hand[::2]]
    assert len(set(pids)) == 4  # a new one after each of the three that ended their process
    logs = [(folder / "log.txt").read_text() for _, folder in hand]
    assert all(log == "fine\n" for log in logs[::2])
    assert all(log.startswith("bad\n") for log in logs[1::2])


def test_what_an_attempt_leaves_running_ends_its_process(warm: Attempts) -> None:
    thread = "import os, threading\ndef f():\n    threading.Thread(target=threading.Event().wait, daemon=True).start()\n    return os.getpid()\n"
    child = "import os, subprocess\ndef f():\n    subprocess.Popen(['sleep', '1000'])\n    return os.getpid()\n"
    hand = submit(warm, [thread, child, "import os\ndef f():\n    return os.getpid()\n"])
    assert [warm.ended(*one)["code"] for one in hand] == [0, 0, 0]
    assert len({value(folder) for _, folder in hand}) == 3


def test_stop_ends_only_the_one(warm: Attempts) -> None:
    hand = submit(warm, [FOREVER, FOREVER, FOREVER, "def f(): pass\n"])
    warm.printed(*hand[0], b"here")
    assert warm.look(*hand[1]).phase == "starting"
    assert warm.look(*hand[1]).is_queued
    warm.executor.cancel(*hand[1], 30.0)  # one that waits
    assert warm.ended(*hand[1])["reason"] == "stopped"
    assert warm.look(*hand[0]).phase == "running"
    warm.executor.cancel(*hand[0], 30.0)
    assert warm.ended(*hand[0])["reason"] == "stopped"
    warm.printed(*hand[2], b"here")
    warm.executor.cancel(*hand[2], 30.0)
    assert warm.ended(*hand[2])["reason"] == "stopped"
    assert warm.ended(*hand[3])["code"] == 0
    assert b"here" not in warm.log(*hand[1])


def test_limits_are_those_of_each(warm: Attempts) -> None:
    hungry = "def f():\n    import threading\n    held = bytearray(400 << 20)\n    threading.Event().wait()\n"
    hand = submit(
        warm,
        ["def f(): return 1\n", hungry, FOREVER, "def f(): return 2\n"],
        resources={"memory": 200 << 20},
        timeout=5.0,
    )
    exits = [warm.ended(*one) for one in hand]
    assert [exit["reason"] for exit in exits] == ["exited", "memory", "timeout", "exited"]
    assert exits[3]["peak_memory"] < 200 << 20


def test_time_over_gives_back_what_has_not_begun(warm: Attempts) -> None:
    hand = submit(warm, [FOREVER, "def f(): pass\n", "def f(): pass\n"], share=0.0)
    for one in hand[1:]:
        assert warm.ended(*one)["reason"] == "returned"
        assert RunFolder(one[1]).read_result() is None
    warm.executor.cancel(*hand[0], 30.0)
    warm.ended(*hand[0])


def test_a_killed_supervisor_gives_back_what_has_not_begun(warm: Attempts) -> None:
    hand = submit(warm, ["def f(): pass\n", FOREVER, "def f(): pass\n"])
    warm.printed(*hand[1], b"here")
    holder = attempt.read_holder(hand[1][1])
    assert holder is not None
    os.kill(holder.pid, signal.SIGKILL)
    warm.wait(lambda: warm.look(*hand[1]).phase == "missing")
    assert warm.ended(*hand[0])["code"] == 0
    assert warm.ended(*hand[2])["reason"] == "returned"
    again = warm.write("def f(): pass\n")
    warm.executor.submit(warm.submission(*again, {"cpu": 2}))  # all places are free
    assert warm.ended(*again)["code"] == 0


def test_who_was_begun_before_is_left_out(warm: Attempts) -> None:
    alone = warm.submit("def f(): print('alone')\n")
    warm.ended(*alone)
    first, last = warm.write("def f(): pass\n"), warm.write("def f(): pass\n")
    then = tuple(Following(handle, folder) for handle, folder in (alone, last))
    warm.executor.submit(warm.submission(*first, {}, then=then, share=LONG))
    assert warm.ended(*first)["code"] == warm.ended(*last)["code"] == 0
    assert warm.log(*alone) == b"alone\n"
