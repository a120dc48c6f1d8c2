"""An S3 that takes connections from the broker and never answers: runs that need no word of it are placed in the cluster."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.deliveries import Deliveries
from dh_jupyter.executors.kubernetes.objects import LARGEST
from dh_jupyter.executors.kubernetes.settings import KubernetesSettings
from dh_jupyter.stores import Stores, StoreSettings
from tests.integration.kubernetes_executor.conftest import with_store
from tests.integration.runs.conftest import PROJECT, Plane

pytestmark = pytest.mark.one_plane


@pytest.fixture
def hanging(tmp_path: Path, by_store: KubernetesSettings) -> Iterator[Plane]:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:  # the kernel takes them; nobody reads
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        given = StoreSettings("s3://bucket/x", url, "us-east-1", "key", "secret")
        plane = Plane(tmp_path, store=given)
        project: dict[str, Any] = {"kind": "project", "name": PROJECT, "id": PROJECT}
        plane.catalogue.create("project", project, project=PROJECT, user="ada")
        executor = with_store(tmp_path, by_store, Deliveries(Stores(tmp_path, given, lambda project, name: "")))
        executor.start(plane._changed)
        plane.executors["kubernetes"] = executor
        plane.start()
        yield plane
        plane.close()
        executor.close()


def test_big_code_waits_for_the_store_and_others_are_placed(hanging: Plane) -> None:
    noise = "".join(f"# {random.getrandbits(8000):x}\n" for _ in range(1000))
    assert len(noise) // 2 > LARGEST
    hanging.function("big", noise + "def big(): pass\n")
    hanging.function("small", "def small(): pass\n")
    waiting = [hanging.run("big", executor="kubernetes") for _ in range(6)]  # more than there are threads
    for run in waiting:
        hanging.wait(run, lambda run: "Waits for the store" in run["status"].get("message", ""), 180)
    placed = hanging.run("small", executor="kubernetes")
    assert hanging.wait(placed, lambda run: run["status"].get("attempt") == 1)["status"]["state"] in (
        "PENDING",
        "RUNNING",
    )
    assert not hanging.get(waiting[0])["status"].get("attempt")
    hanging.runs.stop(PROJECT, waiting[0]["id"], "ada")
    assert hanging.wait(waiting[0])["status"]["state"] == "STOPPED"
