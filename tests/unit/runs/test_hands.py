"""Which runs one worker is to have, and who waits for all."""

from __future__ import annotations

from dh_jupyter.runs.hands import Hands


def test_one_waits_for_all() -> None:
    hands = Hands()
    hands.keep("p", ["a", "b", "c"], 1.0)
    hand = hands.behind("a")
    assert hand is not None
    assert hand.runs == ["a", "b", "c"]
    assert hands.behind("b") is None
    assert [hands.waits_behind(run) for run in "abcd"] == [False, True, True, False]
    assert hands.heard("b") == (None, False), "no worker has it yet"


def test_whoever_waits_for_all_is_followed_by_the_next() -> None:
    hands = Hands()
    hands.keep("p", ["a", "b", "c"], 1.0)
    assert hands.leave("b") == []
    assert hands.leave("a") == ["c"]
    assert not hands.waits_behind("c")
    assert hands.leave("c") == []
    assert hands.leave("c") == []


def test_those_that_were_handed_over_are_heard_together() -> None:
    hands = Hands()
    hands.keep("p", ["a", "b", "c"], 1.0)
    hand = hands.behind("a")
    assert hand is not None
    assert hands.hand_over(hand, ["a", "b"]) == ["c"]
    assert hands.heard("c") == (None, False), "it is alone"
    assert hands.behind("a") is None
    assert hands.heard("b") == (hand, True)
    assert hands.heard("a") == (hand, False), "somebody is on the way"
    assert hands.take(hand) == ["a", "b"]
    assert hands.heard("a") == (hand, True)
    assert hands.leave("a") == []
    assert hands.take(hand) == []


def test_the_next_hand_waits_for_all_of_the_one_before() -> None:
    hands = Hands()
    first, second = hands.keep("p", ["a", "b"], 1.0), hands.keep("p", ["c", "d", "e"], 1.0, ["a", "b"])
    assert (first.waits, second.waits) == (False, True)
    assert [hands.waits_behind(run) for run in "abcde"] == [False, True, True, True, True]
    hands.hand_over(first, ["a", "b"])
    assert hands.leave("a") == []
    assert hands.leave("c") == [], "it was stopped; the others go on waiting"
    assert hands.leave("b") == ["d"]
    assert not second.waits
    assert not hands.waits_behind("d")
    assert hands.behind("d") is second


def test_nobody_waits_for_what_is_over_or_never_was() -> None:
    hands = Hands()
    hands.keep("p", ["a"], 1.0)
    hands.leave("a")
    assert not hands.keep("p", ["b"], 1.0, ["a", "x"]).waits


def test_runs_that_a_worker_did_not_take_keep_nobody_waiting() -> None:
    hands = Hands()
    first = hands.keep("p", ["a", "b"], 1.0)
    hands.keep("p", ["c"], 1.0, ["b", "a"])
    assert hands.hand_over(first, ["a"]) == ["b"]
    assert hands.leave("a") == ["c"]
