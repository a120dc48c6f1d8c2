"""Files, by the words that a person types: out by `%dh export`, in by `import` and `apply`; in Python and in a shell, too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import dh_kernel as dh
from dh_kernel.broker import Address, routes_url
from dh_kernel.cli import main
from dh_kernel.errors import Conflict, DHError, Invalid, NotFound
from dh_kernel.magics.complete import complete
from dh_kernel.magics.dh import line_magic
from dh_kernel.session import Session, session, set_session
from tests.fixtures.server import BrokerProcess, broker_process


class Shell:
    """Without variables."""

    user_ns: dict[str, Any] = {}  # noqa: RUF012
    user_ns_hidden: dict[str, Any] = {}  # noqa: RUF012


def said(line: str) -> Any:
    return line_magic(Shell(), line)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerProcess]:
    folder = tmp_path_factory.mktemp("declared")
    with broker_process(folder / "home", folder / "log") as started:
        yield started


@pytest.fixture
def folder(broker: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to write to, and a project of the folder's own name, with two versions of a function."""
    monkeypatch.chdir(tmp_path)
    set_session(
        Session(lambda: Address(routes_url(broker.url), broker.token), project=tmp_path.name.replace("_", "-")[:30])
    )
    for factor in (2, 3):
        double = {"source": {"handler": "double", "code": f"def double(x):\n    return {factor} * x\n"}}
        dh_yaml = json.dumps({"kind": "python", "name": "double", "spec": {"python_version": "PYTHON3_11", **double}})
        (tmp_path / "double.json").write_text(dh_yaml)
        dh.import_("double.json")
    (tmp_path / "double.json").unlink()
    session().client.request("PUT", session().path("functions", dh.function("double@2").id, "aliases", "best"), {})
    yield tmp_path
    set_session(None)


def rows(table: Any) -> list[tuple[str, str]]:
    return [(row["what"], row["thing"]) for row in table]


def test_a_project_goes_out_and_comes_in(folder: Path) -> None:
    here = session().project
    assert said("export project backup") == "backup/dh.yaml was written."
    assert str(said("diff backup")) == f"project {here}: 3 unchanged"
    assert str(said("diff backup/dh.yaml")) == f"project {here}: 2 unchanged", "the latest of each name"
    made = said("import backup --project copy")
    assert rows(made) == [("created", "project/copy"), ("created", "function/double"), ("created", "function/double")]
    session().use("copy")
    assert dh.function("double@best").id == dh.function("double@2").id == dh.function("double").id
    assert "3 * x" in dh.function("double").code
    assert "2 * x" in dh.function("double@1").code


def test_one_thing_goes_out_into_a_folder_and_comes_in(folder: Path) -> None:
    path = Path("parts", f"functions-{dh.function('double@1').id}.yaml")
    assert said("export function/double@1 parts") == f"{path} was written."
    here = session().project
    said("project part")
    said(f"project {here}")
    assert rows(said("import parts --project part")) == [("created", "function/double")]
    with pytest.raises(Conflict, match="there already"):
        said("export function/double@1 parts/")
    assert str(dh.export("function/double@1", "v1.2/")).startswith("v1.2/functions-"), "a folder whose name has a dot"
    with pytest.raises(Invalid, match="A function has no files"):
        said("export function/double parts --files")
    (folder / "table.csv").write_text("x\n1\n")
    said("dataset sizes table.csv")
    with pytest.raises(Invalid, match="into a folder"):
        said("export dataset/sizes sizes.yaml --files")
    said("export dataset/sizes@1 data --files")
    assert len(list(Path("data/files").iterdir())) == 1
    dh.import_("data", project="part")
    session().use("part")
    assert list(dh.load("dataset/sizes").x) == [1]
    assert "2 * x" in dh.function("double").code


def test_files_go_along_by_their_digests(folder: Path, broker: BrokerProcess) -> None:
    import pandas as pd

    table = pd.DataFrame({"x": [1, 2]})
    saved = dh.dataset("sizes", table)
    here = session()
    root = here.configuration()["dhcore_default_files_store"]
    model = Path(root) / here.project / "model/m/m1"
    (model / "inner").mkdir(parents=True)
    (model / "a.txt").write_text("a")
    (model / "inner/b.txt").write_text("b")
    document = {"kind": "model", "name": "m", "id": "m1", "spec": {"path": f"{model}/"}, "status": {"state": "READY"}}
    here.post("models", body=document)
    said("export project backup --files")
    assert len(list(Path("backup/files").iterdir())) == 3
    for name in ("dataitems", "models"):
        here.client.request(
            "DELETE", here.path(name), query={"name": "sizes" if name == "dataitems" else "m", "cascade": "true"}
        )
    assert not model.exists()

    one = next(Path("backup/files").iterdir())
    kept = one.read_bytes()
    one.write_bytes(b"damaged")
    with pytest.raises(Invalid, match="is not what its name says"):
        dh.import_("backup", project="moved")
    assert "moved" not in here.projects(), "nothing is half-made"
    assert not [path for path in Path(root, "moved").rglob("*") if path.is_file()]
    one.write_bytes(kept)
    made = dh.import_("backup", project="moved")
    assert ("created", "project/moved") in rows(made)
    here.use("moved")
    assert dh.load("dataset/sizes").equals(table)
    place = Path(dh.show("model/m").spec["path"])
    assert (place / "inner/b.txt").read_text() == "b"
    assert place.is_relative_to(Path(root) / "moved")
    assert dh.show("dataset/sizes").id == saved.id
    with pytest.raises(Invalid, match="Files go along into a folder"):
        said("export dataset/sizes out.yaml --files")


