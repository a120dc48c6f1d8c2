"""Record scenes for the diagnosis from a cluster of the bed: python -m tests.unit.executors.kubernetes.recording [NAME…]

A scene is {job, pods, events, workload} as the API server gave them, without fields that nobody reads.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dh_jupyter.executors.base import Resources
from dh_jupyter.executors.kubernetes.client import Client
from dh_jupyter.executors.kubernetes.manifest import manifest
from dh_jupyter.executors.kubernetes.names import QUEUE
from dh_jupyter.executors.kubernetes.settings import KubernetesSettings
from tests.kubernetes_bed import Cluster, Node
from tests.unit.executors.kubernetes.cases import IDENTITY, NEW, PLACE, PLAIN

Object = dict[str, Any]
SCENES = Path(__file__).parent / "scenes"
KUEUE = "/apis/kueue.x-k8s.io/v1beta1"
UNREAD = frozenset(
    [
        "managedFields",
        "resourceVersion",
        "generation",
        "ownerReferences",
        "annotations",
        "finalizers",
        "selfLink",
        "labels",
        "generateName",
        "env",
        "volumes",
        "volumeMounts",
        "securityContext",
        "tolerations",
        "podFailurePolicy",
        "selector",
        "dnsPolicy",
        "terminationMessagePath",
        "hostIP",
        "podIP",
        "podIPs",
        "containerID",
        "imageID",
        "lastState",
        "lastProbeTime",
        "serviceAccountName",
        "automountServiceAccountToken",
        "enableServiceLinks",
    ]
)
PATIENCE = 60.0  # seconds


@dataclass(frozen=True)
class Case:
    """What is asked for, and when it is there to be recorded."""

    command: str = "import time; time.sleep(600)"
    resources: Resources = field(default_factory=Resources)
    pod: Object = field(default_factory=dict)  # over the template's spec
    container: Object = field(default_factory=dict)  # over the worker's
    job: Object = field(default_factory=dict)  # over the Job's spec
    before: tuple[tuple[str, Object], ...] = ()  # objects: plural and body
    queue: str = ""
    until: Callable[[Object], bool] = lambda scene: False
    then: str = ""  # delete-pod, delete-job, kill-node
    program: tuple[str, ...] = ()
    restricted: bool = False


def waits_for(*reasons: str) -> Callable[[Object], bool]:
    return lambda scene: any(
        (one.get("state", {}).get("waiting") or {}).get("reason") in reasons
        for pod in scene["pods"]
        for one in pod["status"].get("containerStatuses") or []
    )


def happened(reason: str) -> Callable[[Object], bool]:
    return lambda scene: any(event["reason"] == reason for event in scene["events"])


def over(scene: Object) -> bool:
    conditions = (scene["job"] or {}).get("status", {}).get("conditions") or []
    return any(one["type"] in ("Failed", "Complete") and one["status"] == "True" for one in conditions)


def runs(scene: Object) -> bool:
    return any(
        "running" in one.get("state", {})
        for pod in scene["pods"]
        for one in pod["status"].get("containerStatuses") or []
    )


def is_being_deleted(scene: Object) -> bool:
    return any("deletionTimestamp" in pod["metadata"] for pod in scene["pods"])


def queue_says(kind: str) -> Callable[[Object], bool]:
    return lambda scene: any(
        one["type"] == kind for one in ((scene["workload"] or {}).get("status") or {}).get("conditions") or []
    )


def killing(number: int) -> Case:
    return Case(f"import os; os.kill(os.getpid(), {number})", until=over)


def _queues() -> tuple[tuple[str, Object], ...]:
    asked = [{"name": "cpu", "nominalQuota": "8"}, {"name": "nvidia.com/gpu", "nominalQuota": "2"}]
    group = {"coveredResources": ["cpu", "nvidia.com/gpu"], "flavors": [{"name": "a100", "resources": asked}]}
    return (
        ("clusterqueues", {"metadata": {"name": "NAMESPACE"}, "spec": {"resourceGroups": [group]}}),
        ("localqueues", {"metadata": {"name": "team"}, "spec": {"clusterQueue": "NAMESPACE"}}),
    )


GPU_QUOTA = (("resourcequotas", {"metadata": {"name": "team"}, "spec": {"hard": {"requests.nvidia.com/gpu": "2"}}}),)
MISSING_ENV = {"env": [{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "login", "key": "password"}}}]}
SECRET = (("secrets", {"metadata": {"name": "login"}, "stringData": {"user": "me"}}),)
VOLUME = {"volumes": [{"name": "data", "configMap": {"name": "settings"}}]}
DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"
CASES: dict[str, Case] = {
    "gpus-of-no-node": Case(resources=Resources(gpu=8), until=happened("FailedScheduling")),
    "labels-of-no-node": Case(pod={"nodeSelector": {"gpu": "h100"}}, until=happened("FailedScheduling")),
    "quota-never": Case(resources=Resources(gpu=3), before=GPU_QUOTA, until=happened("FailedCreate")),
    "pod-security": Case(pod={"securityContext": {}}, restricted=True, until=happened("FailedCreate")),
    "image-missing": Case(container={"image": "registry.invalid/team/app:v9"}, until=waits_for("ErrImagePull")),
    "image-backing-off": Case(container={"image": "registry.invalid/team/app:v9"}, until=happened("BackOff")),
    "secret-missing": Case(container=MISSING_ENV, until=waits_for("CreateContainerConfigError")),
    "secret-without-key": Case(container=MISSING_ENV, before=SECRET, until=waits_for("CreateContainerConfigError")),
    "volume-missing": Case(pod=VOLUME, until=happened("FailedMount")),
    "no-program": Case(program=("/no/such/python3",), until=over),
    "init-failed": Case(
        pod={
            "initContainers": [
                {
                    "name": "vault",
                    "image": "vault:1",
                    "command": ["sh", "-c", "echo no token; exit 3"],
                    "terminationMessagePolicy": "FallbackToLogsOnError",
                }
            ]
        },
        until=over,
    ),
    "memory": Case("x = bytearray(1 << 28)", Resources(memory=100 << 20), until=over),
    "segfault": killing(11),
    "abort": killing(6),
    "bus-error": killing(7),
    "killed": killing(9),
    "deadline-of-pod": Case(pod={"activeDeadlineSeconds": 1}, until=over),
    "deadline-of-job": Case(job={"activeDeadlineSeconds": 1}, until=over),
    "deadline-of-job-unscheduled": Case(resources=Resources(gpu=8), job={"activeDeadlineSeconds": 1}, until=over),
    "exit-1": Case("raise SystemExit(1)", until=over),
    "exit-42": Case("raise SystemExit(42)", until=over),
    "complete": Case("pass", until=over),
    "running": Case(until=runs),
    "pod-deleted": Case(DEAF, until=is_being_deleted, then="delete-pod"),
    "job-deleted": Case(until=lambda scene: scene["job"] is None, then="delete-job"),
    "node-lost": Case(until=is_being_deleted, then="kill-node"),
    "queue-full": Case(resources=Resources(gpu=3), queue="team", before=_queues(), until=queue_says("QuotaReserved")),
    "queue-missing": Case(queue="nobody", until=queue_says("QuotaReserved")),
}


class Recorder:
    """One cluster; each scene has a namespace of its own."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def record(self, name: str, case: Case) -> Object:
        namespace = f"scene-{name}"
        client = Client(KubernetesSettings(kubeconfig=str(self._cluster.kubeconfig), namespace=namespace))
        enforced = {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}} if case.restricted else {}
        client.call("POST", "/api/v1/namespaces", {"metadata": {"name": namespace, **enforced}})
        for plural, body in case.before:
            text = json.dumps(body).replace("NAMESPACE", namespace)
            client.call("POST", _path(plural, namespace), json.loads(text))
        job = client.call("POST", client.path("jobs", group="batch/v1"), _job(case))
        scene = self._until(client, job, case)
        client.call("DELETE", f"/api/v1/namespaces/{namespace}")
        client.close()
        return scene

    def _until(self, client: Client, job: Object, case: Case) -> Object:
        last: Object = {"pods": []}
        acted = False
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            scene = _look(client, job, last["pods"])
            if case.then and not acted and runs(scene):
                acted = True
                self._act(client, case.then, scene)
            elif case.until(scene) and (acted or not case.then):
                return {name: _short(each) for name, each in scene.items()}
            last = scene
            time.sleep(0.1)
        raise SystemExit(f"it never came to that: {json.dumps(last)[:3000]}")

    def _act(self, client: Client, then: str, scene: Object) -> None:
        pod, job = scene["pods"][0]["metadata"]["name"], scene["job"]["metadata"]["name"]
        if then == "kill-node":
            self._cluster.kill_node(scene["pods"][0]["spec"]["nodeName"])
        elif then == "delete-pod":
            client.call("DELETE", client.path("pods", pod), {"gracePeriodSeconds": 5})
        else:
            client.call("DELETE", client.path("jobs", job, group="batch/v1"), {"propagationPolicy": "Background"})


