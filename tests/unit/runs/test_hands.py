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
    assert hands.leave("b") is None
    assert hands.leave("a") == "c"
    assert not hands.waits_behind("c")
    assert hands.leave("c") is None
    assert hands.leave("c") is None


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
    assert hands.leave("a") is None
    assert hands.take(hand) == []
