"""Requests to the API server."""

from __future__ import annotations

from pathlib import Path

import pytest

from dh_jupyter.executors.kubernetes.client import TRIES, Client, Unreachable
from dh_jupyter.executors.kubernetes.refusals import Refused, explained
from dh_jupyter.executors.kubernetes.settings import KubernetesSettings
from dh_kernel.errors import Forbidden, Unauthorized, Unavailable
from tests.integration.kubernetes_executor.conftest import PatientClient
from tests.integration.kubernetes_executor.scripted import Answer, Script, refusal
from tests.kubernetes_bed import Cluster

OK = Answer(lines=({"fine": True},))


def test_the_kubeconfig_says_where_and_which_namespace(told: PatientClient, script: Script) -> None:
    script.add(OK)
    assert told.namespace == "ours"
    assert told.call("GET", told.path("jobs", "one", group="batch/v1")) == {"fine": True}
    assert script.asked.get()["path"] == "/apis/batch/v1/namespaces/ours/jobs/one"


def test_the_servers_version(client: Client) -> None:
    assert client.version >= (1, 20)


@pytest.mark.parametrize("fault", [refusal(429, Retry_After="3"), refusal(500), refusal(503)])
def test_what_may_go_well_later_is_tried_again(told: PatientClient, script: Script, fault: Answer) -> None:
    script.add(fault, fault, OK)
    assert told.call("GET", "/x") == {"fine": True}
    assert [number for number, _ in told.pauses] == [0, 1]


def test_not_for_ever(told: PatientClient, script: Script) -> None:
    script.add(*[refusal(503)] * TRIES)
    with pytest.raises(Refused):
        told.call("GET", "/x")
    assert len(told.pauses) == TRIES - 1


def test_a_refusal_is_not_tried_again(told: PatientClient, script: Script) -> None:
    script.add(refusal(403, "Forbidden"))
    with pytest.raises(Refused) as caught:
        told.call("GET", "/x")
    assert (caught.value.reason, told.pauses) == ("Forbidden", [])


def test_an_answer_of_something_else_is_no_answer(told: PatientClient, script: Script) -> None:
    script.add(Answer(lines=("<html>log in first</html>",)))
    with pytest.raises(Unreachable, match="no Kubernetes"):
        told.once("GET", "/x")


def test_no_kubeconfig_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no kubeconfig at"):
        Client(KubernetesSettings(kubeconfig=str(tmp_path / "none")))


def test_a_stranger_is_told_what_is_missing(cluster: Cluster, namespace: str) -> None:
    stranger = Client(KubernetesSettings(kubeconfig=str(cluster.user_kubeconfig("stranger")), namespace=namespace))
    with pytest.raises(Refused) as caught:
        stranger.call("POST", stranger.path("jobs", group="batch/v1"), {"metadata": {"name": "one"}})
    error = explained(caught.value, "create jobs", namespace)
    assert isinstance(error, Forbidden)
    assert f"let us create jobs in the namespace '{namespace}'" in error.message
    assert "%dh doctor" in error.hint
    stranger.close()


def test_credentials_that_have_expired() -> None:
    assert isinstance(explained(Refused(401, "Unauthorized"), "list pods", "ours"), Unauthorized)
