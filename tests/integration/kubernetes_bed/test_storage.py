"""How the API server stores, lists and watches: what a reflector and a broker may rely on."""

from typing import Any

import pytest

from tests.integration.kubernetes_bed.asking import JSON_PATCH, MERGE, STRATEGIC, Answer, Http, Object, eventually


class Store:
    """The raw paths of one namespace."""

    def __init__(self, http: Http, namespace: str) -> None:
        self.http = http
        # A node that does not exist, another for each fact: pods of one that has been missing for 40 s
        # are collected as garbage.
        self.ghost = f"ghost-{namespace}"
        self.maps = f"/api/v1/namespaces/{namespace}/configmaps"
        self.pods = f"/api/v1/namespaces/{namespace}/pods"
        self.jobs = f"/apis/batch/v1/namespaces/{namespace}/jobs"

    def add_map(self, name: str, value: str = "0", **labels: str) -> Answer:
        metadata = {"name": name, "labels": labels}
        return self.http("POST", self.maps, {"metadata": metadata, "data": {"value": value}})

    def patch_map(self, name: str, patch: Object) -> Answer:
        return self.http("PATCH", f"{self.maps}/{name}", patch, MERGE)

    def names(self, **query: Any) -> list[str]:
        items = self.http("GET", self.maps, **query).body["items"]
        return [item["metadata"]["name"] for item in items]

    def add_pod(self, name: str, **spec: Any) -> Answer:
        spec = {"containers": [{"name": "main", "image": "b"}], "schedulerName": "none", **spec}
        return self.http("POST", self.pods, {"metadata": {"name": name}, "spec": spec})

    def add_job(self, name: str, **spec: Any) -> Answer:
        pod = {
            "restartPolicy": "Never",
            "schedulerName": "none",
            "containers": [{"name": "main", "image": "b"}],
        }
        body = {"metadata": {"name": name}, "spec": {**spec, "template": {"spec": pod}}}
        return self.http("POST", self.jobs, body)

    def job_status(self, name: str) -> Object:
        return self.http("GET", f"{self.jobs}/{name}").body["status"]

    def job_pods(self, job: str) -> list[Object]:
        return self.http("GET", self.pods, labelSelector=f"job-name={job}").body["items"]

    def finish_pod(self, pod: Object, phase: str) -> None:
        """As a kubelet would report it."""
        ended = {"terminated": {"exitCode": 0 if phase == "Succeeded" else 1}}
        container = {"name": "main", "image": "b", "imageID": "", "ready": False}
        statuses = [{**container, "restartCount": 0, "state": ended}]
        status = {"phase": phase, "containerStatuses": statuses}
        path = f"{self.pods}/{pod['metadata']['name']}/status"
        self.http("PATCH", path, {"status": status}, MERGE)


@pytest.fixture
def store(http: Http, namespace: str) -> Store:
    return Store(http, namespace)


def test_items_of_a_list_have_no_kind(store: Store) -> None:
    store.add_map("one", group="a")
    answer = store.http("GET", store.maps, labelSelector="group=a")
    assert answer.body["kind"] == "ConfigMapList"
    assert "kind" not in answer.body["items"][0]


def test_a_watch_sees_every_change_after_the_version_of_the_list(store: Store) -> None:
    store.add_map("changed", group="a")
    store.add_map("relabelled", group="a")
    store.add_map("deleted", group="a")
    version = store.http("GET", store.maps).version
    store.patch_map("changed", {"data": {"value": "1"}})
    store.patch_map("relabelled", {"metadata": {"labels": {"group": "b"}}})
    store.patch_map("relabelled", {"metadata": {"labels": {"group": "a"}}})
    store.http("DELETE", f"{store.maps}/deleted")
    store.add_map("added", group="a")
    events = store.http.watch(store.maps, 5, resourceVersion=version, labelSelector="group=a")
    assert [(event.type, event.name) for event in events] == [
        ("MODIFIED", "changed"),
        ("DELETED", "relabelled"),  # it left the selection, then came back
        ("ADDED", "relabelled"),
        ("DELETED", "deleted"),
        ("ADDED", "added"),
    ]


def test_a_watch_from_version_0_begins_with_what_exists(store: Store) -> None:
    store.add_map("one", group="a")
    store.add_map("two", group="a")
    query = {"resourceVersion": "0", "labelSelector": "group=a"}
    events = eventually(lambda: store.http.watch(store.maps, 2, seconds=1, **query))
    assert sorted((event.type, event.name) for event in events) == [
        ("ADDED", "one"),
        ("ADDED", "two"),
    ]


