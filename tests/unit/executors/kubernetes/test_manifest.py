"""An attempt as a Job: the very documents, and that Kubernetes' schemas have each of their fields.

KEEP=1 python -m pytest tests/unit/executors/kubernetes writes the documents anew; read the difference before you commit it.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from dh_jupyter.executors.base import Resources
from dh_jupyter.executors.kubernetes import beside
from dh_jupyter.executors.kubernetes.accelerators import resource_of
from dh_jupyter.executors.kubernetes.manifest import manifest
from dh_kernel.errors import Invalid
from tests.unit.executors.kubernetes.cases import CASES, IDENTITY, NEW, PLACE, PLAIN, SETTINGS, WHOLE

GOLDENS = Path(__file__).parent / "manifests"
SCHEMAS = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"
NEWEST = max((folder.name.split("-")[0][1:] for folder in SCHEMAS.iterdir()), key=lambda text: int(text.split(".")[1]))
VERSIONS = ["1.27.0", "1.31.0", "1.34.0", NEWEST]


def made(name: str) -> dict[str, Any]:
    submission, place, settings, server = CASES[name]
    return manifest(submission, IDENTITY, place, settings, server)


@pytest.mark.parametrize("name", CASES)
def test_it_is_this_document(name: str) -> None:
    golden = GOLDENS / f"{name}.yaml"
    if os.environ.get("KEEP"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(yaml.safe_dump(made(name), sort_keys=False))
    assert made(name) == yaml.safe_load(golden.read_text())


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", CASES)
def test_kubernetes_has_all_its_fields(name: str, version: str) -> None:
    submission, place, settings, _ = CASES[name]
    server = tuple(int(part) for part in version.split(".")[:2])
    if submission.beside and server < beside.OLDEST:
        with pytest.raises(Invalid, match=r"1\.29 or newer; the cluster has 1\.27"):
            manifest(submission, IDENTITY, place, settings, server)  # type: ignore[arg-type]
        return
    job = manifest(submission, IDENTITY, place, settings, server)  # type: ignore[arg-type]
    kubernetes_validate.validate(job, version.rpartition(".")[0], strict=True)


@pytest.mark.parametrize(
    ("server", "fields"),
    [((1, 20), set()), ((1, 27), {"podFailurePolicy"}), (NEW, {"podFailurePolicy", "podReplacementPolicy"})],
)
def test_a_server_is_not_told_what_it_does_not_know(server: tuple[int, int], fields: set[str]) -> None:
    spec = manifest(PLAIN, IDENTITY, PLACE, SETTINGS, server)["spec"]
    assert {"podFailurePolicy", "podReplacementPolicy"} & set(spec) == fields


def test_no_value_of_a_secret_and_no_code_is_in_it() -> None:
    text = json.dumps(made("whole"))
    assert "never in a manifest" not in text
    assert "neither" not in text


def test_the_pod_may_not_reach_the_api_and_is_restricted() -> None:
    pod = made("whole")["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["containers"][0]["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_timers_end_a_run_from_the_inside_out() -> None:
    job = made("whole")["spec"]
    assert WHOLE.timeout < job["template"]["spec"]["activeDeadlineSeconds"] < job["activeDeadlineSeconds"]


def test_no_time_limit_is_no_timer() -> None:
    job = made("plain")["spec"]
    assert "activeDeadlineSeconds" not in job
    assert "activeDeadlineSeconds" not in job["template"]["spec"]


def test_a_tenth_of_a_core_is_a_request() -> None:
    job = manifest(replace(PLAIN, resources=Resources(cpu=0.1)), IDENTITY, PLACE, SETTINGS, NEW)
    assert job["spec"]["template"]["spec"]["containers"][0]["resources"] == {"requests": {"cpu": "100m"}}


def test_what_a_profile_says_of_gpus_memory_and_images() -> None:
    placement = {
        "gpu_type": "a100",
        "gpu_resource": "example.com/gpu",
        "shared_memory": "2147483648",
        "image_pull_secrets": ["login"],
    }
    asked = replace(PLAIN, resources=Resources(gpu=2, memory=8 << 30), placement=placement)
    pod = manifest(asked, IDENTITY, PLACE, SETTINGS, NEW)["spec"]["template"]["spec"]
    assert pod["containers"][0]["resources"]["limits"]["example.com/gpu"] == "2"
    assert pod["imagePullSecrets"] == [{"name": "login"}]
    shm = next(volume for volume in pod["volumes"] if volume["name"] == "dh-shm")
    assert shm["emptyDir"]["sizeLimit"] == "2147483648"


@pytest.mark.parametrize(
    ("gpu_type", "resource"),
    [
        (None, "nvidia.com/gpu"),
        ("a100", "nvidia.com/gpu"),
        ("nvidia-h100", "nvidia.com/gpu"),
        ("mig-1g.10gb", "nvidia.com/mig-1g.10gb"),
        ("nvidia-mig-1g.5gb.shared", "nvidia.com/mig-1g.5gb.shared"),
        ("amd-mi300x", "amd.com/gpu"),
        ("Intel", "gpu.intel.com/i915"),
        ("habana.ai/gaudi", "habana.ai/gaudi"),
    ],
)
def test_kinds_of_gpu(gpu_type: str | None, resource: str) -> None:
    assert resource_of({"gpu_type": gpu_type} if gpu_type else {}) == resource
