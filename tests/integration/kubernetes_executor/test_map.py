"""Runs that are asked for together: one Indexed Job, and each a run as any other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.executors.kubernetes.client import Client
from dh_jupyter.executors.kubernetes.executor import KubernetesExecutor
from dh_jupyter.executors.kubernetes.names import INDEX, SELECTOR
from dh_jupyter.executors.kubernetes.settings import KubernetesSettings
from dh_kernel.errors import NotFound
from tests.integration.runs.conftest import HOLD, PROJECT, Gate, Plane

pytestmark = pytest.mark.one_plane
TWICE = (
    HOLD
    + """
import os
def twice(x: int, port: int = 0):
    print("mine", x, flush=True)
    if port:
        hold(port)
    return [2 * x, os.environ["RUN_ID"]]
"""
)


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.open()


@pytest.fixture
def plane(on_a_claim: KubernetesSettings, home: Path, client: Client) -> Iterator[Plane]:
    made = Plane(home)
    made.executors["kubernetes"] = executor = KubernetesExecutor(home, settings=on_a_claim)
    executor.start(made._changed)
    if not executor.takes_many():
        executor.close()
        pytest.skip("indexes are not kept apart there")
    made.catalogue.create("project", {"kind": "project", "name": PROJECT, "id": PROJECT}, project=PROJECT, user="ada")
    made.start()
    made.function("twice", TWICE)
    yield made
    made.close()
    executor.close()


def posted(parameters: list[dict[str, Any]], **spec: Any) -> list[dict[str, Any]]:
    given: dict[str, Any] = {"function": "function/twice", "executor": "kubernetes", **spec}
    return [{"spec": {**given, "parameters": one}} for one in parameters]


def jobs(client: Client) -> list[Any]:
    path = client.path("jobs", group="batch/v1")
    return list(client.call("GET", path, query={"labelSelector": SELECTOR})["items"])


def test_they_are_one_job_and_each_its_own_run(plane: Plane, client: Client) -> None:
    begun = plane.runs.create_some(PROJECT, posted([{"x": x} for x in range(4)]), "ada")
    over = [plane.wait(run) for run in begun]
    assert [run["status"]["state"] for run in over] == ["COMPLETED"] * 4, over[0]["status"]
    assert [run["status"]["value"]["json"] for run in over] == [[2 * x, run["id"]] for x, run in enumerate(over)]
    assert [plane.runs.observe.log_text(PROJECT, run["id"]) for run in over] == [f"mine {x}\n" for x in range(4)]
    assert [job["spec"]["completions"] for job in jobs(client)] == [4]


def test_to_stop_one_stops_no_other(plane: Plane, gate: Gate) -> None:
    begun = plane.runs.create_some(PROJECT, posted([{"x": x, "port": gate.port} for x in range(2)]), "ada")
    for run in begun:
        plane.wait(run, lambda seen: seen["status"]["state"] == "RUNNING")
    plane.runs.stop(PROJECT, begun[1]["id"], "ada")
    assert plane.wait(begun[1])["status"]["state"] == "STOPPED"
    assert plane.get(begun[0])["status"]["state"] == "RUNNING"
    gate.open()
    assert plane.wait(begun[0])["status"]["state"] == "COMPLETED"


def test_who_loses_its_pod_is_tried_again_alone(plane: Plane, client: Client, gate: Gate) -> None:
    parameters = [{"x": x, "port": gate.port} for x in range(2)]
    begun = plane.runs.create_some(PROJECT, posted(parameters, retries=1), "ada")
    for run in begun:
        plane.wait(run, lambda seen: seen["status"]["state"] == "RUNNING")
    query = {"labelSelector": f"{SELECTOR},{INDEX}=0"}
    (pod,) = client.call("GET", client.path("pods"), query=query)["items"]
    client.call("DELETE", client.path("pods", pod["metadata"]["name"]), {"gracePeriodSeconds": 1})
    plane.wait(begun[0], lambda seen: seen["status"].get("attempt") == 2 and seen["status"]["state"] == "RUNNING")
    gate.open()
    over = [plane.wait(run)["status"] for run in begun]
    assert [(one["state"], one["attempt"]) for one in over] == [("COMPLETED", 2), ("COMPLETED", 1)]
    assert sorted(job["spec"]["completions"] for job in jobs(client)) == [1, 2]


def test_who_differs_in_more_or_can_not_be_is_left_out(plane: Plane, client: Client) -> None:
    asked = posted([{"x": x} for x in range(4)])
    asked[2]["spec"]["timeout"] = 5
    assert len(plane.runs.create_some(PROJECT, asked, "ada")) == 2
    asked[1]["spec"]["inputs"] = {"port": "dataset/none"}
    assert len(plane.runs.create_some(PROJECT, asked, "ada")) == 1
    with pytest.raises(NotFound, match="no dataset 'none'"):
        plane.runs.create_some(PROJECT, asked[1:], "ada")
    runs = plane.catalogue.list("run", project=PROJECT)["content"]
    assert sorted(run["spec"]["parameters"]["x"] for run in runs) == [0, 0, 1]
    assert [plane.wait(run)["status"]["state"] for run in runs] == ["COMPLETED"] * 3
    assert sorted(job["spec"]["completions"] for job in jobs(client)) == [1, 2]


def test_here_each_begins_alone(plane: Plane) -> None:
    (run,) = plane.runs.create_some(PROJECT, posted([{"x": 1}, {"x": 2}], executor="local"), "ada")
    assert plane.wait(run)["status"]["value"]["json"][0] == 2
