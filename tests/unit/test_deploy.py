"""deploy/: valid for the versions of Kubernetes that we run on, whole, and within Pod Security "restricted"."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from dh_jupyter.app import DhExtension
from tests.kubernetes_bed.fake.pod_security import violations

DEPLOY = Path(__file__).parents[2] / "deploy"
FILES = sorted(path.name for path in DEPLOY.glob("*.yaml") if path.name != "kustomization.yaml")


def documents(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((DEPLOY / name).read_text()))


def one(kind: str) -> dict[str, Any]:
    return next(each for name in FILES for each in documents(name) if each["kind"] == kind)


def test_the_base_names_all_files() -> None:
    [base] = documents("kustomization.yaml")
    assert sorted(base["resources"]) == FILES


@pytest.mark.parametrize("version", ["1.27", "1.31", "1.34", "1.37"])
@pytest.mark.parametrize("name", FILES)
def test_each_is_valid(name: str, version: str) -> None:
    for document in documents(name):
        kubernetes_validate.validate(document, version, strict=True)


def test_the_broker_is_let_into_a_restricted_namespace() -> None:
    assert violations(one("Deployment")["spec"]["template"]["spec"]) == []


def test_what_is_named_is_there() -> None:
    pod = one("Deployment")["spec"]["template"]["spec"]
    claims = [
        volume["persistentVolumeClaim"]["claimName"] for volume in pod["volumes"] if "persistentVolumeClaim" in volume
    ]
    maps = [volume["configMap"]["name"] for volume in pod["volumes"] if "configMap" in volume]
    accounts = {each["metadata"]["name"] for each in documents("rbac.yaml") if each["kind"] == "ServiceAccount"}
    assert claims == [one("PersistentVolumeClaim")["metadata"]["name"]]
    assert maps == [one("ConfigMap")["metadata"]["name"]]
    assert pod["serviceAccountName"] in accounts
    labels = one("Deployment")["spec"]["template"]["metadata"]["labels"]
    assert one("Service")["spec"]["selector"].items() <= labels.items()


def test_the_settings_are_settings() -> None:
    """Read as the server reads them: each is a trait, and the claim is mounted where they say."""
    from traitlets.config import Config

    config = Config()
    exec(one("ConfigMap")["data"]["jupyter_server_config.py"], {"get_config": lambda: config})
    unknown = [name for name in config.DhExtension if name not in DhExtension.class_trait_names(config=True)]
    assert unknown == []
    claim, _, path = config.DhExtension.kubernetes_volume.partition(":")
    pod = one("Deployment")["spec"]["template"]["spec"]
    mounted = {mount["name"]: mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
    assert (claim, path) == ("dh-home", mounted["home"])
    assert config.DhExtension.home.startswith(path + "/")
    assert config.DhExtension.kubernetes_service_account == "dh-runner"
