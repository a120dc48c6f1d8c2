"""ExecutorSuite: what an executor must do, whatever it runs attempts on. The interface is dh_jupyter/executors/base.py.

Subclass it in a pytest module and define the fixture `make_executor`: a function without arguments that gives a new
executor each time, all of them on the same place (home, namespace, …), so that one finds what another has started.
The suite starts and closes them. Attempts run the real worker.
"""

from __future__ import annotations

import importlib
import itertools
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Callable

import pytest

from ..errors import Invalid
from ..rundir import RunFolder

_numbers = itertools.count(1)


class Attempts:
    """One executor at work, as the run manager uses it."""

    def __init__(self, make: Callable[[], Any], folder: Path) -> None:
        self.make = make
        self.folder = folder
        self.base = importlib.import_module("dh_jupyter.executors.base")  # the kernel's half does not depend on it
        self.news = threading.Condition()
        self.heard: list[str] = []
        self._written: dict[str, Path] = {}
        self.executor = self.started()

    def started(self) -> Any:
        """A new executor that tells us what changes."""
        executor = self.make()
        executor.start(self._changed)
        return executor

    def close(self) -> None:
        """End what a test has left running, and close."""
        for handle, seen in self.executor.poll(self._written).items():
            if seen.phase in ("starting", "running"):
                self.executor.cancel(handle, self._written[handle], 0.2)
        self.executor.close()

    def _changed(self, handle: str) -> None:
        with self.news:
            self.heard.append(handle)
            self.news.notify_all()

    def write(self, code: str, **parameters: Any) -> tuple[str, Path]:
        """An attempt's folder with a module that defines `f`; handle and folder."""
        run_id = f"{next(_numbers):032x}"
        document: Any = {
            "format": 1,
            "project": "suite",
            "id": run_id,
            "name": "f-1",
            "key": f"store://suite/run/python+job:run/{run_id}",
            "attempt": 1,
            "function": {"name": "f", "handler": "f", "key": "store://suite/function/python/f:" + "0" * 32},
            "parameters": parameters,
            "inputs": {},
            "cells": [],
        }
        folder = self.folder / "runs" / "suite" / run_id / "1"
        RunFolder.create(folder, document, code)
        self._written[f"{run_id}-1"] = folder
        return f"{run_id}-1", folder

    def submission(self, handle: str, folder: Path, resources: Mapping[str, Any], **rest: Any) -> Any:
        """A Submission."""
        return self.base.Submission(handle, folder, self.base.Resources(**resources), **rest)

    def submit(self, code: str, resources: Mapping[str, Any] | None = None, **rest: Any) -> tuple[str, Path]:
        """Write and submit; handle and folder."""
        handle, folder = self.write(code)
        self.executor.submit(self.submission(handle, folder, resources or {}, **rest))
        return handle, folder

    def wait(self, until: Callable[[], Any], timeout: float = 60.0) -> Any:
        """The first true value of `until`, which is looked at whenever something has changed."""
        with self.news:
            found = self.news.wait_for(until, timeout)
        assert found, f"it did not come true; heard of {len(self.heard)} changes"
        return found

    def look(self, handle: str, folder: Path) -> Any:
        """The observation."""
        return self.executor.poll({handle: folder})[handle]

    def ended(self, handle: str, folder: Path) -> Any:
        """The exit, when it is over."""
        over = ("exited", "missing")
        seen = self.wait(lambda: (seen := self.look(handle, folder)).phase in over and seen)
        assert seen.phase == "exited", self.log(handle, folder)
        return seen.exit

    def printed(self, handle: str, folder: Path, text: bytes) -> None:
        """Wait until the log holds the text, or the attempt is over without."""
        with self.news:
            self.news.wait_for(lambda: text in self.log(handle, folder) or (folder / "exit.json").exists(), 60.0)
        log = self.log(handle, folder)
        assert text in log, (log, self.look(handle, folder), len(self.heard))

    def log(self, handle: str, folder: Path) -> bytes:
        """The log so far."""
        return bytes(self.executor.log(handle, folder, 0, 1 << 24))


