"""What is live of an attempt, on the container's standard output: its log, and frames with metrics and phases."""

from __future__ import annotations

import contextlib
import json
import os
import time
from typing import TYPE_CHECKING, Any

from ...frames import FrameWriter, in_frames

if TYPE_CHECKING:
    from ..._contract import PodFrame, PodPhase
    from ...rundir import RunFolder

_INTERVAL = 0.1  # seconds between two looks while something streams
_PIECE = 1 << 16
_LIVE_METRICS = 16 << 20  # bytes of metrics.jsonl that are told live; the file itself is delivered


class LiveChannel:
    """Follows log.txt, metrics.jsonl and building.json when it is told that there is news. See detached/waker.py, News."""

    def __init__(self, folder: RunFolder, output: int) -> None:
        self._folder = folder
        self._output: int | None = output
        self._writer = FrameWriter()
        self._log_at = self._metrics_at = 0
        self._building = b""
        self._last = 0.0
        self._due = False

    def soon(self) -> None:
        """Something has changed."""
        self._due = True

    def wait(self) -> float | None:
        """Seconds until `turn` has something to do; None if nothing is due."""
        return max(0.0, self._last + _INTERVAL - time.monotonic()) if self._due else None

    def turn(self) -> None:
        """Tell what is due."""
        if self.wait() == 0.0:
            self._last, self._due = time.monotonic(), False
            self.flush()

    def last_word(self) -> None:
        """All that there is."""
        self.flush()

    def flush(self) -> None:
        """What has come since the last time."""
        self._copy_log()
        self._tell_building()
        self._tell_metrics()

    def phase(self, phase: PodPhase, waiting_for: str = "") -> None:
        """Where the attempt is now; first how far it came before."""
        self._tell_building()
        self.frame({"phase": phase, **({"waiting_for": waiting_for} if waiting_for else {})})

    def go_to(self, handle: str, folder: RunFolder) -> None:
        """What comes from now on is of the next attempt of a hand; first all that there is of the last."""
        self.flush()
        self._folder, self._building = folder, b""
        self._log_at = self._metrics_at = 0
        self.frame({"attempt": handle})

    def frame(self, frame: PodFrame) -> None:
        """One, at once."""
        self._write(self._writer.frame(frame))

    def say(self, text: str) -> None:
        """A line of ours in the log."""
        with open(self._folder.log, "ab") as log:
            log.write(text.encode("utf-8", "backslashreplace"))
        self._copy_log()

    def _copy_log(self) -> None:
        with contextlib.suppress(FileNotFoundError), open(self._folder.log, "rb") as log:
            log.seek(self._log_at)
            while piece := log.read(_PIECE):
                self._log_at += len(piece)
                self._write(self._writer.log(piece))

    def _tell_building(self) -> None:
        try:
            said = (self._folder.path / "building.json").read_bytes()
            if said == self._building:
                return
            self._building = said
            self.frame(_progress_of(json.loads(said)))
        except (OSError, ValueError, KeyError):
            return

    def _tell_metrics(self) -> None:
        if self._metrics_at > _LIVE_METRICS:
            return
        lines, self._metrics_at = self._folder.read_metrics(self._metrics_at)
        for frame in in_frames(lines):
            self.frame(frame)

    def _write(self, data: bytes) -> None:
        try:
            while data and self._output is not None:
                data = data[os.write(self._output, data) :]
        except OSError:
            self._output = None  # nobody listens any more; the log is in the folder


def _progress_of(said: dict[str, Any]) -> PodFrame:
    """What the installer says of how far it is, as a frame."""
    text, total = str(said["text"]), said.get("total")
    frame: PodFrame = {"phase": "environment", "waiting_for": text}
    if total:
        frame["progress"] = {"done": said["done"], "total": total, "text": text}
    return frame
