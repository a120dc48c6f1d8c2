"""Folders that somebody is at work on while they are looked at."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.leftovers import looking


def test_what_goes_meanwhile_is_young_and_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "env").mkdir()
    for name in ("kept", "gone"):
        (tmp_path / "env" / name).write_text("0123456789")
    walk = os.walk

    def slowly(*arguments: Any) -> Any:
        for found in walk(*arguments):
            (tmp_path / "env" / "gone").unlink(missing_ok=True)
            yield found

    monkeypatch.setattr(os, "walk", slowly)
    assert looking._size(tmp_path / "env") >= 10
    assert looking._age(tmp_path / "env") < looking.GRACE
    for each in (looking._size, looking._age, looking._unused):
        assert each(tmp_path / "nothing") == 0
