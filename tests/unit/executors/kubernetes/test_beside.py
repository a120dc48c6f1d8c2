"""A Job that several attempts have: which of its pods is whose, and how it is for each."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.executors.kubernetes.beside import Beside, as_seen_by
from dh_jupyter.executors.kubernetes.manifest import manifest, secret_name
from dh_jupyter.executors.kubernetes.names import INDEX, handles_of
from dh_jupyter.executors.kubernetes.pods import ended_by
from tests.unit.executors.kubernetes.cases import CASES, IDENTITY

FIRST, SECOND, THIRD = HANDLES = (IDENTITY.handle, f"{1:032x}-1", f"{2:032x}-1")


def job(**status: Any) -> dict[str, Any]:
    submission, place, settings, server = CASES["map"]
    return {**manifest(submission, IDENTITY, place, settings, server), "status": status}


def failed(reason: str) -> dict[str, Any]:
    return {"type": "Failed", "status": "True", "reason": reason, "message": "…"}


def test_a_pod_is_of_the_attempt_of_its_number() -> None:
    template = job()["spec"]["template"]["metadata"]
    assert handles_of(job()) == HANDLES
    for number, handle in enumerate(HANDLES):
        pod = {"metadata": {**template, "annotations": {**template["annotations"], INDEX: str(number)}}}
        assert handles_of(pod) == (handle,)
    stray = {"metadata": {**template, "annotations": {**template["annotations"], INDEX: "7"}}}
    assert handles_of(stray) == ()


@pytest.mark.parametrize(
    ("status", "ends"),
    [
        ({}, (None, None, None)),
        ({"completedIndexes": "0"}, ("Complete", None, None)),
        ({"completedIndexes": "0", "failedIndexes": "2"}, ("Complete", None, "Failed")),
        ({"failedIndexes": "0-2", "conditions": [failed("FailedIndexes")]}, ("Failed", "Failed", "Failed")),
        (
            {"completedIndexes": "0,2", "failedIndexes": "1", "conditions": [failed("FailedIndexes")]},
            ("Complete", "Failed", "Complete"),
        ),
        (
            {"completedIndexes": "0-2", "conditions": [{"type": "Complete", "status": "True"}]},
            ("Complete", "Complete", "Complete"),
        ),
        (
            {"completedIndexes": "1", "conditions": [failed("DeadlineExceeded")]},  # it ends all that go on
            ("Failed", "Failed", "Failed"),
        ),
    ],
)
def test_it_is_over_for_an_attempt_when_its_index_is(status: dict[str, Any], ends: tuple[str | None, ...]) -> None:
    seen = [ended_by(as_seen_by(handle, job(**status))) for handle in HANDLES]
    assert tuple(one and one["type"] for one in seen) == ends


def test_a_pod_and_a_job_of_one_attempt_are_as_they_are() -> None:
    submission, place, settings, server = CASES["plain"]
    alone = {**manifest(submission, IDENTITY, place, settings, server), "status": {"conditions": [failed("x")]}}
    assert as_seen_by(FIRST, alone) is alone
    pod = {"metadata": job()["spec"]["template"]["metadata"], "spec": {}, "status": {}}
    assert as_seen_by(SECOND, pod) is pod


def test_others_that_share_a_job_have_another_secret() -> None:
    submission = CASES["map"][0]
    fewer = CASES["hand"][0].__class__(submission.handle, submission.folder, beside=submission.beside[:1])
    names = {secret_name(one, IDENTITY) for one in (submission, fewer, CASES["plain"][0])}
    assert len(names) == 3
    assert all(name.startswith(IDENTITY.job) for name in names)


def test_who_is_withdrawn_is_told_so_by_its_own_part() -> None:
    beside = Beside(HANDLES, Path("/nowhere"), "dh-train")
    [(key, told)] = beside.withdrawn(SECOND)["data"].items()
    items = next(one["secret"] for one in job()["spec"]["template"]["spec"]["volumes"] if one["name"] == "dh-job")[
        "items"
    ]
    assert items[1] == {"key": key, "path": "1"}
    assert json.loads(base64.b64decode(told)) == {"format": 1, "withdrawn": True}
    assert beside.pods_of(THIRD) == f"app.kubernetes.io/instance=dh-train,{INDEX}=2"


def test_it_is_over_when_all_are(tmp_path: Path) -> None:
    beside = Beside(HANDLES, tmp_path, "dh-train")
    for handle in HANDLES:
        assert not beside.exits
        folder = beside.folder_of(handle)
        folder.mkdir(parents=True)
        (folder / "run.json").write_text("{}")
        (folder / "exit.json").write_text('{"reason": "exited", "code": 0, "ended": 1.0}')
    assert len(beside.exits) == 3
