"""Kernels, each a process of its own, that register, save, name, publish and run the same at once; and one that is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dh_kernel.broker import Address
from dh_kernel.client import Client
from tests.fixtures.server import BrokerProcess

KERNELS = 3
SAME = """
import sys
import pandas as pd
import dh_kernel as dh
from dh_kernel.session import session

def train(rate: float = 0.1):
    return {"rate": rate}

sys.stdin.readline()
for _ in range(3):
    function = dh.function(train)
    dataset = dh.dataset("flights", pd.DataFrame({"a": range(100)}))
    path = f"/api/v1/-/default/dataitems/{dataset.id}/aliases/champion"
    session().client.request("PUT", path, {"note": "the same"})
    model = dh.publish(sys.argv[1], as_="line", alias="best", note="the same")
    version = model.status["publication"]["registry"]["version"]
    print("said", function.run(0.5).wait().state, dataset.id, model.id, version, file=sys.stderr)
"""
KILLED = """
import sys
import dh_kernel as dh

def wait(port: int):
    import socket
    socket.create_connection(("127.0.0.1", port)).recv(1)
    return {"ok": 1}

run = dh.function(wait).run(int(sys.argv[1]))
print(run.id, flush=True)
run.wait()
"""


def kernel(broker: BrokerProcess, folder: Path, code: str, *arguments: str) -> subprocess.Popen[str]:
    (folder / "kernel.py").write_text(code)
    root = Path(__file__).parents[3]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("DH_")},
        "DH_HOME": str(broker.home),
        "PYTHONPATH": os.pathsep.join([str(root / "kernel"), str(root)]),
    }
    command = [sys.executable, str(folder / "kernel.py"), *arguments]
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def client(standalone: BrokerProcess) -> Client:
    return Client(lambda: Address(standalone.url + "dh", standalone.token))


def names(client: Client, plural: str, name: str) -> list[Any]:
    found = client.get(f"/api/v1/-/default/{plural}", {"name": name, "versions": "all"})
    return [entity for entity in found["content"] if entity["name"] == name]


def model_files(broker: BrokerProcess) -> str:
    """The least that MLflow takes for a model."""
    folder = broker.home / "store" / "default" / "model" / "m"
    folder.mkdir(parents=True)
    (folder / "MLmodel").write_text("flavors: {}\nmodel_uuid: x\n")
    return f"{folder}/"


def test_the_same_at_once_is_one(standalone: BrokerProcess, client: Client, tmp_path: Path) -> None:
    posted = {"kind": "mlflow", "name": "m", "spec": {"path": model_files(standalone)}, "status": {"state": "READY"}}
    model = client.post("/api/v1/-/default/models", posted)
    reference = model["metadata"]["reference"]
    kernels = [kernel(standalone, tmp_path, SAME, reference) for _ in range(KERNELS)]
    for process in kernels:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=300)[1] for process in kernels]
    assert [process.returncode for process in kernels] == [0] * KERNELS, said
    told = {line for text in said for line in text.splitlines() if line.startswith("said")}
    assert len(told) == 1, said
    for plural, name in (("functions", "train"), ("dataitems", "flights"), ("models", "line")):
        versions = names(client, plural, name)
        assert [entity["metadata"]["version_number"] for entity in versions] == [1], (plural, versions)
    assert names(client, "dataitems", "flights")[0]["metadata"]["aliases"] == ["champion"]
    (published,) = names(client, "models", "line")
    assert published["metadata"]["aliases"] == ["best"]
    assert published["status"]["publication"]["registry"] == {"name": "line", "version": "1"}
    runs = client.get("/api/v1/-/default/runs", {"size": 100})["content"]
    assert sorted(run["metadata"]["version_number"] for run in runs) == list(range(1, 3 * KERNELS + 1))


def test_a_killed_kernel_ends_no_run(standalone: BrokerProcess, client: Client, tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as gate:
        process = kernel(standalone, tmp_path, KILLED, str(gate.getsockname()[1]))
        assert process.stdout is not None
        run_id = process.stdout.readline().strip()
        assert run_id, process.communicate(timeout=60)[1]
        gate.settimeout(120)
        waiting, _ = gate.accept()
        process.kill()
        process.wait()
        waiting.close()
    with client.stream(f"/api/v1/-/default/runs/{run_id}/stream", {"log": -1}) as stream:
        last = [message["run"]["status"]["state"] for message in stream.messages() if message["type"] == "run"][-1]
    assert last == "COMPLETED"
