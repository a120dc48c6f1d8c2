"""A notebook's kernel becomes a run of this machine, and a process of the server again: all of it but a cluster."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.notebook import Notebook, ended
from tests.fixtures.server import InProcess

WHO = "import os\nprint(os.getpid(), 'x' in globals(), os.environ.get('DH_KERNEL_RUN', 'here').rpartition('/')[2])"


@pytest.fixture
def jp_server_config(jp_server_config: dict[str, Any]) -> dict[str, Any]:
    """Two kernels are elsewhere at once while one moves on."""
    return {**jp_server_config, "DhExtension": {**jp_server_config["DhExtension"], "local_cpu": 2}}


async def runs(server: InProcess) -> list[str]:
    """Ids, the oldest first."""
    return [
        one["id"] for one in (await server.ask("GET", "/dh/api/v1/-/default/runs?sort=created,ASC")).body["content"]
    ]


async def test_a_notebooks_kernel_moves_on_and_comes_back(server: InProcess) -> None:
    answer = await server.ask("POST", "/dh/api/v1/-/default/kernels", {"executor": "local"})
    assert (answer.status, answer.body["message"][:30]) == (400, "Only the kernel of a notebook ")
    notebook = await Notebook.open(server)
    assert "on the server's machine" in (await notebook.run("%load_ext dh_kernel\n%dh kernel")).text
    before = (await notebook.run(f"import os\nx = 41\n{WHO}")).text.split()
    assert before[1:] == ["True", "here"]
    said = await notebook.move("--on local")
    assert "Variables do not move: x stay behind" in said
    assert "The kernel moves now to run/notebook-kernel-1. It ends after 60 minutes without execution." in said
    there = (await notebook.run(WHO)).text.split()
    (first,) = await runs(server)
    assert there[1:] == ["False", first]
    assert "is run/notebook-kernel-1." in (await notebook.run("%load_ext dh_kernel\n%dh kernel")).text
    assert "notebook-kernel-1" in (await notebook.run("%dh ls run")).text, "its toolkit asks the broker"
    saved = "import pandas as pd, dh_kernel as dh\ndf = pd.DataFrame({'a': [1, 2]})\n%dh dataset d $df"
    assert "dataset/d@1 · saved" in (await notebook.run(saved)).text
    assert (await notebook.run("print(dh.load('dataset/d').a.sum())")).text == "3\n"
    hidden = (
        "import os\nprint([n for n, v in os.environ.items() if 'KEY' in n or 'http' in v and '127.0.0.1' not in v])"
    )
    assert (await notebook.run(hidden)).text.strip() == "[]"

    await server.ask("POST", f"/api/kernels/{notebook.kernel_id}/restart")
    await notebook.ready()
    again = (await notebook.run(WHO)).text.split()
    assert (again[0] != there[0], again[2]) == (True, first), "a restart is a new process in the same run"

    await notebook.move("--on local --cpu 500m")
    _, second = await runs(server)
    assert (await notebook.run(WHO)).text.split()[2] == second
    assert (await ended(server, first))["value"] is not None

    await notebook.move("--local")
    here = (await notebook.run(WHO)).text.split()
    assert here[1:] == ["False", "here"]
    assert (await ended(server, second))["state"] == "COMPLETED"
    assert server.broker.secret_values.usable("default") == []
    refused = await notebook.run("%load_ext dh_kernel\n%dh kernel --local")
    assert "This notebook's kernel runs on this machine." in refused.error
    refused = await notebook.run("%dh kernel --on local --cpu 999")
    assert "999" in refused.error
    assert (await notebook.run(WHO)).text.split()[0] == here[0], "who is refused a place stays"
    assert len(await runs(server)) == 2
    notebook.close()


async def test_a_kernel_elsewhere_ends_when_nothing_is_executed(server: InProcess) -> None:
    server.app.web_app.settings["dh_elsewhere"].notebooks._idle = 1.2
    notebook = await Notebook.open(server)
    await notebook.go("--on local")
    await notebook.died.wait()
    (run_id,) = await runs(server)
    status = await ended(server, run_id)
    assert (status["state"], status["results"]) == ("COMPLETED", {"ended": "nothing was executed for 0.02 minutes"})
    assert notebook.kernel_id not in server.app.kernel_manager
    notebook.close()


async def test_a_kernel_whose_run_is_stopped_is_dead(server: InProcess) -> None:
    notebook = await Notebook.open(server)
    await notebook.move("--on local")
    (run_id,) = await runs(server)
    await server.ask("POST", f"/dh/api/v1/-/default/runs/{run_id}/stop")
    await notebook.died.wait()
    assert (await ended(server, run_id))["state"] == "STOPPED"
    assert notebook.kernel_id not in server.app.kernel_manager
    notebook.close()
