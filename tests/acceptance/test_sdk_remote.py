"""Scripts of a user of the public SDK, with a broker in between that stands in front of a DigitalHub Core."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.acceptance.test_sdk import Script, bucket, script
from tests.fixtures.s3 import KEY, S3, SECRET
from tests.fixtures.server import BrokerProcess, broker_process
from tests.integration.core.wire import wire

__all__ = ["bucket", "script"]  # fixtures


@pytest.fixture(scope="module")
def broker(s3: S3, bucket: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerProcess]:
    """Two servers, and a wire between them that lets through only what Core has."""
    folder = tmp_path_factory.mktemp("remote")
    settings = {"store": bucket, "store_endpoint": s3.url, "store_key": KEY, "store_secret": SECRET}
    arguments = [f"--DhExtension.{name}={value}" for name, value in settings.items()]
    before = dict(os.environ)
    with (
        broker_process(folder / "core", folder / "core.log", *arguments) as core,
        wire(core.url, core.token) as between,
    ):
        os.environ.update({"DHCORE_ACCESS_TOKEN": core.token, "DH_CONFIG": str(folder / "none.ini")})
        try:
            with broker_process(folder / "home", folder / "log", f"--DhExtension.core_url={between.url}") as started:
                yield started
        finally:
            os.environ.clear()
            os.environ.update(before)
    assert between.refused == []


def test_entities(script: Script) -> None:
    found = script("entities")
    assert (found["latest"], found["by_key"], found["versions"]) == ("The second", "s3://datalake/notes.txt", 2)
    assert found["metrics"] == {"accuracy": [0.5, 0.75], "loss": [2.0, 1.0], "size": 3}
    assert found["left"] == [0, 0, 0, 0, 0, 0, 0]


def test_a_tutorial(script: Script) -> None:
    found = script("tutorial")
    assert found["states"] == ["COMPLETED", "COMPLETED", None]
    assert found["same"]
