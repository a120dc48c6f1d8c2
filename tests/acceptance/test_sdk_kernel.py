"""A notebook's kernel with the public SDK: it is configured by our server, whatever lies in the home folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.acceptance.test_sdk import PYTHON
from tests.fixtures.server import *  # noqa: F403
from tests.fixtures.server import InProcess
from tests.integration.server.test_kernels import execute

CELL = """
import json, os
import digitalhub as dh
import dh_kernel
project = dh.get_or_create_project("mine", description="From a kernel")
function = project.new_function(
    name="add", kind="python", python_version="PYTHON3_10", code="def add(a, b):\\n    return a + b\\n", handler="add"
)
run = function.run("job", parameters={"a": 1, "b": 2})
dh_kernel.run(f"mine:run/{run.id}").wait()
run.refresh()
print(json.dumps([dh.get_project("mine").metadata.description, run.status.state, run.results()]))
"""
OLD = "[DEFAULT]\ncurrent_environment = old\n[old]\ndhcore_endpoint = http://127.0.0.1:9/\ndhcore_access_token = old\n"


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
    assert json.loads(printed.splitlines()[-1]) == ["From a kernel", "COMPLETED", {"output_0": 3}]
