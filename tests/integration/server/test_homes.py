"""Homes that are moved, can't be written, or have two brokers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.broker import Broker, Settings
from dh_jupyter.home import other_broker
from dh_kernel.errors import Unavailable
from tests.fixtures.postgres import PostgreSQL

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def opened(home: Path, catalogue_url: str = "") -> Broker:
    broker = Broker(Settings(home=home, catalogue_url=catalogue_url), lambda: "http://127.0.0.1:1/")
    await broker.ready()
    return broker


async def opened_and_closed(home: Path, catalogue_url: str) -> None:
    await (await opened(home, catalogue_url)).close()


def dataset(broker: Broker, path: Path) -> Any:
    document = {"kind": "table", "name": "flights", "spec": {"path": str(path)}, "status": {"state": "READY"}}
    return broker.catalogue.create("dataitem", document, project="default", user="ada")[0]


async def test_a_moved_home_finds_its_files(tmp_path: Path) -> None:
    broker = await opened(tmp_path / "before")
    inside = broker.store / "default" / "flights.parquet"
    inside.parent.mkdir(parents=True)
    inside.write_bytes(b"PAR1")
    ours, other = dataset(broker, inside), dataset(broker, tmp_path / "elsewhere.parquet")
    await broker.close()
    (tmp_path / "before").rename(tmp_path / "after")
    broker = await opened(tmp_path / "after")
    try:
        found = broker.catalogue.get("default", "dataitem", ours["id"])
        assert Path(found["spec"]["path"]).read_bytes() == b"PAR1"
        assert found["spec"]["path"].startswith(str(tmp_path / "after"))
        assert {**found, "spec": {}} == {**ours, "spec": {}}
        assert broker.catalogue.get("default", "dataitem", other["id"])["spec"] == other["spec"]
    finally:
        await broker.close()


async def test_a_home_that_can_not_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    broker = Broker(Settings(home=tmp_path / "file" / ".dh"), lambda: "http://127.0.0.1:1/")
    with pytest.raises(Unavailable, match=r"The home folder .* can't be written: Not a directory"):
        await broker.ready()
    await broker.close()


async def test_the_other_broker_is_told_of(tmp_path: Path) -> None:
    broker = await opened(tmp_path / "home")
    try:
        assert other_broker(broker.home) is None
        written = (broker.home / "broker.json").read_text()
        (broker.home / "broker.json").write_text(written.replace(f'"pid": {os.getpid()}', f'"pid": {os.getppid()}'))
        assert other_broker(broker.home) == os.getppid()
    finally:
        await broker.close()


async def test_a_database_server_works_for_one_home_at_a_time(tmp_path: Path, postgres: PostgreSQL) -> None:
    name = postgres.new_database()
    url = postgres.url(name)
    first = await opened(tmp_path / "first", url)
    beside = await opened(tmp_path / "first", url)  # its runs are the same folders
    refused = Broker(Settings(home=tmp_path / "second", catalogue_url=url), lambda: "http://127.0.0.1:1/")
    for _ in range(2):
        with pytest.raises(Unavailable, match="another home works on the catalogue"):
            await refused.ready()
    await opened_and_closed(tmp_path / "first", url)  # who was refused is in nobody's way
    await refused.close()
    dataset(first, tmp_path / "flights.parquet")
    await first.close()
    await beside.close()
    second = await opened(tmp_path / "second", url)
    try:
        assert second.catalogue.list("dataitem", project="default")["totalElements"] == 1
    finally:
        await second.close()
        postgres.drop(name)
