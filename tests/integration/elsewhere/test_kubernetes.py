"""A notebook's kernel in a pod: what a person meets, on a cluster whose pods are processes."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.executors.kubernetes.client import Client
from dh_jupyter.executors.kubernetes.settings import KubernetesSettings
from tests.fixtures.kubernetes import claim_home
from tests.fixtures.notebook import Notebook, ended
from tests.fixtures.server import InProcess
from tests.kubernetes_bed import Cluster

NAMESPACE = "notebooks"


@pytest.fixture
def client(kubernetes_cluster: Cluster) -> Iterator[Client]:
    settings = KubernetesSettings(kubeconfig=str(kubernetes_cluster.kubeconfig), namespace=NAMESPACE)
    made = Client(settings)
    made.call("POST", "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
    yield made
    made.call("DELETE", f"/api/v1/namespaces/{NAMESPACE}")
    made.close()


@pytest.fixture
def dh_home(kubernetes_cluster: Cluster, client: Client) -> Path:
    return claim_home(kubernetes_cluster, client)


@pytest.fixture
def jp_server_config(jp_server_config: dict[str, Any], dh_home: Path, kubernetes_cluster: Cluster) -> dict[str, Any]:
    ours = {
        "kubernetes_kubeconfig": str(kubernetes_cluster.kubeconfig),
        "kubernetes_namespace": NAMESPACE,
        "kubernetes_volume": f"dh-home:{dh_home.parent}",
        "kubernetes_user": os.getuid(),
    }
    return {**jp_server_config, "DhExtension": {**jp_server_config["DhExtension"], **ours}}


async def test_a_notebooks_kernel_moves_to_a_pod(server: InProcess, client: Client) -> None:
    notebook = await Notebook.open(server)
    await notebook.run("x = 41\n%load_ext dh_kernel")
    refused = await notebook.run("%dh kernel --on kubernetes --gpu 9 --queue-timeout 1s")
    assert "ended before the kernel was there" in refused.error
    assert "for a place and got none" in refused.error
    assert (await notebook.run("print(x)")).text == "41\n", "the kernel is where it was"

    assert "Variables do not move: x stay behind" in await notebook.move("--on kubernetes")
    there = await notebook.run("import os\nprint(os.environ['HOSTNAME'], 'x' in globals())")
    running = [pod["metadata"]["name"] for pod in pods(client) if pod["status"]["phase"] == "Running"]
    assert there.text.split() == [*running, "False"]
    assert "notebook-kernel-2" in (await notebook.run("%load_ext dh_kernel\n%dh kernel")).text
    assert "notebook-kernel-1" in (await notebook.run("%dh ls run")).text, "its toolkit asks the broker"
    saved = "import pandas as pd, dh_kernel as dh\ndf = pd.DataFrame({'a': [1, 2]})\n%dh dataset d $df"
    assert "dataset/d@1 · saved" in (await notebook.run(saved)).text
    (kept,) = (await server.ask("GET", "/dh/api/v1/-/default/dataitems")).body["content"]
    assert Path(kept["spec"]["path"].removeprefix("file://")).exists(), "it is where the server keeps things"
    assert (await notebook.run("print(dh.load('dataset/d').a.sum())")).text == "3\n"
    assert leaked(client, notebook.manager.session.key.decode()) == []

    notebook.printed.clear()
    asked = asyncio.ensure_future(notebook.run("print('here', flush=True)\nimport time\ntime.sleep(600)"))
    await notebook.printed.wait()
    await server.ask("POST", f"/api/kernels/{notebook.kernel_id}/interrupt")
    assert "KeyboardInterrupt" in (await asked).error
    assert (await notebook.run("print(6 * 7)")).text == "42\n"

    run_id = (await server.ask("GET", "/dh/api/v1/kernel", token=notebook.token)).body["run"]
    await server.ask("DELETE", f"/api/sessions/{notebook.session['id']}")
    status = await ended(server, run_id)
    assert (status["state"], status["results"]) == ("COMPLETED", {"ended": "its notebook needs it no more"})
    await asyncio.to_thread(until_over, client, running[0])
    notebook.close()


def until_over(client: Client, pod: str) -> None:
    """Until nothing of a pod runs any more."""
    query = {"watch": "true", "fieldSelector": f"metadata.name={pod}"}
    with client.lines(client.path("pods"), query, 60.0) as lines:
        seen = (json.loads(line) for line in lines)
        assert any(one["type"] == "DELETED" or one["object"]["status"]["phase"] != "Running" for one in seen)


def pods(client: Client) -> list[Any]:
    return list(client.call("GET", client.path("pods"))["items"])


def leaked(client: Client, key: str) -> list[str]:
    """Where the key can be read by who may read what is no Secret."""
    found = {"pods": pods(client)}
    for plural, group in (("jobs", "batch/v1"), ("configmaps", ""), ("events", "")):
        found[plural] = client.call("GET", client.path(plural, group=group))["items"]
    encoded = base64.b64encode(key.encode()).decode()
    return [plural for plural, items in found.items() if key in json.dumps(items) or encoded in json.dumps(items)]
