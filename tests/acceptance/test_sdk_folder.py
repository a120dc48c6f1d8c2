"""The public SDK where the server's store is a folder: what it can do there, it does."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.test_sdk import PYTHON
from tests.fixtures.server import broker_process

SCRIPT = """
import json
import digitalhub as dh
import pandas as pd
project = dh.get_or_create_project("mine")
table = project.log_table(name="rows", data=pd.DataFrame({"a": [1, 2]}))
again = project.get_dataitem("rows")
print(json.dumps([again.spec.path, again.status.state, again.as_df()["a"].tolist()]))
"""


def test_a_table_is_logged(tmp_path: Path) -> None:
    if not PYTHON.exists():
        pytest.skip("the public SDK is not installed: make setup-test")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DH", "AWS_", "PYTHON"))}
    with broker_process(tmp_path / "home", tmp_path / "log") as broker:
        own = {"DHCORE_ENDPOINT": f"{broker.url}dh", "DHCORE_ACCESS_TOKEN": broker.token, "HOME": str(tmp_path)}
        store = tmp_path / "home" / "store"  # as a kernel of ours is told
        environment |= {**own, "DHCORE_DEFAULT_FILES_STORE": str(store)}
        done = subprocess.run([str(PYTHON), "-c", SCRIPT], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    path, state, values = json.loads(done.stdout.splitlines()[-1])
    assert (state, values) == ("READY", [1, 2])
    assert Path(path).is_relative_to(store / "mine" / "dataitem" / "rows")
