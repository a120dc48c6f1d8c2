"""A file behind a link, of which only those bytes come that are read."""

from __future__ import annotations

import io
import os
from http.client import HTTPException
from typing import Any
from urllib.request import Request, urlopen

TIMEOUT = 30.0  # seconds without a byte


class LinkedFile(io.RawIOBase):
    """Can be read and sought in. Raises OSError for what the server does not give."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._place = 0
        self._size = self._measured()

    def _measured(self) -> int:
        with self._asked(0, 1) as answer:
            told = str(answer.headers.get("Content-Range", "")).rpartition("/")[2]
        if not told.isdigit():
            raise OSError("the store gives no part of a file")
        return int(told)

    def _asked(self, start: int, end: int) -> Any:
        request = Request(self._url, headers={"Range": f"bytes={start}-{end - 1}"})
        return urlopen(request, timeout=TIMEOUT)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}[whence]
        self._place = max(0, base + offset)
        return self._place

    def read(self, size: int = -1) -> bytes:
        end = self._size if size < 0 else min(self._size, self._place + size)
        if end <= self._place:
            return b""
        try:
            with self._asked(self._place, end) as answer:
                content: bytes = answer.read()
        except HTTPException as error:
            raise OSError(f"the store broke off: {error}") from error
        self._place += len(content)
        return content