def test_a_watch_ends_after_its_timeout(store: Store) -> None:
    version = store.http("GET", store.maps).version
    assert store.http.watch(store.maps, 1, seconds=1, resourceVersion=version) == []


def test_a_bookmark_comes_before_a_watch_ends(store: Store) -> None:
    version = store.add_map("one").version
    query = {"resourceVersion": version, "allowWatchBookmarks": "true"}
    events = store.http.watch(store.maps, 1, seconds=6, **query)
    assert [event.type for event in events] == ["BOOKMARK"]
    assert int(events[0].object["metadata"]["resourceVersion"]) >= int(version)


def test_later_pages_show_the_time_of_the_first(store: Store) -> None:
    for name in ("a", "b", "c", "e"):
        store.add_map(name, group="a")
    first = store.http("GET", store.maps, limit=2, labelSelector="group=a")
    store.add_map("d", group="a")
    query = {"limit": 9, "labelSelector": "group=a", "continue": first.body["metadata"]["continue"]}
    second = store.http("GET", store.maps, **query)
    assert [item["metadata"]["name"] for item in second.body["items"]] == ["c", "e"]
    assert second.version == first.version


def test_label_selectors(store: Store) -> None:
    store.add_map("gpu", kind="gpu", size="big")
    store.add_map("cpu", kind="cpu")
    assert store.names(labelSelector="kind in (gpu, cpu)") == ["cpu", "gpu"]
    assert store.names(labelSelector="kind,kind notin (cpu)") == ["gpu"]
    assert store.names(labelSelector="kind,!size") == ["cpu"]
    assert store.names(labelSelector="kind!=gpu,kind") == ["cpu"]


def test_a_patch_that_changes_nothing_keeps_the_version(store: Store) -> None:
    version = store.add_map("one").version
    assert store.patch_map("one", {"data": {"value": "0"}}).version == version


def test_an_update_conflicts_only_when_it_names_a_stale_version(store: Store) -> None:
    obj = store.add_map("one").body
    stale = obj["metadata"].pop("resourceVersion")
    obj["data"] = {"value": "1"}
    assert store.http("PUT", f"{store.maps}/one", obj).status == 200
    obj["metadata"]["resourceVersion"] = stale
    assert store.http("PUT", f"{store.maps}/one", obj).reason == "Conflict"
    patch = {"metadata": {"resourceVersion": stale}, "data": {"value": "2"}}
    assert store.patch_map("one", patch).reason == "Conflict"


def test_a_json_patch_whose_test_fails_is_refused(store: Store) -> None:
    store.add_map("one")
    patch = [{"op": "test", "path": "/data/value", "value": "other"}]
    answer = store.http("PATCH", f"{store.maps}/one", patch, JSON_PATCH)
    assert (answer.status, answer.reason) == (422, "Invalid")


@pytest.mark.parametrize(
    ("method", "name", "body", "kind", "status"),
    [
        ("PATCH", "/one", {"a": 1}, "text/plain", 415),
        ("POST", "", "{", "application/json", 400),
        ("POST", "", {"metadata": {"name": "x", "resourceVersion": "5"}}, "application/json", 500),
        ("POST", "/named", {"metadata": {"name": "named"}}, "application/json", 405),
        ("PUT", "/one", {"metadata": {"name": "other"}}, "application/json", 400),
    ],
)
def test_malformed_writes(store: Store, method: str, name: str, body: Any, kind: str, status: int) -> None:
    store.add_map("one")
    assert store.http(method, store.maps + name, body, kind).status == status


def test_a_finalizer_holds_an_object_until_it_is_removed(store: Store) -> None:
    body = {"metadata": {"name": "held", "finalizers": ["example.com/hold"]}}
    store.http("POST", store.maps, body)
    deleted = store.http("DELETE", f"{store.maps}/held")
    assert deleted.status == 200
    assert "deletionTimestamp" in deleted.body["metadata"]
    assert store.http("POST", store.maps, {"metadata": {"name": "held"}}).status == 409
    store.patch_map("held", {"metadata": {"finalizers": None}})
    assert store.http("GET", f"{store.maps}/held").status == 404


def test_dependents_go_with_their_owner(store: Store) -> None:
    owner = store.add_map("owner").body["metadata"]
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["uid"]}
    metadata = {"name": "dependent", "ownerReferences": [reference]}
    store.http("POST", store.maps, {"metadata": metadata})
    other = {"preconditions": {"uid": "another"}}
    assert store.http("DELETE", f"{store.maps}/owner", other).status == 409
    store.http("DELETE", f"{store.maps}/owner")
    eventually(lambda: store.http("GET", f"{store.maps}/dependent").status == 404)


