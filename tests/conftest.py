"""What all tests share: the fixtures of services, one file for each in tests/fixtures/."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = [
    "pytest_jupyter.jupyter_server",
    "tests.fixtures.catalogue",
    "tests.fixtures.s3",
    "tests.fixtures.postgres",
    "tests.fixtures.mlflow_server",
    "tests.fixtures.kubernetes",
]

# A machine with much else to do is slow at drawing examples: that is no fault of a test.
settings.register_profile("loaded", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("loaded")


@pytest.fixture(autouse=True)
def same_variables() -> Iterator[None]:
    """A test that leaves MLflow or DigitalHub pointing elsewhere would fail another test, of another file."""
    before = _pointing()
    yield
    after = _pointing()
    for name in before.keys() ^ after.keys():
        os.environ.pop(name, None)
    os.environ.update(before)
    assert after == before, "variables of the process are not as they were before the test"


def _pointing() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith(("MLFLOW_", "DH_", "DHCORE_"))}
