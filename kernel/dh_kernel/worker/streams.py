"""Generators and other iterators that a function returned, one item after another."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Any

from ..saving.frames import frame_kind

_LAZY = (types.GeneratorType, types.AsyncGeneratorType, map, filter, zip)
_END = object()


def is_stream(value: Any) -> bool:
    """Whether it gives items as they are asked for; not of files or cursors, which are iterators by the way."""
    if isinstance(value, _LAZY):
        return True
    kind = type(value)
    return (kind.__module__.partition(".")[0], kind.__name__) == ("pandas", "TextFileReader")


class Stream:
    """Its items, once. `raised` is what user code raised on the way, to be told from a fault of saving."""

    def __init__(self, value: Any) -> None:
        self.raised: Exception | None = None
        self._items = _from_async(value) if isinstance(value, types.AsyncGeneratorType) else iter(value)
        self._first = self._next()

    @property
    def of_tables(self) -> bool:
        """Whether the first item is one."""
        return self._first is not _END and frame_kind(self._first) is not None

    def __iter__(self) -> Iterator[Any]:
        item, self._first = self._first, _END
        while item is not _END:
            yield item
            item = self._next()

    def _next(self) -> Any:
        try:
            return next(self._items, _END)
        except Exception as error:
            self.raised = error
            raise


def _from_async(value: Any) -> Iterator[Any]:
    import asyncio

    loop = asyncio.new_event_loop()
    try:
        while True:
            try:
                yield loop.run_until_complete(value.__anext__())
            except StopAsyncIteration:
                return
    finally:
        loop.run_until_complete(value.aclose())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