SECRETS = (
    "import os, sys\ndef f():\n    value = os.environ['TOKEN']\n    sys.stdout.write('it is ' + value[:5])\n"
    "    sys.stdout.flush()\n    sys.stdout.write(value[5:] + ', of ' + str(len(value)) + '\\n')\n"
)
FOREVER = "import threading\ndef f():\n    print('here', flush=True)\n    threading.Event().wait()\n"
STUBBORN = (
    "import signal, threading\ndef f():\n    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])\n"
    "    print('here', flush=True)\n    while True:\n        threading.Event().wait(60)\n"
)


class ExecutorSuite:
    """Set `limits_memory = False` in the subclass if the executor can't."""

    limits_memory = True

    @pytest.fixture
    def make_executor(self) -> Callable[[], Any]:
        """Give new executors on one place."""
        raise NotImplementedError("Define the fixture make_executor in the subclass.")

    @pytest.fixture
    def attempts(self, make_executor: Callable[[], Any], tmp_path: Path) -> Iterator[Attempts]:
        """A started executor, closed at the end."""
        made = Attempts(make_executor, tmp_path)
        yield made
        made.close()

    def test_secrets_are_in_the_environment_and_not_in_the_log(self, attempts: Attempts) -> None:
        handle, folder = attempts.submit(SECRETS, secrets={"TOKEN": "hush-hush-hush"})
        assert attempts.ended(handle, folder)["code"] == 0
        assert attempts.log(handle, folder) == b"it is ***TOKEN***, of 14\n"
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert not [path for path in files if b"hush-hush" in path.read_bytes()]

    def test_an_attempt_runs_to_its_end(self, attempts: Attempts) -> None:
        handle, folder = attempts.submit("def f():\n    print('hello')\n    return 42\n")
        exit = attempts.ended(handle, folder)
        assert (exit["reason"], exit["code"]) == ("exited", 0)
        result = RunFolder(folder).read_result()
        assert result is not None
        assert result["state"] == "COMPLETED"
        assert b"hello" in attempts.log(handle, folder)

    def test_an_exception_is_exit_code_42(self, attempts: Attempts) -> None:
        exit = attempts.ended(*attempts.submit("def f():\n    raise ValueError('no')\n"))
        assert (exit["reason"], exit["code"]) == ("exited", 42)

    def test_an_end_without_a_result_is_told(self, attempts: Attempts) -> None:
        handle, folder = attempts.submit("import os\ndef f():\n    os._exit(7)\n")
        exit = attempts.ended(handle, folder)
        assert (exit["reason"], exit["code"]) == ("exited", 7)
        assert RunFolder(folder).read_result() is None

    def test_the_end_is_told_by_changed(self, attempts: Attempts) -> None:
        handle, folder = attempts.submit("def f(): pass\n")
        attempts.ended(handle, folder)
        attempts.wait(lambda: handle in attempts.heard)

    def test_a_place_that_becomes_free_is_told(self, attempts: Attempts) -> None:
        attempts.ended(*attempts.submit("def f(): pass\n"))
        attempts.wait(lambda: "" in attempts.heard)

    def test_submitting_twice_runs_once(self, attempts: Attempts) -> None:
        handle, folder = attempts.write("def f(): print('once')\n")
        submission = attempts.submission(handle, folder, {})
        attempts.executor.submit(submission)
        attempts.executor.submit(submission)
        attempts.ended(handle, folder)
        attempts.executor.submit(submission)
        assert attempts.log(handle, folder).count(b"once") == 1

    def test_another_executor_sees_and_ends_what_this_one_started(self, attempts: Attempts) -> None:
        handle, folder = attempts.submit(FOREVER)
        attempts.printed(handle, folder, b"here")
        attempts.executor.close()
        attempts.executor = attempts.started()
        assert attempts.look(handle, folder).phase == "running"
        attempts.executor.cancel(handle, folder, 10.0)
        assert attempts.ended(handle, folder)["reason"] == "stopped"

    def test_what_was_never_submitted_is_missing(self, attempts: Attempts) -> None:
        assert attempts.look(*attempts.write("def f(): pass\n")).phase == "missing"

    def test_many_are_observed_at_once(self, attempts: Attempts) -> None:
        handle, folder = attempts.submit("def f(): pass\n")
        other, other_folder = attempts.write("def f(): pass\n")
        attempts.ended(handle, folder)
        seen = attempts.executor.poll({handle: folder, other: other_folder})
        assert {name: one.phase for name, one in seen.items()} == {handle: "exited", other: "missing"}

    def test_a_cancelled_attempt_stops(self, attempts: Attempts) -> None:
        handle, folder = attempts.submit(FOREVER)
        attempts.printed(handle, folder, b"here")
        attempts.executor.cancel(handle, folder, 30.0)
        assert attempts.ended(handle, folder)["reason"] == "stopped"

    def test_a_cancelled_attempt_that_does_not_stop_is_killed(self, attempts: Attempts) -> None:
        handle, folder = attempts.submit(STUBBORN)
        attempts.printed(handle, folder, b"here")
        attempts.executor.cancel(handle, folder, 0.2)
        assert attempts.ended(handle, folder)["reason"] == "stopped"

    def test_cancelling_what_is_over_does_nothing(self, attempts: Attempts) -> None:
        handle, folder = attempts.submit("def f(): pass\n")
        before = attempts.ended(handle, folder)
        attempts.executor.cancel(handle, folder, 1.0)
        assert attempts.look(handle, folder).exit == before

    def test_the_time_limit_ends_it(self, attempts: Attempts) -> None:
        assert attempts.ended(*attempts.submit(FOREVER, timeout=0.5))["reason"] == "timeout"

    def test_the_memory_limit_ends_it_and_the_peak_is_told(self, attempts: Attempts) -> None:
        if not self.limits_memory:
            pytest.skip("this executor does not limit memory")
        limit = 200 << 20
        greedy = "def f():\n    kept = []\n    while True:\n        kept.append(bytearray(b'x') * (4 << 20))\n"
        exit = attempts.ended(*attempts.submit(greedy, {"memory": limit}))
        assert exit["reason"] == "memory"
        assert exit["memory_limit"] == limit
        assert exit["peak_memory"] > limit / 2

    def test_the_log_is_read_in_parts(self, attempts: Attempts) -> None:
        handle, folder = attempts.submit("def f(): print('0123456789', end='')\n")
        attempts.ended(handle, folder)
        whole = attempts.log(handle, folder)
        start = whole.index(b"0123456789")
        assert attempts.executor.log(handle, folder, start + 3, 4) == b"3456"
        assert attempts.executor.log(handle, folder, len(whole), 10) == b""

    def test_variables_arrive_and_nothing_of_the_server_with_them(
        self, attempts: Attempts, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("DH_TOKEN", "JUPYTER_TOKEN", "JPY_API_TOKEN", "DHCORE_ACCESS_TOKEN"):
            monkeypatch.setenv(name, "hush-hush")
        handle, folder = attempts.submit("import os\ndef f(): print(dict(os.environ))\n", env={"MINE": "yes"})
        attempts.ended(handle, folder)
        log = attempts.log(handle, folder)
        assert b"'MINE': 'yes'" in log
        assert b"hush-hush" not in log

    def test_standard_input_is_empty(self, attempts: Attempts) -> None:
        handle, folder = attempts.submit("import sys\ndef f(): print('read', repr(sys.stdin.read()))\n")
        attempts.ended(handle, folder)
        assert b"read ''" in attempts.log(handle, folder)

    def test_what_can_never_be_met_is_refused(self, attempts: Attempts) -> None:
        with pytest.raises(Invalid):
            attempts.executor.check(attempts.base.Resources(cpu=1_000_000))
        attempts.executor.check(attempts.base.Resources(cpu=0.5))

    def test_preparing_never_raises(self, attempts: Attempts) -> None:
        attempts.executor.prepare(("not a requirement !!",), ("no_such_module", "json"))
        attempts.ended(*attempts.submit("def f(): pass\n"))

    def test_the_doctor_has_rows(self, attempts: Attempts) -> None:
        rows = list(attempts.executor.doctor())
        assert rows
        assert all(isinstance(what, str) and isinstance(ok, bool) and isinstance(how, str) for what, ok, how in rows)
