"""The S3 store passes the shipped suite against a real server, and does what only it can."""

from __future__ import annotations

import hashlib
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dh_kernel.errors import Forbidden, Invalid, NotFound, Unavailable
from dh_kernel.stores import store_for
from dh_kernel.stores.links import download, upload
from dh_kernel.stores.s3 import PART, S3Store, mark_of
from dh_kernel.stores.s3_access import S3Access
from dh_kernel.testing.stores import StoreSuite
from tests.fixtures.s3 import S3, free_ports


@pytest.fixture(scope="session")
def bucket(s3: S3) -> str:
    name = f"stores-{uuid.uuid4().hex[:8]}"
    s3.client().create_bucket(Bucket=name)
    return name


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DH_HOME", str(tmp_path / "home"))


@pytest.fixture
def access(s3: S3) -> S3Access:
    return S3Access.from_environment({**s3.variables, "AWS_ENDPOINT_URL": s3.url})


@pytest.fixture
def store(access: S3Access) -> S3Store:
    return S3Store(access)


@pytest.fixture
def root(bucket: str) -> str:
    return f"s3://{bucket}/{uuid.uuid4().hex}"


class TestS3Store(StoreSuite):
    @pytest.fixture
    def store(self, access: S3Access) -> S3Store:
        return S3Store(access)

    @pytest.fixture
    def root(self, bucket: str) -> str:
        return f"s3://{bucket}/{uuid.uuid4().hex}"


def test_the_environment_says_where_and_who(s3: S3, root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**s3.variables, "AWS_ENDPOINT_URL": s3.url}.items():
        monkeypatch.setenv(name, value)
    store_for(root).write(f"{root}/x", b"1")
    assert store_for(root).local_path(f"{root}/x").read_bytes() == b"1"


def test_a_big_file_goes_in_parts_and_comes_back(store: S3Store, root: str, tmp_path: Path) -> None:
    content = bytes(range(256)) * (PART // 256) * 2 + b"end"
    (tmp_path / "big").write_bytes(content)
    store.write(f"{root}/big", tmp_path / "big")
    assert "-3" in store.stat(f"{root}/big").etag, "three parts"
    assert store.local_path(f"{root}/big").read_bytes() == content


def test_only_one_of_many_creates(store: S3Store, root: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda number: store.create(f"{root}/commit", b"%d" % number), range(8)))
    assert made.count(True) == 1
    with store.open(f"{root}/commit") as file:
        assert file.read() == b"%d" % made.index(True)


def test_a_folder_that_was_begun_is_made_anew(store: S3Store, root: str, tmp_path: Path) -> None:
    store.write(f"{root}/m/one", b"of the first attempt")
    store.write(f"{root}/m/only-in-the-first", b"x")
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "one").write_bytes(b"of the second")
    store.move_in(tmp_path / "made", f"{root}/m/")
    assert [info.path for info in store.list(f"{root}/m/")] == ["one"]
    assert (store.local_path(f"{root}/m/") / "one").read_bytes() == b"of the second"
    assert store.exists(mark_of(f"{root}/m/"))


def test_an_empty_folder_is_one(store: S3Store, root: str, tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    store.move_in(tmp_path / "made", f"{root}/m/")
    assert not list(store.list(f"{root}/m/"))
    assert store.local_path(f"{root}/m/").is_dir()


def test_what_was_changed_in_the_store_is_noticed(store: S3Store, s3: S3, root: str) -> None:
    bucket, key = root.removeprefix("s3://").split("/")
    said = hashlib.sha256(b"what was meant").hexdigest()
    s3.client().put_object(Bucket=bucket, Key=f"{key}/x", Body=b"what is there", Metadata={"sha256": said})
    with pytest.raises(Unavailable, match="SHA-256 differs"):
        store.local_path(f"{root}/x")
    with pytest.raises(Unavailable, match="SHA-256 differs"):
        store.local_path(f"{root}/x")  # nothing half-made stays in the cache


def test_what_was_downloaded_is_not_downloaded_again(store: S3Store, root: str) -> None:
    store.write(f"{root}/x", b"1")
    first = store.local_path(f"{root}/x")
    assert store.local_path(f"{root}/x") == first
    store.write(f"{root}/x", b"2")
    assert store.local_path(f"{root}/x").read_bytes() == b"2"
    assert first.read_bytes() == b"1"


def test_wrong_credentials_say_so(access: S3Access, root: str) -> None:
    for wrong in (replace(access, secret="no"), replace(access, key="nobody")):
        with pytest.raises((Unavailable, Forbidden), match=access.url) as caught:
            S3Store(wrong).write(f"{root}/x", b"1")
        assert caught.value.hint
        assert "no" not in repr(wrong).replace("nobo", "")


def test_a_missing_bucket_is_named(store: S3Store) -> None:
    for ask in (store.local_path, store.list, store.check):
        with pytest.raises(NotFound, match="no bucket 'nobody-made-it'"):
            ask("s3://nobody-made-it/x/")


def test_nobody_there_is_unavailable(access: S3Access, root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dh_kernel.stores.s3_access.TRIES", 1)
    (port,) = free_ports(1)
    with pytest.raises(Unavailable, match=rf"127.0.0.1:{port} does not answer \(.*refused"):
        S3Store(replace(access, endpoint=f"http://127.0.0.1:{port}")).local_path(f"{root}/x")


@pytest.mark.parametrize(
    "uri", ["s3://b/x", "s3:///x", "s3://UPPER/x", "s3://bucket/a/../b", "s3://bucket/./a", "s3://bucket/a\nb"]
)
def test_what_is_no_uri_is_refused(store: S3Store, uri: str) -> None:
    with pytest.raises(Invalid):
        store.open(uri)


def test_a_link_that_has_expired_says_so(store: S3Store, root: str, tmp_path: Path) -> None:
    store.write(f"{root}/x", b"1")
    bucket, key = root.removeprefix("s3://").split("/")
    before = datetime.now(UTC) - timedelta(hours=1)
    url = store.client.get_presigned_url("GET", bucket, f"{key}/x", expires=timedelta(minutes=1), request_date=before)
    with pytest.raises(Unavailable, match="expired") as caught:
        download({"path": "x", "url": url}, tmp_path / "x", f"{root}/x")
    assert "new" in caught.value.hint
    assert not (tmp_path / "x").exists()
    (link,) = store.links(f"{root}/x", 60)
    download(link, tmp_path / "x", f"{root}/x")
    assert (tmp_path / "x").read_bytes() == b"1"


def test_a_link_is_for_one_file_and_one_thing(store: S3Store, root: str, tmp_path: Path) -> None:
    store.write(f"{root}/x", b"1")
    store.write(f"{root}/y", b"2")
    (tmp_path / "up").write_bytes(b"3")
    (link,) = store.links(f"{root}/x", 60)
    with pytest.raises((Unavailable, Forbidden)):
        download({**link, "url": link["url"].replace("/x?", "/y?")}, tmp_path / "y", f"{root}/y")
    with pytest.raises((Unavailable, Forbidden)):
        upload(link, tmp_path / "up", f"{root}/x")
    assert store.local_path(f"{root}/x").read_bytes() == b"1"


def test_a_key_cannot_lead_out_of_the_cache(store: S3Store, s3: S3, root: str) -> None:
    bucket, key = root.removeprefix("s3://").split("/")
    s3.client().put_object(Bucket=bucket, Key=f"{key}/m/..%2F..%2Fx", Body=b"1")
    found = store.local_path(f"{root}/m/")
    assert [path.name for path in found.iterdir()] == ["..%2F..%2Fx"]
