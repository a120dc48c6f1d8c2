"""From what the cluster tells of a Job and its pods to phases and ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.executors.kubernetes.attempt import Attempt
from dh_jupyter.executors.kubernetes.names import Identity
from dh_jupyter.executors.kubernetes.pods import (
    Look,
    exit_of,
    has_log,
    is_lost,
    look,
    may_be_replaced,
    memory_limit,
    newest,
)

Object = dict[str, Any]
STARTED, FINISHED = "2026-11-28T05:00:00Z", "2026-11-28T05:01:40Z"


def job(*conditions: tuple[str, str], **spec: Any) -> Object:
    found = [{"type": kind, "status": "True", "reason": reason} for kind, reason in conditions]
    return {"metadata": {"name": "dh-f"}, "spec": spec, "status": {"conditions": found} if found else {}}


def pod(phase: str = "Running", state: Object | None = None, name: str = "dh-f-x", **more: Any) -> Object:
    status: Object = {"phase": phase, **{key: more.pop(key) for key in ("reason", "conditions") if key in more}}
    if state is not None:
        status["containerStatuses"] = [{"name": "sidecar", "state": {}}, {"name": "worker", "state": state}]
    spec = {
        "nodeName": more.pop("node", None),
        "containers": [{"name": "worker", "resources": {"limits": {"memory": "1024"}}}],
    }
    return {"metadata": {"name": name, "creationTimestamp": STARTED, **more}, "spec": spec, "status": status}


def ended(code: int, why: str = "Error", /, **report: Any) -> Object:
    found: Object = {"exitCode": code, "reason": why, "startedAt": STARTED, "finishedAt": FINISHED}
    return pod(
        "Failed" if code else "Succeeded",
        {"terminated": {**found, **({"message": json.dumps(report)} if report else {})}},
    )


RUNNING: Object = {"running": {"startedAt": STARTED}}
UNSCHEDULABLE = {
    "type": "PodScheduled",
    "status": "False",
    "reason": "Unschedulable",
    "message": "0/3 nodes are available",
}
EVICTED = {"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler"}


@pytest.mark.parametrize(
    ("its_job", "pods", "state", "words"),
    [
        (None, [], "none", ""),
        (job(), [], "starting", "to make its pod"),
        (job(suspend=True), [], "starting", "queue"),
        (job(("Failed", "DeadlineExceeded")), [], "ended", ""),
        (job(("Complete", "")), [], "ended", ""),
        (job(), [pod("Pending")], "starting", "Waiting for a node."),
        (job(), [pod("Pending", conditions=[UNSCHEDULABLE])], "starting", "0/3 nodes are available"),
        (
            job(),
            [pod("Pending", {"waiting": {"reason": "ContainerCreating"}}, node="a")],
            "starting",
            "Starting its container",
        ),
        (
            job(),
            [pod("Pending", {"waiting": {"reason": "ErrImagePull", "message": "no such"}})],
            "starting",
            "ErrImagePull. no such",
        ),
        (job(), [pod("Running", RUNNING)], "running", ""),
        (job(), [pod("Running", {"terminated": {"exitCode": 0}})], "ended", ""),
        (job(), [ended(0)], "ended", ""),
        (job(), [pod("Failed", reason="Evicted")], "ended", ""),
        (None, [pod("Running", RUNNING, deletionTimestamp=FINISHED)], "running", ""),
    ],
)
def test_states(its_job: Object | None, pods: list[Object], state: str, words: str) -> None:
    seen = look(its_job, pods)
    assert seen.state == state
    assert words in seen.waiting_for


def test_what_has_no_node_is_queued() -> None:
    assert look(job(), []).is_queued
    assert look(job(), [pod("Pending")]).is_queued
    assert not look(job(), [pod("Pending", node="a")]).is_queued
    assert not look(job(), [pod("Running", RUNNING)]).is_queued
    assert not look(None, []).is_queued


def test_a_pod_whose_node_does_not_say_that_it_ended_is_lost() -> None:
    deleted = pod("Running", RUNNING, deletionTimestamp="1970-01-01T00:01:00Z")
    assert not is_lost(deleted, 70.0)
    assert is_lost(deleted, 80.0)
    assert not is_lost(pod("Running", RUNNING), 1e12)
    assert not is_lost(pod("Failed", deletionTimestamp="1970-01-01T00:01:00Z"), 80.0)


def test_of_several_pods_the_living_counts() -> None:
    old, young = pod("Failed"), pod("Running", RUNNING, name="dh-f-y")
    assert newest([young, old]) is young
    assert look(job(), [old, young]) == Look("running", young)
    assert newest([]) is None


def test_a_pod_that_is_made_in_the_place_of_one_that_had_started_does_not_count() -> None:
    first, second = ended(45), pod("Running", RUNNING, name="dh-f-y", creationTimestamp=FINISHED)
    assert newest([second, first]) is first
    attempt = Attempt(Identity("0" * 32, 1, "p", "f"), Path(), pods={0: pod("Running", RUNNING)})
    attempt.see(second, gone=False)
    attempt.see(first, gone=True)
    assert (attempt.pod, attempt.own([first, second])) == (first, [first])


def test_a_pod_that_has_not_started_may_be_replaced() -> None:
    second = pod("Running", RUNNING, name="dh-f-y", creationTimestamp=FINISHED)
    attempt = Attempt(Identity("0" * 32, 1, "p", "f"), Path(), pods={0: pod("Pending")})
    attempt.see(second, gone=False)
    assert (attempt.pod, attempt.own([second])) == (second, [second])


def test_a_job_may_replace_a_pod_that_was_deleted_under_it() -> None:
    deleted = pod("Failed", deletionTimestamp=FINISHED)
    assert may_be_replaced(job(), deleted)
    assert not may_be_replaced(job(), ended(1))
    assert not may_be_replaced(job(("Failed", "BackoffLimitExceeded")), deleted)
    assert not may_be_replaced({**job(), "metadata": {"deletionTimestamp": FINISHED}}, deleted)
    assert not may_be_replaced(None, deleted)
    assert may_be_replaced(job(), pod("Running", RUNNING), gone=True)
    assert not may_be_replaced(job(("Complete", "")), pod("Running", RUNNING), gone=True)
    assert not may_be_replaced(job(), None, gone=True)


@pytest.mark.parametrize(
    ("last", "stopped", "expected"),
    [
        (ended(0, "Completed"), False, ("exited", 0)),
        (ended(42), False, ("exited", 42)),
        (ended(42), True, ("exited", 42)),  # it was faster than its end
        (ended(45), True, ("stopped", 45)),
        (ended(45), False, ("exited", 45)),
        (ended(7), False, ("exited", 7)),
        (ended(139), False, ("exited", 11)),
        (ended(137), False, ("killed", 9)),
        (ended(143), False, ("killed", 15)),
        (ended(137, "OOMKilled"), False, ("memory", 9)),
        (ended(1, "OOMKilled"), False, ("memory", 1)),
        (ended(137, oom_kills=1), False, ("memory", 9)),
        (ended(45, reason="timeout"), False, ("timeout", 45)),
        (ended(45, reason="stopped", code=45), True, ("stopped", 45)),
        (ended(45, reason="memory", code=1), False, ("memory", 1)),
        (
            pod("Failed", ended(137)["status"]["containerStatuses"][1]["state"], reason="DeadlineExceeded"),
            False,
            ("timeout", 9),
        ),
        (pod("Failed", reason="DeadlineExceeded"), False, ("timeout", None)),
        (
            pod("Failed", ended(143)["status"]["containerStatuses"][1]["state"], conditions=[EVICTED]),
            False,
            ("killed", 15),
        ),
        (pod("Failed", reason="Evicted"), False, ("killed", None)),
        (pod("Running", RUNNING), False, ("lost", None)),
        (pod("Running", RUNNING), True, ("stopped", None)),
    ],
)
def test_ends(last: Object, stopped: bool, expected: tuple[str, int | None]) -> None:
    exit = exit_of(job(), last, stopped=stopped, memory_limit=1024, now=5.0)
    assert (exit["reason"], exit.get("code", exit.get("signal"))) == expected
    assert exit["memory_limit"] == 1024


def test_times_are_the_clusters_and_the_rest_is_the_pods_own_word() -> None:
    exit = exit_of(
        job(),
        ended(137, "OOMKilled", peak=900, log_missing=3, disk_full=True),
        stopped=False,
        memory_limit=None,
        now=5.0,
    )
    assert exit["ended"] - exit["started"] == 100
    assert (exit["peak_memory"], exit["log_missing"], exit["disk_full"]) == (900, 3, True)


def test_the_end_of_a_log_in_place_of_a_word_is_no_word() -> None:
    last = ended(1)
    last["status"]["containerStatuses"][1]["state"]["terminated"]["message"] = "Traceback …\nValueError: 3"
    assert exit_of(job(), last, stopped=False, memory_limit=None, now=5.0)["reason"] == "exited"


def test_a_job_that_took_its_pods_along() -> None:
    over = job(("Failed", "DeadlineExceeded"))
    assert exit_of(over, None, stopped=False, memory_limit=None, now=5.0) == {"reason": "timeout", "ended": 5.0}
    assert exit_of(None, None, stopped=False, memory_limit=None, now=5.0) == {"reason": "lost", "ended": 5.0}


def test_a_log_is_there_once_the_container_has_started() -> None:
    assert has_log(pod("Running", RUNNING))
    assert has_log(ended(1))
    assert not has_log(pod("Pending", {"waiting": {"reason": "ContainerCreating"}}))
    assert not has_log(pod("Failed", reason="Evicted"))


def test_the_limit_that_was_asked_for() -> None:
    assert memory_limit(pod()) == 1024
    assert memory_limit(None) is None
