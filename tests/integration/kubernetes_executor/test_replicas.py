"""Pods that hand over to the store: any broker on the catalogue can look after them, and several machines hand over once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dh_jupyter.deliveries import Deliveries
from dh_jupyter.executors.kubernetes.nodes import OLDEST
from dh_jupyter.executors.kubernetes.settings import KubernetesSettings
from dh_kernel.rundir import RunFolder
from dh_kernel.testing.executors import FOREVER, Attempts
from tests.integration.kubernetes_executor.conftest import with_store

pytestmark = pytest.mark.one_plane
SLOW = "import select\ndef f():\n    print('here', flush=True)\n    select.select([], [], [], 1)\n    return {'n': 1, 'b': b'abc'}\n"


@pytest.fixture
def attempts(tmp_path: Path, by_store: KubernetesSettings, deliveries: Deliveries) -> Iterator[Attempts]:
    made = Attempts(lambda: with_store(tmp_path, by_store, deliveries), tmp_path / "one")
    yield made
    made.close()


def taken_over(attempts: Attempts, folder: Path, home: Path) -> Path:
    """The attempt's folder in another home, as its broker writes it when it takes a run: what there was at the beginning."""
    other = home / folder.relative_to(attempts.folder)
    other.mkdir(parents=True)
    for name in ("run.json", "dh_code.py"):
        shutil.copy(folder / name, other / name)
    (other / "outputs").mkdir()
    return other


def test_another_broker_goes_on_where_one_was(attempts: Attempts, tmp_path: Path) -> None:
    assert attempts.executor.is_shared
    handle, folder = attempts.submit(SLOW)
    endless, its_folder = attempts.submit(FOREVER)
    for one, place in ((handle, folder), (endless, its_folder)):
        attempts.printed(one, place, b"here")
    attempts.executor.close()
    attempts.executor = attempts.started()
    here, its_here = (taken_over(attempts, place, tmp_path / "two") for place in (folder, its_folder))
    assert attempts.ended(handle, here)["code"] == 0
    result = RunFolder(here).read_result()
    assert result is not None
    assert (result["results"], [one["name"] for one in result["outputs"]]) == ({"n": 1}, ["b"])
    assert attempts.log(handle, here) == b"here\n"
    attempts.executor.cancel(endless, its_here, 1.0)
    assert attempts.ended(endless, its_here)["reason"] == "stopped"
    assert attempts.log(endless, its_here).startswith(b"here\n")


def test_of_several_machines_the_first_hands_over(attempts: Attempts) -> None:
    code = "import os\ndef f():\n    print('hello', flush=True)\n    return {'rank': int(os.environ['RANK']), 'b': b'abc'}\n"
    if attempts.executor._cluster().client.version < OLDEST:
        pytest.skip("Kubernetes 1.20 drops these fields of a Job")
    handle, folder = attempts.write(code)
    run = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**run, "nodes": 2}))
    attempts.executor.submit(attempts.submission(handle, folder, {}, nodes=2))
    assert attempts.ended(handle, folder)["code"] == 0
    result = RunFolder(folder).read_result()
    assert result is not None
    assert result["results"] == {"rank": 0}
    assert sorted(attempts.log(handle, folder).splitlines()) == [b"[0] hello", b"[1] hello"]
