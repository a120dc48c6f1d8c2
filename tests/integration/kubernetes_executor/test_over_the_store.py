"""Attempts in pods that share nothing with the broker but an S3."""

from __future__ import annotations

import base64
import itertools
import json
import random
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dh_jupyter.deliveries import Deliveries
from dh_jupyter.executors.kubernetes.client import Client
from dh_jupyter.executors.kubernetes.collecting import IDLE
from dh_jupyter.executors.kubernetes.names import SELECTOR
from dh_jupyter.executors.kubernetes.objects import LARGEST
from dh_jupyter.executors.kubernetes.settings import KubernetesSettings
from dh_jupyter.runs.left import left_by
from dh_jupyter.runs.reconcile import cause_of
from dh_jupyter.stores import Stores, StoreSettings
from dh_kernel.rundir import RunFolder
from dh_kernel.testing.executors import Attempts
from tests.fixtures.forwarder import Forwarder
from tests.fixtures.s3 import KEY, S3, SECRET
from tests.fixtures.wheels import wheel
from tests.integration.kubernetes_executor.conftest import with_store

pytestmark = pytest.mark.one_plane
SHOW = (
    "import os, pathlib\ndef f():\n    print(dict(os.environ))\n"
    "    for path in sorted(pathlib.Path('/dh').rglob('*')):\n"
    "        if path.is_file(): print(path, path.read_bytes())\n"
)
STAYS = (
    "import threading, dh_kernel as dh\ndef f():\n    dh.output(part=b'abc')\n    print('here', flush=True)\n"
    "    threading.Event().wait()\n"
)


@pytest.fixture
def attempts(tmp_path: Path, by_store: KubernetesSettings, deliveries: Deliveries) -> Iterator[Attempts]:
    made = Attempts(lambda: with_store(tmp_path, by_store, deliveries), tmp_path)
    yield made
    made.close()


def found(client: Client, plural: str, group: str = "") -> list[dict[str, object]]:
    return client.call("GET", client.path(plural, group=group), query={"labelSelector": SELECTOR})["items"]  # type: ignore[no-any-return]


def until(client: Client, text: bytes) -> None:
    """Watch Jobs until one says so."""
    with client.lines(client.path("jobs", group="batch/v1"), {"watch": "1", "timeoutSeconds": 60}, 70.0) as lines:
        assert any(text in line for line in lines)


def delete_job(client: Client) -> None:
    """The one that there is, until it is gone."""
    [job] = found(client, "jobs", "batch/v1")
    path = client.path("jobs", job["metadata"]["name"], group="batch/v1")  # type: ignore[index]
    version = client.call("GET", path)["metadata"]["resourceVersion"]
    client.call("DELETE", path, {"propagationPolicy": "Foreground"})
    watch = {"watch": "1", "timeoutSeconds": 60, "resourceVersion": version}
    with client.lines(client.path("jobs", group="batch/v1"), watch, 70.0) as lines:
        assert any(b'"DELETED"' in line for line in lines)


def test_a_pod_has_no_credentials_of_the_store_and_no_way_to_us(
    attempts: Attempts, client: Client, tmp_path: Path
) -> None:
    handle, folder = attempts.submit(SHOW)
    assert attempts.ended(handle, folder)["code"] == 0
    inside = attempts.log(handle, folder)
    assert b"job.json" in inside
    assert b"policy" in inside, "what it may do, it is told"
    objects = [found(client, "jobs", "batch/v1"), found(client, "pods"), found(client, "secrets")]
    data = [base64.b64decode(value) for one in objects[-1] for value in one["data"].values()]  # type: ignore[attr-defined]
    for place in (inside, json.dumps(objects).encode(), *data):
        assert SECRET.encode() not in place
        assert str(tmp_path).encode() not in place, "our home is nobody's business there"


def test_outputs_lie_where_the_pod_put_them(attempts: Attempts, deliveries: Deliveries, stores: Stores) -> None:
    handle, folder = attempts.submit("def f(): return b'abc' * 1000\n")
    assert attempts.ended(handle, folder)["code"] == 0
    base = deliveries.base_of("suite", handle)
    assert RunFolder(folder).read_delivered() == {"base": base}
    result = RunFolder(folder).read_result()
    assert result is not None
    [output] = result["outputs"]
    with stores.of(base).open(base + output["path"]) as file:
        assert file.read() == b"abc" * 1000
    assert not list((folder / "outputs").iterdir()), "nothing of them went through us"


