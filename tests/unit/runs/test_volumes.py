"""Volumes that a run asks for itself: given where they can be, and never left out without a word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.runs.build import build
from dh_jupyter.runs.checks import check_can_be_met
from dh_jupyter.runs.options import no_profiles, with_volumes
from dh_jupyter.runs.retried import retried
from dh_jupyter.secrets.values import SecretValues
from dh_kernel.errors import Invalid

SCRATCH: dict[str, Any] = {"volume_type": "empty_dir", "name": "scratch", "mount_path": "/scratch"}
CLAIM: dict[str, Any] = {"volume_type": "persistent_volume_claim", "name": "theirs", "mount_path": "/theirs"}
FUNCTION: dict[str, Any] = {
    "kind": "python", "project": "demo", "name": "train", "id": "f1", "key": "store://demo/function/python/train:f1",
    "metadata": {}, "spec": {"source": {"handler": "train", "base64": "eA=="}, "placement": {"runtime_class": "own"}},
}  # fmt: skip
TASK: dict[str, Any] = {"kind": "python+job", "id": "t1", "project": "demo", "spec": {"volumes": [SCRATCH]}}


class Here:
    name = "here"

    def check(self, resources: Any, python: str = "") -> None:
        """Whatever is asked for."""


class Cluster(Here):
    name = "cluster"
    honours = frozenset({"volumes"})


def resolve(ref: str, *, project: str, expect: str | None = None) -> Any:
    return TASK if expect == "task" else FUNCTION


def built(**spec: Any) -> dict[str, Any]:
    posted = {"kind": "python+job:run", "spec": {"function": "function/train", **spec}}
    return dict(build("demo", posted, resolve).document["spec"])


def check(volumes: list[dict[str, Any]], executor: Any, home: Path) -> None:
    check_can_be_met("demo", {"volumes": volumes}, lambda name: executor, SecretValues(home), no_profiles)


def test_they_are_the_runs_or_its_tasks() -> None:
    assert built(volumes=[CLAIM])["placement"] == {"volumes": [CLAIM]}
    of_task = built(task="python+job://demo/t1")
    assert (of_task["volumes"], of_task["placement"]) == ([SCRATCH], {"volumes": [SCRATCH]})
    old: Any = {"kind": "python+job:run", "key": "store://demo/run/python+job:run/r", "metadata": {}, "spec": of_task}
    again = retried(old, {}, no_profiles)["spec"]
    assert (again["volumes"], "placement" in again) == ([SCRATCH], False)


def test_what_a_profile_gives_stays() -> None:
    given = {"profile": "big", "placement": {"queue": "night", "volumes": [CLAIM]}}
    assert with_volumes({**given, "volumes": [SCRATCH]})["placement"] == {
        "queue": "night",
        "volumes": [CLAIM, SCRATCH],
    }
    assert with_volumes(given) == given


def test_nobody_but_a_profile_says_where_a_run_is_placed() -> None:
    assert "placement" not in built(placement={"volumes": [CLAIM], "runtime_class": "own"})


@pytest.mark.parametrize(
    ("volumes", "executor", "said"),
    [
        ([SCRATCH], Here(), r"the executor 'here' can't mount volumes \(scratch at /scratch\)"),
        ([SCRATCH, CLAIM], Cluster(), "'theirs' is a persistent volume claim, which only a profile can give"),
    ],
)
def test_what_cant_be_given_is_refused(volumes: list[dict[str, Any]], executor: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=said):
        check(volumes, executor, tmp_path)


def test_a_place_that_is_empty_is_given(tmp_path: Path) -> None:
    check([SCRATCH, {**SCRATCH, "volume_type": "ephemeral"}], Cluster(), tmp_path)
    check([], Here(), tmp_path)
