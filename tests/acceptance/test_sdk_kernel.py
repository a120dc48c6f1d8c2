"""A notebook's kernel with the public SDK: it is configured by our server, whatever lies in the home folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.test_sdk import PYTHON
from tests.fixtures.s3 import KEY, S3, SECRET
from tests.fixtures.server import InProcess
from tests.integration.server.test_kernels import execute

CELL = """
import json, os
import digitalhub as dh
import dh_kernel
import pandas as pd
project = dh.get_or_create_project("mine", description="From a kernel")
function = project.new_function(
    name="add", kind="python", python_version="PYTHON3_10", code="def add(a, b):\\n    return a + b\\n", handler="add"
)
table = project.log_table(name="rows", data=pd.DataFrame({"a": [1, 2]}))
run = function.run("job", parameters={"a": 1, "b": 2})
dh_kernel.run(f"mine:run/{run.id}").wait()
run.refresh()
print(json.dumps([table.spec.path[:19], table.as_df()["a"].tolist()]))
print(json.dumps([dh.get_project("mine").metadata.description, run.status.state, run.results()]))
"""
OLD = "[DEFAULT]\ncurrent_environment = old\n[old]\ndhcore_endpoint = http://127.0.0.1:9/\ndhcore_access_token = old\n"


@pytest.fixture
def jp_server_config(jp_server_config: Any, s3: S3) -> Any:
    """A server whose store is an S3 that has no token service: kernels are lent the server's own credentials."""
    s3.client().create_bucket(Bucket="notebooks")
    store = {
        "store": "s3://notebooks",
        "store_endpoint": s3.url,
        "store_key": KEY,
        "store_secret": SECRET,
        "store_credentials": "configured",
    }
    return {**jp_server_config, "DhExtension": {**jp_server_config["DhExtension"], **store}}


async def test_it_works_unconfigured(
    server: InProcess, jp_data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not PYTHON.exists():
        pytest.skip("the public SDK is not installed: make setup-test")
    (tmp_path / ".dhcore.ini").write_text(OLD)
    monkeypatch.setenv("HOME", str(tmp_path))
    spec = jp_data_dir / "kernels" / "sdk"
    spec.mkdir(parents=True)
    command = [str(PYTHON), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(json.dumps({"argv": command, "display_name": "SDK", "language": "python"}))
    kernel = (await server.ask("POST", "/api/kernels", {"name": "sdk"})).body["id"]
    printed = await execute(server, kernel, CELL)
    await server.ask("DELETE", f"/api/kernels/{kernel}")
    assert json.loads(printed.splitlines()[-2]) == ["s3://notebooks/mine", [1, 2]]
    assert json.loads(printed.splitlines()[-1]) == ["From a kernel", "COMPLETED", {"output_0": 3}]
