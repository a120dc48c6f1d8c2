"""Rows of datasets, as a page scrolls them."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from dh_jupyter.previews import Reader, asking
from dh_jupyter.previews.reader import answer_to
from dh_kernel.errors import Unavailable
from tests.fixtures.s3 import S3
from tests.fixtures.server import InProcess

DATASETS = "/dh/api/v1/-/default/dataitems"


async def kept(server: InProcess, name: str, path: object) -> str:
    """Its address."""
    document = {"kind": "table", "name": name, "project": "default", "metadata": {}, "spec": {"path": str(path)}}
    made = await server.ask("POST", DATASETS, {**document, "status": {"state": "READY"}})
    assert made.status == 200, made
    return f"{DATASETS}/{made.body['id']}/rows"


async def test_a_dataset_is_scrolled(server: InProcess) -> None:
    folder = server.broker.store / "default" / "flights"
    folder.mkdir(parents=True)
    for part in range(2):
        parquet.write_table(pa.table({"n": range(part * 1000, part * 1000 + 1000)}), folder / f"{part}.parquet")
    (folder / "notes.txt").write_text("about it")
    rows = await kept(server, "flights", f"{folder}/")
    at_once = [server.ask("GET", f"{rows}?start={start}&size=200") for start in (0, 900, 1999, 2500)]
    answers = await asyncio.gather(*at_once)
    assert [answer.status for answer in answers] == [200] * 4
    assert [[row[0] for row in answer.body["rows"]] for answer in answers] == [
        list(range(200)),
        list(range(900, 1100)),
        [1999],
        [],
    ]
    assert {answer.body["total"] for answer in answers} == {2000}
    (folder / "0.parquet").unlink()
    assert (await server.ask("GET", rows)).body["total"] == 1000


async def test_what_can_not_be_shown_is_said(server: InProcess, tmp_path: Path) -> None:
    folder = server.broker.store / "default"
    folder.mkdir(parents=True, exist_ok=True)
    outside = tmp_path / "outside.parquet"
    parquet.write_table(pa.table({"n": [1]}), outside)
    (folder / "link.parquet").symlink_to(outside)
    (folder / "text.csv").write_text("a\n1\n")
    (folder / "broken.parquet").write_bytes(b"PAR1")
    parquet.write_table(pa.table({"n": [1]}), folder / "good.parquet")
    cases: list[tuple[object, str, int, str]] = [
        (outside, "", 403, "do not lie in the broker's store"),
        (folder / "link.parquet", "", 403, "do not lie"),
        ("s3://elsewhere/x.parquet", "", 403, "do not lie"),
        (folder / "text.csv", "", 400, "Parquet files only"),
        (folder / "broken.parquet", "", 400, "can't be read"),
        (folder / "gone.parquet", "", 404, "no file"),
        (folder / "good.parquet", "?size=201", 400, "'size'"),
        (folder / "good.parquet", "?size=0", 400, "'size'"),
        (folder / "good.parquet", "?start=-1", 400, "'start'"),
        (folder / "good.parquet", "?start=one", 400, "whole number"),
        (folder / "good.parquet", "?start=999999999999999999", 200, ""),
    ]
    for number, (path, query, status, told) in enumerate(cases):
        answer = await server.ask("GET", await kept(server, f"d{number}", path) + query)
        assert (answer.status, told in str(answer.body.get("message", ""))) == (status, True), (path, answer)
    assert (await server.ask("GET", f"{DATASETS}/nothing/rows")).status == 404


async def test_a_reader_that_dies_or_hangs_is_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet.write_table(pa.table({"n": [1]}), tmp_path / "t.parquet")
    parts = [{"path": str(tmp_path / "t.parquet"), "version": ""}]
    reader = Reader()
    try:
        assert (await reader.rows(parts, 0, 1))["rows"] == [[1]]
        first: Any = reader._process
        first.kill()
        await first.wait()
        assert (await reader.rows(parts, 0, 1))["rows"] == [[1]]
        second: Any = reader._process
        assert second.pid != first.pid
        second.send_signal(signal.SIGSTOP)
        monkeypatch.setattr(asking, "PATIENCE", 0.01)
        with pytest.raises(Unavailable, match="could not be read"):
            await reader.rows(parts, 0, 1)
        monkeypatch.undo()
        assert await second.wait() == -signal.SIGKILL
        assert (await reader.rows(parts, 0, 1))["rows"] == [[1]]
    finally:
        last: Any = reader._process
        await reader.close()
    assert last.returncode == 0  # by itself, since its input ended


async def test_rows_behind_a_link_come_without_the_rest(s3: S3, tmp_path: Path) -> None:
    table = pa.table({"n": range(100_000), "text": [f"{number * 7919:x}" * 9 for number in range(100_000)]})
    parquet.write_table(table, tmp_path / "t.parquet", row_group_size=20_000)
    client = s3.client()
    client.create_bucket(Bucket="rows")
    client.upload_file(str(tmp_path / "t.parquet"), "rows", "t.parquet")
    url = client.generate_presigned_url("get_object", Params={"Bucket": "rows", "Key": "t.parquet"})
    request = {"parts": [{"url": url, "version": "1"}], "start": 59_999, "size": 2}
    found = answer_to(request, {})
    assert [row[0] for row in found["rows"]] == [59_999, 60_000]
    assert found["total"] == 100_000
    client.delete_object(Bucket="rows", Key="t.parquet")
    assert "404" in answer_to(request, {})["invalid"]
