"""Functions written for the public SDK, run by the real worker: where the package is missing, and where it is installed."""

from __future__ import annotations

import functools
import http.server
import pickle
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dh_jupyter.runs.commit import output_id
from dh_kernel.rundir import RunFolder
from tests.integration.worker.conftest import Ended, Runs

HANDLER = "from digitalhub_runtime_python import handler\n"


class CoreRuns:
    """Runs code as a function of the SDK; `handler` is f."""

    def __init__(self, runs: Runs) -> None:
        self.runs = runs
        self.variables: dict[str, str] = {}

    def __call__(self, code: str | None, inputs: Any = None, function: Any = None, **parameters: Any) -> Ended:
        self.runs.count += 1
        about = {"name": "f", "key": "python://p/f:1", "written_for": "digitalhub", "handler": "f", **(function or {})}
        document: Any = {
            "format": 1,
            "project": "p",
            "id": "0" * 32,
            "name": "f-1",
            "key": "store://p/run/python+job:run/" + "0" * 32,
            "attempt": 1,
            "function": about,
            "parameters": parameters,
            "inputs": inputs or {},
            "cells": [],
            "init_parameters": {"start": 40},
        }
        folder = RunFolder.create(self.runs.path / "run" / str(self.runs.count), document, code)
        with (self.runs.path / "stderr").open("w+") as errors:
            process = self.runs.start(folder, stderr=errors, **self.variables)
            process.wait()
            errors.seek(0)
            return Ended(folder, process.returncode, errors.read())


@pytest.fixture
def core(run: Runs) -> CoreRuns:
    return CoreRuns(run)


# what is returned, decorated or not: results, and outputs by entity and kind
RETURNED = [
    ("def f(): return 3", {"output_0": 3}, {}),
    ("def f(): return None", {}, {}),
    ("def f(): return (1, 'a', True, 0.5)", {"output_0": 1, "output_1": "a", "output_2": True, "output_3": 0.5}, {}),
    ("def f(): return [1, {'a': 1}]", {"output_0": 1}, {"output_1": ("artifact", "artifact")}),
    ("def f(): return float('nan')", {"output_0": "NaN"}, {}),
    (HANDLER + "@handler(outputs=['a', 'b'])\ndef f(): return 1, 2", {"a": 1, "b": 2}, {}),
    (HANDLER + "@handler(outputs=['a'])\ndef f(): return 1, 2", {"a": 1, "output_1": 2}, {}),
    (HANDLER + "@handler()\ndef f(): return 1", {"output_0": 1}, {}),
    (
        HANDLER + "import pandas as pd\n@handler(outputs=['t'])\ndef f(): return pd.DataFrame({'a': [1]})",
        {},
        {"t": ("dataitem", "table")},
    ),
    (
        HANDLER
        + "@handler(outputs=[{'name': 'm', 'kind': 'sklearn', 'spec_kwargs': {'framework': 'x'}}])\n"
        + "def f():\n    open('m.pkl', 'w').write('1')\n    return 'm.pkl'",
        {},
        {"m": ("model", "sklearn")},
    ),
]


@pytest.mark.parametrize(("code", "results", "outputs"), RETURNED)
def test_what_is_returned(core: CoreRuns, code: str, results: Any, outputs: Any) -> None:
    ended = core(code)
    assert ended.code == 0, ended.stderr
    assert ended.result["results"] == results
    assert {name: (one["entity"], one["kind"]) for name, one in ended.outputs.items()} == outputs


def test_what_is_returned_is_what_the_sdk_reads(core: CoreRuns) -> None:
    ended = core("def f(): return {'a': [1]}")
    output = ended.outputs["output_0"]
    assert output["path"] == "outputs/artifact/outputs/output_0/output_0.pickle"
    assert pickle.loads(ended.place("output_0").read_bytes()) == {"a": [1]}
    table = core("import pandas as pd\ndef f(): return pd.DataFrame({'a': [1.5], 't': ['x']})").outputs["output_0"]
    assert table["spec"]["schema"]["fields"] == [{"name": "a", "type": "number"}, {"name": "t", "type": "string"}]
    assert table["status"]["preview"] == {
        "cols": [{"name": "a", "value": [1.5]}, {"name": "t", "value": ["x"]}],
        "rows": 1,
    }


def test_entities_that_are_returned(core: CoreRuns) -> None:
    given = {
        "key": "store://p/dataitem/table/t:1",
        "entity": "dataitem",
        "kind": "table",
        "name": "t",
        "path": "/x",
        "spec": {},
    }
    code = """
from digitalhub_runtime_python import handler
@handler(outputs=["model", "table", "m2"])
def f(project, t):
    return project.new_model(name="classifier", kind="model", path="s3://m/"), t, project.new_model("m2", path="s3://m2/")
"""
    ended = core(code, {"t": given})
    assert ended.code == 0, ended.stderr
    assert sorted(ended.outputs) == ["classifier", "m2"]
    assert ended.result["named"] == {"model": "classifier", "table": given["key"]}


