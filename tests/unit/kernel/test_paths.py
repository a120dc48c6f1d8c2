"""Paths as a person types them."""

from __future__ import annotations

from pathlib import Path

import pytest

import dh_kernel as dh
from dh_kernel.declaring import is_declaration
from dh_kernel.errors import Invalid
from dh_kernel.paths import is_folder, typed_path

LONG = "x" * 5000


@pytest.mark.parametrize("text", [".", "", "nothing/there.py", "ü b.csv", "data/*.parquet", "~no-such-user-here/a"])
def test_what_may_be_a_path_is_one(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert typed_path(text) == Path(text)


def test_the_home_folder_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert typed_path("~/a.py") == tmp_path / "a.py"
    assert is_folder("~")


@pytest.mark.parametrize("text", [LONG, "a\0b", "file/below"])
@pytest.mark.parametrize("use", [typed_path, dh.job, dh.apply, dh.import_, lambda text: dh.dataset("d", [text])])
def test_what_can_be_none_is_said(use: object, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(Invalid, match="can't be used as a path") as caught:
        use(text)  # type: ignore[operator]
    assert len(str(caught.value)) < 200
    assert not is_folder(text)
    assert not is_declaration(text)
