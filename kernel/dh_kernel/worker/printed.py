"""What cells print, on its way from the kernel: all of it into the log, and of each cell so much into the notebook."""

from __future__ import annotations

import sys
from typing import Any

import nbformat as _nbformat
from nbclient import NotebookClient

LONGEST_STREAM = 1 << 20  # characters of a cell's printed output that the notebook keeps; the log has all
nbformat: Any = _nbformat  # it has no types


class Client(NotebookClient):
    """Its work and memory do not grow with what a cell has printed before: pieces are put together once."""

    _cell: Any = None  # that the rest is about
    _kept = 0  # characters
    _left_out = 0

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._pieces: list[str] = []  # of the last output

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
        """nbclient's; called for each message of the running cell."""
        if cell is not self._cell:
            self._cell, self._kept, self._left_out = cell, 0, 0
        if msg["msg_type"] == "stream":
            content = msg["content"]
            (sys.stderr if content["name"] == "stderr" else sys.stdout).write(content["text"])
            if not self._is_hooked(msg) and self._keep(content, cell.outputs):
                return None
        self._settle()
        if msg["msg_type"] == "clear_output" and not msg["content"]["wait"]:
            self._kept = self._left_out = 0
        return super().process_message(msg, cell, cell_index)

    def finish(self, cell: Any) -> None:
        """Once it has ended: its output is whole, and says what it lacks."""
        self._settle()
        if cell is self._cell and self._left_out:
            text = f"… {self._left_out:,} more characters were printed; the run's log has all of them.\n"
            cell["outputs"].append(nbformat.v4.new_output("stream", name="stderr", text=text))
            self._left_out = 0

    def _keep(self, content: Any, outputs: list[Any]) -> bool:
        """Cut to what there is room for; whether that is done with: nothing is left of it, or it goes on with the last."""
        if self.clear_before_next_output:
            self._kept = self._left_out = 0
        text = content["text"][: LONGEST_STREAM - self._kept]
        self._kept += len(text)
        self._left_out += len(content["text"]) - len(text)
        content["text"] = text
        if not text:
            return True
        last: Any = outputs[-1] if outputs else {}
        if self.clear_before_next_output or (last.get("output_type"), last.get("name")) != ("stream", content["name"]):
            return False
        self._pieces.append(text)
        return True

    def _settle(self) -> None:
        if self._pieces:
            last = self._cell.outputs[-1]
            last["text"] += "".join(self._pieces)
            self._pieces.clear()

    def _is_hooked(self, msg: Any) -> bool:
        """Whether it goes into a widget."""
        return bool(self.output_hook_stack[msg["parent_header"].get("msg_id")])
