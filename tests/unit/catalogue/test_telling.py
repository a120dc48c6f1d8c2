"""Texts in which brokers are told of changes."""

from __future__ import annotations

from typing import Any

import pytest

from dh_jupyter.catalogue.telling import MOST_BYTES, read_text, texts_of


def event(number: int, **parts: Any) -> Any:
    return {"action": "updated", "type": "run", "project": "demo", "id": f"r{number}", "state": "READY", **parts}


@pytest.mark.parametrize("count", [0, 1, 3, 500])
@pytest.mark.parametrize("ident", ["short", "x" * 256])
def test_all_are_told_in_texts_that_notify_takes(count: int, ident: str) -> None:
    events = [event(number, id=f"{ident}{number}") for number in range(count)]
    texts = list(texts_of("me", events))
    assert all(len(text.encode()) <= MOST_BYTES for text in texts)
    assert [read_text(text)[0] for text in texts] == ["me"] * len(texts)
    assert [each for text in texts for each in read_text(text)[1]] == events


def test_few_texts_hold_many_events() -> None:
    assert len(list(texts_of("me", [event(number) for number in range(500)]))) <= 5


def test_what_has_no_state_has_none_afterwards() -> None:
    plain = {"action": "deleted", "type": "label", "project": "demo", "id": "x"}
    assert read_text(next(texts_of("me", [plain])))[1] == [plain]  # type: ignore[list-item]


@pytest.mark.parametrize(
    "text", ["", "nonsense", "[]", "null", '{"from": "x"}', '{"from":"x","events":[[1]]}', '{"from":"x","events":7}',
             '{"from":"x","events":[["explode","run","p","i",null]]}'],
)  # fmt: skip
def test_what_others_say_on_our_channel_is_passed_over(text: str) -> None:
    assert read_text(text) == ("", [])