def _path(plural: str, namespace: str) -> str:
    if plural == "clusterqueues":
        return f"{KUEUE}/clusterqueues"
    if plural == "localqueues":
        return f"{KUEUE}/namespaces/{namespace}/localqueues"
    return f"/api/v1/namespaces/{namespace}/{plural}"


def _job(case: Case) -> Object:
    """As we make it, but with a command of the case, and without volumes that need our objects."""
    place = replace(PLACE, command=case.program or ("python3", "-c", case.command))
    made = manifest(replace(PLAIN, resources=case.resources), IDENTITY, place, KubernetesSettings(), NEW)
    pod = made["spec"]["template"]["spec"]
    ours = {volume["name"] for volume in pod["volumes"] if "emptyDir" not in volume}
    pod["volumes"] = [volume for volume in pod["volumes"] if volume["name"] not in ours]
    worker = pod["containers"][0]
    worker["volumeMounts"] = [mount for mount in worker["volumeMounts"] if mount["name"] not in ours]
    worker["workingDir"] = "/"
    pod.update(case.pod)
    worker.update(case.container)
    if "volumes" in case.pod:
        worker["volumeMounts"] = [{"name": case.pod["volumes"][0]["name"], "mountPath": "/data"}]
    made["spec"].update(case.job)
    if case.queue:
        made["metadata"]["labels"][QUEUE] = case.queue
    return made


