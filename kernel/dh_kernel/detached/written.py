"""Files that are there whole or not at all, also on a disk that has become full."""

from __future__ import annotations

import os

ROOM = 4096  # bytes that exit.json may take


def write_atomically(path: str, text: str, *, sync: bool = True) -> None:
    """The whole file or none. Where room was reserved it needs no more of the disk.

    Without `sync` it is not waited for the disk: a power failure within seconds may leave a part of it, or none.
    """
    data = text.encode()
    descriptor = os.open(path + ".new", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.pwrite(descriptor, data, 0)
        os.ftruncate(descriptor, len(data))
        if sync:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(path + ".new", path)


def reserve(path: str) -> None:
    """Room for a later `write_atomically`: how a run ended is told on a full disk, too."""
    descriptor = os.open(path + ".new", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.pwrite(descriptor, b" " * ROOM, 0)
    finally:
        os.close(descriptor)


def is_full(folder: str) -> bool:
    """Whether the disk has so little room that something may be missing."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize < ROOM
