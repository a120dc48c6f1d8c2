"""The rights of deploy/rbac.yaml are enough, and all of them are used: by a user who has those and no others."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from dh_jupyter.executors.base import Following
from dh_jupyter.executors.kubernetes import rights
from dh_jupyter.executors.kubernetes.client import Client
from dh_jupyter.executors.kubernetes.collecting import IDLE
from dh_jupyter.executors.kubernetes.executor import KubernetesExecutor
from dh_jupyter.executors.kubernetes.manifest import Place
from dh_jupyter.executors.kubernetes.names import Identity
from dh_jupyter.executors.kubernetes.nodes import OLDEST
from dh_jupyter.executors.kubernetes.objects import content_map
from dh_jupyter.executors.kubernetes.settings import KubernetesSettings
from dh_kernel.errors import Invalid
from dh_kernel.testing.executors import FOREVER, Attempts
from tests.kubernetes_bed import Cluster

RBAC = Path(__file__).parents[3] / "deploy" / "rbac.yaml"
PATH = re.compile(
    r"/apis?/(?:[^/]+/)?v1(?:beta1)?/namespaces/[^/]+/(?P<resource>[a-z]+)(?:/(?P<name>[^/?]+)(?:/(?P<part>[a-z]+))?)?"
)
VERBS = {"POST": "create", "DELETE": "delete", "PATCH": "patch"}
Use = tuple[str, str]  # verb, resource


def given() -> dict[str, Any]:
    """The Role."""
    return next(one for one in yaml.safe_load_all(RBAC.read_text()) if one["kind"] == "Role")


def used_by(method: str, path: str, query: Any) -> Use | None:
    found = PATH.match(path)
    if not found:
        return None  # the version, access reviews: anybody may
    resource = f"{found['resource']}/{found['part']}" if found["part"] else found["resource"]
    reading = "get" if found["name"] else "watch" if "watch" in (query or {}) else "list"
    return VERBS.get(method, reading), resource


@pytest.fixture
def uses(monkeypatch: pytest.MonkeyPatch) -> set[Use]:
    """What was asked of the cluster, by whomever."""
    found: set[Use] = set()
    plain = Client._request

    def noting(client: Client, method: str, path: str, body: Any, kind: str, query: Any, **options: Any) -> Any:
        if (use := used_by(method, path, query)) is not None and client.namespace != "default":
            found.add(use)
        return plain(client, method, path, body, kind, query, **options)

    monkeypatch.setattr(Client, "_request", noting)
    return found


@pytest.fixture
def as_broker(cluster: Cluster, on_a_claim: KubernetesSettings) -> KubernetesSettings:
    return replace(on_a_claim, kubeconfig=str(cluster.user_kubeconfig("broker")))


@pytest.fixture
def granted(client: Client) -> None:
    """The user broker has the Role in our namespace."""
    group = "rbac.authorization.k8s.io/v1"
    client.call("POST", client.path("roles", group=group), given())
    subject = {"kind": "User", "name": "broker", "apiGroup": "rbac.authorization.k8s.io"}
    reference = {"kind": "Role", "name": "dh-broker", "apiGroup": "rbac.authorization.k8s.io"}
    binding = {"metadata": {"name": "dh-broker"}, "subjects": [subject], "roleRef": reference}
    client.call("POST", client.path("rolebindings", group=group), binding)


@pytest.fixture
def attempts(home: Path, as_broker: KubernetesSettings, granted: None, uses: set[Use]) -> Iterator[Attempts]:
    uses.clear()
    made = Attempts(lambda: KubernetesExecutor(home, settings=as_broker), home)
    yield made
    made.close()


def test_they_are_enough_and_none_is_idle(attempts: Attempts, uses: set[Use]) -> None:
    handle, folder = attempts.submit("def f(): print('done')\n")
    assert attempts.ended(handle, folder)["code"] == 0
    handle, folder = attempts.submit(FOREVER)
    attempts.printed(handle, folder, b"here")
    uses |= _forwarded(attempts, handle, folder)
    uses |= _ended_beside_another(attempts)
    attempts.executor.cancel(handle, folder, 1.0)
    attempts.ended(handle, folder)
    assert attempts.look(*attempts.write("def f(): pass\n")).phase == "missing"
    _create(attempts)
    if attempts.executor._cluster().client.version >= OLDEST:
        _create(attempts, nodes=2)
    with pytest.raises(
        Invalid
    ):  # a Job like one that was tried: it is refused after its Secret was made, which goes again
        _create(
            attempts, env={"not=a name": ""}, nodes=2 if attempts.executor._cluster().client.version >= OLDEST else 1
        )
    cluster = attempts.executor._cluster()
    cluster.creator.code_map(content_map("code", "code.zip", b"of no Job"))
    cluster.collector.collect(time.time() + IDLE + 60)
    assert "no quota of the namespace" in {row[0]: row[2] for row in attempts.executor.doctor()}["GPUs"]
    kueue = cluster.keeper.view.kueue
    if kueue.version():
        handle, folder = attempts.submit("def f(): pass\n", placement={"queue": "nobody"})
        attempts.wait(lambda: "There is no queue 'nobody'" in attempts.look(handle, folder).waiting_for)
        attempts.wait(lambda: ("get", "localqueues/pendingworkloads") in uses)
    assert uses == {
        (verb, resource)
        for rule in given()["rules"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
        if kueue.version() or not ("kueue" in rule["apiGroups"][0] or resource == "services")
    }


def _forwarded(attempts: Attempts, handle: str, folder: Path) -> set[Use]:
    """A pod's port is reached. Kubernetes asks for the right to get, and from 1.35 on for that to create."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        reached = attempts.executor.reach(handle, folder, listening.getsockname()[1])
        there, _ = listening.accept()
        with reached, there:
            reached.sendall(b"ping")
            assert there.recv(4) == b"ping"
            there.sendall(b"pong")
            assert reached.recv(4) == b"pong"
            there.shutdown(socket.SHUT_RDWR)
            assert reached.recv(1) == b""
    return {("create", "pods/portforward"), ("get", "pods/portforward")}


