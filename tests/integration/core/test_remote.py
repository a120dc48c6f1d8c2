"""The toolkit with a DigitalHub Core behind the broker: a second server of ours in its role, over HTTP and Core's routes only."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

import dh_kernel as dh
from dh_kernel.broker import Address, routes_url
from dh_kernel.errors import DHError, Invalid, NotFound, RunFailed, Unavailable
from dh_kernel.magics.complete import complete
from dh_kernel.session import Session, session, set_session
from tests.fixtures.s3 import KEY, S3, SECRET
from tests.fixtures.server import broker_process
from tests.integration.core.wire import Wire, wire

CELLS = [
    "import pandas as pd\nFACTOR = 3",
    "def helper_of(table: pd.DataFrame) -> float:\n    return float(table['x'].sum()) * FACTOR",
    """def total(table: pd.DataFrame, plus: float = 0.0):
    'Sum a column.'
    print("counting", len(table))
    return {"total": helper_of(table) + plus, "doubled": table * 2}
""",
    "def fails(why: str):\n    raise ValueError(why)",
    "def reads():\n    import os\n\n    return f'{len(os.environ[\"TOKEN\"])} letters'",
    "def waits():\n    import time\n\n    print('waiting', flush=True)\n    time.sleep(600)",
]


@pytest.fixture(scope="module")
def cells(remote: str) -> Iterator[Any]:
    """A notebook's variables."""
    main = sys.modules["__main__"]
    shell = InteractiveShell.instance()
    sys.modules["__main__"] = shell.user_module
    for cell in CELLS:
        shell.run_cell(cell, store_history=True).raise_error()
    yield SimpleNamespace(**{name: shell.user_ns[name] for name in ("total", "fails", "waits", "reads")})
    sys.modules["__main__"] = main
    shell.history_manager.end_session()
    InteractiveShell.clear_instance()


