"""How values lie on the disk: sealed with a key that is a file of its own (Fernet: AES-128-CBC and HMAC-SHA-256).

The key file has one key in each line. The first seals, all of them open: a key is changed by a new first line.
"""

from __future__ import annotations

import functools
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from dh_kernel.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

MARK = b"sealed-1\n"  # what a sealed file begins with; one without it was written before values were sealed
KEY = ".key"


class Seal:
    """Thread-safe. The key is read when it is first needed, and made if nobody named a place for it."""

    def __init__(self, folder: Path, key_file: Path | None = None) -> None:
        """`key_file`: the administrator's; else `.key` in the folder of the secrets."""
        self._own = folder / KEY
        self.key_file = key_file or self._own

    def close(self, value: bytes) -> bytes:
        """The value as it may lie on a disk. Raises Invalid, Unavailable for a key that can't be used."""
        return MARK + self._fernet.encrypt(value)

    def open(self, found: bytes) -> bytes:
        """The value. Raises Unavailable if another key sealed it."""
        if not found.startswith(MARK):
            return found
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(found[len(MARK) :])
        except InvalidToken:
            raise Unavailable(
                f"It was sealed with another key than those in {self.key_file}.",
                "Put the old key in a second line of that file, or keep the value again.",
            ) from None

    @functools.cached_property
    def _fernet(self) -> MultiFernet:
        from cryptography.fernet import Fernet, MultiFernet

        lines = self._read().split()
        try:
            return MultiFernet([Fernet(line) for line in lines])
        except (ValueError, IndexError):
            raise Invalid(
                f"{self.key_file} holds no key for secrets.",
                "Each of its lines is 32 random bytes in URL-safe base64, e.g. of `openssl rand -base64 32 | tr +/ -_`.",
            ) from None

    def _read(self) -> bytes:
        try:
            if self.key_file == self._own and not self.key_file.exists():
                _make(self.key_file)
            return self.key_file.read_bytes()
        except OSError as error:
            raise Unavailable(
                f"The key for secrets can't be read: {error.strerror or type(error).__name__}.",
                f"Look at {self.key_file}.",
            ) from None


def _make(path: Path) -> None:
    """A new key, whole or not at all; of two who make one at once the first wins."""
    from cryptography.fernet import Fernet

    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, written = tempfile.mkstemp(prefix=".new-", dir=path.parent)  # made 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(Fernet.generate_key() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(written, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(written)
