"""The worker archive: dh_kernel as one zip that `python worker-DIGEST.pyz FOLDER` runs, wherever there is a Python."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import os
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import dh_kernel

_MAIN = b"""import sys

if sys.argv[1:2] == ["--pod"]:
    import signal

    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])  # a first process loses what it does not listen to

from dh_kernel.worker.main import main

sys.exit(main())
"""
LOOK = 2.0  # seconds between two looks at whether the package has changed
_DATE = (1980, 1, 1, 0, 0, 0)  # the same content is the same archive, whenever it is made
_METADATA = ("METADATA", "entry_points.txt")  # by which plug-ins are found


def worker_archive(cache: Path) -> Path:
    """The archive of the installed dh_kernel in the folder `cache`; made if it is not there. Its name tells its content."""
    package = Path(dh_kernel.__file__).parent
    return _archive(cache, package, _recent_signature(package, int(time.monotonic() / LOOK)))


@functools.lru_cache(maxsize=1)
def _recent_signature(package: Path, moment: int) -> tuple[tuple[str, int, int], ...]:
    """Many runs at once look at the package's hundred files once."""
    return _signature(package)


def _signature(package: Path) -> tuple[tuple[str, int, int], ...]:
    """Changes whenever the package does."""
    stats = ((path, path.stat()) for path in _sources(package))
    return tuple((str(path), stat.st_mtime_ns, stat.st_size) for path, stat in stats)


def _sources(package: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(package):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        yield from (Path(folder, name) for name in sorted(files) if name.endswith((".py", ".json")))


@functools.lru_cache(maxsize=4)
def _archive(cache: Path, package: Path, signature: object) -> Path:
    files = dict(_files(package))
    digest = hashlib.sha256()
    for name, data in files.items():
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    path = cache / f"worker-{digest.hexdigest()[:16]}.pyz"
    if not path.exists():
        _write(path, files)
    return path


def _files(package: Path) -> Iterator[tuple[str, bytes]]:
    yield "__main__.py", _MAIN
    for path in _sources(package):
        yield (package.name / path.relative_to(package)).as_posix(), path.read_bytes()
    distribution = importlib.metadata.distribution("dh-kernel")
    for name in _METADATA:
        text = distribution.read_text(name)
        if text is not None:
            yield f"dh_kernel-{distribution.version}.dist-info/{name}", text.encode()


def _write(path: Path, files: dict[str, bytes]) -> None:
    """Beside its place, then renamed: nobody sees half an archive."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, made = tempfile.mkstemp(dir=path.parent, prefix=".worker-")
    with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, _DATE)
            info.external_attr = 0o644 << 16
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    os.replace(made, path)
