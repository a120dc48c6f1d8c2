"""How many trials a worker has one after another."""

from __future__ import annotations

from typing import Any

import pytest

from dh_jupyter.sweeps.budget import decide
from dh_jupyter.sweeps.checks import checked
from dh_jupyter.sweeps.hands import Workers, deals_ahead, dealt, lengths, most_in_hand, seconds_of
from dh_jupyter.sweeps.ledger import Ledger, Trial
from dh_kernel.errors import Invalid


@pytest.mark.parametrize(
    ("why", "spec", "taken", "most"),
    [
        ("nothing is known yet", {}, [], 1),
        ("too little is known", {}, [0.01] * 4, 1),
        ("short ones", {}, [0.05] * 5, 10),
        ("the usual one counts", {}, [0.05, 0.05, 30.0, 0.05, 0.05], 10),
        ("very short ones", {}, [0.0] * 5, 50),
        ("a sampler that learns waits for few", {"sampler": "tpe"}, [0.0] * 5, 10),
        ("nearly a second", {}, [0.9] * 5, 1),
        ("long ones", {}, [1.0] * 20, 1),
        ("asked for, and nothing is known", {"reuse": True}, [], 1),
        ("asked for", {"reuse": True}, [0.5], 10),
        ("asked for, and long", {"reuse": True}, [60.0], 2),
        ("not wanted", {"reuse": False}, [0.0] * 20, 1),
        ("those that ask have one each", {"conditional": True}, [0.0] * 20, 1),
    ],
)
def test_most_in_hand(why: str, spec: dict[str, Any], taken: list[float], most: int) -> None:
    assert most_in_hand({"sampler": "random", "reuse": "auto", **spec}, taken) == most, why
    if "reuse" not in spec:
        assert most_in_hand({"sampler": "random", **spec}, taken) == most, (
            "it is by their length unless somebody says else"
        )


@pytest.mark.parametrize(
    ("taken", "reuse", "most"),
    [([0.5] * 5, "auto", 20), ([19.0] * 5, "auto", 1), ([20.0] * 5, "auto", 1), ([0.5], True, 20), ([60.0], True, 2)],
)
def test_workers_that_take_long_to_start_have_more(taken: list[float], reuse: Any, most: int) -> None:
    assert most_in_hand({"sampler": "random", "reuse": reuse}, taken, 5.0) == most
    assert seconds_of(2, [0.1], 5.0) == 40.0
    assert deals_ahead({"sampler": "random"}, [1.0], 10, 5.0)
    assert not deals_ahead({"sampler": "random"}, [1.0], 11, 5.0)


def ended(number: int, seconds: float | None) -> list[Any]:
    found = {"op": "end", "n": number, "state": "finished", "values": {"a": 1.0}, "seconds": seconds}
    return [{"op": "ask", "n": number, "p": {}}, {name: value for name, value in found.items() if value is not None}]


def test_the_last_lengths_count() -> None:
    ledger = Ledger([True])
    ledger.apply_all([entry for number in range(30) for entry in ended(number, float(number))])
    ledger.apply_all(ended(30, None))
    assert lengths(ledger) == [float(number) for number in range(29, 9, -1)]


def test_a_hand_may_take_some_times_what_it_should() -> None:
    assert seconds_of(10, []) == 2.0
    assert seconds_of(10, [0.001]) == 2.0
    assert seconds_of(2, [60.0, 60.0]) == 480.0


@pytest.mark.parametrize(
    ("count", "workers", "sizes"),
    [(0, 2, []), (1, 2, [1]), (2, 2, [1, 1]), (7, 2, [4, 3]), (50, 2, [25, 25]), (3, 0, [3]), (9, 4, [3, 3, 3])],
)
def test_dealt(count: int, workers: int, sizes: list[int]) -> None:
    found = dealt(range(count), workers)
    assert [len(hand) for hand in found] == sizes
    assert [number for hand in found for number in hand] == list(range(count))