@pytest.fixture(scope="module")
def core(s3: S3, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    """The second server, whose files lie in an S3, and the wire to it."""
    s3.client().create_bucket(Bucket="core")
    folder = tmp_path_factory.mktemp("core")
    settings = {
        "store": "s3://core",
        "store_endpoint": s3.url,
        "store_key": KEY,
        "store_secret": SECRET,
        "local_cpu": "2",
    }
    arguments = [f"--DhExtension.{name}={value}" for name, value in settings.items()]
    started = broker_process(folder / "home", folder / "log", *arguments, LOGNAME="ada")
    with started as server, wire(server.url, server.token) as made:
        yield made


@pytest.fixture(scope="module")
def remote(core: Wire, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The broker in front of it, with a profile of dhcore.ini: an expired token, and one to renew it by."""
    folder = tmp_path_factory.mktemp("remote")
    ini = folder / "dhcore.ini"
    ini.write_text(
        "[DEFAULT]\ncurrent_environment = there\n"
        f"[there]\ndhcore_endpoint = {core.url}\ndhcore_access_token = old\ndhcore_refresh_token = {core.token}\n"
        f"dhcore_client_id = c\noauth2_token_endpoint = {core.url}/auth/token\n"
    )
    before = dict(os.environ)
    os.environ["DH_CONFIG"] = str(ini)
    try:
        with broker_process(folder / "home", folder / "log", f"--DhExtension.core_url={core.url}") as server:
            set_session(Session(lambda: Address(routes_url(server.url), server.token), project="shop"))
            yield server.url
    finally:
        os.environ.clear()
        os.environ.update(before)
        set_session(None)


@pytest.fixture(autouse=True)
def only_cores_own(core: Wire, remote: str) -> Iterator[None]:
    yield
    assert core.refused == [], "asked for what Core has not"


def test_a_function_of_a_notebook_runs_there(core: Wire, cells: Any) -> None:
    function = dh.function(cells.total, label="sums")
    assert function.reference == "function/total@1"
    assert "dh_called_by_core" not in function.code, "the lines for Core's runtime are not the user's"
    assert dh.function(cells.total).reference == "function/total@1", "the same content is the same version"
    table = pd.DataFrame({"x": [1.0, 2.0]})
    run = function.run(table=table, plus=1).wait()
    assert (run.state, run.name) == ("succeeded", "total-1"), run.logs()
    assert run.result["total"] == 10.0
    assert run.result["doubled"]["x"].tolist() == [2.0, 4.0]
    assert run.logs() == "counting 2\n"
    assert list(run.logs(follow=True)) == ["counting 2"]
    assert dh.load("dataset/table")["x"].tolist() == [1.0, 2.0], "it was saved there, through links of Core's"
    assert dh.run("run/total-1").id == run.id
    assert dh.run("run/total").name == "total-1"
    assert run.retry(plus=2).wait().result["total"] == 11.0
    assert any(one.startswith("POST /api/v1/-/shop/runs") for one in core.asked)


def test_whose_runs_are_whose_is_cores_to_say(cells: Any) -> None:
    run = dh.function(cells.total).run(table=pd.DataFrame({"x": [1.0]})).wait()
    me = session().client.get("/api/auth")["username"]
    assert (me, run.entity["user"]) == ("ada", "ada"), "the panel's own runs are found by it"


def test_what_is_there_is_found_and_shown(cells: Any) -> None:
    dh.function(cells.total)
    assert "function/total@1" in str(dh.ls("function"))
    assert "sums" in str(dh.ls("function", "tot"))
    assert "Sum a column" in str(dh.show("function/total")._repr_mimebundle_())
    assert complete("%dh run tot") == ["total"]
    assert "table=" in complete("%dh run total ")
    with pytest.raises(NotFound, match="There is no function 'totl'") as caught:
        dh.show("function/totl")
    assert "Did you mean 'total'?" in str(caught.value)
    with pytest.raises(NotFound, match="There is no version '@9'"):
        dh.show("function/total@9")


def test_aliases_are_labels_there() -> None:
    first = dh.dataset("sizes", pd.DataFrame({"x": [1]}))
    second = dh.dataset("sizes", pd.DataFrame({"x": [2]}))
    assert (first.reference, second.reference) == ("dataset/sizes@1", "dataset/sizes@2")
    here = session()
    for handle in (first, second):
        here.client.request("PUT", here.path("dataitems", handle.id, "aliases", "good"), {})
    found = dh.show("dataset/sizes@good")
    assert (found.id, found.metadata["aliases"], found.metadata.get("labels")) == (second.id, ["good"], [])
    assert dh.show("dataset/sizes@1").metadata["aliases"] == []
    assert dh.show(f"dataset/sizes@{first.id[:8]}").id == first.id
    assert dh.dataset("sizes", pd.DataFrame({"x": [1]})).line == "unchanged, dataset/sizes@1"


def test_failures_and_stops_are_told(cells: Any) -> None:
    run = dh.function(cells.fails).run(why="no luck").wait()
    assert run.state == "failed"
    with pytest.raises(RunFailed, match="ValueError: no luck"):
        _ = run.result
    waiting = dh.function(cells.waits).run()
    lines = waiting.logs(follow=True)
    assert next(lines) == "waiting", "the log comes while it runs"
    waiting.stop()
    assert waiting.wait().state == "stopped"
    assert [each.state for each in dh.wait_all([run, waiting])] == ["failed", "stopped"]


@pytest.mark.parametrize(
    ("options", "said"),
    [({"timeout": "2h"}, "has no --timeout"), ({"retries": 2}, "has no --retries"), ({"on": "local"}, "has no --on")],
)
def test_what_core_has_not_is_refused_in_words(cells: Any, options: dict[str, str], said: str) -> None:
    function = dh.function(cells.fails)
    before = len(dh.ls("run"))
    with pytest.raises(Invalid, match=said):
        function.run(why="x", **options)
    with pytest.raises(Invalid, match="no parameter 'wy'"):
        function.run(wy="x")
    assert len(dh.ls("run")) == before


DECLARED = """
kind: project
name: declared
metadata: {description: Of files}
---
kind: python
name: half
spec: {python_version: PYTHON3_11, source: {handler: half, code: "def half(n: float):\\n    return n / 2\\n"}}
metadata: {labels: [small], aliases: [good]}
---
kind: artifact
name: notes
spec: {path: s3://x/y}
metadata: {description: Some notes}
"""


def actions(table: Any) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in table.rows]


def test_files_are_applied_at_core(core: Wire, tmp_path: Path) -> None:
    path = tmp_path / "dh.yaml"
    path.write_text(DECLARED)
    made = [("created", "project/declared"), ("created", "function/half"), ("created", "artifact/notes")]
    assert actions(dh.diff(str(path))) == [("to create", thing) for _, thing in made]
    assert actions(dh.apply(str(path))) == made
    assert actions(dh.apply(str(path))) == [], "there is nothing left to do"
    there = session().within("declared")
    function = there.resolve("function/half@good")
    assert function["metadata"]["labels"] == ["small"]
    path.write_text(DECLARED.replace("Some notes", "Better ones").replace("[small]", "[large]"))
    assert actions(dh.diff(str(path))) == [("would change", "function/half"), ("would change", "artifact/notes")]
    dh.apply(str(path), update=True)
    assert actions(dh.diff(str(path))) == []
    assert there.resolve("function/half@good")["metadata"]["labels"] == ["large"]
    path.write_text(DECLARED.rpartition("---")[0].replace("[small]", "[large]"))
    assert actions(dh.apply(str(path))) == [("would be deleted", "artifact/notes")], "not untold"
    assert actions(dh.apply(str(path), prune=True)) == [("deleted", "artifact/notes")]
    assert actions(dh.diff(str(path))) == []
    assert core.refused == []


def test_what_core_refuses_leaves_nothing_half_made(tmp_path: Path) -> None:
    path = tmp_path / "dh.yaml"
    path.write_text(DECLARED.replace("declared", "refused").replace("[good]", "[good, latest]"))
    with pytest.raises(Invalid, match="can't be an alias"):
        dh.apply(str(path))
    with pytest.raises(NotFound):
        session().within("refused").resolve("function/half")
    with pytest.raises(NotFound):
        session().client.get("/api/v1/projects/refused")
    path.write_text(
        "kind: script\nname: s\nspec: {parameters: {type: object, properties: {}}, source: {path: s.py, code: 'print(1)'}}\n"
    )
    with pytest.raises(Invalid, match=r"dh.yaml:\d: .*runs no scripts"):
        dh.diff(str(path))


def test_a_project_with_files_goes_out_of_core_and_in(tmp_path: Path) -> None:
    here = session()
    before = here.project
    here.work_in("outgoing")
    try:
        table = pd.DataFrame({"a": [1, 2]})
        dh.dataset("words", table)
        dh.export("project", str(tmp_path / "out"), files=True)
        assert len(list((tmp_path / "out" / "files").iterdir())) == 1
        made = dh.import_(str(tmp_path / "out"), project="incoming")
        assert actions(made) == [("created", "project/incoming"), ("created", "dataset/words")]
        here.use("incoming")
        assert dh.load("dataset/words").equals(table)
        assert "/incoming/" in dh.show("dataset/words").spec["path"]
    finally:
        here.use(before)


def test_other_things_that_are_not_there_say_what_to_do(tmp_path: Path) -> None:
    for call in (dh.gc, lambda: dh.run(same_as="total-1")):
        with pytest.raises(DHError) as caught:
            call()
        assert "Core" in str(caught.value)
        assert caught.value.hint
    script = tmp_path / "script.py"
    script.write_text("print(1)\n")
    with pytest.raises(Invalid, match="runs no scripts"):
        dh.job(str(script))


def test_secrets_are_cores(cells: Any) -> None:
    assert str(dh.secret("TOKEN", "s3cr3t")).startswith("secret TOKEN kept in shop")
    assert str(dh.secret("TOKEN", "another")).startswith("secret TOKEN replaced")
    assert "TOKEN" in str(dh.secret())
    run = dh.function(cells.reads).run(secret=["TOKEN"]).wait()
    assert run.result == "7 letters", run.logs()
    dh.secret("TOKEN", delete=True)
    assert "TOKEN" not in str(dh.secret())
    with pytest.raises(NotFound, match="There is no secret 'TOKEN'"):
        dh.secret("TOKEN", delete=True)


def test_runs_in_several_states_are_one_list(core: Wire) -> None:
    here = session()
    found = here.list("run", state="COMPLETED,ERROR", size=100)
    states = {one["status"]["state"] for one in found["content"]}
    assert states == {"COMPLETED", "ERROR"}
    assert found["totalElements"] == len(found["content"])
    created = [one["metadata"]["created"] for one in found["content"]]
    assert created == sorted(created, reverse=True)
    page = here.list("run", size=2)
    more = here.list("run", size=2, after=page["next"])
    assert not {one["id"] for one in page["content"]} & {one["id"] for one in more["content"]}


def test_lineage_is_cores() -> None:
    text = str(dh.show("run/total-1", lineage=True))
    assert "run of" in text
    assert "function/total" in text
    assert "dataset/table" in text
    assert "dataset/doubled" in text


def test_the_doctor_sees_core(core: Wire) -> None:
    table = dh.doctor()
    assert core.url in str(table)
    assert not table.bad
    assert session().client.get("/ready") == {"status": "ready"}


def test_a_token_that_expires_is_renewed(core: Wire) -> None:
    core.expired = 1
    assert "function/" in str(dh.ls("function"))
    assert core.expired == 0


def test_two_who_ask_at_once_count_the_same() -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(dh.show("dataset/sizes").reference)) for _ in range(4)]
    dh.dataset("sizes", pd.DataFrame({"x": [3]}))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1


def test_core_that_is_away_is_told(tmp_path: Path, remote: str) -> None:
    home = tmp_path / "home"
    with broker_process(home, tmp_path / "log", "--DhExtension.core_url=http://127.0.0.1:9") as server:
        away = Session(lambda: Address(routes_url(server.url), server.token), project="shop")
        with pytest.raises(Unavailable, match="does not answer"):
            away.list("function")
