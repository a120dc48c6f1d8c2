"""Requests that schemathesis makes from the server's description of itself, against a real server.

No answer is a 5xx, each is as it is described, and afterwards the catalogue is whole. `DH_GENERATED` sets how many requests
are made of each verb of each path (`make bench` makes more).
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import FailureGroup, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.fixtures.server import BrokerProcess

EACH = int(os.environ.get("DH_GENERATED", "3"))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
LEFT_OUT = ("/dh/api/doctor",)  # looks at the machine, for seconds
WITHOUT_PROJECT = re.compile(
    r"/dh/api/v1/(?!artifacts|runs)[a-z]+s(/\{ident\})?"
)  # have the same handlers as these two
KEPT = {"project": "default"}


def test_generated_requests(standalone: BrokerProcess) -> None:
    headers = {"Authorization": f"Bearer {standalone.token}"}
    address = f"{standalone.url}dh/api/v1"
    described = requests.get(f"{address}/openapi.json", headers=headers, timeout=60).json()
    schema = schemathesis.openapi.from_dict(described)
    schema.config.update(base_url=standalone.url.rstrip("/"))
    _fill(address, headers)
    faults: list[str] = []
    sent = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path not in LEFT_OUT and not WITHOUT_PROJECT.fullmatch(operation.path):
            sent += sum(_try(operation, mode, headers, faults) for mode in GenerationMode)
    print(f"{sent} requests, {len(faults)} faults")
    assert not faults, f"{len(faults)} of {sent} requests\n" + "\n".join(faults[:20])
    assert sent > 100 * EACH
    _is_whole(address, headers)
    _can_fail(described, standalone, headers)


def _can_fail(described: dict[str, Any], broker: BrokerProcess, headers: dict[str, str]) -> None:
    """A description that is not true is found out."""
    described["components"]["schemas"]["Page"]["required"].append("never")
    untrue = schemathesis.openapi.from_dict(described)
    untrue.config.update(base_url=broker.url.rstrip("/"))
    faults: list[str] = []
    _try(untrue["/dh/api/v1/projects"]["GET"], GenerationMode.POSITIVE, headers, faults)
    assert faults
    assert "never" in str(faults)


def _try(operation: Any, mode: GenerationMode, headers: dict[str, str], faults: list[str]) -> int:
    """Send the requests of one verb; what is wrong is told, and the next goes on."""
    sent = 0
    session = requests.Session()

    @seed(1)
    @settings(
        max_examples=EACH,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def each(case: Any) -> None:
        nonlocal sent
        sent += 1
        if isinstance(case.path_parameters, dict) and (
            operation.method.upper() != "DELETE" or len(case.path_parameters) > 1
        ):
            case.path_parameters.update(
                {name: value for name, value in KEPT.items() if name in case.path_parameters and sent % 3}
            )
            if "ident" in case.path_parameters and sent % 2:
                case.path_parameters["ident"] = "x1"
        try:
            case.call_and_validate(headers=headers, checks=CHECKS, session=session)
        except FailureGroup as error:
            faults.append(
                f"{operation.method.upper()} {operation.path} {case.path_parameters} {case.query} {str(case.body)[:200]}: {[str(one)[:600] for one in error.exceptions]}"
            )

    with suppress(Unsatisfiable):  # nothing can be wrong with some requests
        each()
    return sent


def _fill(address: str, headers: dict[str, str]) -> None:
    """One of each, by a known id."""
    for plural, kind in (
        ("artifacts", "artifact"),
        ("dataitems", "table"),
        ("models", "model"),
        ("containerimages", "any"),
        ("functions", "container"),
        ("workflows", "other"),
    ):
        document = {"kind": kind, "name": "x1", "id": "x1", "spec": {"path": "/data/x"}}
        requests.post(f"{address}/-/default/{plural}", json=document, headers=headers, timeout=60).raise_for_status()


def _is_whole(address: str, headers: dict[str, str]) -> None:
    """All lists can be read, and what they hold by its id."""
    for plural in (
        "artifacts",
        "dataitems",
        "models",
        "containerimages",
        "functions",
        "workflows",
        "tasks",
        "runs",
        "triggers",
        "secrets",
    ):
        page = requests.get(
            f"{address}/-/default/{plural}?size=1000&kinds=all&versions=all", headers=headers, timeout=60
        ).json()
        for each in page["content"]:
            found = requests.get(f"{address}/-/default/{plural}/{each['id']}", headers=headers, timeout=60)
            assert found.json() == each
