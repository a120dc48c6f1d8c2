"""Which shared ConfigMaps may go."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from dh_jupyter.executors.kubernetes.collecting import IDLE, unneeded

NOW = datetime(2026, 3, 1, tzinfo=UTC).timestamp()
OLD = datetime.fromtimestamp(NOW - IDLE - 60, UTC).isoformat().replace("+00:00", "Z")
NEW = datetime.fromtimestamp(NOW - IDLE + 60, UTC).isoformat().replace("+00:00", "Z")


def job(*volumes: tuple[str, str]) -> dict[str, Any]:
    mounted = [{"name": name, "configMap": {"name": of}} for name, of in volumes]
    return {"spec": {"template": {"spec": {"volumes": [*mounted, {"name": "dh-work", "emptyDir": {}}]}}}}


@pytest.mark.parametrize(
    ("name", "made", "jobs", "goes"),
    [
        ("dh-code-1", OLD, [], True),
        ("dh-worker-1", OLD, [], True),
        ("dh-code-1", NEW, [], False),
        ("dh-code-1", OLD, [job(("dh-code", "dh-code-1"))], False),
        ("dh-worker-1", OLD, [job(("dh-worker", "dh-worker-1"))], False),
        ("dh-code-1", OLD, [job(("dh-code", "dh-code-2"), ("dh-worker", "dh-worker-1"))], True),
        ("somebody-elses", OLD, [], False),
    ],
)
def test_what_no_job_needs_goes_when_it_is_old(name: str, made: str, jobs: list[Any], goes: bool) -> None:
    one = {"metadata": {"name": name, "creationTimestamp": made}}
    assert unneeded([one], jobs, NOW) == ([one] if goes else [])
