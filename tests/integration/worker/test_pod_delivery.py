"""What a pod hands over to a real S3, by forms alone: it has no credentials."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.executors.archive import worker_archive
from dh_kernel.stores.s3 import S3Store
from dh_kernel.stores.s3_access import S3Access
from dh_kernel.worker.pod.deliver import KEPT
from tests.fixtures.pods import Ended, job
from tests.fixtures.s3 import S3

CODE = """
import os, dh_kernel as dh
def f():
    print("hello")
    dh.report(loss=0.5)
    os.mkdir("nothing")
    return {"weights": b"abc" * 1000, "score": 3}
"""


@pytest.fixture(scope="session")
def store(s3: S3) -> S3Store:
    s3.client().create_bucket(Bucket="pods")
    return S3Store(S3Access.from_environment({**s3.variables, "AWS_ENDPOINT_URL": s3.url}))


@pytest.fixture
def granted(s3: S3, store: S3Store) -> dict[str, Any]:
    prefix = f"demo/.runs/{uuid.uuid4().hex}/1/"
    base = f"s3://pods/{prefix}"
    url = f"{s3.url}/pods"
    return {"kind": "post", "url": url, "fields": store.form(base, 600, 1 << 30), "prefix": prefix, "base": base}


@pytest.fixture
def bare() -> dict[str, str]:
    """An environment in which nothing opens the store."""
    return {"PATH": "/usr/bin:/bin"}


def lies_there(store: S3Store, granted: dict[str, Any]) -> dict[str, int]:
    return {info.path: info.size for info in store.list(granted["base"])}


def read(store: S3Store, granted: dict[str, Any], name: str) -> bytes:
    with store.open(granted["base"] + name) as file:
        return file.read()


def test_outputs_log_metrics_and_result_are_handed_over(
    tmp_path: Path, store: S3Store, granted: dict[str, Any], bare: dict[str, str]
) -> None:
    ended = Ended(job(tmp_path / "run", CODE, deliver=granted), tmp_path, bare)
    assert ended.code == 0
    assert (ended.word["phase"], ended.word["delivered"]) == ("done", True)
    there = lies_there(store, granted)
    assert [size for name, size in there.items() if name.startswith("outputs/weights/")] == [3000]
    assert {"result.json", "ended.json", "metrics.jsonl", "environment.json", "log.txt"} <= set(there)
    assert not {"run.json", "dh_code.py", "lock", "exit.json"} & set(there)
    assert read(store, granted, "log.txt") == b"hello\n"
    assert json.loads(read(store, granted, "ended.json")) == ended.word
    assert json.loads(read(store, granted, "result.json"))["results"]["score"] == 3


def test_what_an_attempt_that_failed_has_left_is_handed_over_too(
    tmp_path: Path, store: S3Store, granted: dict[str, Any], bare: dict[str, str]
) -> None:
    code = "import os, dh_kernel as dh\ndef f():\n    dh.output(part=b'abc')\n    os._exit(7)\n"
    ended = Ended(job(tmp_path / "run", code, deliver=granted), tmp_path, bare)
    assert (ended.code, ended.word["delivered"]) == (7, True)
    there = lies_there(store, granted)
    assert "handed.jsonl" in there
    assert any(name.startswith("outputs/part/") for name in there)
    assert "result.json" not in there


def test_a_folder_that_is_empty_is_one(
    tmp_path: Path, store: S3Store, granted: dict[str, Any], bare: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DH_HOME", str(tmp_path / "home"))
    code = "from pathlib import Path\ndef f():\n    Path('made').mkdir()\n    return Path('made')\n"
    ended = Ended(job(tmp_path / "run", code, deliver=granted), tmp_path, bare)
    assert ended.code == 0, ended.log
    [output] = json.loads(read(store, granted, "result.json"))["outputs"]
    assert store.local_path(granted["base"] + output["path"]).is_dir()


def test_packages_that_can_not_be_had_are_told_with_their_log(
    tmp_path: Path, store: S3Store, granted: dict[str, Any], bare: dict[str, str]
) -> None:
    document = job(tmp_path / "run", CODE, deliver=granted, requirements=["no-such-thing @ file:///nowhere"])
    ended = Ended(document, tmp_path, {**bare, "PATH": f"{Path(sys.executable).parent}:{bare['PATH']}"})
    assert (ended.code, ended.word["code"]) == (43, 43)
    assert b"nowhere" in read(store, granted, "log.txt")


def test_a_store_that_refuses_is_told_before_anything_runs(
    tmp_path: Path, granted: dict[str, Any], bare: dict[str, str]
) -> None:
    forged = {**granted, "fields": {**granted["fields"], "x-amz-signature": "0" * 64}}
    ended = Ended(job(tmp_path / "run", CODE, deliver=forged), tmp_path, bare)
    assert (ended.code, ended.word["phase"], ended.word["delivered"]) == (44, "code", False)
    assert b"hello" not in ended.log


def test_what_can_not_be_handed_over_is_no_success(
    tmp_path: Path, s3: S3, granted: dict[str, Any], bare: dict[str, str]
) -> None:
    """It takes less than was made: that is said before anything is sent, since it would be of no use."""
    code = CODE.replace('"weights": b"abc" * 1000', '"a": b"abc", "weights": b"abc" * 1000')
    ended = Ended(job(tmp_path / "run", code, deliver={**granted, "limit": 100}), tmp_path, bare)
    assert (ended.code, ended.word["code"], ended.word["delivered"]) == (75, 75, False)
    assert "outputs/weights" in ended.word["message"]
    assert "100 at most" in ended.word["message"]
    assert [key for key in s3.keys("pods") if key.startswith(granted["prefix"])] == [granted["prefix"] + "begun.json"]


def test_a_pod_that_is_told_to_stop_hands_over_what_there_is(
    tmp_path: Path, store: S3Store, granted: dict[str, Any], bare: dict[str, str]
) -> None:
    code = (
        "import threading, dh_kernel as dh\ndef f():\n    dh.output(part=b'abc')\n    print('here', flush=True)\n"
        "    threading.Event().wait()\n"
    )
    (tmp_path / "job.json").write_text(json.dumps(job(tmp_path / "run", code, deliver=granted)))
    command = [sys.executable, worker_archive(tmp_path / "cache"), "--pod", tmp_path / "job.json", tmp_path / "word"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=bare)
    assert process.stdout is not None
    assert any(b"here" in line for line in process.stdout)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    word = json.loads((tmp_path / "word").read_text())
    assert (word["reason"], word["delivered"]) == ("stopped", True)
    assert any(name.startswith("outputs/part/") for name in lies_there(store, granted))


def test_a_policy_that_ends_soon_ends_the_run_in_time(
    tmp_path: Path, store: S3Store, granted: dict[str, Any], bare: dict[str, str]
) -> None:
    """Better without its last hour than without all."""
    soon = datetime.now(UTC) + timedelta(seconds=KEPT + 8)  # a pod may take its time to begin
    forever = "import threading\ndef f(): threading.Event().wait()\n"
    ended = Ended(job(tmp_path / "run", forever, deliver={**granted, "expires": soon.isoformat()}), tmp_path, bare)
    assert (ended.word["reason"], ended.word["delivered"]) == ("timeout", True)
    assert b"links" in ended.log
