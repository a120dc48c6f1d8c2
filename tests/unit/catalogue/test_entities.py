"""What a posted document becomes, and what a PUT changes: tables of rules."""

from __future__ import annotations

from typing import Any

import pytest

from dh_jupyter.catalogue import entities, steps
from dh_kernel.errors import Invalid

THEN, NOW = "2026-11-23T10:00:00.000Z", "2026-11-23T11:00:00.000Z"


def stored(entity: str = "dataitem", **parts: Any) -> dict[str, Any]:
    posted = {"kind": "table", "name": "flights", "id": "a1", **parts}
    return entities.new_document(entity, posted, project="demo", user="ada", now=THEN)


def put(document: dict[str, Any], body: dict[str, Any], entity: str = "dataitem") -> dict[str, Any]:
    return entities.merged(entity, document, body, user="bob", now=NOW)


def test_the_server_writes_identity_and_stamps():
    made = stored(metadata={"created": "1999", "created_by": "eve", "labels": ["x"], "theirs": 1}, key="store://lie")
    assert made["key"] == "store://demo/dataitem/table/flights:a1"
    assert made["user"] == made["metadata"]["created_by"] == made["metadata"]["updated_by"] == "ada"
    assert made["metadata"]["created"] == made["metadata"]["updated"] == THEN
    assert made["metadata"]["labels"] == ["x"]
    assert made["metadata"]["theirs"] == 1


def test_nulls_that_the_sdk_cannot_read_are_left_out():
    made = stored(spec={"schema": None, "parameters": {"deep": None}}, status={"message": None}, extensions=None)
    assert made["spec"] == {"parameters": {"deep": None}}
    assert made["status"] == {"state": "CREATED"}
    assert "extensions" not in made


@pytest.mark.parametrize(
    ("entity", "document", "message"),
    [
        ("dataitem", {"kind": "table", "name": "a/b"}, "invalid or missing name"),
        ("dataitem", {"kind": "table"}, "invalid or missing name"),
        ("dataitem", {"kind": "table", "name": "x" * 257}, "invalid or missing name"),
        ("dataitem", {"kind": "table", "name": 7}, "invalid or missing name"),
        ("dataitem", {"name": "x"}, "invalid kind"),
        ("dataitem", {"kind": "a/b", "name": "x"}, "invalid kind"),
        ("dataitem", {"kind": "table", "name": "x", "id": "a:b"}, "invalid id"),
        ("dataitem", {"kind": "table", "name": "x", "project": "other"}, "invalid project"),
        ("dataitem", {"kind": "table", "name": "x", "spec": []}, "spec"),
        ("dataitem", {"kind": "table", "name": "x", "metadata": {"labels": "a"}}, "metadata.labels"),
        ("dataitem", {"kind": "table", "name": "x", "metadata": {"relationships": [1]}}, "metadata.relationships"),
        ("dataitem", {"kind": "table", "name": "x", "extensions": [1]}, "extensions"),
        ("project", {"name": "Demo"}, "invalid or missing name"),
        ("project", {"name": "x" * 39}, "invalid or missing name"),
        ("project", {"name": "a", "id": "b"}, "project id must match name"),
        ("secret", {"kind": "secret", "name": "a/b"}, "invalid or missing name"),
    ],
)
def test_a_bad_document_is_refused_in_cores_words(entity, document, message):
    with pytest.raises(Invalid, match=message):
        entities.new_document(entity, document, project="demo", user="ada", now=NOW)


@pytest.mark.parametrize(
    ("entity", "before", "asked", "after"),
    [
        ("dataitem", "CREATED", "UPLOADING", "UPLOADING"),
        ("dataitem", "UPLOADING", "READY", "READY"),
        ("dataitem", "READY", "UPLOADING", "READY"),
        ("dataitem", "READY", "ERROR", "ERROR"),
        ("dataitem", "ERROR", "CREATED", "ERROR"),
        ("dataitem", "READY", "nonsense", "READY"),
        ("dataitem", "READY", None, "READY"),
        ("run", "CREATED", "BUILT", "BUILT"),
        ("run", "RUNNING", "COMPLETED", "COMPLETED"),
        ("run", "COMPLETED", "RUNNING", "COMPLETED"),
        ("run", "ERROR", "COMPLETED", "ERROR"),
        ("function", "CREATED", "READY", "READY"),
        ("function", "CREATED", "nonsense", "CREATED"),
    ],
)
def test_an_illegal_step_changes_nothing(entity, before, asked, after):
    assert steps.next_state(entity, before, asked) == after


