"""The same run again, what a run had, and a broker that goes away while one waits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import dh_kernel as dh
from dh_kernel import follow
from dh_kernel.broker import Address, routes_url
from dh_kernel.errors import Invalid
from dh_kernel.magics.dh import line_magic
from dh_kernel.session import Session, set_session
from tests.fixtures.small_broker import SmallBroker, small_broker


class Shell:
    """Without variables."""

    def __init__(self) -> None:
        self.user_ns: dict[str, Any] = {}
        self.user_ns_hidden: dict[str, Any] = {}


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[SmallBroker]:
    with small_broker(str(tmp_path)) as (found, url):
        set_session(Session(lambda: Address(routes_url(url), found.token), project="default"))
        found.register("train", {"lr": {"type": "number"}})
        yield found
        set_session(None)


def test_the_same_run_is_one_request_with_options_only(broker: SmallBroker) -> None:
    first = dh.run("train", lr=0.5)
    broker.notes = ["Python was 3.11.2; here it is 3.11.7."]
    for again in (
        lambda: dh.run(same_as=first, memory="16Gi"),
        lambda: dh.run(same_as="train-1", memory="16Gi"),
        lambda: line_magic(Shell(), "run --same-as train-1 --memory 16Gi"),
        lambda: line_magic(Shell(), "run train --same-as run/train-1 --memory 16Gi"),
    ):
        broker.requests.clear()
        run = again()
        (sent,) = broker.sent("POST", "/runs")
        assert sent["spec"].pop("resources") == {"mem": "16Gi"}
        assert sent["spec"].pop("same_as") in ("run/train-1", first.key)
        assert sent["spec"].pop("function", "train") == "train"
        assert not sent["spec"], "the rest is the old run's"
        assert "the same as train-1: code, inputs, parameters, packages" in repr(run)
        assert "not the same: Python was 3.11.2; here it is 3.11.7." in repr(run)


def test_arguments_of_the_same_run_are_refused_before_anything_is_asked(broker: SmallBroker) -> None:
    dh.run("train", lr=0.5)
    broker.requests.clear()
    with pytest.raises(Invalid, match="'lr' can't be given: a run that is the same as train-1") as caught:
        line_magic(Shell(), "run --same-as train-1 lr=1")
    assert caught.value.hint == "To change some: %dh retry train-1 lr=VALUE"
    assert not broker.sent("POST", "/runs")
    with pytest.raises(Invalid, match="the function is missing"):
        line_magic(Shell(), "run")


def test_what_a_run_had_is_a_table(broker: SmallBroker) -> None:
    run = dh.run("train", lr=0.5)
    assert run.environment["python"] == "3.11.7"
    shown = str(line_magic(Shell(), "show train-1 --environment"))
    assert shown.splitlines()[0] == "train-1: Python 3.11.7 on linux-x86_64"
    assert "numpy    2.4.6" in shown
    assert "here     file:///here" in shown
    with pytest.raises(Invalid, match="has no environment"):
        dh.show("function/train", environment=True)


def test_a_broker_that_is_away_is_told_and_waited_for(
    broker: SmallBroker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(follow, "AWAY", 0.0)
    run = dh.run("train", lr=0.5)
    broker.drop_after_request = 2
    waiter = threading.Thread(target=run.wait)
    waiter.start()
    broker.move(run.id, "COMPLETED")
    waiter.join(20)
    assert run.state == "succeeded"
    assert capsys.readouterr().err.splitlines() == [
        "The broker does not answer. train-1 goes on; waiting for the broker to come back …",
        "The broker is back.",
    ]
