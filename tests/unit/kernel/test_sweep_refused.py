"""What is no sweep is refused before anything is stored."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import dh_kernel as dh
from dh_kernel.broker import Address, routes_url
from dh_kernel.errors import NotCaptured
from dh_kernel.session import Session, set_session
from tests.fixtures.small_broker import SmallBroker, small_broker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[SmallBroker]:
    with small_broker(str(tmp_path)) as (broker, url):
        set_session(Session(lambda: Address(routes_url(url), "token-1"), project="demo"))
        yield broker
        set_session(None)


def _held() -> Any:
    lock = threading.Lock()

    def held(x: float) -> float:
        with lock:
            return x

    return held


def test_what_can_not_be_captured_is_not_swept(broker: SmallBroker) -> None:
    with pytest.raises(NotCaptured, match="lock"):
        dh.sweep(_held(), x=[1.0, 2.0], maximize="x", trials=2)
    assert broker.sent("POST", "/functions") == broker.sent("POST", "/runs") == []
