"""What the facts are told with: raw requests, the official client, Job manifests, patience."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

import urllib3
from kubernetes import client, config

from tests.kubernetes_bed import Cluster

Object = dict[str, Any]
T = TypeVar("T")

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY = "application/apply-patch+yaml"


def eventually(question: Callable[[], T], seconds: float = 30) -> T:
    """The first true answer; AssertionError with the last one when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < deadline, f"still {answer!r} after {seconds} s"
        time.sleep(0.03)
    return answer


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any  # the parsed JSON, or the text

    @property
    def reason(self) -> str:
        return self.body.get("reason", "")

    @property
    def version(self) -> str:
        return self.body["metadata"]["resourceVersion"]


@dataclass(frozen=True)
class Event:
    """One line of a watch."""

    type: str
    object: Object

    @property
    def name(self) -> str:
        return self.object["metadata"]["name"]


class Http:
    """Requests as they go over the wire, for facts that a client library would hide."""

    def __init__(self, cluster: Cluster, token: str) -> None:
        self._server = cluster.server
        self._headers = {"Authorization": f"Bearer {token}"}
        self._pool = urllib3.PoolManager(ca_certs=str(cluster.ca_file), retries=False)

    def __call__(
        self, method: str, path: str, body: Any = None, kind: str = "application/json", **query: Any
    ) -> Answer:
        response = self._pool.request(
            method,
            self._server + path + ("?" + urlencode(query) if query else ""),
            headers={**self._headers, "Content-Type": kind},
            body=body if isinstance(body, str) or body is None else json.dumps(body),
        )
        text = response.data.decode()
        return Answer(response.status, json.loads(text) if text.startswith("{") else text)

    def watch(self, path: str, count: int, seconds: int = 5, **query: Any) -> list[Event]:
        """The events until there are `count`, or the server ends the watch after `seconds`."""
        events: list[Event] = []
        fields = {"watch": "1", "timeoutSeconds": str(seconds), **query}
        response = self._pool.request(
            "GET", self._server + path, fields=fields, headers=self._headers, preload_content=False
        )
        for line in _lines(response):
            parsed = json.loads(line)
            events.append(Event(parsed["type"], parsed["object"]))
            if len(events) >= count:
                break
        response.close()
        return events


@dataclass(frozen=True)
class Api:
    """The official client."""

    core: client.CoreV1Api
    batch: client.BatchV1Api
    rbac: client.RbacAuthorizationV1Api
    authorization: client.AuthorizationV1Api

    @classmethod
    def of(cls, kubeconfig: Any) -> "Api":
        connection = config.new_client_from_config(str(kubeconfig))
        return cls(
            client.CoreV1Api(connection),
            client.BatchV1Api(connection),
            client.RbacAuthorizationV1Api(connection),
            client.AuthorizationV1Api(connection),
        )


def job_manifest(
    name: str,
    *command: str,
    gpus: int | str = 0,
    spec: Object | None = None,
    pod: Object | None = None,
    container: Object | None = None,
    labels: dict[str, str] | None = None,
) -> Object:
    """A Job with one container `main`; spec, pod and container are merged into their levels."""
    limits = {"nvidia.com/gpu": str(gpus)} if gpus else {}
    main = {
        "name": "main",
        "image": "local/worker:1",
        "command": list(command) or ["true"],
        "resources": {"limits": limits},
    }
    pod_spec = {"restartPolicy": "Never", **(pod or {}), "containers": [main | (container or {})]}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "labels": labels or {}},
        "spec": {"backoffLimit": 0, **(spec or {}), "template": {"spec": pod_spec}},
    }


class Namespace:
    """Jobs and their pods in one namespace, through the official client."""

    def __init__(self, api: Api, name: str) -> None:
        self.api = api
        self.name = name

    def create(self, name: str, *command: str, **parts: Any) -> Any:
        return self.api.batch.create_namespaced_job(self.name, job_manifest(name, *command, **parts))

    def delete(self, name: str, propagation: str = "Background") -> None:
        self.api.batch.delete_namespaced_job(name, self.name, propagation_policy=propagation)

    def job(self, name: str) -> Any:
        return self.api.batch.read_namespaced_job(name, self.name)

    def pods(self, job: str) -> list[Any]:
        selector = f"job-name={job}"
        return self.api.core.list_namespaced_pod(self.name, label_selector=selector).items

    def pod(self, job: str) -> Any:
        return eventually(lambda: self.pods(job))[0]

    def end(self, job: str) -> Any:
        """The condition that a Job ends with."""

        def condition() -> Any:
            conditions = self.job(job).status.conditions or []
            ends = (item for item in conditions if item.type in ("Complete", "Failed"))
            return next((item for item in ends if item.status == "True"), None)

        return eventually(condition, 60)

    def container(self, job: str) -> Any:
        """The status of the one container."""
        return eventually(lambda: self.pod(job).status.container_statuses)[0]

    def terminated(self, job: str) -> Any:
        self.end(job)
        return eventually(lambda: self.container(job).state.terminated)

    def log(self, job: str, **options: Any) -> str:
        pod = self.pod(job).metadata.name
        return self.api.core.read_namespaced_pod_log(pod, self.name, **options)

    def until_phase(self, job: str, phase: str) -> Any:
        return eventually(lambda: next((p for p in self.pods(job) if p.status.phase == phase), None))

    def events(self, about: str, reason: str) -> list[str]:
        """The messages of the Events with that reason."""
        selector = f"involvedObject.name={about}"
        found = self.api.core.list_namespaced_event(self.name, field_selector=selector).items
        return [event.message for event in found if event.reason == reason]


def _lines(response: urllib3.BaseHTTPResponse) -> Any:
    rest = b""
    for chunk in response.stream(4096, decode_content=True):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
