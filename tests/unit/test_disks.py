"""What lies under a home, and where its files are once it was moved."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from dh_jupyter.catalogue.engine import pragmas
from dh_jupyter.catalogue.reroot import moved_path
from dh_jupyter.disks import explained, file_system, is_disk_fault, is_network

MOUNTS = """\
22 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw
30 22 0:26 / /share rw,nosuid shared:15 - nfs4 server:/share rw,vers=4.2
31 30 0:27 / /share/scratch rw shared:16 - tmpfs tmpfs rw
32 30 0:28 / /share/my\\040notes rw shared:17 - fuse.sshfs ada@far:/notes rw
33 22 0:29 / /data rw - ext4 /dev/a rw
34 33 0:30 / /data rw - cifs //far/data rw
broken line
"""


@pytest.mark.parametrize(
    ("path", "kind", "network"),
    [
        ("/srv/.dh", "ext4", False),
        ("/share", "nfs4", True),
        ("/share/ada/.dh", "nfs4", True),
        ("/shares/.dh", "ext4", False),
        ("/share/scratch/.dh", "tmpfs", False),
        ("/share/my notes/.dh", "fuse.sshfs", True),
        ("/data/.dh", "cifs", True),
    ],
)
def test_the_disk_of_a_folder(path: str, kind: str, network: bool) -> None:
    assert file_system(Path(path), MOUNTS) == kind
    assert is_network(kind) is network


def test_no_write_ahead_log_on_another_machines_disk() -> None:
    assert "journal_mode=WAL" in pragmas(False)
    assert "journal_mode=DELETE" in pragmas(True)
    assert not [pragma for pragma in pragmas(True) if "WAL" in pragma]


@pytest.mark.parametrize(
    ("number", "cure"),
    [(errno.ENOSPC, "Free space"), (errno.EROFS, "read-only"), (errno.EACCES, "chmod"), (errno.ENOTDIR, "Check")],
)
def test_a_disks_fault_in_words(number: int, cure: str) -> None:
    error = OSError(number, "said the disk")
    assert is_disk_fault(error)
    told = explained(error, "The home folder /x")
    assert told.message == "The home folder /x can't be written: said the disk."
    assert cure in told.hint
    assert not is_disk_fault(ConnectionResetError(errno.ECONNRESET, "no"))


@pytest.mark.parametrize(
    ("path", "after"),
    [
        ("/old/store/p/model/m/1/", "/new/store/p/model/m/1/"),
        ("file:///old/store/a b", "file:///new/store/a b"),
        ("/old/storehouse/x", None),
        ("/elsewhere/old/store/x", None),
        ("s3://bucket/old/store/x", None),
        ("/old/store", None),
        ("", None),
    ],
)
def test_a_moved_path(path: str, after: str | None) -> None:
    assert moved_path(path, "/old/store", "/new/store") == after
