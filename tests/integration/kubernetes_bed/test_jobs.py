"""Jobs that run: what their processes get, how they end, and what a broker sees of it."""

import time
from typing import Any

import pytest
from kubernetes.client import ApiException

from tests.integration.kubernetes_bed.asking import Api, Namespace, eventually

COUNT_SLOWLY = "for i in 1 2 3 4 5; do echo line $i $(date +%s.%N); sleep 0.3; done"


@pytest.mark.usefixtures("volumes_are_mounted")
def test_a_job_gets_its_configuration_and_reports_its_end(jobs: Namespace) -> None:
    core = jobs.api.core
    core.create_namespaced_config_map(
        jobs.name, {"metadata": {"name": "code"}, "data": {"a.txt": "from map", "B": "all"}}
    )
    core.create_namespaced_secret(jobs.name, {"metadata": {"name": "keys"}, "stringData": {"password": "s3cret"}})
    script = """
        cat /conf/a.txt; echo; cat /keys/password; echo
        echo $B $PASSWORD $POD $NODE
        echo kept > /data/file && cat /data/file
        echo bye > /dev/termination-log
    """
    secret = {"secretKeyRef": {"name": "keys", "key": "password"}}
    jobs.create(
        "one",
        "sh",
        "-c",
        script,
        container={
            "envFrom": [{"configMapRef": {"name": "code"}}],
            "env": [
                {"name": "PASSWORD", "valueFrom": secret},
                {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
            ],
            "volumeMounts": [
                {"name": "code", "mountPath": "/conf", "readOnly": True},
                {"name": "keys", "mountPath": "/keys"},
                {"name": "work", "mountPath": "/data"},
            ],
        },
        pod={
            "volumes": [
                {"name": "code", "configMap": {"name": "code"}},
                {"name": "keys", "secret": {"secretName": "keys"}},
                {"name": "work", "emptyDir": {}},
            ]
        },
    )
    assert jobs.end("one").type == "Complete"
    state = jobs.terminated("one")
    assert (state.exit_code, state.reason, state.message) == (0, "Completed", "bye\n")
    pod = jobs.pod("one").metadata.name
    lines = jobs.log("one").splitlines()
    assert lines == ["from map", "s3cret", f"all s3cret {pod} node-a", "kept"]


def test_another_user(jobs: Namespace, api: Api) -> None:
    if api.core.read_node("node-a").metadata.labels["kubernetes-bed/isolation"] != "namespace":
        pytest.skip("not root: runAsUser is ignored")
    jobs.create("one", "id", "-u", pod={"securityContext": {"runAsUser": 65532}})
    assert jobs.end("one").type == "Complete"
    assert jobs.log("one") == "65532\n"


def test_gpus_are_handed_out(jobs: Namespace) -> None:
    jobs.create("one", "sh", "-c", "echo $NVIDIA_VISIBLE_DEVICES", gpus=2)
    assert jobs.end("one").type == "Complete"
    assert len(jobs.log("one").strip().split(",")) == 2


def test_gpus_that_are_taken_are_waited_for(jobs: Namespace) -> None:
    jobs.create("first", "sleep", "60", gpus=3, pod={"terminationGracePeriodSeconds": 1})
    jobs.until_phase("first", "Running")
    jobs.create("second", "true", gpus=2)
    eventually(lambda: jobs.events(jobs.pod("second").metadata.name, "FailedScheduling"))
    jobs.delete("first")
    assert jobs.end("second").type == "Complete"


def test_an_exit_code(jobs: Namespace) -> None:
    jobs.create("one", "sh", "-c", "echo oops; exit 3")
    end = jobs.end("one")
    assert (end.type, end.reason) == ("Failed", "BackoffLimitExceeded")
    state = jobs.terminated("one")
    assert (state.exit_code, state.reason) == (3, "Error")
    assert jobs.pod("one").status.phase == "Failed"
    assert jobs.log("one") == "oops\n"


def test_the_end_of_the_log_as_termination_message(jobs: Namespace) -> None:
    policy = {"terminationMessagePolicy": "FallbackToLogsOnError"}
    jobs.create("one", "sh", "-c", "echo the cause; exit 1", container=policy)
    assert jobs.terminated("one").message == "the cause\n"


def test_a_program_that_does_not_exist(jobs: Namespace) -> None:
    jobs.create("one", "/no/such/program")
    state = jobs.terminated("one")
    assert (state.exit_code, state.reason) == (128, "StartError")
    assert '"/no/such/program"' in state.message


@pytest.mark.usefixtures("memory_is_limited")
def test_more_memory_than_the_limit(jobs: Namespace) -> None:
    limits = {"resources": {"limits": {"memory": "50Mi"}}}
    jobs.create("one", "python3", "-c", "bytearray(200 << 20)", container=limits)
    state = jobs.terminated("one")
    assert (state.exit_code, state.reason) == (137, "OOMKilled")


def test_the_deadline_of_a_job(jobs: Namespace) -> None:
    jobs.create("one", "sleep", "60", spec={"activeDeadlineSeconds": 2})
    end = jobs.end("one")
    assert (end.type, end.reason) == ("Failed", "DeadlineExceeded")
    eventually(lambda: not jobs.pods("one"), 60)  # its logs are gone with it


def test_the_deadline_of_a_pod(jobs: Namespace) -> None:
    jobs.create("one", "sleep", "60", pod={"activeDeadlineSeconds": 1})
    assert jobs.end("one").reason == "BackoffLimitExceeded"
    status = jobs.pod("one").status
    assert (status.phase, status.reason) == ("Failed", "DeadlineExceeded")


@pytest.mark.usefixtures("volumes_are_mounted")
def test_restarts_inside_the_pod(jobs: Namespace) -> None:
    script = "echo x >> /data/runs; [ $(wc -l < /data/runs) -ge 3 ]"
    jobs.create(
        "one",
        "sh",
        "-c",
        script,
        spec={"backoffLimit": 6},
        pod={"restartPolicy": "OnFailure", "volumes": [{"name": "work", "emptyDir": {}}]},
        container={"volumeMounts": [{"name": "work", "mountPath": "/data"}]},
    )
    assert jobs.end("one").type == "Complete"
    assert jobs.container("one").restart_count == 2


def test_an_init_container_that_fails(jobs: Namespace) -> None:
    init = {"name": "fetch", "image": "b", "command": ["sh", "-c", "echo no code; exit 9"]}
    jobs.create("one", "true", pod={"initContainers": [init]})
    assert jobs.end("one").type == "Failed"
    status = jobs.pod("one").status.init_container_statuses[0]
    assert status.state.terminated.exit_code == 9
    assert jobs.log("one", container="fetch") == "no code\n"


def test_an_image_that_cannot_be_pulled(jobs: Namespace) -> None:
    jobs.create("one", container={"image": "registry.invalid/worker:1"})

    def waiting() -> Any:
        state = jobs.container("one").state.waiting
        return state if state and state.reason == "ImagePullBackOff" else None

    assert "registry.invalid/worker:1" in eventually(waiting).message
    assert jobs.pod("one").status.phase == "Pending"
    assert jobs.events(jobs.pod("one").metadata.name, "Failed")
    with pytest.raises(ApiException) as refused:
        jobs.log("one")
    assert refused.value.status == 400
    jobs.delete("one")
    eventually(lambda: not jobs.pods("one"))


def test_a_secret_that_is_missing(jobs: Namespace) -> None:
    secret = {"secretKeyRef": {"name": "nope", "key": "k"}}
    jobs.create("one", container={"env": [{"name": "A", "valueFrom": secret}]})
    waiting = eventually(lambda: _config_error(jobs))
    assert waiting.message == 'secret "nope" not found'
    body = {"metadata": {"name": "nope"}, "stringData": {"k": "v"}}
    jobs.api.core.create_namespaced_secret(jobs.name, body)
    assert jobs.end("one").type == "Complete"


def _config_error(jobs: Namespace) -> Any:
    waiting = jobs.container("one").state.waiting
    found = waiting and waiting.reason == "CreateContainerConfigError"
    return waiting if found else None


def test_a_log_is_followed_as_it_is_written(jobs: Namespace) -> None:
    jobs.create("one", "sh", "-c", COUNT_SLOWLY)
    jobs.until_phase("one", "Running")
    pod = jobs.pod("one").metadata.name
    stream = jobs.api.core.read_namespaced_pod_log(pod, jobs.name, follow=True, _preload_content=False)
    delays = []
    for chunk in stream.stream(None):
        for line in chunk.decode().splitlines():
            delays.append(time.time() - float(line.split()[2]))
    assert len(delays) == 5
    assert max(delays[1:]) < 1  # measured 0.005-0.05 s


def test_a_part_of_a_log(jobs: Namespace) -> None:
    jobs.create("one", "sh", "-c", "for i in 1 2 3 4 5; do echo line $i; done")
    jobs.end("one")
    assert jobs.log("one", tail_lines=2) == "line 4\nline 5\n"
    assert jobs.log("one", limit_bytes=4) == "line"
    stamped = jobs.log("one", tail_lines=1, timestamps=True)
    assert stamped.endswith("Z line 5\n")
    assert jobs.log("one", since_seconds=60).count("line") == 5


def test_a_deleted_job_is_asked_to_end(jobs: Namespace) -> None:
    script = "trap 'exit 0' TERM; echo up; while :; do sleep 0.05; done"
    jobs.create("one", "sh", "-c", script)
    jobs.until_phase("one", "Running")
    eventually(lambda: "up" in jobs.log("one"))
    began = time.monotonic()
    jobs.delete("one", "Foreground")
    eventually(lambda: not jobs.pods("one"))
    assert time.monotonic() - began < 5  # measured 0.2 s; the grace period is 30 s


def test_a_deleted_job_that_does_not_listen_is_killed(jobs: Namespace) -> None:
    script = "trap '' TERM; echo up; while :; do sleep 0.05; done"
    jobs.create("one", "sh", "-c", script, pod={"terminationGracePeriodSeconds": 2})
    jobs.until_phase("one", "Running")
    eventually(lambda: "up" in jobs.log("one"))
    began = time.monotonic()
    jobs.delete("one")
    eventually(lambda: not jobs.pods("one"))
    assert 1.5 < time.monotonic() - began < 10


def test_a_finished_job_goes_after_its_time_to_live(jobs: Namespace, api: Api) -> None:
    jobs.create("one", spec={"ttlSecondsAfterFinished": 1})
    eventually(lambda: not api.batch.list_namespaced_job(jobs.name).items)


def test_twenty_jobs_at_once(jobs: Namespace, api: Api) -> None:
    for number in range(20):
        jobs.create(f"job-{number}")

    def complete() -> int:
        items = api.batch.list_namespaced_job(jobs.name).items
        return sum(item.status.succeeded or 0 for item in items)

    eventually(lambda: complete() == 20, 60)