def test_a_file_that_is_too_big_for_a_form_comes_in_parts_and_is_one(
    attempts: Attempts, deliveries: Deliveries, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dh_jupyter.deliveries.MOST", 6 << 20)
    monkeypatch.setattr("dh_jupyter.deliveries.PART", 5 << 20)
    handle, folder = attempts.submit("def f(): return bytes(range(256)) * (44 << 10)\n")
    assert attempts.ended(handle, folder)["code"] == 0
    base = deliveries.base_of("suite", handle)
    result = RunFolder(folder).read_result()
    assert result is not None
    [output] = result["outputs"]
    with stores.of(base).open(base + output["path"]) as file:  # its digest is checked at its end
        assert file.read() == bytes(range(256)) * (44 << 10)
    assert not [one.object_name for one in stores.s3.objects(base) if "/parts/" in one.object_name]
    assert not list((folder / "outputs").iterdir()), "nothing of it went through us"


def test_metrics_are_live_and_the_file_is_the_truth(attempts: Attempts) -> None:
    code = STAYS.replace("dh.output(part=b'abc')", "dh.report(loss=0.5)")
    handle, folder = attempts.submit(code)
    attempts.wait(lambda: RunFolder(folder).read_metrics()[0])
    attempts.executor.cancel(handle, folder, 10.0)
    attempts.ended(handle, folder)
    assert [line["values"] for line in RunFolder(folder).read_metrics()[0]] == [{"loss": 0.5}]


def test_what_a_stopped_attempt_has_given_is_known(attempts: Attempts, deliveries: Deliveries, stores: Stores) -> None:
    handle, folder = attempts.submit(STAYS)
    attempts.printed(handle, folder, b"here")
    attempts.executor.cancel(handle, folder, 10.0)
    assert attempts.ended(handle, folder)["reason"] == "stopped"
    [output] = left_by({"spec": {"source": {}}}, RunFolder(folder)).outputs  # type: ignore[typeddict-item]
    base = deliveries.base_of("suite", handle)
    with stores.of(base).open(base + output["path"]) as file:
        assert file.read() == b"abc"


def test_big_code_goes_through_the_store(attempts: Attempts, client: Client) -> None:
    noise = "".join(f"# {random.getrandbits(8000):x}\n" for _ in range(1000))
    assert len(noise) // 2 > LARGEST
    handle, folder = attempts.submit(noise + "def f(): print('hello')\n")
    assert attempts.ended(handle, folder)["code"] == 0
    assert b"hello" in attempts.log(handle, folder)
    names = [one["metadata"]["name"] for one in found(client, "configmaps")]  # type: ignore[index]
    assert [name.split("-")[1] for name in names] == ["worker"]


def test_equal_code_is_there_once(attempts: Attempts, client: Client) -> None:
    ended = [attempts.submit("def f(): pass\n") for _ in range(2)]
    assert [attempts.ended(*one)["code"] for one in ended] == [0, 0]
    names = sorted(one["metadata"]["name"].split("-")[1] for one in found(client, "configmaps"))  # type: ignore[index]
    assert names == ["code", "worker"]


def test_code_goes_when_no_job_needs_it_and_comes_again(attempts: Attempts, client: Client) -> None:
    ended = [attempts.submit("def f(): print('hello')\n")]
    attempts.ended(*ended[0])
    cluster = attempts.executor._cluster()
    seen = cluster.keeper.view._changed
    cluster.keeper.view._changed = lambda *told: (seen(*told), attempts._changed(""))  # also of what nobody looks after
    cluster.collector.collect(time.time() + IDLE + 60)
    assert len(found(client, "configmaps")) == 2, "its Job is there"
    delete_job(client)
    attempts.wait(lambda: not cluster.keeper.view.jobs.names())
    cluster.collector.collect(time.time())
    assert len(found(client, "configmaps")) == 2, "they may be needed soon"
    cluster.collector.collect(time.time() + IDLE + 60)
    assert found(client, "configmaps") == []
    again = attempts.submit("def f(): print('hello')\n")
    assert attempts.ended(*again)["code"] == 0


def test_what_was_handed_over_is_taken_when_its_job_is_long_gone(attempts: Attempts, client: Client) -> None:
    handle, folder = attempts.submit("def f():\n    print('hello')\n    return 3\n")
    attempts.executor.close()
    until(client, b'"Complete"')
    delete_job(client)
    attempts.executor = attempts.started()
    exit = attempts.ended(handle, folder)
    assert (exit["reason"], exit["code"]) == ("exited", 0)
    assert attempts.log(handle, folder) == b"hello\n"
    result = RunFolder(folder).read_result()
    assert result is not None
    assert result["state"] == "COMPLETED"


@pytest.fixture
def away(
    s3: S3, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Deliveries, Forwarder]]:
    """An S3 that pods reach, and we do not, until its forwarder is opened."""
    monkeypatch.setattr("dh_kernel.stores.s3_access.TRIES", 1)
    monkeypatch.setattr("dh_jupyter.executors.kubernetes.keeper.AGAIN", 0.0)
    with Forwarder(s3.url) as forwarder:
        given = StoreSettings(f"s3://{bucket}/away", forwarder.url, "us-east-1", KEY, SECRET)
        yield Deliveries(Stores(tmp_path / "broker", given, lambda project, name: "")), forwarder


