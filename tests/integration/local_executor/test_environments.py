"""Environments for what the interpreter lacks: really resolved and built by uv, from a folder of wheels."""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.executors.local.interpreters import OURS, installed, interpreter_for
from dh_jupyter.executors.local.requirements import Environment, environment_for, find_uv, freeze_here
from dh_jupyter.runs.diagnosis.installing import explain_installer
from dh_kernel.detached.install import Installer, install_step
from dh_kernel.errors import Invalid
from dh_kernel.rundir import RunFolder
from dh_kernel.testing.executors import Attempts
from tests.fixtures.wheels import index, wheel

__all__ = ["index"]

pytestmark = pytest.mark.skipif(find_uv() is None, reason="uv is not installed")
CODE = "import dh_pebble\ndef f(): print('version', dh_pebble.VERSION)\n"


def run(attempts: Attempts, *requirements: str, code: str = CODE) -> str:
    """The log of an attempt that ended well."""
    handle, folder = attempts.submit(code, requirements=requirements)
    assert attempts.ended(handle, folder)["code"] == 0, attempts.log(handle, folder)
    return attempts.log(handle, folder).decode()


def test_an_environment_is_built_once_and_recorded(attempts: Attempts, index: Path, home: Path) -> None:
    handle, folder = attempts.submit(CODE, requirements=("dh-stone",))
    attempts.ended(handle, folder)
    log = attempts.log(handle, folder).decode()
    assert "version 2.0" in log
    assert "Installing dh-stone …" in log
    assert "+ dh-pebble==2.0" in log, "the installer's lines are in the log"
    assert json.loads((folder / "building.json").read_text()) == {
        "text": "Building the environment: 2 of 2 packages.", "done": 2, "total": 2,
    }  # fmt: skip
    recorded = RunFolder(folder).read_environment()
    assert recorded is not None
    assert (recorded["python"], recorded["packages"]) == (OURS.version, ["dh-pebble==2.0", "dh-stone==1.0"])
    assert "Installing" not in run(attempts, "dh-stone")
    # The same lock from other words is the same environment; another lock is another one.
    assert "+ dh-" not in run(attempts, "dh-pebble>1.5", "dh-stone")
    assert "version 1.0" in run(attempts, "dh-pebble<2")
    assert len(list((home / "cache" / "environments").glob("*/ready"))) == 2


def test_what_was_interrupted_is_made_anew_and_never_half_used(attempts: Attempts, index: Path, home: Path) -> None:
    run(attempts, "dh-pebble==1.0")
    (ready,) = (home / "cache" / "environments").glob("*/ready")
    ready.unlink()
    shutil.rmtree(ready.parent / "lib")
    assert "+ dh-pebble==1.0" in run(attempts, "dh-pebble==1.0")
    shutil.rmtree(ready.parent / "bin")  # whatever took it away
    ready.unlink()
    assert "version 1.0" in run(attempts, "dh-pebble==1.0")


def test_two_at_once_build_it_once(attempts: Attempts, index: Path) -> None:
    both = [attempts.submit(CODE, requirements=("dh-pebble==1.0",)) for _ in range(2)]
    for handle, folder in both:
        assert attempts.ended(handle, folder)["code"] == 0
    logs = [attempts.log(*one).decode() for one in both]
    assert sum("+ dh-pebble==1.0" in log for log in logs) == 1, logs


def test_of_two_that_choose_versions_at_once_the_first_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    wanted: Any = {"lock": str(tmp_path / "lock.txt"), "requirements": ["a"], "exact": False, "uv": "uv"}
    early, late = Installer(wanted, {}), Installer(wanted, {})

    def choose(installer: Installer, *more: str) -> str:
        if installer is early:
            return "a==1\n"
        assert early._resolve() == "a==1\n"
        return "a==2\n"

    monkeypatch.setattr(Installer, "_compile", choose)
    assert late._resolve() == "a==1\n"
    assert [path.name for path in tmp_path.glob("lock*")] == ["lock.txt"]


