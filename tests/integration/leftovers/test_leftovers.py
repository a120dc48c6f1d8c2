"""`/api/leftovers` on a real server, with its own store and with an S3."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.clock import seconds
from dh_jupyter.leftovers import looking, rules
from tests.fixtures.s3 import KEY, S3, SECRET
from tests.fixtures.server import InProcess

API = "/dh/api/v1/-/default"
LATER = rules.UNUSED + 1


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """A month from now, for who looks at ages."""
    monkeypatch.setattr(looking, "seconds", lambda: seconds() + LATER)


def placed(path: Path, text: str = "0123456789") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


async def made(server: InProcess, name: str, ident: str, path: str) -> None:
    document = {"kind": "artifact", "name": name, "id": ident, "spec": {"path": path}, "status": {"state": "READY"}}
    assert (await server.ask("POST", f"{API}/artifacts", document)).status == 200


def rows(answer: Any) -> set[tuple[str, str, bool]]:
    assert answer.status == 200, answer
    return {(row["what"], os.path.basename(row["where"]), row["removed"]) for row in answer.body["rows"]}


async def test_nothing_that_is_young_is_left_over(server: InProcess, dh_home: Path) -> None:
    await server.ask("GET", API + "/artifacts")
    placed(dh_home / "store/default/artifact/notes/a1/notes.txt")
    placed(dh_home / "runs/default/r1/1/run.json")
    assert rows(await server.ask("GET", "/dh/api/leftovers")) == set()


async def test_what_nothing_refers_to_goes_and_the_rest_stays(server: InProcess, dh_home: Path, later: None) -> None:
    await server.ask("GET", API + "/artifacts")
    store = dh_home / "store/default"
    used = placed(store / "artifact/notes/used/notes.txt")
    await made(server, "notes", "used", str(used))
    shared = placed(store / "artifact/notes/old/notes.txt")
    await made(server, "published", "other", str(shared))
    own = placed(store / "mine/by/hand/x.csv")
    placed(store / "artifact/notes/lost/notes.txt")
    placed(store / ".runs/gone/1/result.json")
    placed(dh_home / "runs/default/gone/1/run.json")
    placed(dh_home / "uploads/arriving-x")
    placed(dh_home / "cache/worker-old.pyz")
    left = {
        ("file", "lost"), ("delivery", "gone"), ("run folder", "gone"), ("upload", "arriving-x"), ("cache", "worker-old.pyz"),
    }  # fmt: skip
    shown = rows(await server.ask("GET", "/dh/api/leftovers"))
    assert left <= {row[:2] for row in shown}
    assert {what for what, _ in {row[:2] for row in shown} - left} <= {"cache"}, "what the broker itself has there"
    assert (store / "artifact/notes/lost").exists(), "only shown"
    assert {(what, name, True) for what, name in left} <= rows(await server.ask("DELETE", "/dh/api/leftovers"))
    after = {row[:2] for row in rows(await server.ask("GET", "/dh/api/leftovers"))}
    assert not after & left
    assert {what for what, _ in after} <= {"cache"}, "what the broker may have made meanwhile"
    assert used.exists()
    assert shared.exists()
    assert own.exists()
    assert not (store / "artifact/notes/lost").exists()


async def test_locks_go_when_they_are_asked_for(server: InProcess, dh_home: Path) -> None:
    await server.ask("GET", API + "/artifacts")
    lock = placed(dh_home / "cache/environments/locks/0123.txt", "six==1.17.0\n")
    assert rows(await server.ask("DELETE", "/dh/api/leftovers")) == set()
    assert rows(await server.ask("GET", "/dh/api/leftovers?locks=true")) == {("cache", "0123.txt", False)}
    assert rows(await server.ask("DELETE", "/dh/api/leftovers?locks=true")) == {("cache", "0123.txt", True)}
    assert not lock.exists()


async def test_runs_expire_by_policy(server: InProcess, later: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for ident, state in (("r1", "COMPLETED"), ("r2", "COMPLETED"), ("r3", "READY")):
        spec = {"task": "python+job://default/t", "function": "python://default/f:1", "local_execution": True}
        run = {"kind": "python+job:run", "id": ident, "spec": spec}
        task = {"kind": "python+job", "id": "t", "spec": {"function": "python://default/f:1"}}
        function = {"kind": "python", "name": "f", "id": "1", "spec": {"source": {"handler": "f", "base64": "eA=="}}}
        await server.ask("POST", f"{API}/functions", function)
        await server.ask("POST", f"{API}/tasks", task)
        assert (await server.ask("POST", f"{API}/runs", run)).status == 200
        for step in ("READY", "RUNNING", state):
            await server.ask("PUT", f"{API}/runs/{ident}", {**run, "status": {"state": step}})
    links = {"relationships": [{"type": "produced_by", "dest": "store://default/run/python+job:run/r2"}]}
    output = {"kind": "artifact", "name": "out", "metadata": links, "spec": {"path": "s3://x/y"}}
    await server.ask("POST", f"{API}/artifacts", output)
    assert not any(row[0] == "run" for row in rows(await server.ask("GET", "/dh/api/leftovers"))), "kept for ever"
    monkeypatch.setattr(server.broker, "settings", dataclasses.replace(server.broker.settings, keep_runs_days=7))
    assert ("run", "r1", True) in rows(await server.ask("DELETE", "/dh/api/leftovers"))
    found = (await server.ask("GET", f"{API}/runs?kinds=all")).body["content"]
    assert {run["id"] for run in found} == {"r2", "r3"}, "what has made something is its history"


@pytest.fixture
def bucket(s3: S3) -> Iterator[str]:
    s3.client().create_bucket(Bucket="left")
    yield "s3://left/place"
    for key in s3.keys("left"):
        s3.client().delete_object(Bucket="left", Key=key)
    s3.client().delete_bucket(Bucket="left")


class TestInS3:
    @pytest.fixture
    def jp_server_config(self, jp_server_config: dict[str, Any], s3: S3, bucket: str) -> dict[str, Any]:
        jp_server_config["DhExtension"] |= {
            "store": bucket, "store_endpoint": s3.url, "store_key": KEY, "store_secret": SECRET
        }  # fmt: skip
        return jp_server_config

    async def test_what_another_catalogue_might_have_needs_a_word(
        self, server: InProcess, s3: S3, bucket: str, later: None
    ) -> None:
        for key in ("used/notes.txt", "lost/notes.txt", "lost.whole"):
            s3.client().put_object(Bucket="left", Key=f"place/default/artifact/notes/{key}", Body=b"x")
        await made(server, "notes", "used", f"{bucket}/default/artifact/notes/used/notes.txt")
        assert ("file", "lost", False) in rows(await server.ask("DELETE", "/dh/api/leftovers"))
        assert len(s3.keys("left")) == 3
        assert ("file", "lost", True) in rows(await server.ask("DELETE", "/dh/api/leftovers?store=true"))
        assert s3.keys("left") == ["place/default/artifact/notes/used/notes.txt"]

    async def test_uploads_that_were_never_completed(self, server: InProcess, s3: S3, bucket: str, later: None) -> None:
        client = s3.client()
        for key in ("place/default/artifact/a/b/x y.bin", "elsewhere/x.bin"):
            begun = client.create_multipart_upload(Bucket="left", Key=key)["UploadId"]
            client.upload_part(Bucket="left", Key=key, UploadId=begun, PartNumber=1, Body=b"0123456789")

        def there() -> list[str]:
            return [one["Key"] for one in client.list_multipart_uploads(Bucket="left").get("Uploads", [])]

        async def removed(query: str = "") -> Any:
            found = (await server.ask("DELETE", f"/dh/api/leftovers{query}")).body["rows"]
            (row,) = [row for row in found if row["what"] == "upload"]
            return row

        row = await removed()
        assert (row["bytes"], row["removed"]) == (10, False)
        assert row["where"].startswith("s3://left/place/default/artifact/a/b/x y.bin?uploadId=")
        assert len(there()) == 2, "only shown, as another catalogue may have begun it"
        assert ((await removed("?store=true"))["removed"], there()) == (True, ["elsewhere/x.bin"])