def test_a_store_that_is_away_when_it_is_over_is_waited_for_and_said(
    tmp_path: Path, by_store: KubernetesSettings, away: tuple[Deliveries, Forwarder]
) -> None:
    deliveries, forwarder = away
    attempts = Attempts(lambda: with_store(tmp_path, by_store, deliveries), tmp_path)
    handle, folder = attempts.submit("def f(): return 3\n")
    seen = attempts.wait(lambda: "wait for the store" in (seen := attempts.look(handle, folder)).waiting_for and seen)
    assert seen.phase == "running"
    assert forwarder.url.removeprefix("http://") in seen.waiting_for
    forwarder.open()
    attempts.look(handle, folder)
    assert attempts.ended(handle, folder)["code"] == 0
    assert RunFolder(folder).read_result() is not None
    attempts.close()


def test_who_stops_a_run_does_not_wait_for_the_store(
    tmp_path: Path, by_store: KubernetesSettings, away: tuple[Deliveries, Forwarder]
) -> None:
    attempts = Attempts(lambda: with_store(tmp_path, by_store, away[0]), tmp_path)
    handle, folder = attempts.submit(STAYS)
    attempts.printed(handle, folder, b"here")
    attempts.executor.cancel(handle, folder, 10.0)
    assert attempts.ended(handle, folder)["reason"] == "stopped"
    attempts.close()


@pytest.fixture
def packages(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Variables by which the installer in a pod finds two packages, and nothing else in the world."""
    folder = tmp_path / "index"
    folder.mkdir()
    wheel(folder, "dh-pebble", "1.0")
    wheel(folder, "dh-stone", "1.0", "dh-pebble>=2")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        yield {"UV_FIND_LINKS": f"{url}/", "UV_DEFAULT_INDEX": f"{url}/none"}
        server.shutdown()


def test_packages_are_installed_in_the_pod_and_recorded(attempts: Attempts, packages: dict[str, str]) -> None:
    code = "import dh_pebble\ndef f(): print('version', dh_pebble.VERSION)\n"
    handle, folder = attempts.submit(code, requirements=("dh-pebble",), env=packages)
    exit = attempts.ended(handle, folder)
    assert exit.get("code") == 0, attempts.log(handle, folder)
    assert b"version 1.0" in attempts.log(handle, folder)
    environment = RunFolder(folder).read_environment()
    assert environment is not None
    assert "dh-pebble==1.0" in environment["packages"]


def test_nothing_runs_while_packages_are_installed(attempts: Attempts, packages: dict[str, str]) -> None:
    """Of a pod that has just begun, nobody has heard yet what it does."""
    phases: list[str] = []

    def look() -> bool:
        phases.append(attempts.look(handle, folder).phase)
        return phases[-1] == "exited"

    handle, folder = attempts.submit("import dh_pebble\ndef f(): pass\n", requirements=("dh-pebble",), env=packages)
    attempts.wait(look)
    steps = [phase for phase, _ in itertools.groupby(phases)]
    assert steps in (["starting", "exited"], ["starting", "running", "exited"])


def test_packages_that_can_not_be_had_are_their_own_end(attempts: Attempts, packages: dict[str, str]) -> None:
    handle, folder = attempts.submit("def f(): print('here')\n", requirements=("dh-stone",), env=packages)
    exit = attempts.ended(handle, folder)
    assert exit["code"] == 43
    assert cause_of(exit) == "dependencies"
    log = attempts.log(handle, folder)
    assert b"dh-pebble" in log, "the installer says why"
    assert b"here" not in log
