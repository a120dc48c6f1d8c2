"""`dh.report` and `dh.progress`: live values of a run. Outside of a run they do nothing; they never fail a run."""

from __future__ import annotations

import contextlib
import math
import os
import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .masking import NOTHING, Masking
from .rundir import RUN_VARIABLE, RunFolder

if TYPE_CHECKING:
    from ._contract import MetricLine


class Sink:
    """Where the lines of this process go: metrics.jsonl, and one byte into the wake pipe."""

    def __init__(self, folder: RunFolder, masking: Masking = NOTHING) -> None:
        self._folder = folder
        self._masking = masking
        self._warned: set[str] = set()

    def append(self, line: MetricLine) -> None:
        """Best effort: a full disk is said once."""
        try:
            self._folder.append_metric(self._masked(line))
        except (OSError, ValueError) as error:
            self.warn(f"A value could not be reported: {error}")
        wake()

    def append_surely(self, line: MetricLine) -> None:
        """As it is. Raises OSError."""
        self._folder.append_metric(line)
        wake()

    def _masked(self, line: MetricLine) -> MetricLine:
        if not self._masking:
            return line
        masked: MetricLine = self._masking.document(line)
        if "values" in line:
            masked["values"] = self._masking.document(line["values"], keys=True)
        return masked

    def warn(self, text: str) -> None:
        """Once for each text, on the run's log."""
        if text not in self._warned:
            self._warned.add(text)
            print(f"dh: {text}", file=sys.stderr)  # noqa: T201


_PIPE_VARIABLE = "DH_WAKE_PIPE"  # device and inode: a child may have another file under the pipe's number
_sink: Sink | None = None


def send_to(folder: RunFolder | None, masking: Masking = NOTHING) -> None:
    """The worker's: from now on this process and its children are inside of the run of `folder`; with None in none."""
    global _sink
    _sink = Sink(folder, masking) if folder else None
    for name in (RUN_VARIABLE, _PIPE_VARIABLE):
        os.environ.pop(name, None)
    if folder:
        os.environ[RUN_VARIABLE] = str(folder.path)
        os.environ[_PIPE_VARIABLE] = _identity(wake_pipe())


def send(line: MetricLine, *, or_fail: bool = False) -> None:
    """A line of our own; `or_fail`: raises OSError if it is not there whole, else it is said. Outside of a run: nothing."""
    sink = _current()
    if sink is not None:
        (sink.append_surely if or_fail else sink.append)(line)


def run_folder() -> RunFolder | None:
    """The folder of the run that this process is in."""
    path = os.environ.get(RUN_VARIABLE)
    return RunFolder(path) if path else None


def _current() -> Sink | None:
    global _sink
    if _sink is None and (folder := run_folder()):
        from .worker.masked import masking_of

        _sink = Sink(folder, masking_of(folder.read_run(), os.environ))
    return _sink


def wake_pipe() -> int:
    """The number of the pipe to the executor; -1 if there is none."""
    number = os.environ.get("DH_WAKE_FD", "")
    return int(number) if number.isdigit() else -1


def _identity(number: int) -> str:
    try:
        found = os.fstat(number)
    except OSError:
        return ""
    return f"{found.st_dev}:{found.st_ino}"


def wake() -> None:
    """Tell the executor that there is news. A full pipe says so already, a closed one has nobody who listens."""
    number = wake_pipe()
    if number >= 0 and os.environ.get(_PIPE_VARIABLE, "") in ("", _identity(number)):
        with contextlib.suppress(OSError):
            os.set_blocking(number, False)
            os.write(number, b"\n")


def report(values: Mapping[str, Any] | None = None, *, step: Any = None, **more: Any) -> None:
    """Send metric points: `dh.report(step=i, loss=x)` or `dh.report({"auc": 0.9})`. Numbers, also numpy's and torch's."""
    sink = _current()
    if sink is None:
        return
    given = {**values, **more} if isinstance(values, Mapping) else more
    if values is not None and not isinstance(values, Mapping):
        sink.warn(f"dh.report takes names with numbers; a {type(values).__name__} was left out.")
    numbers = {str(name): _number(sink, str(name), value) for name, value in given.items()}
    line: MetricLine = {"time": time.time(), "values": {name: x for name, x in numbers.items() if x is not None}}
    if step is not None:
        count = _number(sink, "step", step)
        if isinstance(count, float):
            line["step"] = int(count)
    if line["values"]:
        sink.append(line)


def points(values: Mapping[str, float], step: int, time: float) -> None:
    """Points that something else has logged already, at `time` (seconds since 1970)."""
    if _sink is not None:
        numbers = {name: number_or_word(float(value)) for name, value in values.items()}
        _sink.append({"time": time, "step": step, "values": numbers})


def progress(done: Any, total: Any = None, text: str | None = None) -> None:
    """Move the run's bar: so many `done` of `total`."""
    sink = _current()
    if sink is None:
        return
    at = _number(sink, "done", done)
    whole = None if total is None else _number(sink, "total", total)
    if not isinstance(at, float):
        return
    line: MetricLine = {"time": time.time(), "progress": {"done": at}}
    if isinstance(whole, float) and whole > 0:
        line["progress"]["total"] = whole
    if text is not None:
        line["progress"]["text"] = str(text)
    sink.append(line)


def number_or_word(value: float) -> Any:
    """A float as the contract's Number: what JSON lacks is a word."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _number(sink: Sink, name: str, value: Any) -> Any:
    try:
        if isinstance(value, (str, bytes)):
            raise TypeError("a text is not a number")
        return number_or_word(float(value))
    except Exception as error:  # noqa: BLE001  a stranger's __float__ may raise anything; a run must not fail for it
        sink.warn(f"'{name}' was not reported: {type(value).__name__} is no number ({error}).")
        return None