def test_a_name_for_several_things(core: CoreRuns) -> None:
    code = """
import pandas as pd
def f(project):
    table = project.log_table(name="iris", data=pd.DataFrame({"a": [1]}))
    model = project.log_model(name="iris", kind="model", source=__file__)
    return model.key, table.id
"""
    ended = core(code)
    assert ended.code == 0, ended.stderr
    documents = ended.result["outputs"]
    assert sorted((one["entity"], one["name"]) for one in documents) == [("dataitem", "iris"), ("model", "iris")]
    table = next(one for one in documents if one["entity"] == "dataitem")
    model = output_id("0" * 32, next(one for one in documents if one["entity"] == "model"))
    assert ended.result["results"] == {
        "output_0": f"store://p/model/model/iris:{model}",
        "output_1": output_id("0" * 32, table),
    }, "the key is known before the run has ended"


def test_reserved_arguments(core: CoreRuns) -> None:
    code = """
def begin(context, start):
    context.state = start

def f(project, run, context, event, n):
    run.log_metric("loss", [2.0, 1.0])
    run.log_metrics({"auc": 0.5})
    same = context.project is project and context.run is run
    return project.name, run.key[-1], context.state + n, event.body["parameters"]["n"], same
"""
    ended = core(code, function={"init_function": "begin"}, n=2)
    assert ended.code == 0, ended.stderr
    assert list(ended.result["results"].values()) == ["p", "0", 42, 2, True]
    assert ended.metrics == {"loss": 1.0, "auc": 0.5}


def test_an_argument_that_it_has_not(core: CoreRuns) -> None:
    ended = core("def f(a): return a", b=1)
    assert (ended.code, ended.result["error"]["type"]) == (42, "TypeError")
    assert "'b'" in ended.result["error"]["message"]


def test_inputs_are_entities(core: CoreRuns, tmp_path: Path) -> None:
    pd.DataFrame({"a": [1, 2]}).to_parquet(tmp_path / "t.parquet")
    pd.DataFrame({"a": [1, 2]}).to_csv(tmp_path / "t.csv", sep=";", index=False)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "one.txt").write_text("one")

    def given(entity: str, name: str, path: Path, **document: Any) -> Any:
        key = f"store://p/{entity}/x/{name}:1"
        whole = {
            "id": "1",
            "metadata": {"description": "mine"},
            "status": {"state": "READY"},
            "spec": {"path": "s3://b"},
        }
        return {
            "key": key, "entity": entity, "kind": "x", "name": name, "path": str(path), "spec": {}, "document": {**whole, **document}
        }  # fmt: skip

    code = """
import digitalhub
def f(project, table, text, model, where):
    from pathlib import Path
    path = table.download()
    assert Path(path) == Path("dataitem/t.parquet"), path
    frame = table.as_df(), table.as_df(engine="polars"), text.as_df(sep=";")
    assert Path(model.download(where)).read_text() == "one"
    assert project.get_dataitem("table") is table and project.get_dataitem(table.key) is table
    assert digitalhub.get_project(project.name).get_model(model.key) is model
    assert table.to_dict()["metadata"] == {"description": "mine"}
    return [len(one) for one in frame] + [table.status.state, table.metadata.description, table.key, model.spec.path]
"""
    inputs = {
        "table": given("dataitem", "table", tmp_path / "t.parquet"),
        "text": given("dataitem", "text", tmp_path / "t.csv"),
        "model": given("model", "model", tmp_path / "model"),
    }
    ended = core(code, inputs, where="got/")
    assert ended.code == 0, ended.stderr
    found = list(ended.result["results"].values())
    assert found == [2, 2, 2, "READY", "mine", "store://p/dataitem/x/table:1", str(tmp_path / "model")]


def test_what_is_logged(core: CoreRuns) -> None:
    code = """
import pandas as pd
from pathlib import Path
def f(project):
    Path("a.txt").write_text("a")
    Path("b.txt").write_text("b")
    project.log_artifact(name="one", kind="artifact", source="a.txt", description="first", labels=["x"])
    project.log_artifact("two", "artifact", ["a.txt", "b.txt"])
    project.log_generic_artifact(name="one", source="b.txt")
    project.log_table(name="rows", data=pd.DataFrame({"a": [1]}))
    project.log_dataitem(name="lines", kind="dataitem", source="a.txt")
    project.new_dataitem(name="far", kind="table", path="s3://bucket/t.parquet")
    model = project.log_sklearn(name="m", source="a.txt", framework="none", parameters={"k": 1})
    model.log_metric("loss", 2.0)
    model.log_metric("loss", 1.0)
    model.log_metrics({"auc": 0.5})
    model.log_metric("only", 3, single_value=True)
    return project.get_model("m")
"""
    ended = core(code)
    assert ended.code == 0, ended.stderr
    outputs = ended.outputs
    assert sorted(outputs) == ["far", "lines", "m", "one", "rows", "two"]
    assert ended.place("one").read_text() == "b", "what is logged again replaces it"
    assert sorted(file.name for file in ended.place("two").iterdir()) == ["a.txt", "b.txt"]
    assert outputs["two"]["path"] == "outputs/artifact/outputs/two/"
    assert outputs["far"]["path"] == "s3://bucket/t.parquet"
    assert outputs["m"]["metrics"] == {"loss": [2.0, 1.0], "auc": 0.5, "only": 3}
    assert outputs["m"]["spec"] == {"framework": "none", "parameters": {"k": 1}}
    assert (outputs["lines"]["entity"], outputs["lines"]["kind"]) == ("dataitem", "dataitem")


