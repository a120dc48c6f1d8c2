"""Several brokers on one catalogue, each with a home of its own: real processes, a real database server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.executors.base import Observation
from dh_jupyter.runs.ownership import TAKE_AFTER
from dh_jupyter.runs.states import FINISHED
from dh_kernel.errors import NotFound, Unavailable
from dh_kernel.rundir import RunFolder
from tests.fixtures.postgres import PostgreSQL

from .conftest import HOLD, PROJECT, Gate, Plane

Open = Callable[[str], Plane]
ADD = "def add(a: int):\n    print('adding')\n    return {'sum': a + 1}"


@pytest.fixture
def url(postgres: PostgreSQL) -> Iterator[str]:
    name = postgres.new_database()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
def opened(url: str, tmp_path: Path) -> Iterator[Open]:
    """A broker's plane on a home of that name."""
    planes: list[Plane] = []

    def make(name: str) -> Plane:
        (tmp_path / name).mkdir(exist_ok=True)
        planes.append(Plane(tmp_path / name, url=url))
        return planes[-1]

    yield make
    for each in planes:
        each.close()


@pytest.fixture
def pair(opened: Open) -> tuple[Plane, Plane]:
    one, other = opened("one"), opened("other")
    one.catalogue.create("project", {"kind": "project", "name": PROJECT, "id": PROJECT}, project=PROJECT, user="ada")
    return one.start(), other.start()


def is_running(run: Any) -> bool:
    return bool(run["status"]["state"] == "RUNNING")


def attempts(plane: Plane, run: Any) -> list[str]:
    return [each.name for each in (plane.home / "runs" / PROJECT).glob(f"{run['id']}/*")]


def test_each_run_is_done_once_by_the_broker_that_was_asked_and_seen_by_both(pair: tuple[Plane, Plane]) -> None:
    one, other = pair
    one.function("add", ADD)
    runs = [(plane, plane.run("add", parameters={"a": number})) for number in range(3) for plane in pair]
    for plane, run in runs:
        beside = other if plane is one else one
        ended = beside.wait(run)
        assert (ended["status"]["state"], ended["status"]["attempt"]) == ("COMPLETED", 1), ended["status"]
        assert attempts(plane, run) == ["1"]
        assert attempts(beside, run) == []
    own = [run["id"] for plane, run in runs if plane is one]
    assert sorted(one.tracker.wait(own)) == sorted(own)
    assert other.catalogue.metrics(PROJECT, "run", runs[0][1]["id"])["sum"] == 1


def test_a_safety_pass_leaves_the_others_runs_alone(pair: tuple[Plane, Plane]) -> None:
    one, other = pair
    one.function("hold", HOLD)
    gate = Gate()
    held = [one.run("hold", parameters={"port": gate.port}) for _ in range(3)]
    one.wait(held[1], is_running)
    other.runs.look_at_all()
    other.runs.reconcile(PROJECT, held[0]["id"])
    other.runs.reconcile(PROJECT, held[2]["id"])  # it waits for a place there, and would have one here
    assert other.get(held[2])["status"]["state"] == "READY"
    gate.open()
    assert {other.wait(run)["status"]["state"] for run in held} == {"COMPLETED"}
    assert not (other.home / "runs").exists()


def test_a_stop_is_asked_of_any_broker(pair: tuple[Plane, Plane]) -> None:
    one, other = pair
    one.function("endless", "def endless():\n    while True:\n        pass")
    run = other.wait(one.run("endless"), is_running)
    asked = other.runs.stop(PROJECT, run["id"], "bob")
    assert asked["status"]["stop_asked"]["by"] == "bob"
    status = other.wait(run)["status"]
    assert (status["state"], status["message"]) == ("STOPPED", "Stopped by bob.")


def test_one_that_is_deleted_elsewhere_ends_and_leaves_nothing(pair: tuple[Plane, Plane]) -> None:
    one, other = pair
    one.function("hold", HOLD)
    gate = Gate()
    run = other.wait(one.run("hold", parameters={"port": gate.port}), is_running)
    folder = one.home / "runs" / PROJECT / run["id"]
    assert folder.exists()
    other.runs.delete(PROJECT, run["id"], unfinished=True)

    def is_gone(_: Any) -> bool:
        return not folder.exists()

    one.get = lambda run: run  # type: ignore[method-assign]
    one.wait(run, is_gone)
    with pytest.raises(NotFound):
        other.get(run)


def test_one_that_has_ended_leaves_nothing_either(pair: tuple[Plane, Plane]) -> None:
    one, other = pair
    one.function("add", ADD)
    run = other.wait(one.run("add", parameters={"a": 1}))
    folder = one.home / "runs" / PROJECT / run["id"]
    gone: list[bool] = []
    forget = one.runs.observe.forget

    def forgotten(project: str, run_id: str) -> None:
        forget(project, run_id)
        gone.append(not folder.exists())
        one._tell()

    one.runs.observe.forget = forgotten  # type: ignore[method-assign]
    other.runs.delete(PROJECT, run["id"])
    one.get = lambda run: run  # type: ignore[method-assign]
    one.wait(run, lambda _: gone == [True])


def test_logs_and_environments_are_where_it_ran(pair: tuple[Plane, Plane]) -> None:
    one, other = pair
    one.function("add", ADD)
    run = other.wait(one.run("add", parameters={"a": 1}))
    assert one.runs.observe.log_text(PROJECT, run["id"]) == "adding\n"
    assert other.runs.observe.log_text(PROJECT, run["id"]) == f"[The log is on {one.runs.ownership.place}.]\n"
    assert other.runs.observe.log_size(run) == len(other.runs.observe.log_text(PROJECT, run["id"]).encode())
    with pytest.raises(NotFound, match=r"is recorded on .*one"):
        other.runs.observe.environment(run)
    again = other.wait(other.runs.retry(PROJECT, run["id"], {}, "bob"))
    assert attempts(other, again) == ["1"]


