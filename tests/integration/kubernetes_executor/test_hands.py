"""Hands in pods: attempts that one pod has one after another, each as if it were alone."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from dh_jupyter.executors.base import Following
from dh_jupyter.executors.kubernetes.client import Client
from dh_jupyter.executors.kubernetes.names import SELECTOR
from dh_kernel.rundir import RunFolder
from dh_kernel.testing.executors import Attempts
from tests.fixtures.hands import LONG, Hand, submit_hand, value

pytestmark = pytest.mark.one_plane


def submit(attempts: Attempts, code: str, parameters: list[dict[str, Any]], share: float = LONG, **rest: Any) -> Hand:
    """All in one hand: the same code, as trials have, with other parameters."""
    return submit_hand(attempts, [attempts.write(code, **given) for given in parameters], share, **rest)


def jobs(client: Client) -> int:
    path = client.path("jobs", group="batch/v1")
    return len(client.call("GET", path, query={"labelSelector": SELECTOR})["items"])


TRACES = """
import os, sys
import dh_kernel as dh
NUMBERS = []
def f(x):
    NUMBERS.append(1)
    print("here", x, len(NUMBERS))
    print("no end of line", end="")
    dh.report(loss=x)
    return {
        "process": os.getpid(), "x": x, "run": os.environ.get("RUN_ID", "first"),
        "own": len(NUMBERS) == 1 and os.getcwd() == os.environ["DH_RUN_FOLDER"],
    }
"""


def test_one_pod_has_all_and_each_is_as_if_alone(attempts: Attempts, client: Client) -> None:
    hand = submit(attempts, TRACES, [{"x": number} for number in range(4)])
    assert [attempts.ended(*one)["code"] for one in hand] == [0] * 4
    said = [value(folder) for _, folder in hand]
    assert len({one["process"] for one in said}) == 1
    assert [one["x"] for one in said] == [0, 1, 2, 3]
    assert [one["run"] for one in said] == ["first", *(handle for handle, _ in hand[1:])]
    assert all(one["own"] for one in said)
    for number, (handle, folder) in enumerate(hand):
        assert attempts.log(handle, folder).decode() == f"here {number} 1\nno end of line"
        lines, _ = RunFolder(folder).read_metrics(0)
        assert lines[0]["values"] == {"loss": number}
        assert RunFolder(folder).read_environment() is not None
    assert jobs(client) == 1


ONE_OF = """
import os, sys, time
def f(how=""):
    print("here", flush=True)
    exec(how, globals())
    return os.getpid()
"""
CRASHES = {
    "os._exit(3)": {"reason": "exited", "code": 3},
    "os.kill(os.getpid(), 11)": {"reason": "exited", "signal": 11},
    "raise ValueError('mine')": {"reason": "exited", "code": 42},
}


def test_who_crashes_crashes_alone(attempts: Attempts) -> None:
    parameters = [given for line in CRASHES for given in ({}, {"how": line})] + [{}]
    hand = submit(attempts, ONE_OF, parameters)
    exits = [attempts.ended(*one) for one in hand]
    for exit, expected in zip(exits[1::2], CRASHES.values(), strict=True):
        assert {name: exit.get(name) for name in expected} == expected
    assert all(exit["code"] == 0 for exit in exits[::2])
    assert len({value(folder) for _, folder in hand[::2]}) == 3
    assert all(attempts.log(*one).startswith(b"here\n") for one in hand)


WAITS = "import threading\ndef f(waits=True):\n    print('here', flush=True)\n    waits and threading.Event().wait()\n"


def test_to_stop_one_is_to_end_its_pod_and_gives_the_others_back(attempts: Attempts) -> None:
    hand = submit(attempts, WAITS, [{"waits": False}, {}, {}, {}])
    attempts.printed(*hand[1], b"here")
    assert attempts.ended(*hand[0])["code"] == 0
    attempts.wait(lambda: attempts.look(*hand[1]).phase == "running")
    waiting = attempts.look(*hand[2])
    assert (waiting.phase, waiting.is_queued, waiting.waiting_for) == (
        "starting",
        True,
        "Waiting for those before it in its pod.",
    )
    attempts.executor.cancel(*hand[2], 1.0)  # one that waits
    assert attempts.ended(*hand[2])["reason"] == "stopped"
    assert attempts.ended(*hand[1])["reason"] == "returned"
    assert attempts.ended(*hand[3])["reason"] == "returned"
    assert attempts.log(*hand[3]) == b""
    assert attempts.ended(*hand[0])["reason"] == "exited"  # as it was


def test_a_pod_that_dies_gives_back_what_has_not_begun(attempts: Attempts, client: Client) -> None:
    hand = submit(attempts, WAITS, [{"waits": False}, {}, {}])
    attempts.printed(*hand[1], b"here")
    [pod] = client.call("GET", client.path("pods"), query={"labelSelector": SELECTOR})["items"]
    client.call("DELETE", client.path("pods", pod["metadata"]["name"]), {"gracePeriodSeconds": 1})
    assert attempts.ended(*hand[1])["reason"] in ("killed", "lost", "stopped")
    assert attempts.ended(*hand[2])["reason"] == "returned"
    assert attempts.ended(*hand[0])["code"] == 0


def test_time_over_gives_back_what_has_not_begun(attempts: Attempts) -> None:
    first = "import time\ndef f(waits=True):\n    print('here', flush=True)\n    time.sleep(1.5)\n"
    hand = submit(attempts, first, [{}, {}, {}], share=0.5)
    assert attempts.ended(*hand[0])["code"] == 0
    assert [attempts.ended(*one)["reason"] for one in hand[1:]] == ["returned", "returned"]


def test_the_time_limit_is_each_ones(attempts: Attempts) -> None:
    hand = submit(attempts, WAITS, [{"waits": False}, {}, {"waits": False}], timeout=2.0)
    assert [attempts.ended(*one)["reason"] for one in hand] == ["exited", "timeout", "exited"]


def test_the_next_executor_goes_on_with_them(attempts: Attempts) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gate:
        waits = f"import socket; socket.create_connection(('127.0.0.1', {gate.getsockname()[1]})).recv(1)"
        hand = submit(attempts, ONE_OF, [{}, {"how": waits}, {}])
        attempts.printed(*hand[1], b"here")
        attempts.executor.close()
        attempts.executor = attempts.started()
        assert attempts.look(*hand[2]).phase == "starting"
        gate.accept()[0].close()
    assert [attempts.ended(*one)["code"] for one in hand] == [0, 0, 0]
    assert [attempts.log(*one) for one in hand] == [b"here\n"] * 3


def test_other_code_goes_alone(attempts: Attempts) -> None:
    first, other = attempts.write("def f(): return 1\n"), attempts.write("def f(): return 2\n")
    then = (Following(other[0], other[1], {}),)
    attempts.executor.submit(attempts.submission(*first, {}, then=then, share=LONG))
    assert attempts.ended(*first)["code"] == 0
    if attempts.look(*other).phase == "missing":
        attempts.executor.submit(attempts.submission(*other, {}))
    assert attempts.ended(*other)["code"] == 0
    assert (value(first[1]), value(other[1])) == (1, 2)


def test_packages_that_can_not_be_had_are_told_once(attempts: Attempts) -> None:
    hand = submit(attempts, "def f(x): pass\n", [{"x": 1}, {"x": 2}], requirements=("no-such-package-of-dh==1",))
    assert attempts.ended(*hand[0])["code"] == 43
    assert attempts.ended(*hand[1])["reason"] == "returned"
