"""A broker whose store is a real S3."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from dh_jupyter.broker import STORE_THREADS
from dh_jupyter.deliveries import Deliveries
from dh_kernel.errors import Forbidden, Unavailable
from dh_kernel.stores.links import download, upload
from tests.fixtures.s3 import KEY, S3, SECRET
from tests.fixtures.server import InProcess

PROJECT = "/dh/api/v1/-/default"
CODE = """
def make(n: int, frame=None):
    import pandas as pd
    from pathlib import Path
    Path("one").mkdir()
    Path("one/a.txt").write_text("a" * n)
    return {"rows": pd.DataFrame({"a": range(n)}), "folder": Path("one"), "total": n + (0 if frame is None else len(frame))}
"""


@pytest.fixture
def bucket(s3: S3) -> str:
    name = f"server-{uuid.uuid4().hex[:8]}"
    s3.client().create_bucket(Bucket=name)
    return name


@pytest.fixture
def credentials() -> str:
    return "configured"


@pytest.fixture
def jp_server_config(
    jp_server_config: Any, s3: S3, bucket: str, credentials: str, dh_home: Path, monkeypatch: pytest.MonkeyPatch
) -> Any:
    monkeypatch.setenv("DH_HOME", str(dh_home))
    store = {
        "store": f"s3://{bucket}/dh",
        "store_endpoint": s3.url,
        "store_key": KEY,
        "store_secret": SECRET,
        "store_credentials": credentials,
    }
    return {**jp_server_config, "DhExtension": {**jp_server_config["DhExtension"], **store}}


async def make_run(server: InProcess, inputs: Any = None) -> Any:
    source = {"base64": base64.b64encode(CODE.encode()).decode(), "handler": "dh_code:make", "lang": "python"}
    parameters = {"type": "object", "properties": {"n": {"type": "integer"}, "frame": {}}}
    spec = {"source": source, "python_version": "PYTHON3_11", "parameters": parameters}
    function = {"kind": "python", "name": "make", "spec": spec}
    made = (await server.ask("POST", f"{PROJECT}/functions", function)).body
    spec = {"function": f"function/{made['name']}", "parameters": {"n": 3}, "inputs": inputs or {}}
    return (await server.ask("POST", f"{PROJECT}/runs", {"kind": "python+job:run", "spec": spec})).body


async def ended(server: InProcess, run: Any) -> Any:
    answer = await server.ask("GET", f"{PROJECT}/runs/{run['id']}/stream")
    assert answer.status == 200
    return (await server.ask("GET", f"{PROJECT}/runs/{run['id']}")).body


async def test_outputs_lie_in_the_store_and_go_with_their_entities(server: InProcess, s3: S3, bucket: str) -> None:
    run = await ended(server, await make_run(server))
    assert run["status"]["state"] == "COMPLETED", run["status"]
    keys = sorted(s3.keys(bucket))
    assert [key.rpartition("/")[2] for key in keys if not key.endswith(".whole")] == ["a.txt", "rows.parquet"]
    assert all(key.startswith(f"dh/default/.runs/{run['id']}/1/outputs/") for key in keys), (
        "the worker has put them there"
    )
    assert any(key.endswith(".whole") for key in keys), "a folder is whole"
    folder = server.broker.home / "runs/default" / run["id"] / "1" / "outputs"
    assert not [path for path in folder.rglob("*") if path.is_file()], "and keeps none"
    for plural, name in (("dataitems", "rows"), ("artifacts", "folder")):
        (entity,) = (await server.ask("GET", f"{PROJECT}/{plural}?name={name}")).body["content"]
        assert entity["spec"]["path"].startswith(f"s3://{bucket}/dh/default/")
        assert (await server.ask("DELETE", f"{PROJECT}/{plural}/{entity['id']}?cascade=true")).status == 200
    assert not s3.keys(bucket)


async def test_each_trial_of_a_shared_worker_puts_its_own_into_the_store(
    server: InProcess, s3: S3, bucket: str
) -> None:
    await ended(server, await make_run(server))
    sweep = {"space": {"n": {"type": "int", "low": 1, "high": 5}}, "sampler": "grid", "workers": 1, "reuse": True}
    spec = {"function": "function/make", "sweep": {**sweep, "objectives": [{"name": "total", "direction": "maximize"}]}}
    posted = await server.ask("POST", f"{PROJECT}/runs", {"kind": "python+sweep:run", "spec": spec})
    assert posted.status == 200, posted.body
    over = await ended(server, posted.body)
    assert over["status"]["sweep"]["counts"]["finished"] == 5, over["status"]
    runs = (await server.ask("GET", f"{PROJECT}/runs?size=100")).body["content"]
    trials = [run["id"] for run in runs if (run["spec"].get("trial") or {}).get("sweep") == over["id"]]
    put = {tuple(key.split("/")[3:5]) for key in s3.keys(bucket) if key.endswith("rows.parquet")}
    assert {(trial, "1") for trial in trials} <= put, "the worker has put them there, each into its own place"
    assert len(trials) == 5


async def test_while_the_store_is_away_a_finished_run_waits(
    server: InProcess, s3: S3, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost: the commit is tried again, and then it is one."""
    monkeypatch.setattr("dh_jupyter.runs.finish.AGAIN", 0.05)
    await server.ask("GET", f"{PROJECT}/runs")
    stores, fails = server.broker.stores, [1, 1, 1]
    write = stores.s3.write

    def away(*_: Any) -> Any:
        raise Unavailable("S3 does not answer.")

    monkeypatch.setattr(Deliveries, "grant", away)

    def unsteady(uri: str, source: Any) -> None:
        if fails:
            fails.pop()
            raise Unavailable("S3 does not answer.")
        write(uri, source)

    monkeypatch.setattr(stores.s3, "write", unsteady)
    run = await ended(server, await make_run(server))
    assert not fails
    assert run["status"]["state"] == "COMPLETED"
    assert "message" not in run["status"], run["status"]
    assert len(s3.keys(bucket)) == 3


