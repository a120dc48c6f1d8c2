"""What is said of attempts, over scenes as a cluster gave them."""

from __future__ import annotations

from typing import Any

import pytest

from dh_jupyter.executors.kubernetes.diagnosis import diagnose
from tests.unit.executors.kubernetes.recording import CASES, SCENES
from tests.unit.executors.kubernetes.scenes import OVER, STUCK, WAITS, found_in, scene_of

RECORDED: dict[str, tuple[str, str, Any, tuple[bool, bool]]] = {
    "gpus-of-no-node": (
        "unschedulable",
        "Waiting for a node: the only one has too few nvidia.com/gpu free.",
        None,
        WAITS,
    ),
    "labels-of-no-node": (
        "unschedulable",
        "No node fits: the only one has other labels than asked for (gpu=h100).",
        None,
        STUCK,
    ),
    "quota-never": (
        "quota",
        "The namespace's quota 'team' allows 2 nvidia.com/gpu (0 in use, 3 asked for).",
        {"resources": {"gpu": "2"}},
        STUCK,
    ),
    "pod-security": (
        "pod_security",
        "The namespace forbids such a pod (Pod Security 'restricted'): runAsNonRoot != true and seccompProfile.",
        None,
        STUCK,
    ),
    "image-missing": ("image_missing", "There is no image registry.invalid/team/app:v9.", None, STUCK),
    "image-backing-off": ("image_missing", "There is no image registry.invalid/team/app:v9.", None, STUCK),
    "secret-missing": ("config_missing", "There is no Secret 'login' in the namespace.", None, STUCK),
    "secret-without-key": ("config_key", "The Secret 'login' has no key 'password'.", None, STUCK),
    "volume-missing": ("config_missing", "There is no ConfigMap 'settings' in the namespace.", None, STUCK),
    "no-program": (
        "image_python",
        "Its image has no '/no/such/python3': a run needs an image with Python 3.9 or newer.",
        None,
        OVER,
    ),
    "init-failed": (
        "init",
        "The container 'vault', which the cluster starts before the run, failed with exit code 3.",
        None,
        OVER,
    ),
    "memory": ("memory", "Killed at its memory limit of 100Mi.", {"resources": {"mem": "128Mi"}}, OVER),
    "segfault": ("crashed", "The process crashed (SIGSEGV), exit code 139.", None, OVER),
    "abort": ("crashed", "The process crashed (SIGABRT), exit code 134.", None, OVER),
    "bus-error": (
        "shared_memory",
        "The process crashed (SIGBUS): most often shared memory (/dev/shm) is full.",
        None,
        OVER,
    ),
    "killed": ("killed", "Killed from outside (SIGKILL), exit code 137.", {"retries": 2}, OVER),
    "deadline-of-pod": ("timeout", "The cluster ended it at its pod's deadline of 0:01.", {"timeout": 2}, OVER),
    "deadline-of-job": ("timeout", "The cluster ended it at its Job's deadline of 0:01.", {"timeout": 2}, OVER),
    "deadline-of-job-unscheduled": (
        "timeout",
        "The cluster ended it at its Job's deadline of 0:01.",
        {"timeout": 2},
        OVER,
    ),
    "job-deleted": (
        "job_deleted",
        "Its Job was deleted in the cluster, not through the platform.",
        {"retries": 2},
        OVER,
    ),
    "queue-full": (
        "queue",
        "Waiting in the queue 'team': needs 3 nvidia.com/gpu, 1 more than is free of 'a100'.",
        None,
        WAITS,
    ),
    "queue-missing": ("queue_inadmissible", "There is no queue 'nobody' in the namespace.", None, STUCK),
}
NOTHING = ("exit-1", "exit-42", "complete", "running")  # the worker says more, or there is nothing to say
IN_PARTS = ("node-lost", "pod-deleted")


@pytest.mark.parametrize("name", RECORDED)
def test_scenes(name: str) -> None:
    found = found_in(scene_of(name), gone=name == "job-deleted")
    assert found is not None
    assert (found.code, found.summary, found.retry, (found.waiting, found.stuck)) == RECORDED[name]


@pytest.mark.parametrize("name", NOTHING)
def test_nothing_to_say(name: str) -> None:
    assert found_in(scene_of(name)) is None


def test_all_that_was_recorded_is_tested() -> None:
    assert {*RECORDED, *NOTHING, *IN_PARTS} == {path.stem for path in SCENES.glob("*.json")} == set(CASES)


@pytest.mark.parametrize("name", [name for name in RECORDED if name not in ("queue-full",)])
def test_each_says_what_to_do(name: str) -> None:
    found = found_in(scene_of(name), gone=name == "job-deleted")
    assert found
    assert found.cure
    assert found.summary.endswith(".")
    assert ("%dh" in found.cure) or found.code in ("pod_refused",)


def test_what_kept_a_job_from_running_is_told_when_it_is_late() -> None:
    found = found_in(scene_of("deadline-of-job-unscheduled"))
    assert found
    assert found.detail == "What had kept it: 0/1 nodes are available: 1 Insufficient nvidia.com/gpu."


def test_a_pod_that_was_deleted_by_hand() -> None:
    """It is gone, and the Job counts it as failed."""
    scene = scene_of("pod-deleted")
    pod = next(pod for pod in scene["pods"] if "deletionTimestamp" in pod["metadata"])
    job = scene_of("exit-1")["job"]
    found = diagnose(job, [pod], scene["events"], gone=True)
    assert found
    assert (found.code, found.retry) == ("pod_deleted", {"retries": 2})


def test_a_pod_that_nobody_saw_end() -> None:
    found = diagnose(scene_of("exit-1")["job"])
    assert found
    assert found.summary == "Its pod failed, and is gone with its reason."


def test_a_machine_that_says_nothing_any_more() -> None:
    scene = scene_of("node-lost")
    lost = next(pod for pod in scene["pods"] if "deletionTimestamp" in pod["metadata"])
    end = 1795844986.0  # its deletionTimestamp, 2026-11-28T05:49:46Z
    found = diagnose(scene["job"], [lost], scene["events"], now=end + 60)
    assert found
    assert (found.code, found.summary) == ("node_lost", "Lost contact with node-a.")
    assert diagnose(scene["job"], [lost], scene["events"], now=end + 1) is None
