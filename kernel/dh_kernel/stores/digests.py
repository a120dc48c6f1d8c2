"""SHA-256 of bytes that pass by, beside whoever moves them: hashing takes as long as reading."""

from __future__ import annotations

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

PIECE = 1 << 20  # bytes


class Digest:
    """One piece is hashed while the next one comes; more never wait. To be left as a `with` block."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="dh-digest")
        self._pending: Future[None] | None = None

    def add(self, piece: bytes) -> None:
        """The next bytes."""
        self._wait()
        self._pending = self._pool.submit(self._digest.update, piece)

    def text(self) -> str:
        """In hexadecimal digits, of all bytes so far."""
        self._wait()
        return self._digest.hexdigest()

    def _wait(self) -> None:
        if self._pending is not None:
            self._pending.result()

    def close(self) -> None:
        """End its thread."""
        self._pool.shutdown(wait=True)

    def __enter__(self) -> Digest:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def sha256_of(path: Path) -> str:
    """Of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for piece in iter(lambda: file.read(PIECE), b""):
            digest.update(piece)
    return digest.hexdigest()
