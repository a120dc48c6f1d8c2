"""How values lie on the disk: never as they are, and readable with every key that was theirs."""

from __future__ import annotations

import base64
import os
import threading
from pathlib import Path

import pytest

from dh_jupyter.secrets.sealing import Seal
from dh_jupyter.secrets.values import SecretValues
from dh_kernel.errors import Invalid, Unavailable

VALUE = "hush-hush-hush"


def key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def test_no_file_has_the_value(tmp_path: Path) -> None:
    SecretValues(tmp_path).write("demo", "TOKEN", VALUE)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(path.name for path in files) == [".key", "TOKEN"]
    for path in files:
        assert VALUE.encode() not in path.read_bytes()
        assert base64.b64encode(VALUE.encode()) not in path.read_bytes()
    assert SecretValues(tmp_path).read("demo", "TOKEN") == VALUE, "another process reads it"


def test_one_written_before_values_were_sealed_is_read_and_then_sealed(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "demo" / "TOKEN"
    path.parent.mkdir(parents=True)
    path.write_text(VALUE)
    values = SecretValues(tmp_path)
    assert values.read("demo", "TOKEN") == VALUE
    values.write("demo", "TOKEN", values.read("demo", "TOKEN"))
    assert VALUE.encode() not in path.read_bytes()


def test_a_new_key_seals_and_the_old_one_still_opens(tmp_path: Path) -> None:
    keys, old, new = tmp_path / "keys", key(), key()
    keys.write_text(old)
    SecretValues(tmp_path, keys).write("demo", "OLD", VALUE)
    keys.write_text(f"{new}\n{old}\n")
    SecretValues(tmp_path, keys).write("demo", "NEW", VALUE)
    keys.write_text(new)
    values = SecretValues(tmp_path, keys)
    assert values.read("demo", "NEW") == VALUE
    with pytest.raises(Unavailable, match="sealed with another key") as caught:
        values.read("demo", "OLD")
    assert "second line" in caught.value.hint
    assert not (tmp_path / "secrets" / ".key").exists(), "the administrator's key is the only one"


@pytest.mark.parametrize("content", ["", "x", "not a key at all", base64.b64encode(b"short").decode()])
def test_a_file_without_a_key_is_told_and_nothing_is_kept(tmp_path: Path, content: str) -> None:
    keys = tmp_path / "keys"
    keys.write_text(content)
    with pytest.raises(Invalid, match="holds no key for secrets"):
        SecretValues(tmp_path, keys).write("demo", "TOKEN", VALUE)
    assert not (tmp_path / "secrets").exists()


def test_a_key_that_is_not_there_is_not_made_elsewhere(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="can't be read: No such file"):
        SecretValues(tmp_path, tmp_path / "nowhere").write("demo", "TOKEN", VALUE)
    assert not (tmp_path / "secrets").exists()


def test_who_make_a_key_at_once_use_the_same(tmp_path: Path) -> None:
    seals = [Seal(tmp_path / "secrets") for _ in range(8)]
    closed: list[bytes] = []
    threads = [threading.Thread(target=lambda seal=seal: closed.append(seal.close(b"one"))) for seal in seals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [Seal(tmp_path / "secrets").open(each) for each in closed] == [b"one"] * 8
    assert os.listdir(tmp_path / "secrets") == [".key"]
