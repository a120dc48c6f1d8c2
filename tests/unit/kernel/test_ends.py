"""One table for how an attempt ended, in two words."""

from __future__ import annotations

from typing import get_type_hints

from dh_kernel._contract import Exit, PodEnd
from dh_kernel.ends import FACTS, as_end, as_exit


def test_all_facts_are_in_both_contracts() -> None:
    assert FACTS.keys() <= get_type_hints(PodEnd).keys()
    assert set(FACTS.values()) <= get_type_hints(Exit).keys()


def test_there_and_back_is_the_same_and_the_rest_is_left_out() -> None:
    ended = {"reason": "killed", "signal": 9, "peak_memory": 7, "ended": 2.0, "node": "a", "memory_limit": 9}
    end = as_end(ended)
    assert end == {"reason": "killed", "signal": 9, "peak": 7, "ended": 2.0}
    assert as_exit({**end, "delivered": True, "message": "…"}) == {
        "reason": "killed",
        "signal": 9,
        "peak_memory": 7,
        "ended": 2.0,
    }