def _look(client: Client, job: Object, before: list[Object]) -> Object:
    found = client.call("GET", client.path("jobs", group="batch/v1"))["items"]
    pods = client.call("GET", client.path("pods"))["items"] or before
    events = client.call("GET", client.path("events"))["items"]
    workloads = client.call("GET", f"{KUEUE}/namespaces/{client.namespace}/workloads")["items"]
    return {
        "job": found[0] if found else None,
        "pods": pods,
        "events": events,
        "workload": workloads[0] if workloads else None,
    }


def _short(item: Any) -> Any:
    """Without what nobody reads."""
    if isinstance(item, list):
        return [_short(each) for each in item]
    if isinstance(item, dict):
        return {name: _short(each) for name, each in item.items() if name not in UNREAD}
    return f"{item[:20]}…" if isinstance(item, str) and len(item) > 10_000 else item


def main(names: list[str]) -> None:
    SCENES.mkdir(exist_ok=True)
    wanted = names or list(CASES)
    with (
        tempfile.TemporaryDirectory() as folder,
        Cluster("fake", Path(folder), [Node("node-a", gpus=4, labels={"gpu": "a100"})]) as cluster,
    ):
        for name in sorted(wanted, key=lambda one: CASES[one].then == "kill-node"):
            scene = Recorder(cluster).record(name, CASES[name])
            (SCENES / f"{name}.json").write_text(json.dumps(scene, indent=1) + "\n")
            print(name)


if __name__ == "__main__":
    main(sys.argv[1:])