async def test_while_the_store_is_slow_all_else_goes_on(
    server: InProcess, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await server.ask("GET", f"{PROJECT}/runs")
    asked, answers = threading.Semaphore(0), threading.Event()

    def slow(uri: str) -> Any:
        asked.release()
        answers.wait()
        return iter(())

    monkeypatch.setattr(server.broker.stores.s3, "objects", slow)
    monkeypatch.setattr(server.broker, "_threads", ThreadPoolExecutor(1))  # so that fewer would take them all
    path = f"{PROJECT}/files/info?path=s3://{bucket}/dh/default/x/"
    waiting = [asyncio.ensure_future(server.ask("GET", path)) for _ in range(STORE_THREADS)]
    try:
        for _ in range(STORE_THREADS):
            await asyncio.to_thread(asked.acquire)
        made = await server.ask(
            "POST", f"{PROJECT}/artifacts", {"kind": "artifact", "name": "a", "spec": {"path": "/x"}}
        )
        assert made.status == 200
        assert not any(each.done() for each in waiting)
    finally:
        answers.set()
    assert [(await each).status for each in waiting] == [200] * len(waiting)


async def test_what_a_worker_can_not_put_into_the_store_the_broker_does(
    server: InProcess, s3: S3, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the store was away, or the policy is over."""
    await server.ask("GET", f"{PROJECT}/runs")
    grant = Deliveries.grant
    monkeypatch.setattr(Deliveries, "grant", lambda self, *given: grant(self, *given, seconds=-60.0))
    run = await ended(server, await make_run(server))
    assert run["status"]["state"] == "COMPLETED", run["status"]
    assert len(s3.keys(bucket)) == 3
    assert not any("/.runs/" in key for key in s3.keys(bucket)), "each output lies in one place"
    (log,) = (await server.ask("GET", f"{PROJECT}/runs/{run['id']}/logs")).body
    assert "could not be put into the store" in base64.b64decode(log["content"]).decode()


async def test_a_run_with_a_time_limit_spends_none_of_it_on_the_store(server: InProcess, s3: S3, bucket: str) -> None:
    await make_run(server)
    spec = {"function": "function/make", "parameters": {"n": 3}, "timeout": 600}
    posted = await server.ask("POST", f"{PROJECT}/runs", {"kind": "python+job:run", "spec": spec})
    run = await ended(server, posted.body)
    assert run["status"]["state"] == "COMPLETED", run["status"]
    assert not any(f"/.runs/{run['id']}/" in key for key in s3.keys(bucket))


async def test_links_let_who_has_them_read_and_write(server: InProcess, bucket: str, tmp_path: Path) -> None:
    """As a kernel and a worker do it: with the standard library, and no credentials."""
    root = f"s3://{bucket}/dh/default"
    assert (await server.ask("GET", f"{PROJECT}/files/stores")).body == [root]
    (tmp_path / "a.bin").write_bytes(b"content")
    link = (await server.ask("POST", f"{PROJECT}/files/upload?path={root}/x&filename=a.bin")).body
    assert link["path"] == f"{root}/x/a.bin"
    await asyncio.to_thread(upload, link, tmp_path / "a.bin", link["path"])
    (info,) = (await server.ask("GET", f"{PROJECT}/files/info?path={root}/x/")).body
    assert (info["path"], info["size"]) == ("a.bin", 7)
    back = (await server.ask("GET", f"{PROJECT}/files/download?path={root}/x/a.bin")).body
    await asyncio.to_thread(download, back, tmp_path / "back.bin", back["path"])
    assert (tmp_path / "back.bin").read_bytes() == b"content"
    with pytest.raises(Unavailable, match="SHA-256 differs"):
        await asyncio.to_thread(download, {**back, "sha256": "0" * 64}, tmp_path / "not.bin", back["path"])
    assert not (tmp_path / "not.bin").exists()
    moved = {**back, "url": back["url"].replace("a.bin", "b.bin")}
    with pytest.raises((Unavailable, Forbidden), match="S3 at"):
        await asyncio.to_thread(download, moved, tmp_path / "not.bin", back["path"])
    assert (await server.ask("DELETE", f"{PROJECT}/files/delete?path={root}/x/a.bin")).status == 200
    assert (await server.ask("GET", f"{PROJECT}/files/download?path={root}/x/a.bin")).status == 404


async def test_parts_become_one_object(server: InProcess, s3: S3, bucket: str, tmp_path: Path) -> None:
    files = f"{PROJECT}/files/multipart"
    first, content = 5 << 20, bytes(range(256)) * (6 << 12)
    (tmp_path / "big").write_bytes(content)
    started = (await server.ask("POST", f"{files}/start?path=s3://{bucket}/dh/default/y&filename=big")).body
    etags = []
    for number, start, size in ((1, 0, first), (2, first, len(content) - first)):
        query = urlencode({**started, "partNumber": number})
        link = (await server.ask("PUT", f"{files}/part?{query}")).body
        etags.append(await asyncio.to_thread(upload, link, tmp_path / "big", started["path"], start, size))
    assert not s3.keys(bucket)
    query = urlencode({**started, "partList": ",".join(etags)})
    assert (await server.ask("POST", f"{files}/complete?{query}")).status == 200
    assert s3.client().get_object(Bucket=bucket, Key="dh/default/y/big")["Body"].read() == content


@pytest.mark.parametrize(
    "path",
    [
        "s3://{}/dh/other/x",
        "s3://{}/dh/default/../other/x",
        "s3://{}/dh/default",
        "s3://else-where/dh/default/x",
        "s3://{}/dh/defaultx/y",
        "/etc/passwd",
    ],
)
async def test_nothing_outside_of_the_project_is_reached(server: InProcess, bucket: str, path: str) -> None:
    query = urlencode({"path": path.format(bucket), "filename": "x"})
    for verb, asked in (("GET", "download"), ("GET", "info"), ("DELETE", "delete")):
        assert (await server.ask(verb, f"{PROJECT}/files/{asked}?{query}")).status in (400, 403), (verb, asked)
    if path != "s3://{}/dh/default":
        for asked in ("upload", "multipart/start"):
            assert (await server.ask("POST", f"{PROJECT}/files/{asked}?{query}")).status in (400, 403), asked
    for name in ("a/b", "..", "", "a\nb", "x" * 256):
        query = urlencode({"path": f"s3://{bucket}/dh/default/x", "filename": name})
        assert (await server.ask("POST", f"{PROJECT}/files/upload?{query}")).status == 400, name


async def test_a_run_reads_its_input_without_credentials(
    server: InProcess, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker's environment has none: it has links in run.json."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    first = await ended(server, await make_run(server))
    run = await ended(server, await make_run(server, {"frame": first["status"]["outputs"]["rows"]}))
    assert run["status"]["state"] == "COMPLETED", run["status"]
    assert run["status"]["results"]["total"] == 3 + 3
    folder = server.broker.home / "runs" / "default" / run["id"] / "1"
    said = (folder / "run.json").read_text()
    assert "X-Amz-Signature" in said
    assert SECRET not in said


async def test_the_token_route_gives_what_the_sdk_needs(server: InProcess, s3: S3, bucket: str) -> None:
    async def exchange(token: str, **form: str) -> Any:
        form = form or {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token": token,
            "subject_token_type": "urn:ietf:params:oauth:token-type:pat",
        }
        return await server.ask("POST", "/dh/auth/token", raw=urlencode(form).encode(), token=None)

    found = (await exchange("the-servers-own-token")).body
    assert found["token_type"] == "Bearer"
    assert found["aws_access_key_id"] == KEY
    assert found["aws_secret_access_key"] == SECRET
    assert found["dhcore_default_files_store"] == f"s3://{bucket}/dh"
    assert found["aws_endpoint_url"] == s3.url
    assert (await server.ask("GET", "/dh/api/auth", token=found["access_token"])).status == 200
    assert (await server.ask("GET", "/dh/api/auth", token=found["refresh_token"])).status == 401, "it only renews"
    again = (await exchange("", grant_type="refresh_token", refresh_token=found["refresh_token"])).body
    assert (await server.ask("GET", "/dh/api/auth", token=again["access_token"])).status == 200
    assert again["refresh_token"] == found["refresh_token"]
    for wrong, status in (("nobody", 401), ("", 400), (found["access_token"], 200)):
        assert (await exchange(wrong)).status == status
    assert (await exchange("", grant_type="password")).status == 400
    assert (await server.ask("POST", "/dh/auth/token", raw=b"\xff%%%", token=None)).status == 400
    kept = (await exchange(server.broker.client_token)).body
    assert kept["access_token"] == server.broker.client_token, "it ends with its holder"


async def test_kernels_and_clients_are_told(server: InProcess, s3: S3, bucket: str) -> None:
    variables = server.broker.stores.variables()
    assert variables["DHCORE_DEFAULT_FILES_STORE"] == f"s3://{bucket}/dh"
    assert variables["AWS_ENDPOINT_URL"] == s3.url
    assert variables["AWS_SECRET_ACCESS_KEY"] == SECRET
    told = (await server.ask("GET", "/dh/.well-known/configuration", token=None)).body
    assert told["dhcore_default_files_store"] == f"s3://{bucket}/dh"
    assert told["s3_bucket"] == bucket
    assert SECRET not in json.dumps(told)
    assert KEY not in json.dumps(told)
    identity = (await server.ask("GET", "/dh/.well-known/openid-configuration", token=None)).body
    assert identity["token_endpoint"] == told["oauth2_token_endpoint"]
    rows = {row["what"]: row for row in (await server.ask("GET", "/dh/api/doctor")).body}
    assert rows["store"]["ok"], rows["store"]
    assert bucket in rows["store"]["detail"]
    assert SECRET not in rows["store"]["detail"]


@pytest.mark.parametrize("credentials", ["scoped", "none"])
async def test_by_default_the_brokers_own_credentials_are_given_to_nobody(
    server: InProcess, s3: S3, bucket: str
) -> None:
    """This S3 lends no temporary ones."""
    variables = server.broker.stores.variables()
    assert variables == {"DHCORE_DEFAULT_FILES_STORE": f"s3://{bucket}/dh"}
    form = {"grant_type": "refresh_token", "refresh_token": server.broker.client_token}
    found = (await server.ask("POST", "/dh/auth/token", raw=urlencode(form).encode(), token=None)).body
    assert not [name for name in found if name.startswith("aws_")]
