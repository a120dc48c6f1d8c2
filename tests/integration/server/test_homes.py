"""Homes that are moved, can't be written, or have two brokers."""

from __future__ import annotations

import os
import queue
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.broker import Broker, Settings
from dh_jupyter.doctor import examine
from dh_jupyter.home import other_broker
from dh_kernel._contract import EntityEvent
from dh_kernel.errors import Unavailable
from tests.fixtures.disks import remount, small_disk
from tests.fixtures.postgres import PostgreSQL

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def nobody(event: EntityEvent) -> None:
    """Hears nothing."""


async def opened(home: Path, catalogue_url: str = "", emit: Callable[[EntityEvent], object] = nobody) -> Broker:
    broker = Broker(Settings(home=home, catalogue_url=catalogue_url), lambda: "http://127.0.0.1:1/", emit)
    await broker.ready()
    return broker


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


async def test_a_home_whose_disk_is_read_only_now_says_so_and_is_as_it_was(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 16 << 20):
        home = tmp_path / "disk" / "home"
        broker = await opened(home)
        ours = dataset(broker, tmp_path / "x.parquet")
        await broker.close()
        remount(tmp_path / "disk", "ro")
        broker = Broker(Settings(home=home), lambda: "http://127.0.0.1:1/")
        with pytest.raises(Unavailable, match=r"The home folder .* can't be written: Read-only file system") as caught:
            await broker.ready()
        assert "DH_HOME" in caught.value.hint
        await broker.close()
        remount(tmp_path / "disk", "rw")
        broker = await opened(home)
        assert broker.catalogue.get("default", "dataitem", ours["id"]) == ours
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


async def test_brokers_of_several_homes_work_on_a_database_server(tmp_path: Path, postgres: PostgreSQL) -> None:
    name = postgres.new_database()
    url = postgres.url(name)
    heard: queue.Queue[EntityEvent] = queue.Queue()
    first = await opened(tmp_path / "first", url)
    second = await opened(tmp_path / "second", url, heard.put)
    made = dataset(first, tmp_path / "flights.parquet")
    event = await second.call(heard.get, timeout=60)
    assert (event["type"], event["id"], event["action"]) == ("dataitem", made["id"], "created")
    assert second.catalogue.list("dataitem", project="default")["totalElements"] == 1
    second.runs.look_at_all()
    assert [row for row in examine(second) if row["what"] == "other brokers"] == [
        {"what": "other brokers", "ok": True, "detail": f"{first.runs.ownership.place} is at work"}
    ]
    await first.close()
    second.runs.look_at_all()
    (row,) = [row for row in examine(second) if row["what"] == "other brokers"]
    assert row["ok"]
    assert row["detail"].startswith(f"{first.runs.ownership.place} is not running since ")
    await second.close()
    postgres.drop(name)