def _ended_beside_another(attempts: Attempts) -> set[Use]:
    """A pod of a Job that has several. Where there is no such Job, by one who asks for that alone."""
    if not attempts.executor.takes_many():
        return {("delete", "pods")}
    (handle, folder), (other, beside) = attempts.write(FOREVER), attempts.write(FOREVER)
    attempts.executor.submit(attempts.submission(handle, folder, {}, beside=(Following(other, beside),)))
    for one in ((handle, folder), (other, beside)):
        attempts.printed(*one, b"here")
        attempts.executor.cancel(*one, 1.0)
        attempts.ended(*one)
    return set()


def _create(attempts: Attempts, **asked: Any) -> None:
    """As where there is no shared claim: the code comes in a ConfigMap."""
    creator = attempts.executor._cluster().creator
    handle, folder = attempts.write("def f(): pass\n")
    code = creator.code_map(content_map("code", "code.zip", b"PK"))
    place = Place(worker_map=code, code_map=code, command=("true",))
    identity = Identity(handle.partition("-")[0], 1, "suite", "f")
    submission = attempts.submission(handle, folder, {}, **asked)
    creator.give_to_job(creator.create(submission, identity, place, [{}], attempts.executor._closing))


def test_the_list_of_the_doctor_is_that_of_the_file() -> None:
    listed = [
        {"apiGroups": [one.group], "resources": [one.resource], "verbs": list(one.verbs)}
        for one in (*rights.RIGHTS, *rights.ADDED)
    ]
    assert listed == given()["rules"]


def test_the_doctor_prints_what_is_missing(home: Path, as_broker: KubernetesSettings, client: Client) -> None:
    executor = KubernetesExecutor(home, settings=as_broker)
    executor.start(lambda handle: None)
    (ok, said) = next((row[1], row[2]) for row in executor.doctor() if row[0] == "rights")
    executor.close()
    assert not ok
    assert said.startswith("missing: create, delete, get, list, watch jobs; delete, list, watch pods; get pods/log;")
    printed = yaml.safe_load(said.partition("\n")[2])
    assert printed["metadata"]["namespace"] == client.namespace
    served = client.call("GET", "/apis")["groups"]
    apart = {right.group for right in rights.ADDED} - {group["name"] for group in served}
    assert printed["rules"] == [rule for rule in given()["rules"] if rule["apiGroups"][0] not in apart]


def test_the_doctor_is_content(home: Path, as_broker: KubernetesSettings, granted: None) -> None:
    executor = KubernetesExecutor(home, settings=as_broker)
    executor.start(lambda handle: None)
    (ok, said) = next((row[1], row[2]) for row in executor.doctor() if row[0] == "rights")
    executor.close()
    assert (ok, said) == (True, f"all that is needed in the namespace {as_broker.namespace}")
