"""What comes back for requests that cannot be: the raw material of a diagnosis."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from kubernetes.client import ApiException

from tests.integration.kubernetes_bed.asking import APPLY, Api, Http, Namespace, Object, eventually, job_manifest
from tests.kubernetes_bed import Cluster


class Refusal:
    """The error that a call is answered with."""

    def __init__(self, call: Callable[[], Any]) -> None:
        with pytest.raises(ApiException) as caught:
            call()
        self.status = caught.value.status
        self.body: Object = json.loads(caught.value.body)

    @property
    def reason(self) -> str:
        return self.body["reason"]

    @property
    def message(self) -> str:
        return self.body["message"]

    @property
    def fields(self) -> list[str]:
        return [cause["field"] for cause in self.body["details"]["causes"]]


def unschedulable_message(jobs: Namespace, job: str) -> str:
    """The pod waits, with a condition; an Event says the same."""

    def condition() -> Any:
        conditions = jobs.pod(job).status.conditions or []
        return next((item for item in conditions if item.reason == "Unschedulable"), None)

    scheduled = eventually(condition)
    assert (scheduled.type, scheduled.status) == ("PodScheduled", "False")
    pod = jobs.pod(job)
    assert pod.status.phase == "Pending"
    events = eventually(lambda: jobs.events(pod.metadata.name, "FailedScheduling"))
    assert scheduled.message in events
    return scheduled.message


def test_more_gpus_than_any_node_has(jobs: Namespace) -> None:
    jobs.create("big", gpus=5)
    message = unschedulable_message(jobs, "big")
    assert message == "0/1 nodes are available: 1 Insufficient nvidia.com/gpu."


def test_no_node_has_the_label(jobs: Namespace) -> None:
    jobs.create("picky", pod={"nodeSelector": {"gpu": "h100"}})
    message = unschedulable_message(jobs, "picky")
    assert message == "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity."


def test_a_job_name_is_taken(jobs: Namespace) -> None:
    jobs.create("one")
    refusal = Refusal(lambda: jobs.create("one"))
    assert (refusal.status, refusal.reason) == (409, "AlreadyExists")
    assert refusal.message == 'jobs.batch "one" already exists'


@pytest.mark.parametrize(
    ("manifest", "fields"),
    [
        (job_manifest("Bad_Name"), ["metadata.name"]),
        (
            job_manifest("policy", pod={"restartPolicy": "Always"}),
            ["spec.template.spec.restartPolicy"],
        ),
        (
            job_manifest("volume", container={"volumeMounts": [{"name": "v", "mountPath": "/v"}]}),
            ["spec.template.spec.containers[0].volumeMounts[0].name"],
        ),
        (job_manifest("label", labels={"a": "x" * 64}), ["metadata.labels"]),
        (job_manifest("long-" + "x" * 60), ["spec.template.labels"]),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_invalid_jobs(api: Api, namespace: str, manifest: Object, fields: list[str]) -> None:
    refusal = Refusal(lambda: api.batch.create_namespaced_job(namespace, manifest))
    assert (refusal.status, refusal.reason) == (422, "Invalid")
    assert refusal.fields == fields


def test_half_a_gpu(jobs: Namespace) -> None:
    refusal = Refusal(lambda: jobs.create("half", gpus="0.5"))
    assert (refusal.status, refusal.reason) == (422, "Invalid")


def test_a_config_map_over_a_mebibyte(api: Api, namespace: str) -> None:
    body = {"metadata": {"name": "big"}, "data": {"code": "x" * (1 << 20) + "x"}}
    refusal = Refusal(lambda: api.core.create_namespaced_config_map(namespace, body))
    assert (refusal.status, refusal.reason) == (422, "Invalid")


def test_what_is_missing(jobs: Namespace, api: Api) -> None:
    refusal = Refusal(lambda: jobs.job("nothing"))
    assert (refusal.status, refusal.message) == (404, 'jobs.batch "nothing" not found')
    elsewhere = Namespace(api, "nowhere")
    refusal = Refusal(lambda: elsewhere.create("one"))
    assert (refusal.status, refusal.message) == (404, 'namespaces "nowhere" not found')


def set_quota(api: Api, namespace: str, **hard: str) -> None:
    limits = {name.replace("_", "/"): value for name, value in hard.items()}
    body = {"metadata": {"name": "team"}, "spec": {"hard": limits}}
    api.core.create_namespaced_resource_quota(namespace, body)
    eventually(lambda: api.core.read_namespaced_resource_quota("team", namespace).status.hard)


def test_a_job_over_the_gpu_quota_is_accepted_and_stays_empty(jobs: Namespace, api: Api) -> None:
    set_quota(api, jobs.name, **{"requests.nvidia.com/gpu": "2"})
    jobs.create("greedy", gpus=3)
    message = eventually(lambda: jobs.events("greedy", "FailedCreate"))[0]
    assert "is forbidden: exceeded quota: team, requested: requests.nvidia.com/gpu=3" in message
    assert message.endswith("used: requests.nvidia.com/gpu=0, limited: requests.nvidia.com/gpu=2")
    assert jobs.pods("greedy") == []
    status = jobs.job("greedy").status
    assert (status.active, status.conditions) == (None, None)


def test_a_pod_over_the_quota_is_refused(jobs: Namespace, api: Api) -> None:
    set_quota(api, jobs.name, **{"requests.nvidia.com/gpu": "2"})
    spec = job_manifest("x", gpus=3)["spec"]["template"]["spec"]
    pod = {"metadata": {"name": "greedy"}, "spec": spec}
    refusal = Refusal(lambda: api.core.create_namespaced_pod(jobs.name, pod))
    assert (refusal.status, refusal.reason) == (403, "Forbidden")
    assert "exceeded quota: team" in refusal.message


def test_a_job_over_the_count_is_refused(jobs: Namespace, api: Api) -> None:
    set_quota(api, jobs.name, **{"count/jobs.batch": "1"})
    jobs.create("first")
    eventually(lambda: used_jobs(api, jobs.name) == "1")
    refusal = Refusal(lambda: jobs.create("second"))
    assert (refusal.status, refusal.reason) == (403, "Forbidden")
    assert refusal.message == (
        'jobs.batch "second" is forbidden: exceeded quota: team, requested: count/jobs.batch=1, '
        "used: count/jobs.batch=1, limited: count/jobs.batch=1"
    )


def used_jobs(api: Api, namespace: str) -> str | None:
    quota = api.core.read_namespaced_resource_quota("team", namespace)
    return (quota.status.used or {}).get("count/jobs.batch")


def test_a_stranger_may_nothing(cluster: Cluster, namespace: str) -> None:
    stranger = Namespace(Api.of(cluster.user_kubeconfig("stranger")), namespace)
    refusal = Refusal(lambda: stranger.create("one"))
    assert (refusal.status, refusal.reason) == (403, "Forbidden")
    assert refusal.message == (
        'jobs.batch is forbidden: User "stranger" cannot create resource "jobs" '
        f'in API group "batch" in the namespace "{namespace}"'
    )


def test_an_unknown_token(cluster: Cluster) -> None:
    answer = Http(cluster, "bogus")("GET", "/apis/batch/v1/jobs")
    assert (answer.status, answer.reason) == (401, "Unauthorized")


def test_a_broker_may_what_its_role_says(cluster: Cluster, api: Api, namespace: str) -> None:
    grant_broker(api, namespace)
    broker = Namespace(Api.of(cluster.user_kubeconfig("broker")), namespace)
    eventually(lambda: may(broker.api, namespace, "create", "jobs"))
    broker.create("one")
    assert not may(broker.api, namespace, "delete", "jobs")
    refusal = Refusal(lambda: broker.delete("one"))
    assert 'cannot delete resource "jobs"' in refusal.message
    refusal = Refusal(lambda: broker.api.core.read_namespaced_pod_log("x", namespace))
    assert 'cannot get resource "pods/log"' in refusal.message


def grant_broker(api: Api, namespace: str) -> None:
    rule = {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["create", "get", "list"]}
    role = {"metadata": {"name": "broker"}, "rules": [rule]}
    api.rbac.create_namespaced_role(namespace, role)
    group = "rbac.authorization.k8s.io"
    binding = {
        "metadata": {"name": "broker"},
        "roleRef": {"apiGroup": group, "kind": "Role", "name": "broker"},
        "subjects": [{"kind": "User", "name": "broker", "apiGroup": group}],
    }
    api.rbac.create_namespaced_role_binding(namespace, binding)


def may(api: Api, namespace: str, verb: str, resource: str) -> bool:
    """By SelfSubjectAccessReview, as a broker checks its rights when it starts."""
    asked = {"namespace": namespace, "verb": verb, "group": "batch", "resource": resource}
    review = {"spec": {"resourceAttributes": asked}}
    return api.authorization.create_self_subject_access_review(review).status.allowed


def test_the_template_of_a_job_is_immutable(jobs: Namespace) -> None:
    jobs.create("one")
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "c"}]}}}}
    refusal = Refusal(lambda: jobs.api.batch.patch_namespaced_job("one", jobs.name, patch))
    assert (refusal.status, refusal.fields) == (422, ["spec.template"])


def test_a_stale_put_conflicts(jobs: Namespace) -> None:
    stale = jobs.create("one", "sleep", "60", pod={"schedulerName": "none"})
    patch = {"metadata": {"labels": {"a": "1"}}}
    jobs.api.batch.patch_namespaced_job("one", jobs.name, patch)
    refusal = Refusal(lambda: jobs.api.batch.replace_namespaced_job("one", jobs.name, stale))
    assert (refusal.status, refusal.reason) == (409, "Conflict")


def test_selectors_and_pages_that_cannot_be(api: Api, namespace: str) -> None:
    def listing(**query: Any) -> Refusal:
        return Refusal(lambda: api.batch.list_namespaced_job(namespace, **query))

    assert listing(field_selector="spec.foo=1").status == 400
    assert listing(limit=2, _continue="zz").status == 400


def test_a_dry_run_checks_and_stores_nothing(http: Http, namespace: str) -> None:
    path = f"/apis/batch/v1/namespaces/{namespace}/jobs"
    answer = http("POST", path, job_manifest("dry"), dryRun="All")
    assert (answer.status, answer.body["metadata"]["name"]) == (201, "dry")
    assert http("GET", f"{path}/dry").status == 404
    assert http("POST", path, job_manifest("Bad_Name"), dryRun="All").status == 422
    http("POST", path, job_manifest("kept"))
    assert http("DELETE", f"{path}/kept", dryRun="All").status == 200
    assert http("GET", f"{path}/kept").status == 200


def test_a_name_can_be_generated(api: Api, namespace: str) -> None:
    manifest = job_manifest("x") | {"metadata": {"generateName": "run-"}}
    name = api.batch.create_namespaced_job(namespace, manifest).metadata.name
    assert name.startswith("run-")
    assert len(name) == len("run-") + 5


def test_apply_creates(http: Http, namespace: str) -> None:
    path = f"/apis/batch/v1/namespaces/{namespace}/jobs/applied"
    manifest = job_manifest("applied")
    assert http("PATCH", path, manifest, APPLY, fieldManager="dh").status == 201
    assert http("PATCH", path, manifest, APPLY, fieldManager="dh").status == 200


def test_a_delete_without_a_policy_orphans_the_pods(jobs: Namespace) -> None:
    jobs.create("one", "sleep", "60", pod={"schedulerName": "none"})
    jobs.pod("one")
    jobs.api.batch.delete_namespaced_job("one", jobs.name)
    eventually(lambda: not (jobs.pods("one")[0].metadata.owner_references))


def test_logs_that_are_not_there(http: Http, namespace: str) -> None:
    pods = f"/api/v1/namespaces/{namespace}/pods"
    main, side = {"name": "main", "image": "b"}, {"name": "side", "image": "b"}

    def add(name: str, **spec: Any) -> None:
        http("POST", pods, {"metadata": {"name": name}, "spec": {"schedulerName": "none", **spec}})

    add("unscheduled", containers=[main])
    assert http("GET", f"{pods}/unscheduled/log").status == 204
    add("lost", containers=[main], nodeName=f"ghost-{namespace}")
    assert http("GET", f"{pods}/lost/log").status == 404
    add("two", containers=[main, side])
    answer = http("GET", f"{pods}/two/log")
    assert answer.status == 400
    assert answer.body["message"] == ("a container name must be specified for pod two, choose one of: [main side]")
