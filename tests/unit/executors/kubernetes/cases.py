"""Attempts that are asked for, by name: each has its Job in manifests/NAME.yaml."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

from dh_jupyter.executors.base import Following, Resources, Submission
from dh_jupyter.executors.kubernetes.manifest import Place, Shared, Version
from dh_jupyter.executors.kubernetes.names import Identity
from dh_jupyter.executors.kubernetes.settings import KubernetesSettings

RUN = "0193f1b2c4d57e8f90a1b2c3d4e5f607"
IDENTITY = Identity(RUN, 1, "taxi", "train")
PLAIN = Submission(f"{RUN}-1", Path("/somewhere"))
PLACE = Place("dh-worker-0123456789ab", "dh-code-ba9876543210")
BEHIND = tuple(Following(f"{number:032x}-1", Path("/somewhere", str(number))) for number in (1, 2))
SETTINGS = KubernetesSettings(image="python:3.12-slim")
NEW: Version = (1, 34)

WHOLE = replace(
    PLAIN,
    resources=Resources(cpu=2.5, memory=8 << 30, gpu=2, disk=20 << 30),
    requirements=("scikit-learn>=1.5",),
    env={"LEVEL": "3", "PRICE": "$(HOME) is $5"},
    secrets={"TOKEN": "never in a manifest", "KEY": "neither"},
    timeout=3600.5,
    placement={
        "image": "pytorch/pytorch:2.9.0-cuda12.8-cudnn9-runtime",
        "gpu_type": "nvidia-a100",
        "queue": "team",
        "priority": "interactive",
        "runtime_class": "nvidia",
        "node_selector": {"gpu": "a100"},
        "avoid_nodes": ["node-3", "node-7"],
        "tolerations": [{"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}],
        "volumes": [
            {
                "volume_type": "persistent_volume_claim",
                "name": "Data_1",
                "mount_path": "/data",
                "spec": {"claim_name": "data"},
            },
            {
                "volume_type": "empty_dir",
                "name": "fast",
                "mount_path": "/fast",
                "spec": {"medium": "Memory", "size": "1Gi"},
            },
            {"volume_type": "ephemeral", "name": "big", "mount_path": "/big", "spec": {"size": "100Gi"}},
        ],
    },
)
HOME = PurePosixPath("/var/dh")
ON_A_CLAIM = Place(
    "dh-worker-0123456789ab",
    claim="dh-home",
    shared=(
        Shared(HOME / "runs/taxi" / RUN / "1", f"dh/runs/taxi/{RUN}/1", read_only=False),
        Shared(HOME / "store/taxi", "dh/store/taxi"),
    ),
)
BY_NUMBER = replace(
    ON_A_CLAIM, shared=(Shared(PurePosixPath("/dh/run"), "dh/beside/dh-train", read_only=False, by_index=True),)
)
CASES: dict[str, tuple[Submission, Place, KubernetesSettings, Version]] = {
    "plain": (PLAIN, PLACE, SETTINGS, NEW),
    "whole": (WHOLE, PLACE, SETTINGS, NEW),
    "on-a-claim": (PLAIN, ON_A_CLAIM, replace(SETTINGS, volume="dh-home:/var", user=1000, queue="team"), NEW),
    "mig": (
        replace(PLAIN, resources=Resources(gpu=1), placement={"gpu_type": "mig-1g.10gb"}),
        PLACE,
        replace(SETTINGS, service_account="dh-runner", grace=90.0, keep=3600),
        NEW,
    ),
    "four-nodes": (replace(PLAIN, nodes=4, resources=Resources(gpu=8)), PLACE, replace(SETTINGS, queue="team"), NEW),
    "trial": (
        replace(PLAIN, purpose="sweep"),
        PLACE,
        replace(SETTINGS, queue="team", priorities={"interactive": "now", "sweep": "later"}),
        NEW,
    ),
    "scheduled": (replace(PLAIN, purpose="schedule"), PLACE, replace(SETTINGS, priorities={"schedule": "night"}), NEW),
    "hand": (replace(PLAIN, timeout=60, then=BEHIND, share=40.0), PLACE, SETTINGS, NEW),
    "map": (
        replace(PLAIN, timeout=60, secrets={"TOKEN": "hush"}, beside=BEHIND),
        PLACE,
        replace(SETTINGS, queue="team"),
        NEW,
    ),
    "map-on-a-claim": (replace(PLAIN, beside=BEHIND), BY_NUMBER, replace(SETTINGS, volume="dh-home:/var"), NEW),
    "old-server": (replace(PLAIN, timeout=60), PLACE, SETTINGS, (1, 25)),
}
