"""Files and folders that a function returned: moved if the run made them, else copied by the kernel, never through memory."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from ..errors import Invalid
from ..rundir import RunFolder

_CLONE = 0x40049409  # FICLONE of linux/fs.h: the file systems that have it copy nothing at all
_PIECE = 1 << 30  # bytes that one call copies


class ReturnedPaths:
    """Of one run. What was moved once is found again, though its first place is empty."""

    def __init__(self, folder: Path) -> None:
        self._run = RunFolder(folder.resolve())
        self._moved: dict[Path, Path] = {}

    def bring(self, path: Path, place: Path) -> tuple[Path, list[str]]:
        """Into the empty folder `place`: a file below it, a folder as it. Gives its new path, and warnings. Raises Invalid."""
        source = path.expanduser().resolve()
        if source == place or source in place.parents:
            raise Invalid(f"'{path}' holds the run's own folder.", "Return a folder with nothing but the output in it.")
        held = self._moved_with(source)
        left_out = _checked(held or source, path)
        target = place if (held or source).is_dir() else place / source.name
        if target == place:
            place.rmdir()
        if held:
            _copy(held, target, _link)
        elif self._run.path in source.parents and not self._run.is_own(source):
            self._move(source, target)
        else:
            _copy(source, target, copy_file)
        return target, _told(path, left_out)

    def _moved_with(self, source: Path) -> Path | None:
        """Where it is now, if it was moved or lay in a folder that was."""
        for one in (source, *source.parents):
            if one in self._moved and not source.exists():
                return self._moved[one] / source.relative_to(one)
        return None

    def _move(self, source: Path, target: Path) -> None:
        for inner, place in self._moved.items():
            if source in inner.parents and not inner.exists():
                _copy(place, inner, _link)
        shutil.move(str(source), str(target))
        self._moved[source] = target
        if target.is_dir():
            _mend_links(source, target)


def _told(path: Path, left_out: list[str]) -> list[str]:
    if not left_out:
        return []
    named = ", ".join(left_out[:5]) + (f" and {len(left_out) - 5} more" if len(left_out) > 5 else "")
    return [f"Links in '{path}' that lead out of it or nowhere were left out: {named}."]


def _checked(source: Path, path: Path) -> list[str]:
    """Links to be left out. Raises Invalid for what is not there, or no file."""
    if not source.exists():
        raise Invalid(f"There is no file '{path}'.", "Write it before the function returns its path.")
    if not source.is_file() and not source.is_dir():
        raise Invalid(f"'{path}' is neither a file nor a folder.", "Return the path of a file with the content.")
    left_out = []
    for entry in _below(source) if source.is_dir() else ():
        name = os.path.relpath(entry.path, source)
        if entry.is_symlink():
            left_out += [] if _target(Path(entry.path), source) else [name]
        elif not entry.is_dir() and not entry.is_file():
            what = _WHAT.get(stat.S_IFMT(entry.stat(follow_symlinks=False).st_mode), "no file")
            raise Invalid(f"'{name}' in '{path}' is {what}, which can't be saved.", "Remove it before returning.")
    return left_out


_WHAT = {stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket", stat.S_IFBLK: "a device", stat.S_IFCHR: "a device"}


def _below(folder: Path) -> Iterator[os.DirEntry[str]]:
    """All that lies below a folder; links are not followed."""
    with os.scandir(folder) as entries:
        for entry in entries:
            yield entry
            if entry.is_dir(follow_symlinks=False):
                yield from _below(Path(entry.path))


def _target(link: Path, root: Path) -> str:
    """A link's target as a relative path, if it lies in `root` and is there; else ''."""
    try:
        found = link.resolve(strict=True)
    except (OSError, RuntimeError):
        return ""
    return os.path.relpath(found, link.parent.resolve()) if root in found.parents else ""


def _mend_links(source: Path, target: Path) -> None:
    """After a move: absolute links into the folder are relative, those that lead out are gone."""
    for entry in list(_below(target)):
        if entry.is_symlink():
            wanted = os.readlink(entry.path)
            if os.path.isabs(wanted) and source in Path(wanted).parents:
                wanted = os.path.relpath(target / Path(wanted).relative_to(source), Path(entry.path).parent)
            os.unlink(entry.path)
            os.symlink(wanted, entry.path)
            if not _target(Path(entry.path), target):
                os.unlink(entry.path)


def _copy(source: Path, target: Path, copy: object) -> None:
    if source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        copy(source, target)  # type: ignore[operator]
        return
    target.mkdir(parents=True, exist_ok=True)
    with os.scandir(source) as entries:
        for entry in entries:
            place = target / entry.name
            if not entry.is_symlink():
                _copy(Path(entry.path), place, copy)
            elif _target(Path(entry.path), source):
                os.symlink(_target(Path(entry.path), source), place)


def _link(source: Path, target: Path) -> None:
    """Both are the run's outputs, which nobody changes any more."""
    os.link(source, target)


def copy_file(source: Path, target: Path) -> None:
    """By the kernel: shared blocks where the file system can, else copied there; holes stay holes. Never a link: an output
    must not change with the file that it came from."""
    with source.open("rb") as read, target.open("xb") as write:
        if not _cloned(read.fileno(), write.fileno()):
            _copied(read.fileno(), write.fileno())
        os.chmod(write.fileno(), stat.S_IMODE(os.fstat(read.fileno()).st_mode) | stat.S_IRUSR | stat.S_IWUSR)


def _cloned(read: int, write: int) -> bool:
    try:
        import fcntl

        fcntl.ioctl(write, _CLONE, read)
    except (ImportError, OSError):
        return False
    return True


def _copied(read: int, write: int) -> None:
    size = os.fstat(read).st_size
    at = 0
    while at < size:
        start, end = _data(read, at, size)
        _copied_part(read, write, start, end)
        at = end
    os.ftruncate(write, size)


def _data(read: int, at: int, size: int) -> tuple[int, int]:
    """The next part that is no hole."""
    if not hasattr(os, "SEEK_DATA"):
        return at, size
    try:
        start = os.lseek(read, at, os.SEEK_DATA)
        return start, os.lseek(read, start, os.SEEK_HOLE)
    except OSError:  # only a hole is left; or a file system that can't tell, and then SEEK_DATA gives all
        return size, size


def _copied_part(read: int, write: int, start: int, end: int) -> None:
    os.lseek(read, start, os.SEEK_SET)
    os.lseek(write, start, os.SEEK_SET)
    while start < end:
        done = _some(read, write, min(_PIECE, end - start))
        if not done:
            return  # it became shorter
        start += done


def _some(read: int, write: int, count: int) -> int:
    for copy in (getattr(os, "copy_file_range", None), getattr(os, "sendfile", None)):
        with contextlib.suppress(OSError, TypeError):
            if copy is not None:
                return int(
                    copy(read, write, count) if copy.__name__ == "copy_file_range" else copy(write, read, None, count)
                )
    return os.write(write, os.read(read, min(count, 1 << 20)))
