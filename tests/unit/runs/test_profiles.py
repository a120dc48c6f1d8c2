"""profiles.yaml: read when it changes, refused by the path of what is wrong, the last good one kept."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.runs.profile_file import parse_profiles
from dh_jupyter.runs.profiles import Profiles
from dh_jupyter.validation import check_shape
from dh_kernel.errors import Invalid, NotFound

WHOLE = """
profiles:
  small:
    description: >
      Two cores,
      for trying things
    resources: {cpu: 0.5, memory: 8Gi}
    limits: {cpu: 4, memory: 16Gi, gpu: 0, timeout: 4h}
    timeout: 1h30m
    total_timeout: 1d
    retries: 1
    env: {MODE: quick}
    secrets: [TOKEN]
  gpu-a100:
    executor: kubernetes
    image: example.org/gpu:1
    resources: {cpu: 8, memory: 64Gi, gpu: 1}
    gpu_type: nvidia-a100
    queue: gpu
    priority: high
    node_selector: {pool: gpu}
    tolerations: [{key: gpu, operator: Exists, effect: NoSchedule}]
    volumes: [{volume_type: shared_volume, name: data, mount_path: /data}]
"""


def test_a_whole_file() -> None:
    profiles = parse_profiles(WHOLE)
    assert list(profiles) == ["small", "gpu-a100"]
    assert profiles["small"] == {
        "name": "small",
        "description": "Two cores, for trying things",
        "options": {
            "resources": {"cpu": "500m", "mem": "8Gi"},
            "timeout": 5400.0,
            "total_timeout": 86400.0,
            "retries": 1,
            "envs": [{"name": "MODE", "value": "quick"}],
            "secrets": ["TOKEN"],
        },
        "limits": {"cpu": "4", "mem": "16Gi", "gpu": "0", "timeout": 14400.0},
        "placement": {},
    }
    assert set(profiles["gpu-a100"]["placement"]) == {
        "image", "gpu_type", "queue", "priority", "node_selector", "tolerations", "volumes"
    }  # fmt: skip
    assert profiles["gpu-a100"]["options"]["executor"] == "kubernetes"
    for profile in profiles.values():
        check_shape("Profile", profile)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "profiles: {}"])
def test_files_without_profiles(text: str) -> None:
    assert parse_profiles(text) == {}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("profiles: [", "line 1, column 12: "),
        ("small: {}", "$: 'profiles' is a required property"),
        ("[1]", "$: [1] is not of type 'object'"),
        ("profiles: {'../x': {}}", "'../x' does not match"),
        ("profiles: {small: {memry: 8Gi}}", "$.profiles.small: Additional properties are not allowed ('memry' was unexpected)"),
        ("profiles: {small: 5}", "$.profiles.small: 5 is not of type 'object'"),
        ("profiles: {small: {resources: {memory: 8 gigs}}}", "$.profiles.small: resources.memory: '8 gigs' is not a quantity."),
        ("profiles: {small: {limits: {memory: 8GB}}}", "$.profiles.small: limits.memory: '8GB' is not a quantity."),
        ("profiles: {small: {resources: {memory: [8]}}}", "$.profiles.small.resources.memory: [8] is not of type"),
        ("profiles: {small: {timeout: soon}}", "$.profiles.small: timeout: 'soon' is not a duration."),
        ("profiles: {small: {env: {A: 1}}}", "$.profiles.small.env.A: 1 is not of type 'string' (a text; put numbers and true in quotes)"),
        ("profiles: {small: {retries: 99}}", "$.profiles.small.retries: 99 is greater than the maximum of 10"),
        ("profiles: {small: {resources: {memory: 8Gi}, limits: {memory: 4Gi}}}",
         "$.profiles.small: --memory 8Gi is more than profile 'small' allows: 4Gi."),
        ("profiles: {small: {volumes: [{name: x}]}}", "$.profiles.small.volumes[0]: "),
        ("!!python/object/apply:os.system ['true']", "could not determine a constructor"),
    ],
)  # fmt: skip
def test_faults_are_named_by_their_path(text: str, fault: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_profiles(text)
    assert any(fault in detail for detail in caught.value.details), caught.value.details


def write(path: Path, text: str) -> None:
    """As an editor does: whole, and another file each time."""
    made = path.with_suffix(".new")
    made.write_text(text)
    os.replace(made, path)


def test_the_file_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "profiles.yaml"
    profiles = Profiles(path)
    assert (profiles.all(), profiles.state()[0]) == ({}, True)
    with pytest.raises(NotFound, match="None is set up here"):
        profiles.get("small")
    write(path, "profiles: {small: {resources: {cpu: 1}}}")
    assert profiles.get("small")["options"]["resources"] == {"cpu": "1"}
    write(path, "profiles: {small: {resources: {cpu: 2}}, large: {}}")
    assert profiles.get("small")["options"]["resources"] == {"cpu": "2"}
    with pytest.raises(NotFound, match="Did you mean 'small'"):
        profiles.get("smal")
    path.unlink()
    assert profiles.all() == {}


def test_a_profile_by_the_type_of_its_gpus(tmp_path: Path) -> None:
    path = tmp_path / "profiles.yaml"
    profiles = Profiles(path)
    write(
        path,
        "profiles: {small: {}, one: {gpu_type: nvidia-a100}, two: {gpu_type: nvidia-a100}, mi: {gpu_type: amd-mi300x}}",
    )
    assert [profiles.get(f"gpu:{kind}")["name"] for kind in ("a100", "NVIDIA-A100", "mi300x")] == ["one", "one", "mi"]
    with pytest.raises(NotFound, match=r"of the type 'h100'\.\nThere are: nvidia-a100, amd-mi300x\."):
        profiles.get("gpu:h100")
    write(path, "profiles: {small: {}}")
    with pytest.raises(NotFound, match="None is set up with a gpu_type"):
        profiles.get("gpu:a100")


def test_what_only_a_cluster_can_give() -> None:
    text = "profiles: {g: {gpu_resource: nvidia.com/mig-1g.5gb, runtime_class: nvidia, shared_memory: 2Gi, image_pull_secrets: [login]}}"
    profile = parse_profiles(text)["g"]
    check_shape("Profile", profile)
    assert profile["placement"] == {
        "gpu_resource": "nvidia.com/mig-1g.5gb", "runtime_class": "nvidia", "shared_memory": "2147483648", "image_pull_secrets": ["login"]
    }  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ("{resources: {gpu: 'a100:1'}}", r"\$\.profiles\.g: resources\.gpu is a number"),
        ("{shared_memory: much}", r"\$\.profiles\.g: shared_memory: 'much' is not a quantity"),
        ("{gpu_resource: a100}", r"\$\.profiles\.g\.gpu_resource"),
        ("{image_pull_secrets: login}", r"\$\.profiles\.g\.image_pull_secrets"),
    ],
)
def test_what_a_cluster_could_not_read(settings: str, path: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_profiles(f"profiles: {{g: {settings}}}")
    assert any(re.match(path, detail) for detail in caught.value.details), caught.value.details


def test_a_broken_file_leaves_the_last_good_one_in_force(tmp_path: Path) -> None:
    path = tmp_path / "profiles.yaml"
    profiles = Profiles(path)
    write(path, "profiles: {small: {resources: {cpu: 1}}}")
    assert profiles.state() == (True, f"small in {path}")
    write(path, "profiles: {small: {resources: {cpus: 2}}}")
    assert profiles.get("small")["options"]["resources"] == {"cpu": "1"}
    well, detail = profiles.state()
    assert not well
    assert detail.startswith(f"{path}: $.profiles.small.resources: Additional properties are not allowed ('cpus'")
    assert "Until then 1 of before are in force." in detail
    assert profiles.trouble().startswith("profiles.yaml is broken: $.profiles.small.resources: Additional")
    with pytest.raises(NotFound, match=r"profiles\.yaml is broken, %dh doctor says how"):
        profiles.get("large")
    write(path, "profiles: {large: {}}")
    assert (list(profiles.all()), profiles.state()[0], profiles.trouble()) == (["large"], True, "")


@pytest.mark.parametrize("data", [b"\xff\xfe", b"profiles: {a: {description: " + b"x" * (1 << 20) + b"}}"])
def test_bytes_that_are_no_text(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "profiles.yaml"
    path.write_bytes(data)
    profiles: Any = Profiles(path)
    assert (profiles.all(), profiles.state()[0]) == ({}, False)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert Profiles(tmp_path).state()[0] is False