@pytest.mark.parametrize(
    ("entity", "asked", "state"),
    [
        ("dataitem", "READY", "READY"),
        ("dataitem", "RUNNING", "CREATED"),
        ("dataitem", None, "CREATED"),
        ("run", "READY", "READY"),
        ("run", "COMPLETED", "CREATED"),
        ("function", 7, "CREATED"),
    ],
)
def test_the_first_state(entity, asked, state):
    assert steps.first_state(entity, asked) == state


def test_put_keeps_identity_spec_and_stamps():
    before = stored(spec={"path": "/a"}, metadata={"labels": ["old"], "theirs": 1})
    body = {"id": "z", "name": "z", "kind": "z", "user": "z", "spec": {"path": "/z"}, "metadata": {"created": "z"}}
    after = put(before, body)
    assert {name: after[name] for name in ("id", "name", "kind", "key", "user", "spec")} == {
        name: before[name] for name in ("id", "name", "kind", "key", "user", "spec")
    }
    metadata = after["metadata"]
    assert (metadata["created"], metadata["created_by"]) == (THEN, "ada")
    assert (metadata["updated"], metadata["updated_by"]) == (NOW, "bob")
    assert "labels" not in metadata
    assert "theirs" not in metadata


def test_put_keeps_what_only_we_write():
    before = stored("function", kind="python", metadata={"cells": [1], "run_defaults": {"retries": 1}})
    after = put(before, {"metadata": {"description": "d"}}, "function")
    assert after["metadata"]["cells"] == [1]
    assert after["metadata"]["run_defaults"] == {"retries": 1}
    assert after["metadata"]["description"] == "d"


@pytest.mark.parametrize(
    ("entity", "status", "spec", "sent", "after"),
    [
        ("task", {}, {"function": "f", "a": 1}, {"function": "z", "b": 2}, {"function": "f", "b": 2}),
        ("run", {}, {"local_execution": True}, {"local_execution": True, "b": 2}, {"local_execution": True, "b": 2}),
        ("run", {"state": "READY"}, {"a": 1}, {"b": 2}, {"a": 1}),
        ("project", {}, {"source": "a", "x": 1}, {"source": "b", "config": {}, "x": 2, "functions": [1]}, None),
    ],
)
def test_put_of_spec(entity, status, spec, sent, after):
    document = stored(entity, kind="k", name="flights", id="flights", status=status, spec=spec)
    expected = {"source": "b", "config": {}, "x": 1} if entity == "project" else after
    assert put(document, {"spec": sent}, entity)["spec"] == expected


def remote_run(state: str) -> dict[str, Any]:
    document = stored("run", kind="python+job:run", metadata={"relationships": [{"type": "run_of", "dest": "f"}]})
    document["status"] = {"state": state, "attempt": 2, "outputs": {"a": "k"}, "message": "m"}
    return document


def test_a_stale_put_on_a_remote_run_erases_nothing():
    stale = {"status": {"state": "READY", "attempt": 1, "seen": True}, "metadata": {"relationships": []}}
    after = put(remote_run("RUNNING"), stale, "run")
    assert after["status"] == {"state": "RUNNING", "attempt": 2, "outputs": {"a": "k"}, "message": "m", "seen": True}
    assert after["metadata"]["relationships"] == [{"type": "run_of", "dest": "f"}]


def test_a_finished_run_keeps_its_outputs_and_message():
    body = {"status": {"state": "ERROR", "outputs": {}, "message": "z", "service": {}}}
    after = put(remote_run("COMPLETED"), body, "run")
    assert after["status"] == {"state": "COMPLETED", "attempt": 2, "outputs": {"a": "k"}, "message": "m", "service": {}}


def test_registering_again_takes_description_and_labels_but_not_the_spec():
    before = stored(spec={"path": "/a"}, metadata={"labels": ["old"], "description": "old"})
    again = stored(
        spec={"path": "/z"}, metadata={"labels": [], "relationships": [{"type": "produced_by", "dest": "r"}]}
    )
    after = entities.registered_again("dataitem", before, again, user="bob", now=NOW, retake=True)
    assert after["spec"] == {"path": "/a"}
    assert after["metadata"]["labels"] == []
    assert after["metadata"]["description"] == "old"
    assert after["metadata"]["relationships"] == [{"type": "produced_by", "dest": "r"}]
    kept = entities.registered_again("dataitem", before, again, user="bob", now=NOW, retake=False)
    assert kept["metadata"]["labels"] == ["old"]
