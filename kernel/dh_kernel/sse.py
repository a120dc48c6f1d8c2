"""Server-sent events: lines in, messages out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._contract import StreamMessage


def read_messages(lines: Iterable[bytes]) -> Iterator[StreamMessage]:
    """Each event's data, parsed. Comments (keep-alive) and fields other than `data` are passed over; an event that
    is cut off by the stream's end is dropped, as the standard says."""
    data: list[str] = []
    for raw in lines:
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        if not line:
            if data:
                yield json.loads("\n".join(data))
            data = []
        elif line.startswith("data:"):
            data.append(line[5:].lstrip(" "))
