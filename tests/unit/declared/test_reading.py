"""What files declare, and where they are wrong."""

from __future__ import annotations

import base64

import pytest

from dh_jupyter.declared.reading import Declared, moved_into, read
from dh_kernel.errors import Invalid

FUNCTION = """kind: python
name: double
key: store://first/function/python/double:f1
id: f1
project: first
metadata: {labels: [a], version_number: 2, aliases: [best], created: 2026-11-23T10:57:32.721Z}
spec:
  python_version: PYTHON3_11
  source:
    handler: double
    code: |
      def double(x):
          return 2 * x
"""
TASK = "kind: python+job\nid: t1\nspec:\n  function: python://first/double:f1\n"
BY_HAND = "kind: artifact\nname: notes\nspec: {path: s3://first/notes.txt}\n"
PROJECT = """kind: project
name: first
spec:
  config: {a: 1}
  artifacts:
    - {kind: artifact, name: inside, id: a1, spec: {path: s3://x/y}}
    - {kind: artifact, name: beside, id: a2, metadata: {ref: ./artifacts-a2.yaml}}
  functions:
    - {kind: notebook, name: n, id: n1}
"""


def one(text: str, **files: str) -> Declared:
    (found,) = read({"a.yaml": text, **files}).entities
    return found


def test_a_function_is_as_it_would_be_posted() -> None:
    found = one(FUNCTION)
    assert found.identity == ("function", "f1")
    assert (found.aliases, found.number) == (("best",), 2)
    assert found.document["metadata"] == {"labels": ["a"]}
    source = found.document["spec"]["source"]
    assert base64.b64decode(source["base64"]) == b"def double(x):\n    return 2 * x\n"
    assert set(source) == {"handler", "base64"}


def test_without_an_id_the_content_is_the_identity() -> None:
    assert one(BY_HAND).identity == one("# another\n" + BY_HAND).identity
    assert one(BY_HAND).identity != one(BY_HAND.replace("notes.txt", "other.txt")).identity
    assert len(one(BY_HAND).document["id"]) == 32


def test_several_in_one_file_are_read_in_both_forms() -> None:
    listed = "".join("- " + text.replace("\n", "\n  ").rstrip() + "\n" for text in (FUNCTION, TASK))
    for text in (f"{FUNCTION}---\n{TASK}", listed):
        assert [each.entity for each in read({"a.yaml": text}).entities] == ["task", "function"]


def test_a_project_lists_what_is_inside_and_what_lies_beside() -> None:
    found = read({"dh.yaml": PROJECT})
    assert found.project is not None
    assert found.project.document["spec"] == {"config": {"a": 1}}
    assert [each.document["name"] for each in found.entities] == ["inside"]
    assert [each.path for each in found.wanted] == ["functions-n1.yaml", "artifacts-a2.yaml"]
    beside = "kind: artifact\nname: beside\nid: a2\nspec: {path: s3://x/z}\n"
    notebook = "kind: notebook\nname: n\nid: n1\nspec: {source: {}}\n"
    whole = read({"dh.yaml": PROJECT, "artifacts-a2.yaml": beside, "functions-n1.yaml": notebook})
    assert not whole.wanted
    assert len(whole.entities) == 3
    with pytest.raises(Invalid, match=r"^dh\.yaml:7: artifacts-a2\.yaml does not have this artifact"):
        read({"dh.yaml": PROJECT, "artifacts-a2.yaml": BY_HAND, "functions-n1.yaml": notebook})


def test_code_in_a_file_beside_is_asked_for_and_taken() -> None:
    text = FUNCTION[: FUNCTION.index("    code:")] + "    source: code/double.py\n"
    (wanted,) = read({"a.yaml": text}).wanted
    assert (wanted.path, wanted.place.line) == ("code/double.py", 11)
    source = one(text, **{"code/double.py": "x = 1\n"}).document["spec"]["source"]
    assert base64.b64decode(source["base64"]) == b"x = 1\n"
    assert not read({"a.yaml": text.replace("code/double.py", "git+https://x.org/a.git")}).wanted


def test_in_another_project_its_own_keys_name_that_one() -> None:
    moved = moved_into("copy", one(FUNCTION))
    assert moved.document["project"] == "copy"
    task = moved_into("copy", one(TASK.replace("id: t1", "id: t1\nproject: first")))
    assert task.document["spec"]["function"] == "python://copy/double:f1"
    notes = moved_into("copy", one(BY_HAND + "project: first\n"))
    assert notes.document["spec"]["path"] == "s3://first/notes.txt", "a bucket of that name is no project"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind: artifact\nspec: [\n", r"^a\.yaml:3: this is not YAML: "),
        ("kind: nothing\nname: x\n", r"^a\.yaml:1: 'nothing' is no kind that is known here"),
        ("name: x\nfunctions: []\n", r"^a\.yaml:1: it does not say what it is: 'kind' is missing"),
        ("kind: pyton\nname: x\n", r"Did you mean 'python'\?"),
        ("\n\nkind: scheduler\nname: x\n", r"^a\.yaml:3: a trigger is not declared in files"),
        ("- 1\n", r"^a\.yaml:1: this is no document"),
        ("kind: artifact\nname: x\nspec: text\n", r"^a\.yaml:3: \$\.spec: this must be a mapping"),
        ("kind: artifact\nname: 3\nspec: {path: x}\n", r"^a\.yaml:2: \$\.name: 3 is not a text"),
        ("kind: artifact\nname: x\nspec:\n  path: .nan\n", r"^a\.yaml:4: \$\.spec\.path: nan is no number"),
        ("a: &x 1\nb: *x\n", r"^a\.yaml:2: this is not YAML: aliases"),
        (f"{PROJECT}---\nkind: project\nname: second\n", r"two projects are declared"),
        (f"{FUNCTION}---\n{FUNCTION.replace('[a]', '[b]')}", r"^a\.yaml:15: function f1 is declared otherwise at a\.yaml:1"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line(text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read({"a.yaml": text})
