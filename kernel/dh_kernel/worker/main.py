"""Run the folder of one attempt, in this process, to its exit code:

0 ok, 42 the user's exception, 43 dependencies, 44 the folder or an output is not what it should be, 45 stopped, 46 a trial
that has ended itself.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import re
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..logged import mask_logged
from ..masking import Masking
from ..reporting import send_to, wake
from ..rundir import RunFolder
from .call import call_handler
from .code import CODE, import_code
from .deliver import deliver
from .failures import CellFailed, Stopped, describe, warning_text, without_location
from .file import execute, take_file, take_handed
from .hand import Hand, in_context
from .masked import masked_result, masking_of
from .outputs import NotSaved, Outputs
from .tracking import track

if TYPE_CHECKING:
    from .._contract import ErrorDocument, Result, RunDocument

OK, USER, DEPENDENCIES, INTEGRITY, STOPPED, PRUNED = 0, 42, 43, 44, 45, 46


_IS_CODE = re.compile(CODE)  # here: a zygote's forks find it done
LEAVE_TIMEOUT = 5.0  # seconds for what user code and libraries registered with atexit


def main() -> int:
    """The command line. Ends the process itself: threads that user code left behind do not hold it."""
    if sys.argv[1:2] == ["--pod"] and len(sys.argv) > 2:
        from .pod.main import main as in_a_pod

        return in_a_pod(sys.argv[2:])
    if len(sys.argv) != 2:
        print("usage: python worker.pyz FOLDER", file=sys.stderr)  # noqa: T201
        return 2
    code = run_hand(sys.argv[1])
    leave()
    os._exit(code)


def leave() -> None:
    """What Python does at the end of a process, within bounds; the result is written by then."""
    leaving = threading.Thread(target=atexit._run_exitfuncs, daemon=True)
    leaving.start()
    leaving.join(LEAVE_TIMEOUT)  # joblib's handler, for one, can wait minutes for its own processes
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()


def run_hand(path: str | os.PathLike[str]) -> int:
    """Run it, and what else the process is given to run; the last exit code."""
    hand = Hand()
    folder = RunFolder(Path(path).resolve())
    while True:
        code = in_context(run_folder, folder.path)
        following = hand.next(folder, code)
        if following is None:
            return int(code)
        folder = following


def run_folder(path: str | os.PathLike[str]) -> int:
    """Run it in the calling process and commit result.json; the exit code."""
    folder = RunFolder(Path(path).resolve())
    try:
        run = folder.read_run()
    except (OSError, ValueError) as error:
        print(f"run.json can't be read: {error}", file=sys.stderr)  # noqa: T201
        return INTEGRITY
    _prepare_streams()
    masking = masking_of(run, os.environ)
    send_to(folder, masking)
    track(folder)
    warnings.formatwarning = warning_text({str(folder.code): run["cells"]})
    attempt = Attempt(folder, run, masking)
    try:
        with _stoppable():
            attempt.work()
    except BaseException as error:  # noqa: BLE001  whatever ended it, the result says so
        attempt.fail(error)
    _mask_logged(folder, masking)
    result = masked_result(attempt.result(), masking)
    deliver(folder, run, result)
    return _commit(folder, result, attempt.numbers)


def _mask_logged(folder: RunFolder, masking: Masking) -> None:
    try:
        mask_logged(folder.mlflow, masking)
    except OSError as error:  # as when the disk is full; the broker does it again
        print(f"What was logged by MLflow can't be masked: {error}", file=sys.stderr)  # noqa: T201


class Attempt:
    """What has happened so far; `result()` may be asked for at any point."""

    def __init__(self, folder: RunFolder, run: RunDocument, masking: Masking) -> None:
        self._folder = folder
        self._run = run
        self._masking = masking
        self._started = time.time()
        names = run["function"].get("output_names", [])
        self._outputs = Outputs(folder, run["function"]["name"], names, masking)
        self._code = OK
        self._error: ErrorDocument | None = None
        self._stage = "import"

    def work(self) -> None:
        """Import, call, save. Raises what stopped it."""
        if "file" in self._run["function"]:
            return self._work_on_file()
        if "written_for" in self._run["function"]:
            return self._work_for_core()
        module = import_code(self._folder)
        self._stage = "call"
        try:
            returned = call_handler(module, self._run, self._outputs)
        finally:
            take_handed(self._folder, self._outputs)
        self._stage = "save"
        self._outputs.take(returned)

    def _work_for_core(self) -> None:
        from .core.call import CoreFunction

        function = CoreFunction(self._folder, self._run)
        function.load()
        self._stage = "call"
        try:
            function.call(self._outputs)
        finally:
            take_handed(self._folder, self._outputs)

    def _work_on_file(self) -> None:
        try:
            execute(self._folder, self._run, self._masking)
        finally:
            take_file(self._folder, self._run, self._outputs, take_handed(self._folder, self._outputs))

    def fail(self, error: BaseException) -> None:
        """Note why, and print it where the user looks first."""
        self._code = self._code_of(error)
        if self._code == PRUNED:
            return
        if isinstance(error, CellFailed):
            self._error = error.document
        else:
            found = describe(error, self._folder, {str(self._folder.code): self._run["cells"]})
            self._error = without_location(found) if isinstance(error, NotSaved) else found
        print(self._error["traceback"], file=sys.stderr, end="")  # noqa: T201
        if self._code == DEPENDENCIES:
            name = (getattr(error, "name", "") or "NAME").partition(".")[0]
            print(f"Name its package at registration: --requires {name}", file=sys.stderr)  # noqa: T201

    def _code_of(self, error: BaseException) -> int:
        if isinstance(error, Stopped):
            return STOPPED
        if self._outputs.trial is not None and any(kind.__name__ == "TrialPruned" for kind in type(error).__mro__):
            return PRUNED
        if isinstance(error, ModuleNotFoundError) and self._stage == "import":
            return DEPENDENCIES
        return INTEGRITY if isinstance(error, NotSaved) else USER

    @property
    def numbers(self) -> dict[str, Any]:
        """Results that are metrics, as JSON takes them."""
        return self._outputs.numbers

    def result(self) -> Result:
        """The document to commit."""
        state: Any = {OK: "COMPLETED", STOPPED: "STOPPED", PRUNED: "STOPPED"}.get(self._code, "ERROR")
        result: Result = {
            "format": 1,
            "id": self._run["id"],
            "attempt": self._run["attempt"],
            "state": state,
            "exit_code": self._code,  # type: ignore[typeddict-item]
            "started": self._started,
            "ended": time.time(),
            "results": self._outputs.results,
            "outputs": self._outputs.documents,
        }
        if self._outputs.value is not None and self._code == OK:
            result["value"] = self._outputs.value
        if self._outputs.named:
            result["named"] = self._outputs.named
        if self._outputs.trial is not None:
            result["suggested"] = self._outputs.trial.params
        if self._outputs.warnings:
            result["warnings"] = self._outputs.warnings
        if self._error is not None:
            result["error"] = self._error
        return result


def _commit(folder: RunFolder, result: Result, numbers: dict[str, Any]) -> int:
    """Metrics first, result.json last. Without a result the exit code says that something is wrong."""
    if numbers:
        with contextlib.suppress(OSError):
            folder.append_metric({"time": result["ended"], "values": numbers})
    try:
        folder.commit_result(result)
    except (OSError, ValueError):
        print(f"result.json can't be written:\n{traceback.format_exc()}", file=sys.stderr)  # noqa: T201
        return INTEGRITY
    finally:
        send_to(None)
        wake()
    return result["exit_code"]


def _prepare_streams() -> None:
    """Standard output and error are the log: each line at once, and warnings as in a notebook's cell."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(line_buffering=True, errors="backslashreplace")
    warnings.filterwarnings("default", category=DeprecationWarning, module=_IS_CODE.pattern)


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """SIGTERM raises Stopped in user code, once; while the result is written nothing disturbs."""

    def stop(number: int, frame: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Stopped("stopped")

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGTERM, stop)
    _let_forks_end()
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)


@functools.lru_cache(maxsize=1)  # once in a process: what is registered stays
def _let_forks_end() -> None:
    """A fork of user code's, as of multiprocessing.Pool, ends by SIGTERM as any process does.

    Python forgets a signal that comes while it forks, so it is held back until the child has no handler any more.
    """
    if not hasattr(os, "register_at_fork"):
        return
    before = threading.local()

    def hold() -> None:
        before.mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})

    def release() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, before.mask)

    def in_child() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        release()

    os.register_at_fork(before=hold, after_in_parent=release, after_in_child=in_child)
