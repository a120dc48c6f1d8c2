"""How results come back: which way there is, what it refuses, and what a pod's last word says of its end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.deliveries import LASTS, Deliveries
from dh_jupyter.executors.base import Submission
from dh_jupyter.executors.kubernetes.delivery import OverClaim, OverStore, exit_as_told, way_of, within
from dh_jupyter.executors.kubernetes.settings import KubernetesSettings
from dh_jupyter.stores import Stores, StoreSettings
from dh_kernel.errors import Invalid


def test_what_a_secret_has_no_room_for_is_left_out() -> None:
    documents = [{"a": "x" * 100} for _ in range(5)]
    assert list(within(documents, 300)) == documents[:2]
    assert list(within(documents, 10)) == []
    assert list(within(documents, 1000)) == documents


NEAR = "http://localhost:9000"


def deliveries(home: Path, uri: str) -> Deliveries:
    return Deliveries(Stores(home, StoreSettings(uri, NEAR), lambda project, name: ""))


@pytest.mark.parametrize(
    ("uri", "settings", "kind"),
    [
        ("s3://bucket", KubernetesSettings(), OverStore),
        ("s3://bucket", KubernetesSettings(volume="dh-home"), OverClaim),
        ("", KubernetesSettings(volume="dh-home"), OverClaim),
    ],
)
def test_a_claim_is_taken_where_there_is_one(tmp_path: Path, uri: str, settings: Any, kind: type) -> None:
    assert isinstance(way_of(tmp_path, settings, deliveries(tmp_path, uri)), kind)


@pytest.mark.parametrize(
    ("uri", "settings", "cure"),
    [
        ("", KubernetesSettings(), "DhExtension.store"),
        ("s3://bucket", KubernetesSettings(), "kubernetes_s3_endpoint"),
        ("", KubernetesSettings(volume="dh-home:/elsewhere"), "DhExtension.home"),
    ],
)
def test_without_a_way_it_is_refused_with_what_to_set(tmp_path: Path, uri: str, settings: Any, cure: str) -> None:
    with pytest.raises(Invalid) as caught:
        way_of(tmp_path, settings, deliveries(tmp_path, uri)).check()
    assert cure in caught.value.hint
    if not settings.claim:
        assert "hand over" in caught.value.message
        assert "kubernetes_volume" in caught.value.hint


def test_a_run_that_may_outlive_its_links_is_refused(tmp_path: Path) -> None:
    way = way_of(tmp_path, KubernetesSettings(s3_endpoint=NEAR), deliveries(tmp_path, "s3://bucket"))
    with pytest.raises(Invalid, match="7 days") as caught:
        way.prepare(Submission("r1-1", tmp_path, timeout=LASTS), "dh-worker", None)  # type: ignore[arg-type]
    assert "--timeout" in caught.value.hint


@pytest.mark.parametrize(
    ("end", "exit"),
    [
        (
            {"reason": "exited", "code": 42, "ended": 9.0, "started": 5.0},
            {"reason": "exited", "code": 42, "started": 5.0},
        ),
        (
            {"reason": "memory", "signal": 9, "ended": 9.0, "peak": 7},
            {"reason": "memory", "signal": 9, "peak_memory": 7},
        ),
        (
            {"reason": "exited", "code": 0, "ended": 9.0, "log_missing": 3},
            {"reason": "exited", "code": 0, "log_missing": 3},
        ),
    ],
)
def test_a_pods_last_word_says_how_it_ended(end: Any, exit: Any) -> None:
    told = {"phase": "done", "delivered": True, "oom_kills": 0, **end}
    assert exit_as_told(told, None) == {**exit, "ended": 9.0}
    assert exit_as_told(told, 64)["memory_limit"] == 64
