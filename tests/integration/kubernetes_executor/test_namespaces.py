"""A namespace for each project, and runs that are made by the rights of who started them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from dh_jupyter.executors.kubernetes.client import Client
from dh_jupyter.executors.kubernetes.cluster import account_of, namespace_of
from dh_jupyter.executors.kubernetes.executor import KubernetesExecutor
from dh_jupyter.executors.kubernetes.settings import KubernetesSettings
from dh_kernel.errors import Forbidden, Invalid
from dh_kernel.testing.executors import Attempts
from tests.fixtures.kubernetes import claim_home
from tests.integration.kubernetes_executor.test_rights import given
from tests.kubernetes_bed import Cluster

RBAC = "rbac.authorization.k8s.io/v1"


@pytest.fixture
def its_client(settings: KubernetesSettings, client: Client) -> Iterator[Client]:
    """Of the namespace of the project `suite`."""
    name = f"{settings.namespace}-suite"
    client.call("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    made = Client(KubernetesSettings(kubeconfig=settings.kubeconfig, namespace=name))
    yield made
    client.call("DELETE", f"/api/v1/namespaces/{name}")
    made.close()


@pytest.fixture
def attempts(cluster: Cluster, settings: KubernetesSettings, its_client: Client) -> Iterator[Attempts]:
    """The server may do what it must, and stand for others; of those alice may do nothing yet."""
    home = claim_home(cluster, its_client)
    allow(its_client, "broker", given()["rules"])
    account = f"alice-{settings.namespace}"
    rule = {"apiGroups": [""], "resources": ["users"], "verbs": ["impersonate"], "resourceNames": [account]}
    role = f"stand-for-{account}"
    its_client.call("POST", f"/apis/{RBAC}/clusterroles", {"metadata": {"name": role}, "rules": [rule]})
    its_client.call("POST", f"/apis/{RBAC}/clusterrolebindings", binding("broker", role, "ClusterRole"))
    asked = KubernetesSettings(
        kubeconfig=str(cluster.user_kubeconfig("broker")),
        namespace=settings.namespace,
        project_namespaces=f"{settings.namespace}-{{project}}",
        impersonate=f"{{user}}-{settings.namespace}",
        volume=f"dh-home:{home.parent}",
        user=os.getuid(),
    )
    made = Attempts(lambda: KubernetesExecutor(home, settings=asked), home)
    yield made
    made.close()


def binding(user: str, role: str, kind: str) -> dict[str, Any]:
    group = RBAC.partition("/")[0]
    return {
        "metadata": {"name": role},
        "subjects": [{"kind": "User", "name": user, "apiGroup": group}],
        "roleRef": {"kind": kind, "name": role, "apiGroup": group},
    }


def allow(client: Client, user: str, rules: list[dict[str, Any]]) -> None:
    client.call("POST", client.path("roles", group=RBAC), {"metadata": {"name": f"of-{user}"}, "rules": rules})
    client.call("POST", client.path("rolebindings", group=RBAC), binding(user, f"of-{user}", "Role"))


def test_a_run_is_in_its_projects_namespace_by_its_users_rights(
    attempts: Attempts, its_client: Client, client: Client
) -> None:
    handle, folder = attempts.write("def f(): print('done')\n")
    submission = attempts.submission(handle, folder, {}, user="alice")
    with pytest.raises(Forbidden, match="does not let us create jobs") as caught:
        attempts.executor.submit(submission)
    assert f'User "alice-{client.namespace}" cannot create' in caught.value.details[0]
    assert its_client.call("GET", its_client.path("secrets"), query={"labelSelector": "dh.io/run"})["items"] == []
    rules = [
        {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["create"]},
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]},
    ]
    allow(its_client, f"alice-{client.namespace}", rules)
    attempts.executor.submit(submission)
    assert attempts.ended(handle, folder)["code"] == 0
    assert attempts.log(handle, folder) == b"done\n"
    assert len(its_client.call("GET", its_client.path("jobs", group="batch/v1"))["items"]) == 1
    assert client.call("GET", client.path("jobs", group="batch/v1"))["items"] == []


def test_names_of_namespaces() -> None:
    each = KubernetesSettings(namespace="dh", project_namespaces="dh-{project}")
    assert [namespace_of(project, each) for project in ("taxi", "")] == ["dh-taxi", "dh"]
    assert namespace_of("taxi", KubernetesSettings(namespace="dh")) == "dh"
    with pytest.raises(Invalid, match="'dh-My_Taxi' is no name of one"):
        namespace_of("My_Taxi", each)


def test_a_run_of_nobody_is_not_made_by_the_servers_rights() -> None:
    assert account_of("", KubernetesSettings()) == ""
    assert account_of("ann", KubernetesSettings(impersonate="oidc:{user}")) == "oidc:ann"
    with pytest.raises(Invalid, match="has no user"):
        account_of("", KubernetesSettings(impersonate="{user}"))