def test_an_export_that_fails_leaves_nothing(folder: Path) -> None:
    import pandas as pd

    here = session()
    dh.dataset("sizes", pd.DataFrame({"x": [1, 2]}))
    here.post("artifacts", body={"kind": "artifact", "name": "gone", "spec": {"path": "/nowhere/gone.txt"}})
    with pytest.raises(NotFound, match="can't go along"):
        dh.export("project", "backup", files=True)
    assert not Path("backup").exists()
    Path("backup/files").mkdir(parents=True)
    Path("backup/files/other").write_text("of somebody")
    with pytest.raises(NotFound, match="can't go along"):
        dh.export("project", "backup", files=True)
    assert [path.name for path in Path("backup/files").iterdir()] == ["other"]


@pytest.mark.parametrize(("path", "digest"), [("../x", "a" * 64), ("/etc/x", "a" * 64), ("x", "../secret")])
def test_files_stay_where_they_belong(folder: Path, path: str, digest: str) -> None:
    files = [{"path": path, "hash": f"sha256:{digest}"}]
    document = {"kind": "artifact", "name": "a", "spec": {"path": "/not/here"}, "status": {"files": files}}
    Path("a.json").write_text(json.dumps(document))
    with pytest.raises(Invalid, match=r"a\.json:1: '.*' can't be a file of a"):
        dh.import_("a.json")


def test_a_plan_says_what_to_type(folder: Path) -> None:
    Path("dh.yaml").write_text(f"kind: project\nname: {session().project}\nmetadata: {{labels: [shop]}}\n")
    plan = said("diff dh.yaml")
    assert rows(plan) == [("would change", f"project/{session().project}"), ("would be deleted", "function/double")]
    assert "%dh apply … --update changes · --prune deletes." in str(plan)
    assert rows(said("apply")) == rows(plan), "nothing untold"
    assert rows(said("apply --update --prune"))[1] == ("deleted", "function/double")
    assert not rows(dh.diff("dh.yaml"))


def test_the_same_in_a_shell(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "function/double", "double.yaml"]) == 0
    assert main(["diff", "double.yaml", "--json"]) == 0
    assert main(["import", "double.yaml", "--project", "nowhere"]) == 2
    out = capsys.readouterr()
    assert "There is no project 'nowhere'." in out.err
    Path("wrong.yaml").write_text("kind: artifact\nname: x\nspec:\n  paths: s3://x/y\n")
    assert main(["apply", "wrong.yaml"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "wrong.yaml:1: This artifact is not as it must be.",
        "wrong.yaml:4: $.spec: 'path' is a required property",
        "Change what is named and send it again.",
    ]
    assert main(["apply", "--help"]) == 0
    assert capsys.readouterr().out.count("--project NAME") == 1


def test_code_beside_a_document(folder: Path) -> None:
    Path("code").mkdir()
    Path("code/triple.py").write_text("def triple(x):\n    return 3 * x\n")
    text = "kind: python\nname: triple\nspec:\n  python_version: PYTHON3_11\n  source: {handler: triple, source: %s}\n"
    Path("triple.yaml").write_text(text % "code/triple.py")
    assert rows(dh.apply("triple.yaml")) == [("created", "function/triple")]
    assert "3 * x" in dh.function("triple").code
    for outside in ("../secret.py", str(folder.parent / "secret.py")):
        (folder.parent / "secret.py").write_text("x = 1\n")
        Path("triple.yaml").write_text(text % outside)
        with pytest.raises(NotFound, match=r"triple\.yaml:5 names '.*secret\.py', which is not in"):
            dh.apply("triple.yaml")


def test_what_is_no_file_is_told(folder: Path) -> None:
    Path("empty").mkdir()
    Path("bytes.yaml").write_bytes(b"\xff\xfe")
    for given, kind, text in (
        ("none.yaml", NotFound, "There is no 'none.yaml'"),
        ("empty", NotFound, "There is no YAML in 'empty'"),
        ("bytes.yaml", Invalid, "is not text"),
    ):
        with pytest.raises(kind, match=text):
            dh.import_(given)
    with pytest.raises(DHError, match="names no type"):
        dh.diff("nothing")


def test_tab_finds_them(folder: Path) -> None:
    Path("dh.yaml").write_text("")
    Path("notes.txt").write_text("")
    assert complete("%dh apply ") == ["dh.yaml"]
    assert complete("%dh import d") == ["dh.yaml"]
    assert complete("%dh diff d") == ["dataset/", "dh.yaml"]
    assert complete("%dh apply --p") == ["--prune", "--project"]
