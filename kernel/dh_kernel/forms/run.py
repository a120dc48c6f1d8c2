"""A run, live, in widgets: state, progress, metrics, the end of its log, and *Stop*. A thread follows the broker's
stream; nothing polls."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from ..display import html
from ..display.run import run_html
from ..display.words import number
from ..errors import DHError
from ..follow import follow
from ..states import FINISHED

if TYPE_CHECKING:
    from .things import Run

_LINES = 12  # of the log
_KEPT = 16_384  # characters of the log
UPDATE_EVERY = 0.25  # seconds between two updates, at least


class RunView(widgets.VBox):  # type: ignore[misc]
    """`done` is set when the run has ended and all of it is shown."""

    def __init__(self, run: Run):
        self.run = run
        self.done = threading.Event()
        self._text = ""
        self._left = 0
        self._metrics: dict[str, Any] = {}
        self._progress: Any = None
        self._shown = 0.0
        self.card = widgets.HTML()
        self.metrics = widgets.HTML()
        self.tail = widgets.HTML()
        self.stop = widgets.Button(description="Stop", icon="stop", layout={"width": "auto"})
        self.stop.on_click(lambda _: self._stop())
        super().__init__([self.card, self.metrics, self.tail, self.stop])
        self._show()
        threading.Thread(target=self._follow, name=f"dh-view-{run.name}", daemon=True).start()

    def _follow(self) -> None:
        try:
            for message in follow(self.run.session, self.run.id, self.run.name, None, log=True):
                self._take(message)
                if time.monotonic() - self._shown >= UPDATE_EVERY or "run" in message:
                    self._show()
        except DHError as error:
            self._show()
            self.metrics.value = html.code(str(error))
        else:
            self._show()
        finally:
            self.done.set()

    def _take(self, message: Any) -> None:
        if "run" in message:
            self.run.see(message["run"])
        self._progress = message.get("progress", self._progress)
        for point in message.get("points", ()):
            self._metrics.update(point["values"])
        text = message.get("text", "")
        self._left += text.count("\n")
        self._text = (self._text + text)[-_KEPT:]

    def _show(self) -> None:
        self._shown = time.monotonic()
        run = self.run.last_seen
        self.card.value = run_html(run, self._progress)
        shown = [f"{name} {number(value)}" for name, value in sorted(self._metrics.items())]
        self.metrics.value = html.faint(" · ".join(shown[:20])) if shown else ""
        self.tail.value = html.code(self._end()) if self._text else ""
        over = run["status"].get("state") in FINISHED
        self.stop.layout.display = "none" if over else ""

    def _end(self) -> str:
        lines = self._text.rstrip("\n").split("\n")
        last = [line.rstrip("\r").rpartition("\r")[2] for line in lines[-_LINES:]]
        hidden = self._left + (not self._text.endswith("\n")) - len(last)
        return "\n".join([f"… {hidden:,} lines more: %dh logs {self.run.name}", *last] if hidden > 0 else last)

    def _stop(self) -> None:
        self.stop.disabled = True
        try:
            self.run.stop()
        except DHError as error:
            self.stop.disabled = False
            self.metrics.value = html.code(str(error))
