"""What happens while a run is waited for, in one line of the terminal; a line for each change where stderr is a file."""

from __future__ import annotations

from typing import TextIO

from ..display import show


class Progress:
    """Listens to the changes of cards while the block lasts."""

    def __init__(self, stream: TextIO):
        self._stream = stream
        self._in_place = stream.isatty()
        self._last = ""

    def __enter__(self) -> Progress:
        show.on_update(self._write)
        return self

    def __exit__(self, *error: object) -> None:
        show.on_update(None)
        self.clear()

    def _write(self, text: str) -> None:
        line = headline(text)
        if line == self._last:
            return
        self._last = line
        self._stream.write(f"\r\x1b[K{line}" if self._in_place else line + "\n")
        self._stream.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self._in_place and self._last:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
        self._last = ""


def headline(text: str) -> str:
    """The line of a card that says the state: the last before its indented ones."""
    found = ""
    for line in text.splitlines():
        if line.startswith(" "):
            break
        found = line
    return found
