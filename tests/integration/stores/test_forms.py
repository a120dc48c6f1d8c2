"""Files by form to a real S3, which holds them to the policy."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from dh_kernel.errors import Forbidden, Invalid, Unavailable
from dh_kernel.stores.digests import sha256_of
from dh_kernel.stores.forms import post
from dh_kernel.stores.parts import in_parts, join, put
from dh_kernel.stores.s3 import S3Store
from dh_kernel.stores.s3_access import S3Access
from tests.fixtures.s3 import S3, free_ports

PIECES = 5 << 20  # bytes: the least that a part may have


@pytest.fixture(scope="session")
def store(s3: S3) -> S3Store:
    s3.client().create_bucket(Bucket="forms")
    return S3Store(S3Access.from_environment({**s3.variables, "AWS_ENDPOINT_URL": s3.url}))


@pytest.fixture
def granted(s3: S3, store: S3Store) -> dict[str, Any]:
    """A policy for a place of its own."""
    prefix = f"{uuid.uuid4().hex}/"
    base = f"s3://forms/{prefix}"
    fields = store.form(base, 600, 1 << 20)
    return {"kind": "post", "url": f"{s3.url}/forms", "fields": fields, "prefix": prefix, "base": base}


def send(granted: Any, name: str, file: Path) -> None:
    post(granted, name, file, sha256_of(file))


@pytest.mark.parametrize("content", [b"", b"x", bytes(range(256)) * 4096], ids=["empty", "small", "the most"])
def test_a_file_arrives_as_it_is_with_its_digest(
    granted: Any, store: S3Store, tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DH_HOME", str(tmp_path / "home"))
    (tmp_path / "file").write_bytes(content)
    send(granted, 'outputs/déjà vu/f "1".bin', tmp_path / "file")
    uri = granted["base"] + 'outputs/déjà vu/f "1".bin'
    assert store.local_path(uri).read_bytes() == content
    assert store.stat(uri).metadata["x-amz-meta-sha256"] == sha256_of(tmp_path / "file")


def test_a_place_outside_of_the_policy_is_refused(granted: Any, s3: S3, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    for prefix in ("", "other/", granted["prefix"][:-1] + "-more/"):
        with pytest.raises((Forbidden, Unavailable, Invalid)):
            send({**granted, "prefix": prefix}, "stray", tmp_path / "file")
    assert not [key for key in s3.keys("forms") if "stray" in key]


def test_a_file_that_is_too_big_is_refused_by_name_here_and_by_the_store_there(
    granted: Any, s3: S3, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"x" * ((1 << 20) + 1))
    with pytest.raises(Invalid, match=r"weights\.bin \(1,048,577 bytes\).*1,048,576 at most"):
        send({**granted, "limit": 1 << 20}, "weights.bin", tmp_path / "file")
    with pytest.raises((Forbidden, Unavailable, Invalid)):
        send(granted, "weights.bin", tmp_path / "file")
    assert granted["prefix"] + "weights.bin" not in s3.keys("forms")


@pytest.mark.parametrize("size", [PIECES + 1, 2 * PIECES, 2 * PIECES + 7], ids=["just more", "even", "odd"])
def test_a_bigger_one_comes_in_parts_which_the_store_joins(
    granted: Any, store: S3Store, s3: S3, tmp_path: Path, size: int
) -> None:
    content = bytes(range(251)) * (size // 251 + 1)
    (tmp_path / "big").write_bytes(content[:size])
    fields = store.form(granted["base"], 600, PIECES)
    put({**granted, "fields": fields, "limit": PIECES, "part": PIECES}, "outputs/a b/big", tmp_path / "big", 0.0)
    names = [key.removeprefix(granted["prefix"]) for key in s3.keys("forms") if key.startswith(granted["prefix"])]
    assert list(in_parts(names)) == ["outputs/a b/big"]
    for _ in range(2):  # who was interrupted does it again
        join(store, granted["base"], "outputs/a b/big")
        put({**granted, "fields": fields, "limit": PIECES, "part": PIECES}, "outputs/a b/big", tmp_path / "big", 0.0)
    join(store, granted["base"], "outputs/a b/big")
    assert [key for key in s3.keys("forms") if key.startswith(granted["prefix"])] == [
        granted["prefix"] + "outputs/a b/big"
    ]
    with store.open(granted["base"] + "outputs/a b/big") as file:
        assert file.read() == content[:size]
    assert store.stat(granted["base"] + "outputs/a b/big").metadata["x-amz-meta-sha256"] == sha256_of(tmp_path / "big")


def test_a_policy_that_has_ended_says_so(s3: S3, store: S3Store, granted: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    fields = store.form(granted["base"], -60, 1 << 20)
    with pytest.raises((Forbidden, Unavailable), match=r"expire|ended|denied|policy"):
        send({**granted, "fields": fields}, "late", tmp_path / "file")


def test_a_changed_policy_is_refused(granted: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    fields = {**granted["fields"], "x-amz-signature": "0" * 64}
    with pytest.raises((Forbidden, Unavailable)):
        send({**granted, "fields": fields}, "forged", tmp_path / "file")


def test_nobody_there_is_said_after_some_tries(granted: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dh_kernel.stores.links.PAUSE", 0.001)
    (port,) = free_ports(1)
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(Unavailable, match=rf"127.0.0.1:{port} does not answer"):
        send({**granted, "url": f"http://127.0.0.1:{port}/forms"}, "x", tmp_path / "file")
