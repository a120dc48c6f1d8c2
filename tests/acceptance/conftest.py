"""A person without Jupyter's server, in a folder of their own."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.server import *  # noqa: F403
from tests.fixtures.server import BrokerProcess, broker_process

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home folder without a broker; what is started there is ended."""
    for name in ("DH_SERVER_URL", "DH_TOKEN", "DH_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, (ROOT, ROOT / "kernel"))))
    monkeypatch.chdir(tmp_path)
    yield tmp_path / "home"
    address = tmp_path / "home" / "broker.json"
    if address.exists():
        os.kill(json.loads(address.read_text())["pid"], signal.SIGTERM)


@pytest.fixture(scope="module")
def shared_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerProcess]:
    """A broker of its own process, for all tests of a file."""
    folder = tmp_path_factory.mktemp("shared")
    with broker_process(folder / "home", folder / "broker.log") as broker:
        yield broker
