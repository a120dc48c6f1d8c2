"""Values in files: whole or not at all, for their owner alone, and never in an error."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from dh_jupyter.secrets.values import LARGEST, SecretValues
from dh_kernel.errors import DHError, Forbidden, Invalid, NotFound, Unavailable


@pytest.fixture
def values(tmp_path: Path) -> SecretValues:
    return SecretValues(tmp_path)


def modes(folder: Path) -> set[int]:
    return {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()}


def test_kept_read_replaced_and_removed(values: SecretValues, tmp_path: Path) -> None:
    values.write("demo", "TOKEN", "one")
    values.write("demo", "TOKEN", "two")
    values.write("other", "TOKEN", "three")
    assert values.read_all("demo", ["TOKEN"]) == {"TOKEN": "two"}
    assert values.names("demo") == ["TOKEN"]
    assert modes(tmp_path) == {0o600}
    assert {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*") if path.is_dir()} == {0o700}
    values.remove("demo", "TOKEN")
    values.remove("demo", "TOKEN")
    assert values.names("demo") == []
    assert values.read("other", "TOKEN") == "three"
    values.remove_project("other")
    assert values.names("other") == []


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "/etc/passwd", ".hidden", "ключ", "a b", "a\n", "a=b", "x" * 129, "\0"]
)
def test_names_that_are_none(values: SecretValues, tmp_path: Path, name: str) -> None:
    for act in (values.read, values.remove, lambda project, name: values.write(project, name, "hush-hush")):
        with pytest.raises(Invalid, match="invalid or missing name"):
            act("demo", name)
    for project in ("..", "../demo", "a/b", ""):
        with pytest.raises(Invalid, match="invalid project"):
            values.write(project, "TOKEN", "hush-hush")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("name", ["TOKEN", "token", "my-token", "my.token", "_x", "7zip", "-", "x" * 128])
def test_names_that_are(values: SecretValues, name: str) -> None:
    values.write("demo", name, "hush-hush")
    assert values.read("demo", name) == "hush-hush"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("", "is empty"),
        ("hush\0hush", "holds a NUL"),
        ("hush\ud800", "half a character"),
        ("hush" * LARGEST, "an environment variable has at most 65,536"),
    ],
)
def test_values_that_are_none(values: SecretValues, value: str, says: str) -> None:
    values.write("demo", "TOKEN", "before")
    with pytest.raises(Invalid, match=says) as caught:
        values.write("demo", "TOKEN", value)
    assert "hush" not in str(caught.value)
    assert values.read("demo", "TOKEN") == "before"


@pytest.mark.parametrize("value", ["line\nline\r\n", "  blanks  ", "日本語\U0001f511", "x" * 10_000, "x" * LARGEST])
def test_values_come_back_as_they_are(values: SecretValues, value: str) -> None:
    values.write("demo", "TOKEN", value)
    assert values.read("demo", "TOKEN") == value


def test_a_missing_one_names_the_nearest(values: SecretValues) -> None:
    with pytest.raises(NotFound, match="There is no secret 'TOKEN'") as caught:
        values.read("demo", "TOKEN")
    assert caught.value.hint == "Keep it first: %dh secret TOKEN"
    values.write("demo", "TOKEN_A", "hush-hush")
    with pytest.raises(NotFound) as caught:
        values.read("demo", "TOKEN")
    assert caught.value.hint == "Did you mean 'TOKEN_A'? Keep it first: %dh secret TOKEN"


def test_writers_at_once_leave_one_whole_value(values: SecretValues, tmp_path: Path) -> None:
    whole = [letter * 20_000 for letter in "abcdef"]
    threads = [threading.Thread(target=values.write, args=("demo", "TOKEN", value)) for value in whole]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert values.read("demo", "TOKEN") in whole
    assert os.listdir(tmp_path / "secrets" / "demo") == ["TOKEN"]


def test_what_is_no_file_is_told(values: SecretValues, tmp_path: Path) -> None:
    (tmp_path / "secrets" / "demo" / "TOKEN").mkdir(parents=True)
    with pytest.raises(Unavailable, match="The secret 'TOKEN' can't be read: Is a directory"):
        values.read("demo", "TOKEN")
    with pytest.raises(Unavailable, match="can't be kept"):
        values.write("demo", "TOKEN", "hush-hush")
    assert os.listdir(tmp_path / "secrets" / "demo") == ["TOKEN"], "nothing half-made stays"


def test_the_doctor_sees_who_can_read_them(values: SecretValues, tmp_path: Path) -> None:
    assert values.state() == (True, "none yet")
    values.write("demo", "TOKEN", "hush-hush")
    assert values.state() == (True, f"{tmp_path / 'secrets'}, yours alone, sealed with {tmp_path / 'secrets' / '.key'}")
    (tmp_path / "secrets" / "demo" / "TOKEN").chmod(0o644)
    assert values.state() == (False, f"others can read {tmp_path}/secrets/demo/TOKEN: chmod -R go= {tmp_path}/secrets")


def test_another_users_files_are_told(values: SecretValues, tmp_path: Path) -> None:
    """As another user where we are root (to whom nothing is denied), else by rights that we took from ourselves."""
    values.write("demo", "TOKEN", "hush-hush")
    (tmp_path / "secrets" / "demo" / "TOKEN").chmod(0)
    (tmp_path / "secrets" / "demo").chmod(0o500)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            if os.geteuid() == 0:
                os.setuid(65534)
            code = 0 if _all_forbidden(values) else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    (tmp_path / "secrets" / "demo").chmod(0o700)


def _all_forbidden(values: SecretValues) -> bool:
    def refusal(act: object) -> DHError | None:
        try:
            act()  # type: ignore[operator]
        except DHError as error:
            return error
        return None

    acts = (lambda: values.read("demo", "TOKEN"), lambda: values.write("demo", "TOKEN", "hush-hush-hush"))
    errors = [refusal(act) for act in acts]
    return all(
        isinstance(error, Forbidden) and "permission denied" in error.message and "hush" not in str(error)
        for error in errors
    )
