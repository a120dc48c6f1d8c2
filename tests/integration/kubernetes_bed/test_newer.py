"""Fields of a Job that Kubernetes has and 1.20 has not: the fake alone answers for them."""

from typing import Any

import pytest

from tests.integration.kubernetes_bed.asking import MERGE, Http, Namespace, Object, eventually, job_manifest

pytestmark = pytest.mark.usefixtures("newer_than_1_20")

QUEUE = "kueue.x-k8s.io/queue-name"
KUEUE = "/apis/kueue.x-k8s.io/v1beta1"


def suspend(jobs: Namespace, name: str, value: bool) -> None:
    patch = {"spec": {"suspend": value}}
    jobs.api.batch.patch_namespaced_job(name, jobs.name, patch)


def conditions(jobs: Namespace, name: str) -> dict[str, str]:
    return {item.type: item.status for item in jobs.job(name).status.conditions or []}


def test_a_suspended_job_starts_when_it_is_resumed(jobs: Namespace) -> None:
    jobs.create("one", spec={"suspend": True})
    eventually(lambda: conditions(jobs, "one") == {"Suspended": "True"})
    assert jobs.pods("one") == []
    suspend(jobs, "one", False)
    assert jobs.end("one").type == "Complete"


def test_suspending_a_running_job_takes_its_pods(jobs: Namespace) -> None:
    grace = {"terminationGracePeriodSeconds": 1}
    jobs.create("one", "sleep", "60", pod=grace)
    jobs.until_phase("one", "Running")
    eventually(lambda: jobs.job("one").status.ready == 1)
    suspend(jobs, "one", True)
    eventually(lambda: not jobs.pods("one"))
    assert jobs.job("one").status.active is None


POLICY = {
    "rules": [
        {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}},
        {
            "action": "Ignore",
            "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}],
        },
    ]
}


def test_a_failure_that_ends_the_job_at_once(jobs: Namespace) -> None:
    spec = {"backoffLimit": 5, "podFailurePolicy": POLICY}
    jobs.create("one", "sh", "-c", "exit 42", spec=spec)
    end = jobs.end("one")
    assert (end.type, end.reason) == ("Failed", "PodFailurePolicy")
    assert "exit code 42" in end.message
    assert len(jobs.pods("one")) == 1
    assert jobs.job("one").spec.pod_failure_policy.rules[0].action == "FailJob"


def test_a_disruption_does_not_count(jobs: Namespace, http: Http) -> None:
    spec = {"backoffLimit": 0, "podFailurePolicy": POLICY}
    jobs.create("one", spec=spec, pod={"schedulerName": "none"})
    pod = jobs.pod("one").metadata.name
    disrupted = [{"type": "DisruptionTarget", "status": "True"}]
    status = {"phase": "Failed", "conditions": disrupted}
    path = f"/api/v1/namespaces/{jobs.name}/pods/{pod}/status"
    http("PATCH", path, {"status": status}, MERGE)
    eventually(lambda: len(jobs.pods("one")) == 2)
    assert jobs.job("one").status.conditions is None


class Queues:
    """A ClusterQueue of two GPUs and a LocalQueue `team` into it."""

    def __init__(self, http: Http, namespace: str) -> None:
        self.http = http
        self.path = f"{KUEUE}/namespaces/{namespace}"
        quota = {"name": "nvidia.com/gpu", "nominalQuota": "2"}
        group = {
            "coveredResources": ["nvidia.com/gpu"],
            "flavors": [{"name": "a100", "resources": [quota]}],
        }
        body = {"metadata": {"name": namespace}, "spec": {"resourceGroups": [group]}}
        http("POST", f"{KUEUE}/clusterqueues", body)
        local = {"metadata": {"name": "team"}, "spec": {"clusterQueue": namespace}}
        http("POST", f"{self.path}/localqueues", local)

    def condition(self, job: Any, kind: str) -> Object:
        """Of the Workload of a Job, found as Kueue's documentation says."""
        selector = f"kueue.x-k8s.io/job-uid={job.metadata.uid}"
        items = self.http("GET", f"{self.path}/workloads", labelSelector=selector).body["items"]
        found = items[0].get("status", {}).get("conditions", []) if items else []
        return next((item for item in found if item["type"] == kind), {})


def test_a_queue_admits_as_quota_allows(jobs: Namespace, http: Http) -> None:
    queues = Queues(http, jobs.name)
    team = {QUEUE: "team"}
    grace = {"terminationGracePeriodSeconds": 1}
    first = jobs.create("first", "sleep", "60", gpus=2, labels=team, pod=grace)
    eventually(lambda: queues.condition(first, "Admitted").get("status") == "True")
    jobs.until_phase("first", "Running")
    second = jobs.create("second", gpus=1, labels=team)
    waiting = eventually(lambda: queues.condition(second, "QuotaReserved"))
    assert (waiting["status"], waiting["reason"]) == ("False", "Pending")
    assert "insufficient unused quota for nvidia.com/gpu in flavor a100" in waiting["message"]
    assert jobs.pods("second") == []
    jobs.delete("first")
    assert jobs.end("second").type == "Complete"
    eventually(lambda: queues.condition(second, "Finished"))


def test_a_queue_that_does_not_exist(jobs: Namespace, http: Http) -> None:
    queues = Queues(http, jobs.name)
    job = jobs.create("one", labels={QUEUE: "nobody"})
    waiting = eventually(lambda: queues.condition(job, "QuotaReserved"))
    assert (waiting["reason"], waiting["message"]) == (
        "Inadmissible",
        "LocalQueue nobody doesn't exist",
    )


RESTRICTED = {
    "runAsNonRoot": True,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


def test_a_restricted_namespace_refuses_careless_pods(jobs: Namespace) -> None:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    jobs.api.core.patch_namespace(jobs.name, {"metadata": {"labels": labels}})
    jobs.create("careless")
    message = eventually(lambda: jobs.events("careless", "FailedCreate"))[0]
    assert 'violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false' in message
    assert 'runAsNonRoot != true (pod or container "main" must set' in message
    user = {"runAsUser": 65532, **RESTRICTED}
    jobs.create("careful", container={"securityContext": user})
    assert jobs.end("careful").type == "Complete"


def test_the_manifest_keeps_newer_fields(http: Http, namespace: str) -> None:
    spec = {"podReplacementPolicy": "Failed", "backoffLimitPerIndex": 1}
    path = f"/apis/batch/v1/namespaces/{namespace}/jobs"
    stored = http("POST", path, job_manifest("one", spec=spec)).body["spec"]
    assert {name: stored[name] for name in spec} == spec