# code, and what its error says
REFUSED = [
    ("def f(project): project.list_models()", "project.list_models() needs a server"),
    ("def f(project): project.get_model('x')", "model 'x' is no input of this run"),
    ("import digitalhub as dh\ndef f(): dh.list_projects()", "digitalhub.list_projects() needs a server"),
    ("import digitalhub as dh\ndef f(): dh.get_or_create_project('other')", "knows no other"),
    ("def f(project): project.get_secret('KEY')", "was not given the secret 'KEY'"),
    ("def f(project): project.log_artifact('a', 'artifact', source='nothing.txt')", "there is no 'nothing.txt'"),
    ("def f(project): project.log_table('../a', data=None)", "'../a' can't be a name"),
    ("def f(project): project.new_artifact('a', path='s3://x', labels='y')", "labels must be a list of texts"),
    ("def f(project): project.log_model('a', path='s3://x').log_metric('k', 'v')", "A metric is a number"),
    (HANDLER + "@handler(outputs=['../a'])\ndef f(): return {}", "'../a' can't be a name"),
    ("def g(): pass", "The function's source has no 'f'"),
]


@pytest.mark.parametrize(("code", "message"), REFUSED)
def test_what_it_can_not(core: CoreRuns, code: str, message: str) -> None:
    ended = core(code)
    assert ended.code == 42
    assert message in ended.result["error"]["message"]


def test_the_real_package(core: CoreRuns, tmp_path: Path) -> None:
    """Where the package is installed it is imported, and its decorator and its calls do not ask for a server."""
    site = tmp_path / "site"
    for name in ("digitalhub_runtime_python", "digitalhub"):
        (site / name).mkdir(parents=True)
        (site / name / "__init__.py").write_text("REAL = True\ndef handler(outputs): raise OSError('real')\n")
    (site / "digitalhub" / "__init__.py").write_text(
        "def get_project(name): raise OSError('real')\ndef list_models(name): return 'asked'\nREAL = True\n"
    )
    code = """
from digitalhub_runtime_python import handler, REAL
import digitalhub as dh
@handler(outputs=["name", "real"])
def f():
    return dh.get_project("p").name, dh.REAL and REAL
"""
    core.variables = {"PYTHONPATH": str(site)}
    ended = core(code)
    assert ended.code == 0, ended.stderr
    assert ended.result["results"] == {"name": "p", "real": True}
    listing = "import digitalhub\ndef f(): return digitalhub.list_models('p')"
    assert "digitalhub.list_models() needs a server" in core(listing).result["error"]["message"]
    core.variables["DHCORE_ENDPOINT"] = "http://127.0.0.1:9/dh"
    assert core(listing).result["results"] == {"output_0": "asked"}, "a run that was given a server asks it"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, served."""
    folder = tmp_path / "web"
    folder.mkdir()
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_code_that_lies_elsewhere(core: CoreRuns, web: tuple[Path, str], tmp_path: Path) -> None:
    folder, url = web
    (folder / "one.py").write_text("def f(): return 1")
    assert core(None, function={"source": f"{url}/one.py"}).result["results"] == {"output_0": 1}
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        archive.writestr("pack/__init__.py", "")
        archive.writestr("pack/code.py", "from pack.more import TWO\ndef f(): return TWO")
        archive.writestr("pack/more.py", "TWO = 2")
    ended = core(None, function={"source": f"zip+{url}/all.zip", "handler": "pack.code:f"})
    assert ended.result["results"] == {"output_0": 2}, ended.stderr
    repository = tmp_path / "repository"
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"]
    for step in (["init", "-q", str(repository)], ["-C", str(repository), "add", "."]):
        subprocess.run([*git, *step], check=True)
        (repository / "main.py").write_text("def f(): return 3")
    subprocess.run([*git, "-C", str(repository), "commit", "-q", "-m", "one"], check=True)
    assert core(None, function={"source": f"git+file://{repository}#main"}).result["results"] == {"output_0": 3}


def test_code_that_is_not_there(core: CoreRuns, web: tuple[Path, str]) -> None:
    folder, url = web
    for source, said in (
        (f"{url}/none.py", "can't be fetched: HTTP Error 404"),
        (f"git+{url}/none.git", "can't be cloned"),
        ("ftp://example/x.py", "The function's source can't be fetched"),
    ):
        ended = core(None, function={"source": source})
        assert ended.code != 0
        assert said in ended.result["error"]["message"]
    with zipfile.ZipFile(folder / "bad.zip", "w") as archive:
        archive.writestr("../evil.py", "")
    ended = core(None, function={"source": f"zip+{url}/bad.zip"})
    assert "outside of its folder" in ended.result["error"]["message"]
