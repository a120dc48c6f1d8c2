"""How many GPUs are free, by what quotas say."""

from __future__ import annotations

from typing import Any

import pytest

from dh_jupyter.executors.kubernetes.gpus import told_by, told_by_queue


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


def flavors(field: str, *amounts: str) -> list[dict[str, Any]]:
    cpu = {"name": "cpu", field: "8"}
    return [{"name": f"f{n}", "resources": [cpu, {"name": "nvidia.com/gpu", field: a}]} for n, a in enumerate(amounts)]


@pytest.mark.parametrize(
    ("total", "used", "found"),
    [
        ((), (), {}),
        (("8",), (), {"nvidia.com/gpu": (8, 8)}),
        (("8", "4"), ("8", "1"), {"nvidia.com/gpu": (3, 12)}),
        (("8",), ("10",), {"nvidia.com/gpu": (0, 8)}),  # it borrows
    ],
)
def test_what_a_queue_says(total: tuple[str, ...], used: tuple[str, ...], found: dict[str, tuple[int, int]]) -> None:
    groups = [{"coveredResources": ["cpu", "nvidia.com/gpu"], "flavors": flavors("nominalQuota", *total)}]
    queue = {"spec": {"resourceGroups": groups}, "status": {"flavorsReservation": flavors("total", *used)}}
    assert told_by_queue(queue) == found


def test_a_queue_that_was_only_just_made() -> None:
    assert told_by_queue({"spec": {}}) == {}