def test_an_unscheduled_pod_is_deleted_at_once(store: Store) -> None:
    store.add_pod("waiting")
    store.http("DELETE", f"{store.pods}/waiting")
    assert store.http("GET", f"{store.pods}/waiting").status == 404


def test_a_bound_pod_waits_for_its_kubelet_unless_forced(store: Store) -> None:
    store.add_pod("bound", nodeName=store.ghost)
    deleted = store.http("DELETE", f"{store.pods}/bound")
    assert deleted.body["metadata"]["deletionGracePeriodSeconds"] == 30
    assert store.http("GET", f"{store.pods}/bound").status == 200
    store.http("DELETE", f"{store.pods}/bound", {"gracePeriodSeconds": 0})
    assert store.http("GET", f"{store.pods}/bound").status == 404


def test_the_status_is_written_through_its_own_path(store: Store) -> None:
    store.add_pod("one", nodeName=store.ghost)
    path = f"{store.pods}/one"
    status = {"status": {"phase": "Succeeded"}, "metadata": {"labels": {"seen": "yes"}}}
    written = store.http("PATCH", f"{path}/status", status, MERGE).body
    assert written["status"]["phase"] == "Succeeded"
    assert written["metadata"]["labels"] == {"seen": "yes"}
    ignored = store.http("PATCH", path, {"status": {"phase": "Failed"}}, MERGE).body
    assert ignored["status"]["phase"] == "Succeeded"


def test_of_a_pod_only_the_image_may_change(store: Store) -> None:
    store.add_pod("one", nodeName=store.ghost)

    def patch_main(**fields: Any) -> int:
        body = {"spec": {"containers": [{"name": "main", **fields}]}}
        return store.http("PATCH", f"{store.pods}/one", body, STRATEGIC).status

    assert patch_main(image="c") == 200
    assert patch_main(command=["x"]) == 422
    moved = store.http("PATCH", f"{store.pods}/one", {"spec": {"nodeName": "other"}}, MERGE)
    assert moved.status == 422


def test_a_job_keeps_its_parallelism_and_completes(store: Store) -> None:
    store.add_job("two-by-three", parallelism=2, completions=3)
    eventually(lambda: store.job_status("two-by-three").get("active") == 2)
    first = store.job_pods("two-by-three")
    assert len(first) == 2
    for pod in first:
        store.finish_pod(pod, "Succeeded")
    eventually(lambda: len(store.job_pods("two-by-three")) == 3)
    for pod in store.job_pods("two-by-three"):
        store.finish_pod(pod, "Succeeded")
    eventually(lambda: "completionTime" in store.job_status("two-by-three"))
    status = store.job_status("two-by-three")
    assert (status["succeeded"], status["conditions"][0]["type"]) == (3, "Complete")


def test_a_job_fails_beyond_its_backoff_limit(store: Store) -> None:
    store.add_job("failing", backoffLimit=1)
    store.finish_pod(eventually(lambda: store.job_pods("failing"))[0], "Failed")
    eventually(lambda: len(store.job_pods("failing")) == 2, 60)
    for pod in store.job_pods("failing"):
        store.finish_pod(pod, "Failed")
    conditions = eventually(lambda: store.job_status("failing").get("conditions"))
    assert (conditions[0]["type"], conditions[0]["reason"]) == ("Failed", "BackoffLimitExceeded")
    assert store.job_status("failing")["failed"] == 2


def test_a_foreground_delete_takes_the_pods_first(store: Store) -> None:
    store.add_job("one")
    eventually(lambda: store.job_pods("one"))
    deleted = store.http("DELETE", f"{store.jobs}/one", {"propagationPolicy": "Foreground"})
    assert deleted.body["metadata"]["finalizers"] == ["foregroundDeletion"]
    eventually(lambda: store.http("GET", f"{store.jobs}/one").status == 404)
    assert store.job_pods("one") == []


def test_a_deleted_namespace_takes_everything_along(http: Http) -> None:
    path = "/api/v1/namespaces/doomed"
    http("POST", "/api/v1/namespaces", {"metadata": {"name": "doomed"}})
    http("POST", f"{path}/configmaps", {"metadata": {"name": "inside"}})
    http("DELETE", path)
    eventually(lambda: http("GET", path).status == 404, 60)
    assert http("GET", f"{path}/configmaps/inside").status == 404