def test_runs_of_a_broker_that_is_gone_say_so_and_go_on_when_it_is_back(
    pair: tuple[Plane, Plane], opened: Open
) -> None:
    one, other = pair
    one.function("hold", HOLD)
    gate = Gate()
    held = [one.run("hold", parameters={"port": gate.port}) for _ in range(3)]
    one.wait(held[1], is_running)
    one.close()
    other.runs.look_at_all()
    message = f"Runs on {one.runs.ownership.place}, whose broker is not running since "
    assert [other.get(run)["status"]["message"].startswith(message) for run in held] == [True] * 3
    assert other.runs.stop(PROJECT, held[0]["id"], "bob")["status"]["state"] == "RUNNING"
    assert other.runs.stop(PROJECT, held[2]["id"], "bob")["status"]["state"] == "STOPPED"  # nothing runs of it
    back = opened("one").start()
    gate.open()
    status = other.wait(held[1])["status"]
    assert (status["state"], "message" in status, attempts(back, held[1])) == ("COMPLETED", False, ["1"])
    assert other.wait(held[0])["status"]["state"] in FINISHED


class Cluster:
    """Where pods of all brokers run: `ended` are those that are over, by handle."""

    def __init__(self) -> None:
        self.submitted: list[str] = []
        self.cancelled: list[str] = []
        self.ended: dict[str, Any] = {}


class Pods:
    """One broker's executor on it. What an attempt gives is delivered into the folder of whoever looks."""

    name = "pods"
    is_shared = True

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster

    def submit(self, submission: Any) -> None:
        if submission.handle not in self.cluster.submitted:
            self.cluster.submitted.append(submission.handle)

    def poll(self, handles: Mapping[str, Path]) -> dict[str, Observation]:
        return {handle: self._seen(handle, folder) for handle, folder in handles.items()}

    def _seen(self, handle: str, folder: Path) -> Observation:
        if handle not in self.cluster.submitted:
            return Observation("missing")
        if handle not in self.cluster.ended:
            return Observation("running")
        RunFolder(folder).commit_result(self.cluster.ended[handle])
        return Observation("exited", {"reason": "exited", "code": 0, "ended": self.cluster.ended[handle]["ended"]})

    def cancel(self, handle: str, folder: Path, grace: float) -> None:
        self.cluster.cancelled.append(handle)

    def check(self, resources: Any, python: str = "") -> None:
        """All fits."""

    def room(self, resources: Any) -> None:
        """There is always some."""


def test_pods_of_a_broker_that_is_gone_are_taken_over_once(
    pair: tuple[Plane, Plane], opened: Open, postgres: PostgreSQL
) -> None:
    one, other = pair
    cluster = Cluster()
    third = opened("third").start()
    for plane in (one, other, third):
        plane.executors["pods"] = Pods(cluster)
    one.function("add", ADD)
    runs = [one.run("add", parameters={"a": number}, executor="pods") for number in range(2)]
    for run in runs:
        one.wait(run, is_running)
    one.close()
    other.runs.look_at_all()
    assert "not running since" in other.get(runs[0])["status"]["message"]
    stopped = other.runs.stop(PROJECT, runs[1]["id"], "bob")  # who asks need not wait
    assert cluster.cancelled == [f"{runs[1]['id']}-1"]
    assert stopped["status"]["state"] == "RUNNING"
    with other.catalogue._database.write() as connection:
        connection.exec_driver_sql(f"UPDATE homes SET seen = seen - {TAKE_AFTER} WHERE stopped")
    for plane in (other, third):
        plane.runs.look_at_all()
    taken = other.wait(runs[0], lambda run: "message" not in run["status"])
    assert taken["status"]["home"] in (other.runs.ownership._identity, third.runs.ownership._identity)
    cluster.ended[f"{runs[0]['id']}-1"] = {
        "format": 1, "id": runs[0]["id"], "attempt": 1, "exit_code": 0, "state": "COMPLETED", "started": 1.0, "ended": 2.0,
        "results": {"sum": 1}, "outputs": [],
    }  # fmt: skip
    for plane in (other, third):
        plane.runs.look_at_all()
    status = other.wait(runs[0])["status"]
    assert (status["state"], status["results"], status["attempt"]) == ("COMPLETED", {"sum": 1}, 1)
    assert len(cluster.submitted) == 2


def test_a_database_that_restarts_loses_nothing(pair: tuple[Plane, Plane], postgres: PostgreSQL) -> None:
    one, other = pair
    one.function("hold", HOLD)
    one.function("add", ADD)
    gates = [Gate(), Gate()]
    held = [one.run("hold", parameters={"port": gate.port}) for gate in gates]
    for run in held:
        other.wait(run, is_running)
    folder = RunFolder(one.home / "runs" / PROJECT / held[0]["id"] / "1")
    postgres.stop()
    try:
        for plane in pair:
            with pytest.raises(Unavailable, match="The catalogue can't be used now"):
                plane.run("add", parameters={"a": 1})
        gates[0].open()  # it ends while nobody can write it down
        one.get = lambda run: run  # type: ignore[method-assign]
        one.wait(held[0], lambda _: folder.read_result() is not None)
        del one.get
    finally:
        postgres.start()
    ended = other.wait(held[0])["status"]
    assert (ended["state"], ended["attempt"], ended["results"]) == ("COMPLETED", 1, {"ok": 1})
    gates[1].open()
    assert other.wait(held[1])["status"]["state"] == "COMPLETED"
    assert one.wait(other.run("add", parameters={"a": 1}))["status"]["results"] == {"sum": 2}