@contextlib.contextmanager
def patient(folder: Path, gate: threading.Event) -> Iterator[str]:
    """The address of a server that answers only once the gate is open."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def send_head(self) -> Any:
            gate.wait()
            return super().send_head()

        def log_message(self, *args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder)) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        gate.set()
        server.shutdown()


def test_a_build_that_is_stopped_leaves_the_next_one_free(attempts: Attempts, index: Path, tmp_path: Path) -> None:
    gate = threading.Event()
    (tmp_path / "far").mkdir()
    file = wheel(tmp_path / "far", "dh-slow", "1.0")
    with patient(file.parent, gate) as address:
        wanted = ("dh-pebble==1.0", f"dh-slow @ {address}/{file.name}")
        handle, folder = attempts.submit(CODE, requirements=wanted)
        choosing = "Building the environment: choosing versions."
        attempts.wait(lambda: attempts.look(handle, folder).waiting_for == choosing)
        assert attempts.look(handle, folder).phase == "starting"
        attempts.executor.cancel(handle, folder, 5.0)
        assert attempts.ended(handle, folder)["reason"] == "stopped"
        gate.set()
        assert "version 1.0" in run(attempts, *wanted)


@pytest.mark.parametrize(
    ("requirements", "says"),
    [
        (("dh-stone", "dh-pebble==1.0"), "dh-stone needs dh-pebble>=2, but dh-pebble==1.0 is required too."),
        (("dh-nothing",), "There is no package 'dh-nothing'."),
        (("dh-pebble @ file:///nowhere/x-1-py3-none-any.whl",), "There is no package at file:///nowhere/"),
    ],
)
def test_what_can_not_be_installed_is_exit_code_43_and_named(
    attempts: Attempts, index: Path, requirements: tuple[str, ...], says: str
) -> None:
    handle, folder = attempts.submit("def f(): pass\n", requirements=requirements)
    assert attempts.ended(handle, folder)["code"] == 43
    assert explain_installer(attempts.log(handle, folder).decode()).summary.startswith(says)


def test_a_freeze_is_built_exactly(attempts: Attempts, index: Path) -> None:
    handle, folder = attempts.submit(CODE, requirements=("dh-stone",), packages=("dh-pebble==1.0",))
    attempts.ended(handle, folder)
    assert "version 1.0" in attempts.log(handle, folder).decode()
    recorded = RunFolder(folder).read_environment()
    assert recorded is not None
    assert recorded["packages"] == ["dh-pebble==1.0"], "without what the requirements say"


def test_our_own_packages_are_recorded_and_found_again(attempts: Attempts, tmp_path: Path) -> None:
    handle, folder = attempts.submit("def f(): pass\n")
    attempts.ended(handle, folder)
    recorded = RunFolder(folder).read_environment()
    assert recorded == freeze_here()
    assert recorded is not None
    assert any(line.startswith("pytest==") for line in recorded["packages"])
    assert not any(line.startswith("dh-") for line in recorded["packages"])
    packages = tuple(recorded["packages"])
    assert environment_for((), tmp_path, packages=packages) is None
    assert environment_for((), tmp_path, packages=packages[1:]) is not None


def test_another_python_runs_it_if_there_is_one(attempts: Attempts, index: Path) -> None:
    others = sorted(set(installed()) - {OURS.minor, "3.6", "3.7", "3.8"})
    if "3.9" not in others:
        pytest.skip("no Python 3.9 on this machine")
    code = "import sys, dh_pebble\ndef f(): print('python', *sys.version_info[:2])\n"
    handle, folder = attempts.submit(code, requirements=("dh-pebble",), python="3.9")
    attempts.ended(handle, folder)
    assert "python 3 9" in attempts.log(handle, folder).decode()
    recorded = RunFolder(folder).read_environment()
    assert recorded is not None
    assert recorded["python"] == interpreter_for("3.9").version
    attempts.executor.check(attempts.base.Resources(), "3.9")


def test_what_one_python_can_not_have_is_made_for_the_other(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    place, attempt = tmp_path / "environments", tmp_path / "attempt"
    attempt.mkdir()
    monkeypatch.chdir(attempt)
    other = Environment(place, OURS, ("dh-pebble==1.0",))
    wished = Environment(place, OURS, ("dh-absent==1.0",), instead=other)
    assert wished.python is None
    assert install_step(wished.wanted(), {})() == 0
    assert "Not for the Python that the function names; with another one:" in capfd.readouterr().out
    assert wished.python == other.python is not None, "and from now on it is known"
    assert "dh-pebble==1.0" in json.loads((attempt / "environment.json").read_text())["packages"]
    neither = Environment(place, OURS, ("dh-absent==2.0",), instead=Environment(place, OURS, ("dh-absent==3.0",)))
    assert install_step(neither.wanted(), {})() == 43


def test_a_python_that_is_not_there_is_refused_with_what_is(attempts: Attempts) -> None:
    with pytest.raises(
        Invalid, match=r"needs Python 3\.99, which is not installed here\. Installed: .*3\.\d+"
    ) as caught:
        attempts.executor.check(attempts.base.Resources(), "3.99")
    assert "uv python install 3.99" in caught.value.hint


def test_stand_ins_of_a_version_manager_are_passed_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shim = tmp_path / "python3.98"
    shim.write_text("#!/bin/sh\necho 'pyenv: python3.98: command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert "3.98" not in installed()
