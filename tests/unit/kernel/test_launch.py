"""Starting a broker: one for all who ask, and its log when it dies."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dh_kernel.broker import home, written_broker
from dh_kernel.errors import Unavailable
from dh_kernel.launch import find_broker

ROOT = Path(__file__).parents[3]
APP = """
import json, os, sys, threading
from pathlib import Path
from tests.fixtures.small_broker import small_broker
home = Path(os.environ["DH_HOME"])
with open(home / "starts", "a") as starts:
    starts.write("x")
with small_broker("store") as (broker, url):
    path = home / "new.json"
    path.touch(0o600)
    path.write_text(json.dumps({"url": url, "token": broker.token, "pid": os.getpid(), "version": "0"}))
    path.rename(home / "broker.json")
    threading.Event().wait()
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in ("DH_SERVER_URL", "DH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, (tmp_path, ROOT, ROOT / "kernel"))))
    (tmp_path / "dh_jupyter").mkdir()
    (tmp_path / "dh_jupyter" / "__init__.py").touch()
    yield tmp_path
    path = tmp_path / "home" / "broker.json"
    if path.exists():
        import json

        os.kill(json.loads(path.read_text())["pid"], signal.SIGTERM)


def test_two_who_ask_get_one(folder: Path) -> None:
    (folder / "dh_jupyter" / "app.py").write_text(APP)
    script = "from dh_kernel.launch import find_broker; print(find_broker().url)"
    both = [subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    urls = {process.communicate(timeout=60)[0].strip() for process in both}
    assert len(urls) == 1
    assert (folder / "home" / "starts").read_text() == "x"
    assert stat.S_IMODE((folder / "home").stat().st_mode) == 0o700
    found = written_broker(home())
    assert found is not None
    assert found.url == urls.pop()


def test_one_that_dies_leaves_its_log(folder: Path) -> None:
    (folder / "dh_jupyter" / "app.py").write_text("raise SystemExit('no such port')")
    with pytest.raises(Unavailable, match="ended while it was starting") as caught:
        find_broker()
    assert caught.value.details[-1] == "no such port"


def test_home_is_the_nearest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DH_HOME", raising=False)
    (tmp_path / ".dh").mkdir()
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    assert home() == tmp_path / ".dh"
    monkeypatch.setenv("DH_HOME", str(tmp_path / "other"))
    assert home() == tmp_path / "other"
