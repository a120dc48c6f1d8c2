"""How many GPUs are free, by what quotas say."""

from __future__ import annotations

from typing import Any

import pytest

from dh_jupyter.executors.kubernetes.gpus import told_by


def quota(hard: dict[str, str], used: dict[str, str]) -> dict[str, Any]:
    return {"status": {"hard": hard, "used": used}}


GPU, SLICE = "requests.nvidia.com/gpu", "requests.nvidia.com/mig-1g.10gb"


@pytest.mark.parametrize(
    ("quotas", "found"),
    [
        ([], {}),
        ([{}], {}),
        ([quota({"requests.cpu": "4", "pods": "9", "limits.memory": "8Gi"}, {})], {}),
        ([quota({GPU: "4"}, {GPU: "3"})], {"nvidia.com/gpu": (1, 4)}),
        ([quota({GPU: "4"}, {})], {"nvidia.com/gpu": (4, 4)}),
        ([quota({GPU: "2"}, {GPU: "3"})], {"nvidia.com/gpu": (0, 2)}),
        ([quota({GPU: "8"}, {GPU: "2"}), quota({GPU: "4"}, {GPU: "1"})], {"nvidia.com/gpu": (3, 4)}),
        ([quota({GPU: "1", SLICE: "7"}, {SLICE: "2"})], {"nvidia.com/gpu": (1, 1), "nvidia.com/mig-1g.10gb": (5, 7)}),
    ],
)
def test_what_quotas_say(quotas: list[dict[str, Any]], found: dict[str, tuple[int, int]]) -> None:
    assert told_by(quotas) == found
