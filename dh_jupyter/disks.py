"""What lies under the home folder: whether its disk is another machine's, and what a disk's fault means in words."""

from __future__ import annotations

import errno
from pathlib import Path

from dh_kernel.errors import Unavailable

MOUNTS = Path("/proc/self/mountinfo")
# Files of other machines: locks may not hold between machines there, and SQLite's write-ahead log does not work at all.
NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "glusterfs", "beegfs"})
NETWORK_FUSE = ("sshfs", "s3fs", "gcsfuse", "rclone", "glusterfs", "ceph", "juicefs", "goofys", "blobfuse")

_CURES = {
    errno.ENOSPC: "Free space on its disk, then try again.",
    errno.EDQUOT: "Your quota of its disk is used up: remove files, then try again.",
    errno.EROFS: "Its disk is read-only: put the home elsewhere (DH_HOME), or have it mounted writable.",
    errno.EACCES: "Make it yours (chown, chmod), or put the home elsewhere (DH_HOME).",
    errno.EPERM: "Make it yours (chown, chmod), or put the home elsewhere (DH_HOME).",
}


def file_system(path: Path, mounts: str | None = None) -> str:
    """The type of the file system that a folder lies on, as the kernel names it; '' where that can't be known."""
    if mounts is None:
        try:
            mounts = MOUNTS.read_text(errors="replace")
        except OSError:
            return ""
    wanted, best, kind = str(path), -1, ""
    for line in mounts.splitlines():
        left, dash, right = line.partition(" - ")
        fields = left.split()
        if not dash or len(fields) < 5 or not right.split():
            continue
        point = fields[4].replace("\\040", " ").replace("\\011", "\t")
        inside = wanted == point or wanted.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= best:  # of two on one place, the later one covers the earlier
            best, kind = len(point), right.split()[0]
    return kind


def is_network(kind: str) -> bool:
    """Whether a file system of this type is another machine's."""
    return kind in NETWORK or (kind.startswith("fuse.") and kind[5:].startswith(NETWORK_FUSE))


def is_disk_fault(error: OSError) -> bool:
    """Whether it is a disk's: full, read-only, not ours, or something that is no folder where one should be."""
    return error.errno in {*_CURES, errno.ENOTDIR, errno.EEXIST, errno.EIO, errno.ENAMETOOLONG}


def explained(error: OSError, what: str) -> Unavailable:
    """`what` can't be written: the disk's words, and the cure."""
    said = error.strerror or type(error).__name__
    return Unavailable(
        f"{what} can't be written: {said}.", _CURES.get(error.errno or 0, "Check that folder and its disk.")
    )
