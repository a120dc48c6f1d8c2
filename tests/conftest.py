"""What all tests share: the fixtures of services, one file for each in tests/fixtures/."""

from __future__ import annotations

pytest_plugins = [
    "pytest_jupyter.jupyter_server",
    "tests.fixtures.catalogue",
    "tests.fixtures.s3",
    "tests.fixtures.postgres",
    "tests.fixtures.mlflow_server",
    "tests.fixtures.kubernetes",
]
