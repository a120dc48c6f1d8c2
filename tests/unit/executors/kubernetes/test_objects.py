"""Names, and the objects beside the Job."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile

import kubernetes_validate
import pytest

from dh_jupyter.executors.kubernetes.names import THEN, Identity, handle_of, handles_of, slug
from dh_jupyter.executors.kubernetes.objects import attempt_secret, content_map, owned_by, zipped

RUN = "0193f1b2c4d57e8f90a1b2c3d4e5f607"
LABEL = re.compile(r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
FUNCTIONS = ["train", "Train_Model", "a" * 200, "é" * 30, "_", "x-" * 40, "日本"]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("attempt", [1, 11])
def test_names_and_labels_are_what_kubernetes_takes(function: str, attempt: int) -> None:
    identity = Identity(RUN, attempt, function, function)
    assert re.fullmatch(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?", identity.job)
    assert len(identity.job) <= 52
    assert all(LABEL.fullmatch(value) for value in identity.labels().values())


def test_a_name_tells_function_run_and_attempt() -> None:
    assert Identity(RUN, 2, "taxi", "train").job == "dh-train-b2c3d4e5f607-a2"


def test_labels_tell_the_handle() -> None:
    identity = Identity(RUN, 2, "taxi", "train")
    assert handle_of(identity.labels()) == identity.handle == f"{RUN}-2"
    assert handle_of({"app": "another's"}) == handle_of(None) == ""


def test_the_attempts_of_a_job_are_known_by_its_labels_and_annotation() -> None:
    labels = Identity(RUN, 2, "p", "f").labels()
    assert handles_of({"metadata": {"labels": labels}}) == (f"{RUN}-2",)
    said = {THEN: f"{RUN[::-1]}-1 ../../etc-1 a/b-1 .-1 nothing  x-2"}
    assert handles_of({"metadata": {"labels": labels, "annotations": said}}) == (f"{RUN}-2", f"{RUN[::-1]}-1", "x-2")
    assert handles_of({"metadata": {"annotations": said}}) == ()


def test_what_is_cut_stays_different() -> None:
    assert slug("a" * 50 + "b", 24) != slug("a" * 50 + "c", 24)


def test_a_map_is_named_by_its_content_and_never_changes() -> None:
    one, same, other = (content_map("code", "code.zip", data) for data in (b"one", b"one", b"other"))
    assert one == same
    assert one["metadata"]["name"] != other["metadata"]["name"]
    assert one["immutable"] is True
    kubernetes_validate.validate(one, "1.31", strict=True)


def test_the_same_files_are_the_same_bytes() -> None:
    assert zipped({"b.py": b"2", "a.py": b"1"}) == zipped({"a.py": b"1", "b.py": b"2"})
    with zipfile.ZipFile(io.BytesIO(zipped({"sub/a.py": b"1"}))) as archive:
        assert archive.read("sub/a.py") == b"1"


def test_the_secret_holds_the_document_and_each_value() -> None:
    secret = attempt_secret(Identity(RUN, 1, "taxi", "train"), "name", {"job.json": {"format": 1}}, {"TOKEN": "hush"})
    kubernetes_validate.validate(secret, "1.31", strict=True)
    texts = {name: base64.b64decode(text).decode() for name, text in secret["data"].items()}
    assert (json.loads(texts["job.json"]), texts["env.TOKEN"]) == ({"format": 1}, "hush")


def test_it_goes_with_its_job() -> None:
    [owner] = owned_by({"metadata": {"name": "dh-train", "uid": "u"}})["metadata"]["ownerReferences"]
    assert owner == {"apiVersion": "batch/v1", "kind": "Job", "name": "dh-train", "uid": "u"}
