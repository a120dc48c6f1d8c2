"""Whose run it is, and who may take it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.catalogue.homes import Home
from dh_jupyter.home import identity_of
from dh_jupyter.runs.ownership import GONE_AFTER, TAKE_AFTER, Ownership, gone_since
from dh_kernel.errors import NotInstalled

NOW = 1_000_000.0


@pytest.mark.parametrize(
    ("seen", "stopped", "watched", "since"),
    [
        (NOW, False, 0.0, None),
        (NOW - GONE_AFTER + 1, False, 0.0, None),
        (NOW - GONE_AFTER, False, 0.0, NOW - GONE_AFTER),
        (NOW - 9_999, False, NOW - 10, None),  # we have come only now: it may have had nobody to show itself to
        (NOW - 9_999, False, NOW - GONE_AFTER, NOW - 9_999),
        (NOW - 1, True, NOW, NOW - 1),
    ],
)
def test_who_is_gone(seen: float, stopped: bool, watched: float, since: float | None) -> None:
    assert gone_since(Home("there:/dh", seen, stopped), watched, NOW) == since


class Known:
    """What a catalogue knows of homes, and what it was told."""

    def __init__(self, **homes: Home) -> None:
        self.homes: dict[str, Home] = dict(homes)
        self.now = NOW
        self.noted: list[str] = []

    def known(self) -> tuple[dict[str, Home], float]:
        return dict(self.homes), self.now

    def note(self, home: str, place: str) -> None:
        self.noted.append(home)
        self.homes[home] = Home(place, self.now, False)


class Pods:
    is_shared = True


def executor(name: str) -> Any:
    if name == "missing":
        raise NotInstalled("no")
    return Pods() if name == "pods" else object()


Make = Callable[..., tuple[Ownership, Known]]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def made(**homes: Home) -> tuple[Ownership, Known]:
        known = Known(**homes)
        catalogue: Any = type("Catalogue", (), {"homes": known})()
        ownership = Ownership(catalogue, tmp_path, executor)
        ownership.refresh()
        return ownership, known

    return made


def run(home: str | None = None, *, attempt: int = 0, asked: bool = False, **spec: Any) -> Any:
    status = {"state": "READY", **({"home": home} if home else {}), **({"attempt": attempt} if attempt else {})}
    return {"id": "r", "project": "demo", "spec": spec, "status": {**status, **({"stop_asked": {}} if asked else {})}}


GONE = Home("there:/dh", NOW - TAKE_AFTER, True)
AWAY = Home("there:/dh", NOW - TAKE_AFTER + 1, True)
HERE = Home("there:/dh", NOW, False)
PODS = {"executor": "pods"}


@pytest.mark.parametrize(
    ("home", "document", "may"),
    [
        (HERE, run(), True),  # nobody's
        (HERE, run("a", attempt=1, **PODS), False),
        (HERE, run("a", attempt=1, asked=True, **PODS), False),
        (GONE, run("a", attempt=1, **PODS), True),
        (GONE, run("a", attempt=1), False),
        (GONE, run("a", attempt=1, asked=True), False),
        (GONE, run("a", attempt=1, executor="missing"), False),
        (GONE, run("a"), False),
        (GONE, run("a", asked=True), True),  # nothing runs of it
        (GONE, run("a", **PODS), True),
        (GONE, run("a", secrets=["key"], **PODS), False),  # they are in its home
        (AWAY, run("a", attempt=1, **PODS), False),  # it may be back at once
        (AWAY, run("a", attempt=1, asked=True, **PODS), True),
        (GONE, run("b", attempt=1, **PODS), False),  # of a home that is not known
    ],
)
def test_who_may_take_a_run(make: Make, home: Home, document: Any, may: bool) -> None:
    ownership, _ = make(a=home)
    assert ownership.may_take(document) is may


def test_ours_and_theirs(make: Make) -> None:
    ownership, _ = make(a=HERE)
    ours = {**run(), "status": ownership.stamped({"state": "READY"})}
    assert ownership.is_ours(ours)
    assert not ownership.is_theirs(ours)
    assert ownership.is_theirs(run("a"))
    assert not ownership.is_ours(run("a"))
    assert not ownership.is_theirs(run())
    assert not ownership.is_ours(run())


def test_what_is_said_of_a_run_whose_broker_is_gone_and_dropped_when_it_is_taken(make: Make) -> None:
    ownership, _ = make(a=GONE)
    said = ownership.says_gone(run("a", attempt=1))
    assert said == "Runs on there:/dh, whose broker is not running since 1970-01-12 13:41 UTC."
    assert "message" not in ownership.stamped({"message": said})
    assert ownership.stamped({"message": "Runs on and on."})["message"] == "Runs on and on."
    assert make(a=HERE)[0].says_gone(run("a", attempt=1)) == ""


def test_who_is_alone_shows_itself_once(make: Make) -> None:
    ownership, known = make()
    known.now += 30
    ownership.refresh()
    assert len(known.noted) == 1
    known.homes["a"] = HERE
    ownership.refresh()
    assert len(known.noted) == 2


def test_after_a_long_silence_of_ours_nobody_is_gone_yet(make: Make) -> None:
    ownership, known = make(a=Home("there:/dh", NOW, False))
    known.now += 10 * TAKE_AFTER  # the database was away, for the other one too
    ownership.refresh()
    assert ownership.others() == {"there:/dh": None}
    known.now += GONE_AFTER / 2
    ownership.refresh()
    known.now += GONE_AFTER / 2
    ownership.refresh()
    assert ownership.others() == {"there:/dh": NOW}


def test_a_home_is_one_and_the_same_wherever_it_lies(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    first = identity_of(tmp_path / "a")
    (tmp_path / "a").rename(tmp_path / "b")
    assert identity_of(tmp_path / "b") == first
    (tmp_path / "a").mkdir()
    assert identity_of(tmp_path / "a") != first
    assert [each.name for each in (tmp_path / "b").iterdir()] == ["identity"]
