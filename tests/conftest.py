"""What all tests share: the fixtures of services, one file for each in tests/fixtures/."""

from __future__ import annotations

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
