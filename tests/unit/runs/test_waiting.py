"""Who is next, who may pass whom, who is not tried in vain; and who hears news."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from dh_jupyter.runs import waiting
from dh_jupyter.runs.shares import Paid, Waiting, forget, join, next_of, pay
from dh_jupyter.runs.topics import Topics
from dh_jupyter.runs.waiting import HOLD, PASSES, WaitingLine
from dh_kernel.errors import Busy


class Machine:
    """Cores and GPUs, taken by runs of a line and given back by a test."""

    def __init__(self, cores: int, gpus: int = 0) -> None:
        self.free = {"CPU": cores, "GPU": gpus}
        self.line = WaitingLine()
        self.runs: dict[str, Waiting] = {}
        self.tried: list[str] = []
        self.placed: list[str] = []

    def add(self, *runs: Waiting) -> Machine:
        for run in runs:
            self.runs[run.run_id] = run
            self.line.add(run)
        return self

    def serve(self) -> list[str]:
        """Who got a place now."""
        before = len(self.placed)
        self.line.serve(self._try)
        return self.placed[before:]

    def _try(self, run: Waiting) -> None:
        self.tried.append(run.run_id)
        for what, wanted in (("CPU", run.cores), ("GPU", run.gpus)):
            if self.free[what] < wanted:
                raise Busy(f"Waiting for {wanted} {what}", lacks=what)
        self.free["CPU"] -= run.cores
        self.free["GPU"] -= run.gpus
        self.placed.append(run.run_id)

    def end(self, *names: str) -> list[str]:
        """Runs end; who got their places."""
        for name in names:
            self.free["CPU"] += self.runs[name].cores
            self.free["GPU"] += self.runs[name].gpus
        self.line.became_free()
        return self.serve()


def run(name: str, user: str = "ada", group: str = "", **needs: Any) -> Waiting:
    return Waiting("p", name, user=user, group=group, **needs)


def many(letter: str, count: int, **parts: Any) -> list[Waiting]:
    return [run(f"{letter}{number}", **parts) for number in range(count)]


def order_of(*waiting: Waiting) -> str:
    """The order in which all of them get the one place, one after the other; first letters of their names."""
    paid, line, served = Paid(), [], ""
    for each in waiting:
        join(paid, each, line)
        line.append(each)
    while line:
        first = next_of(line, paid)
        pay(paid, first)
        line.remove(first)
        forget(paid, line)
        served += first.run_id[0]
    return served


SWEEP = {"group": "s"}
ORDERS: list[tuple[str, list[Waiting], str]] = [
    ("first come, first served", [run("a"), run("b"), run("c")], "abc"),
    ("two people take turns", [*many("a", 4), *many("b", 4, user="bob")], "abababab"),
    ("one who came late is not behind all of the other's", [*many("a", 4), run("b", user="bob")], "abaaa"),
    ("three people", [*many("a", 3), *many("b", 2, user="bob"), run("c", user="cy")], "abcaba"),
    ("who asks for more cores gets fewer runs", [*many("a", 4), *many("b", 2, user="bob", cores=2)], "abaaba"),
    ("a run by hand comes before the trials of a sweep", [*many("s", 3, **SWEEP), run("a")], "asss"),
    ("and the sweep still moves", [*many("s", 3, **SWEEP), *many("a", 8)], "asaaaasaaas"),
    ("two sweeps take turns", [*many("s", 3, **SWEEP), *many("t", 3, group="t")], "ststst"),
    (
        "a person's sweep does not take from another person",
        [*many("s", 4, **SWEEP), *many("b", 2, user="bob")],
        "bsbsss",
    ),
]


@pytest.mark.parametrize(("waiting", "order"), [case[1:] for case in ORDERS], ids=[case[0] for case in ORDERS])
def test_the_order(waiting: list[Waiting], order: str) -> None:
    assert order_of(*waiting) == order


def test_five_hundred_at_once_keep_nobody_waiting() -> None:
    """A person's five hundred runs and another's sweep of as many: who comes with one is next but one, at the most."""
    machine = Machine(2).add(*many("a", 500), *many("s", 500, user="bob", group="s"))
    machine.serve()
    for _ in range(50):
        machine.end(machine.placed[-2])
    assert abs(2 * [name[0] for name in machine.placed].count("a") - len(machine.placed)) <= 2
    machine.add(run("c", user="eve"), run("b", user="bob"))
    for _ in range(3):
        machine.end(machine.placed[-2])
    assert {"b", "c"} <= set(machine.placed[-3:])
    while len(machine.placed) < 1002:
        machine.end(machine.placed[-2])
    assert len(set(machine.placed)) == 1002, "each once"
    places = [int(name[1:]) for name in machine.placed if name[0] == "a"]
    assert places == sorted(places), "in the order of coming"


def test_nobody_saves_up_for_later() -> None:
    machine = Machine(1).add(*many("a", 40))
    machine.serve()
    for number in range(20):
        machine.end(f"a{number}")
    machine.add(*many("b", 10, user="bob"))
    for _ in range(6):
        machine.end(machine.placed[-1])
    assert [name[0] for name in machine.placed[-6:]].count("a") in (2, 3)


def test_who_finds_no_place_is_not_tried_again_before_something_is_free() -> None:
    machine = Machine(2).add(*many("a", 5))
    assert machine.serve() == ["a0", "a1"]
    assert machine.tried == ["a0", "a1", "a2"]
    assert machine.line.refusal(run("new")) == "Waiting for 1 CPU"
    machine.add(run("b", user="bob"))
    machine.serve()
    assert machine.tried == ["a0", "a1", "a2"]
    assert machine.end("a0") == ["b"]


def test_a_taken_gpu_keeps_nobody_from_a_free_core() -> None:
    machine = Machine(4, gpus=1).add(run("g1", gpus=1), run("g2", gpus=1), run("g3", gpus=1), run("c1"), run("c2"))
    assert machine.serve() == ["g1", "c1", "c2"]
    assert machine.tried.count("g3") == 0
    assert machine.end("g1") == ["g2"]


def test_small_ones_pass_a_big_one_and_do_not_starve_it() -> None:
    machine = Machine(2).add(run("long"))
    machine.serve()
    machine.add(run("big", cores=2), *many("s", 20))
    assert machine.serve() == ["s0"]
    for number in range(PASSES - 1):
        assert machine.end(f"s{number}") == [f"s{number + 1}"]
    assert machine.end(f"s{PASSES - 1}") == []  # from now on its places are kept
    assert machine.end("long") == ["big"]
    assert machine.end("big") == [f"s{PASSES}", f"s{PASSES + 1}"]


def test_a_big_one_does_not_block_small_ones_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(waiting, "awake", lambda: now)
    machine = Machine(2).add(run("endless"))
    machine.serve()
    machine.add(run("big", cores=2), *many("s", 20))
    machine.serve()
    for number in range(PASSES):
        machine.end(f"s{number}")
    assert machine.end() == []
    now += HOLD
    assert machine.end() == [f"s{PASSES}"]


def test_adding_twice_keeps_the_place_and_a_stopped_run_leaves() -> None:
    machine = Machine(9).add(run("a"), run("b"), run("a"), run("c"))
    machine.line.remove("p", "b")
    assert machine.serve() == ["a", "c"]


def test_what_becomes_free_while_one_is_refused_is_not_missed() -> None:
    line, tried = WaitingLine(), []
    line.add(run("a"))

    def refuse_once(run: Waiting) -> None:
        tried.append(run.run_id)
        if len(tried) == 1:
            line.became_free()
            raise Busy("no", lacks="CPU")

    line.serve(refuse_once)
    assert tried == ["a", "a"]


def test_one_thread_serves_and_hears_that_another_asked() -> None:
    line, asked = WaitingLine(), []
    line.add(run("a"))
    assert line.serve(lambda run: asked.append(line.serve(lambda other: None)))
    assert asked == [False]


def test_news_from_another_thread_wakes_only_that_runs_listeners() -> None:
    topics = Topics()

    async def scene() -> tuple[bool, bool]:
        with topics.listen("r1") as mine, topics.listen("r2") as other:
            threading.Thread(target=topics.notify, args=("r1",)).start()
            await asyncio.wait_for(mine.wait(), 5)
            return mine.is_set(), other.is_set()

    assert asyncio.run(scene()) == (True, False)
    topics.notify("r1")  # nobody listens any more: harmless
    assert not topics._listeners
