"""What an exception says of itself beside its message: errno, path, module, port. A diagnosis is made from such facts."""

from __future__ import annotations

import ast
import builtins
import contextlib
import errno
import linecache
import os
import re
from collections.abc import Iterator
from types import FrameType
from typing import Any

_ABOUT = "dh_about"
_UNTOLD = ("Exception", "BaseException", "object")
_LISTENING = "0A"  # as /proc/net/tcp writes it


@contextlib.contextmanager
def about(**facts: str) -> Iterator[None]:
    """What is raised inside is about these: `about(input="flights", reference="dataset/flights@2")`."""
    try:
        yield
    except Exception as error:
        with contextlib.suppress(AttributeError):  # of a class with slots
            setattr(error, _ABOUT, facts)
        raise


def bases_of(error: BaseException) -> list[str]:
    """Built-in classes above the exception's own: a library's error may be an OSError, too."""
    kinds = type(error).__mro__[1:]
    return [kind.__name__ for kind in kinds if kind.__module__ == "builtins" and kind.__name__ not in _UNTOLD]


def facts_of(error: BaseException) -> dict[str, str]:
    """All as texts; what is not known is left out."""
    found: dict[str, Any] = dict(getattr(error, _ABOUT, {}))
    if isinstance(error, OSError):
        code = error.errno or _errno_in(str(error))
        found.update(errno=code, path=found.get("path") or error.filename or _path_in(str(error)))
        if code == errno.EADDRINUSE:
            port = _port_in(str(error)) or _port_of(error)
            found.update(port=port, holder=holder_of(port) if port else None)
    elif isinstance(error, ImportError):
        found["module"] = error.name
    return {name: _text(value) for name, value in found.items() if value}


def _text(value: Any) -> str:
    return os.fsdecode(value) if isinstance(value, bytes) else str(value)


def _errno_in(text: str) -> int | None:
    """Libraries in Rust and C++ say it in words only."""
    match = re.search(r"\(os error (\d+)\)|\[Errno (\d+)\]|errno:? (\d+)", text)
    return int(next(filter(None, match.groups()))) if match else None


def _path_in(text: str) -> str | None:
    """pandas and pyarrow: `data/f.parquet`, polars: `No such file or directory (os error 2): data/f.csv`."""
    word = text.split("\n")[0].rpartition(": ")[2].strip("'")
    return word if re.fullmatch(r"\S+", word) and ("/" in word or "." in word) else None


# -- ports -----------------------------------------------------------------------------------------------------------


def _port_in(text: str) -> int | None:
    match = re.search(r"\('[^']*', (\d+)", text) or re.search(r"[\d\]]:(\d{2,5})\b|port (\d{2,5})\b", text)
    return int(next(filter(None, match.groups()))) if match else None


def _port_of(error: BaseException) -> int | None:
    """From the call that failed: `listener.bind(("", 8000))`, `bind(address)`, `self.socket.bind(self.server_address)`."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    if at is None:
        return None
    line = linecache.getline(at.tb_frame.f_code.co_filename, at.tb_lineno).strip()
    with contextlib.suppress(SyntaxError):
        for node in ast.walk(ast.parse(line + " pass" if line.endswith(":") else line)):
            if isinstance(node, ast.Call):
                for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
                    port = _port_number(_value(argument, at.tb_frame))
                    if port:
                        return port
    return None


def _value(node: ast.expr, frame: FrameType) -> Any:
    """Names, attributes and constants only: nothing of the user's is called a second time."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return frame.f_locals.get(node.id, frame.f_globals.get(node.id, getattr(builtins, node.id, None)))
    if isinstance(node, ast.Attribute):
        return (
            vars(_value(node.value, frame)).get(node.attr) if hasattr(_value(node.value, frame), "__dict__") else None
        )
    if isinstance(node, (ast.Tuple, ast.List)):
        return tuple(_value(item, frame) for item in node.elts)
    return None


def _port_number(value: Any) -> int | None:
    if isinstance(value, tuple) and len(value) >= 2:
        value = value[1]
    return value if type(value) is int and 0 < value < 65536 else None


def holder_of(port: int) -> str | None:
    """`python train.py (process 4711)`: who listens on a port of this machine, if we may see it."""
    sockets = {f"socket:[{inode}]" for inode in _listening(port)}
    for pid in filter(str.isdigit, _names("/proc")) if sockets else ():
        for descriptor in _names(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                if os.readlink(f"/proc/{pid}/fd/{descriptor}") in sockets:
                    return f"{_command(pid)} (process {pid})"
    return None


def _listening(port: int) -> Iterator[str]:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError), open(table) as file:
            for line in file:
                fields = line.split()
                if len(fields) > 9 and fields[3] == _LISTENING and fields[1].endswith(f":{port:04X}"):
                    yield fields[9]


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _command(pid: str) -> str:
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        words = [os.path.basename(word.decode(errors="replace")) for word in file.read().split(b"\0") if word]
    return " ".join(words[:2])[:80]