def dealing_ahead() -> Workers:
    workers = Workers()
    workers.deals_ahead = True
    return workers


def parted(workers: Workers, numbers: range) -> list[tuple[list[int], list[int]]]:
    """(a hand, the one before it)"""
    found = workers.parted(Trial(number, {}) for number in numbers)
    return [([trial.number for trial in hand.trials], hand.after) for hand in found]


def test_a_worker_gets_its_next_hand_when_half_of_its_last_one_is_over() -> None:
    workers = dealing_ahead()
    workers.deal(range(8), set(), 2)
    assert parted(workers, range(8)) == [([0, 1, 2, 3], []), ([4, 5, 6, 7], [])]
    assert (workers.busy(range(8)), workers.ripe(range(1, 8))) == (2, [])
    left = {2, 3, *range(4, 8)}
    assert workers.ripe(left) == [0]
    workers.deal(range(8, 12), left, 2)
    assert parted(workers, range(8, 12)) == [([8, 9, 10, 11], [0, 1, 2, 3])]
    left |= {8, 9, 10, 11}
    assert (workers.busy(left), workers.ripe(left)) == (2, []), "it has its next one; that one has not begun"
    left -= {2, 3}
    assert (workers.busy(left), workers.ripe(left)) == (2, [])
    left -= {8, 9}
    assert workers.ripe(left) == [8]


def test_who_is_free_is_served_before_who_is_ripe() -> None:
    workers = dealing_ahead()
    workers.deal(range(4), set(), 1)
    workers.deal(range(4, 8), {3}, 2)
    assert parted(workers, range(4, 8)) == [([4, 5], []), ([6, 7], [0, 1, 2, 3])]


@pytest.mark.parametrize(
    ("why", "sampler", "taken", "most", "ahead"),
    [
        ("short ones", "random", [0.005] * 5, 50, True),
        ("one each", "random", [0.005] * 5, 1, False),
        ("a hand takes long", "random", [0.02] * 5, 50, False),
        ("the last results count", "tpe", [0.005] * 5, 10, False),
        ("nothing is known", "random", [], 1, False),
    ],
)
def test_when_the_next_hand_is_dealt_ahead(why: str, sampler: str, taken: list[float], most: int, ahead: bool) -> None:
    assert deals_ahead({"sampler": sampler}, taken, most) is ahead, why


def test_no_hand_is_dealt_ahead_where_that_is_not_wanted() -> None:
    workers = Workers()
    workers.deal(range(4), set(), 1)
    assert workers.ripe({3}) == []


def test_trials_of_before_it_was_opened_are_alone() -> None:
    workers = dealing_ahead()
    assert (workers.busy({0, 1, 2}), workers.ripe({0, 1, 2})) == (3, [])
    workers.deal([3], {0, 1, 2}, 3)
    assert parted(workers, range(4)) == [([0], []), ([1], []), ([2], []), ([3], [])]


def test_workers_are_counted_and_not_trials() -> None:
    spec = {"workers": 3, "trials": 100, "objectives": [{"name": "a", "direction": "maximize"}]}
    ledger = Ledger([True])
    ledger.apply({"op": "begin", "time": 0.0})
    ledger.apply_all({"op": "ask", "n": number, "p": {}} for number in range(20))
    assert decide(ledger, spec, 0.0, None).asks == 0
    assert decide(ledger, spec, 0.0, None, busy=2, for_each=10).asks == 10
    assert decide(ledger, {**spec, "trials": 23}, 0.0, None, busy=1, for_each=10).asks == 3


def test_trials_that_ask_cannot_share_a_worker() -> None:
    spec = {"space": {}, "conditional": True, "objectives": [{"name": "a", "direction": "maximize"}], "trials": 3}
    assert checked({**spec, "reuse": "auto"})["reuse"] == "auto"
    with pytest.raises(Invalid, match="have a worker each"):
        checked({**spec, "reuse": True})
