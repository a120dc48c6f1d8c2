"""`POST /apply`: plans, and what is made of them, on a real server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.server import InProcess

PROJECT = """kind: project
name: first
metadata: {description: A shop, labels: [x]}
spec:
  config: {place: here}
  artifacts:
    - kind: artifact
      name: notes
      id: a1
      metadata: {labels: [old], aliases: [good]}
      spec: {path: s3://x/notes.txt}
"""
FUNCTION = """kind: python
name: double
id: f1
project: first
spec:
  python_version: PYTHON3_11
  source: {handler: double, code: "def double(x):\\n    return 2 * x\\n"}
"""
TASK = "kind: python+job\nid: t1\nproject: first\nspec:\n  function: python://first/double:f1\n"
FILES = {"dh.yaml": PROJECT, "double.yaml": f"{FUNCTION}---\n{TASK}"}


@pytest.fixture
def apply(server: InProcess) -> Any:
    async def ask(files: dict[str, str], **asked: Any) -> Any:
        sent = [{"path": name, "text": text} for name, text in files.items()]
        answer = await server.ask("POST", "/dh/api/v1/apply", {"files": sent, "current": "default", **asked})
        if answer.status != 200:
            return answer.status, answer.body["message"], answer.body.get("details", [])
        return [(row["action"], row["type"], row["name"], row["detail"]) for row in answer.body["rows"]]

    return ask


ALL = [("project", "first"), ("artifact", "notes"), ("function", "double"), ("task", "t1")]


async def test_what_is_missing_is_made_once(server: InProcess, apply: Any) -> None:
    plan = await apply(FILES)
    assert sorted(plan) == sorted(("create", *each, "") for each in ALL)
    assert (await server.ask("GET", "/dh/api/v1/projects/first")).status == 404, "a plan stores nothing"
    assert await apply(FILES, do=True) == plan
    assert {row[0] for row in await apply(FILES)} == {"unchanged"}
    assert {row[0] for row in await apply(FILES, do=True, prune=True, update=True)} == {"unchanged"}
    project = (await server.ask("GET", "/dh/api/v1/projects/first")).body
    assert (project["metadata"]["description"], project["spec"]["config"]) == ("A shop", {"place": "here"})
    good = await server.ask("GET", "/dh/api/v1/-/first/resolve?ref=artifact/notes@good")
    assert (good.body["id"], good.body["metadata"]["version_number"]) == ("a1", 1)
    run = {"spec": {"function": "function/double", "parameters": {"x": 2}}}
    assert (await server.ask("POST", "/dh/api/v1/-/first/runs", run)).status == 200


async def test_what_differs_is_told_and_changed_only_when_asked(server: InProcess, apply: Any) -> None:
    await apply(FILES, do=True)
    other = PROJECT.replace("[old]", "[new]").replace("[good]", "[good, best]").replace("A shop", "A house")
    files = {"dh.yaml": other.replace("notes.txt", "other.txt").replace("here", "there")}
    told = [
        ("change", "project", "first", "description A shop → A house · spec.config differ"),
        ("change", "artifact", "notes", "labels ['old'] → ['new'] · alias best · spec.path differ: a version's spec never "
         "changes; leave out its id, and what differs is a new version"),
        ("delete", "function", "double", "not declared"),
    ]  # fmt: skip
    assert await apply(files) == told
    assert await apply(files, do=True) == told
    assert await apply(files) == told, "nothing was changed untold"
    await apply(files, do=True, update=True)
    (project, artifact, gone) = await apply(files)
    assert (project[0], gone[0]) == ("unchanged", "delete")
    assert artifact[3].startswith("spec.path differ"), "labels and alias are as declared"
    best = (await server.ask("GET", "/dh/api/v1/-/first/resolve?ref=artifact/notes@best")).body
    assert (best["metadata"]["labels"], best["spec"]["path"]) == (["new"], "s3://x/notes.txt")
    project = (await server.ask("GET", "/dh/api/v1/projects/first")).body
    assert (project["metadata"]["description"], project["spec"]["config"]) == ("A house", {"place": "there"})
    await apply(files, do=True, prune=True)
    assert [row[:2] for row in await apply(files)] == [("unchanged", "project"), ("change", "artifact")]
    assert (await server.ask("GET", "/dh/api/v1/-/first/functions/f1")).status == 404


async def test_a_part_of_a_project_says_nothing_of_the_rest(apply: Any) -> None:
    await apply(FILES, do=True)
    assert await apply({"one.yaml": FUNCTION}, into="first") == [("unchanged", "function", "double", "")]
    assert await apply({"one.yaml": FUNCTION}) == [("create", "function", "double", "")], "in the current project"


async def test_in_another_project(server: InProcess, apply: Any) -> None:
    await apply(FILES, into="copy", do=True)
    task = (await server.ask("GET", "/dh/api/v1/-/copy/tasks/t1")).body
    assert task["spec"]["function"] == "python://copy/double:f1"
    assert (await server.ask("GET", "/dh/api/v1/projects/first")).status == 404


@pytest.mark.parametrize(
    ("extra", "said", "details"),
    [
        ("kind: artifact\nname: a b\nspec: {path: s3://x/y}\n", "extra.yaml:1: invalid or missing name: 'a b'", []),
        ("kind: artifact\nname: bad\nspec: {}\n", "extra.yaml:1: This artifact is not as it must be.",
         ["extra.yaml:3: $.spec: 'path' is a required property"]),
        ("kind: python+job\nid: t2\nspec:\n  function: python://first/none:f9\n", "extra.yaml:4: invalid executable entity", []),
        ("kind: artifact\nname: far\nspec:\n  path: /not/here.txt\n",
         "extra.yaml:4: the files of artifact 'far' are not here: /not/here.txt", []),
        ("kind: artifact\nname: a\nmetadata: {aliases: ['3']}\nspec: {path: s3://x/y}\n", "'3' can't be an alias.", []),
    ],
)  # fmt: skip
async def test_one_that_is_wrong_leaves_nothing_half_made(
    server: InProcess, apply: Any, extra: str, said: str, details: list[str]
) -> None:
    assert await apply({**FILES, "extra.yaml": extra}, do=True) == (400, said, details)
    assert (await server.ask("GET", "/dh/api/v1/projects/first")).status == 404


async def test_files_of_the_same_machine_are_found(apply: Any, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    text = f"kind: artifact\nname: near\nspec: {{path: {tmp_path}/notes.txt}}\n"
    assert await apply({"a.yaml": text}, do=True) == [("create", "artifact", "near", "")]
    assert await apply({"a.yaml": text}) == [("unchanged", "artifact", "near", "")]


async def test_an_extension_of_the_public_sdk_is_declared_as_well(server: InProcess, apply: Any) -> None:
    text = "kind: extension\nname: card\nid: e1\nspec:\n  anything: {of: theirs}\n"
    assert await apply({"a.yaml": text}, do=True) == [("create", "extension", "card", "")]
    assert await apply({"a.yaml": text}) == [("unchanged", "extension", "card", "")]
    kept = (await server.ask("GET", "/dh/api/v1/-/default/extensions/e1")).body
    assert kept["spec"] == {"anything": {"of": "theirs"}}
    by_key = "key: store://default/extension/own/other:e2\nkind: own\nname: other\nid: e2\n"
    assert await apply({"a.yaml": by_key}, do=True) == [("create", "extension", "other", "")]


async def test_a_project_that_is_not_there_is_not_made_in_passing(apply: Any) -> None:
    assert await apply({"one.yaml": FUNCTION}, into="nowhere", do=True) == (400, "There is no project 'nowhere'.", [])


async def test_bodies_that_are_no_requests(server: InProcess) -> None:
    for body in ({}, {"files": "x", "current": "a"}, {"files": [{"path": "a.yaml"}], "current": "a"}):
        assert (await server.ask("POST", "/dh/api/v1/apply", body)).status == 400
