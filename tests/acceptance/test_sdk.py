"""Scripts of a user of the public `digitalhub` SDK, in its own environment, against a real server and a real S3.

Two variables say where the server is; the S3 variables are what the SDK needs for `log_*`, whoever the server is.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from dh_kernel.broker import Address, routes_url
from dh_kernel.session import Session
from tests.fixtures.s3 import KEY, S3, SECRET
from tests.fixtures.server import BrokerProcess, broker_process

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv" / "sdk" / "bin" / "python"
SCRIPTS = Path(__file__).with_name("sdk")

Script = Callable[..., Any]


@pytest.fixture(scope="module")
def bucket(s3: S3) -> str:
    client = s3.client()
    with suppress(client.exceptions.BucketAlreadyOwnedByYou):  # of another module of this session
        client.create_bucket(Bucket="datalake")
    return "s3://datalake"


@pytest.fixture(scope="module")
def broker(s3: S3, bucket: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerProcess]:
    """A server whose store is the S3, too. Its credentials are no variables: its runs have none."""
    folder = tmp_path_factory.mktemp("sdk")
    settings = {"store": bucket, "store_endpoint": s3.url, "store_key": KEY, "store_secret": SECRET}
    arguments = [f"--DhExtension.{name}={value}" for name, value in settings.items()]
    with broker_process(folder / "home", folder / "log", *arguments) as started:
        yield started


@pytest.fixture
def script(broker: BrokerProcess, s3: S3, bucket: str, tmp_path: Path) -> Script:
    """Runs a script in a folder of its own; what its last line printed."""
    if not PYTHON.exists():
        pytest.skip("the public SDK is not installed: make setup-test")
    shutil.copytree(SCRIPTS, tmp_path, dirs_exist_ok=True)
    own = ("DH", "AWS_", "PYTHONPATH")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    environment |= {
        "DHCORE_ENDPOINT": f"{broker.url}dh",
        "DHCORE_ACCESS_TOKEN": broker.token,
        "DHCORE_DEFAULT_FILES_STORE": bucket,
        "DH_CONFIG": str(tmp_path / "dhcore.ini"),
        "AWS_ENDPOINT_URL": s3.url,
        "AWS_REGION": "us-east-1",
        **s3.variables,
    }

    def run(name: str) -> Any:
        done = subprocess.run([PYTHON, f"{name}.py"], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-4000:]
        return json.loads(done.stdout.splitlines()[-1])

    return run


def test_entities(script: Script) -> None:
    found = script("entities")
    assert found["project"] == "A shop"
    assert (found["latest"], found["by_key"], found["versions"]) == ("The second", "s3://datalake/notes.txt", 2)
    assert found["lists"] == {
        "artifacts": ["notes"],
        "all_artifacts": 2,
        "named": 1,
        "dataitems": ["prices"],
        "models": ["guess"],
        "functions": ["nothing"],
        "tasks": [["python+job", True]],
        "secrets": ["key"],
        "runs": 0,
        "extensions": [0, "Others' own"],
    }
    assert found["metrics"] == {"accuracy": [0.5, 0.75], "loss": [2.0, 1.0], "size": 3}
    assert found["secret"] == "s3cr3t"
    assert found["left"] == [0, 0, 0, 0, 0, 0, 0]
    assert found["projects"] == []


def test_files(script: Script) -> None:
    found = script("files")
    assert found["path"].startswith("s3://datalake/files/dataitem/cities/")
    assert (found["same"], found["state"], found["preview"]) == (True, "READY", 2)
    assert [field["type"] for field in found["schema"]] == ["string", "integer", "number"]
    assert (found["notes"], found["hash"], found["size"]) == ("remember", "md5:", 8)
    assert (found["weights"], found["model"]) == ({"weight": 2}, True)


def test_yaml_out_and_in(script: Script) -> None:
    found = script("exchange")
    assert found["written"] == ["artifacts", "functions", "functions", "models", "projects"]
    assert found["again"] == ["Some notes", True, True, "EntityError"], "a second import says to use load"
    assert found["project"] == ["To be moved", ["x"], "first"]
    assert found["there"] == {"artifacts": ["notes"], "models": [{"k": 1}], "functions": ["double", "inline"]}
    assert found["ran"] == ["COMPLETED", {"output_0": 1}]


def test_yaml_of_theirs_here_and_of_ours_there(script: Script, broker: BrokerProcess, tmp_path: Path) -> None:
    """What the SDK exported is applied by `dh`, and what `dh` exports the SDK imports."""
    script("exchange")

    def dh(*words: str) -> Any:
        command = [sys.executable, "-m", "dh_kernel.cli", *words, "--json"]
        environment = {**os.environ, "DH_HOME": str(broker.home), "PYTHONPATH": str(ROOT / "kernel")}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    (theirs,) = tmp_path.rglob("projects-first.yaml")
    assert dh("diff", str(theirs)) == [], "the server holds what was imported from it"
    dh("project", "theirs")
    made = dh("import", str(theirs), "--project", "theirs2")
    assert sorted(row["thing"] for row in made) == [
        "artifact/notes", "function/double", "function/inline", "model/guess", "project/theirs2",
    ]  # fmt: skip
    code = dh("show", "function/double", "--code", "--project", "theirs2")
    assert "def double" in code, "from the file that the SDK wrote beside it"
    dh("export", "project", "out", "--project", "theirs2")
    session = Session(lambda: Address(routes_url(broker.url), broker.token), project="theirs2")
    session.client.request("DELETE", "/api/v1/projects/theirs2")
    found = script("taken_in")
    assert found["project"] == ["theirs2", "To be moved", ["x"]]
    assert found["artifacts"] == ["s3://datalake/notes.txt"]
    assert (found["models"], found["functions"]) == ([{"k": 1}], ["double", "inline"])
    assert found["ran"] == {"output_0": 1}


def test_triggers(script: Script) -> None:
    found = script("events")
    assert found["scheduled"] == [{"output_0": 2}, ["run_of", "produced_by"]]
    assert found["seen"] == [{"output_0": "words"}, True], "the template knows what was seen, and lineage too"
    assert (found["stopped"], found["triggers"]) == ("STOPPED", ["often", "seen"])
    assert found["zebras"] == [True], "by a word of the description"
    assert found["left"] == [0, 0, 0]


def test_a_tutorial(script: Script) -> None:
    found = script("tutorial")
    assert found["states"] == ["COMPLETED", "COMPLETED", None]
    assert found["columns"][-1] == "species"
    assert found["outputs"] == ["flowers-svc", "model"], "by its own name, and by the decorator's"
    assert found["model"] == ["flowers-svc", "sklearn", "sklearn", ["accuracy"]]
    assert found["same"]
    assert found["accurate"]


def test_jobs(script: Script) -> None:
    found = script("jobs")
    prepared = found["prepared"]
    assert (prepared["state"], prepared["results"]) == ("COMPLETED", {"count": 3})
    assert prepared["outputs"] == {"prices": ["table", "READY"]}
    assert prepared["prices"] == [2.0, 4.0, 6.0]
    assert prepared["schema"] == [{"name": "price", "type": "number"}]
    assert prepared["preview"] == {"cols": [{"name": "price", "value": [2.0, 4.0, 6.0]}], "rows": 3}
    assert prepared["produced_by"] == [prepared["run"]]
    assert "rows 3 of jobs" in prepared["log"]
    assert found["zipped"] == ["COMPLETED", None, {"output_0": "from a folder"}]
    trained = found["trained"]
    assert trained["state"] == "COMPLETED", trained["message"]
    assert trained["outputs"] == {
        "pricing": ["sklearn", "READY"],
        "report": ["artifact", "READY"],
        "sample": ["table", "READY"],
    }
    assert trained["metrics"]["loss"] == pytest.approx([1, 1 / 2, 1 / 3])
    assert trained["metrics"]["accuracy"] == 0.9
    assert trained["model_metrics"] == {"error": 0.25, "rate": 0.1}
    assert (trained["algorithm"], trained["model"], trained["files"]) == ("mean", True, ["model.pkl"])
    for run, first in (("without", 1), ("local", 2)):
        assert found[run]["state"] == "COMPLETED", run
        assert found[run]["results"] == {"output_0": first, "output_1": "two"}
        assert found[run]["outputs"] == {"output_2": ["artifact", "READY"]}
    failed = found["failed"]
    assert (failed["state"], failed["message"]) == ("ERROR", "ValueError: no luck here")
    assert 'raise ValueError(f"no {x} here")' in failed["log"]
