"""First come, first served; a taken GPU keeps nobody from a free core. And who hears news."""

from __future__ import annotations

import asyncio
import threading

from dh_jupyter.runs.topics import Topics
from dh_jupyter.runs.waiting import Lane, WaitingLine

CPU, GPU = Lane("local", gpu=False), Lane("local", gpu=True)


def test_in_order_until_there_is_no_place() -> None:
    line, tried = WaitingLine(), []
    for name in "abcd":
        line.add("p", name, CPU)

    def two_places(project: str, run: str) -> bool:
        tried.append(run)
        return len(tried) <= 2

    line.serve(two_places)
    assert tried == ["a", "b", "c"]
    line.serve(lambda project, run: not tried.append(run))
    assert tried == ["a", "b", "c", "c", "d"]


def test_lanes_do_not_block_each_other() -> None:
    line, tried = WaitingLine(), []
    for name, lane in (("g1", GPU), ("g2", GPU), ("c1", CPU)):
        line.add("p", name, lane)
    line.serve(lambda project, run: (tried.append(run), run.startswith("c"))[1])
    assert tried == ["g1", "c1"]


def test_adding_twice_keeps_the_place_and_a_stopped_run_leaves() -> None:
    line, tried = WaitingLine(), []
    for name in ("a", "b", "a", "c"):
        line.add("p", name, CPU)
    line.remove("p", "b")
    line.serve(lambda project, run: not tried.append(run))
    assert tried == ["a", "c"]


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
