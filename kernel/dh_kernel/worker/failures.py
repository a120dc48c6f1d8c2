"""An exception as the user is to see it: cells in place of dh_code.py, and without the worker's own frames."""

from __future__ import annotations

import linecache
import os
import re
import traceback
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Callable

from ..errors import DHError
from .facts import bases_of, facts_of

if TYPE_CHECKING:
    from .._contract import CellSpan, ErrorDocument, Frame
    from ..rundir import RunFolder

_WORKER = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep  # and what it calls: all of dh_kernel
_LEADING = (_WORKER, "<frozen importlib", os.path.dirname(os.path.abspath(os.__file__)) + os.sep)
_FORMAT_WARNING = warnings.formatwarning
Places = Mapping[str, Sequence["CellSpan"]]  # by file: which of its lines were typed where


class Stopped(KeyboardInterrupt):
    """SIGTERM: somebody asked the run to end."""


class CellFailed(Exception):
    """A cell of a notebook failed, in another process, which has described it."""

    def __init__(self, document: ErrorDocument) -> None:
        super().__init__(document["message"])
        self.document = document


def describe(error: BaseException, folder: RunFolder, places: Places) -> ErrorDocument:
    """Type, message, the traceback as Python prints it, and the frames of the exception itself."""
    shown = traceback.TracebackException.from_exception(error)
    inside = str(folder.path) + os.sep
    frames: list[Frame] = []
    for part in _parts(shown):
        part.stack[:] = _without_worker(part.stack, inside)
        if part is shown and isinstance(error, DHError):
            part.stack[:] = _until_called(part.stack)
        placed = [_place(frame, places, inside) for frame in part.stack]
        placed += _placed_syntax_error(part, places)
        if part is shown:
            frames = placed
    found: ErrorDocument = {
        "type": _type_name(type(error)),
        "message": _message(error),
        "traceback": _with_cells("".join(shown.format()), places),
        "frames": frames,
    }
    bases, known = bases_of(error), facts_of(error)
    return {**found, **({"bases": bases} if bases else {}), **({"facts": known} if known else {})}  # type: ignore[typeddict-item]


def without_location(document: ErrorDocument) -> ErrorDocument:
    """For faults of saving: the message is all; frames of our own would only confuse."""
    return {**document, "traceback": f"{document['type']}: {document['message']}\n", "frames": []}


def _type_name(kind: type) -> str:
    plain = kind.__module__ in ("builtins", "dh_code", "__main__", "dh_kernel.errors", "dh_kernel.worker.outputs")
    return kind.__qualname__ if plain else f"{kind.__module__}.{kind.__qualname__}"


def _message(error: BaseException) -> str:
    if isinstance(error, SyntaxError) and error.msg:
        return error.msg
    if isinstance(error, SystemExit):
        return f"sys.exit({'' if error.code is None else repr(error.code)}) before the function returned"
    try:
        return str(error)
    except Exception as failed:  # noqa: BLE001  a stranger's __str__ may raise anything
        return f"<its text can't be made: {type(failed).__name__}>"


def _parts(shown: Any) -> Iterator[Any]:
    """An exception, its causes and contexts, and the members of groups."""
    waiting, seen = [shown], set()
    while waiting:
        part = waiting.pop()
        if part is None or id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        waiting += [part.__cause__, part.__context__, *(getattr(part, "exceptions", None) or ())]


def _without_worker(stack: Any, inside: str) -> list[Any]:
    """Leave out what lies before the user's first frame, if all of it is ours, importlib's or asyncio's."""
    frames = list(stack)
    for index, frame in enumerate(frames):
        if (
            frame.filename.startswith(inside)
            or not frame.filename.startswith(_LEADING)
            or "site-packages" in frame.filename
        ):
            return frames[index:]
    return [frame for frame in frames if not frame.filename.startswith(_WORKER) and "importlib" not in frame.filename]


def _until_called(stack: Any) -> list[Any]:
    """Of our own errors: up to where the user called us. All of it if that is nowhere."""
    frames = list(stack)
    while frames and frames[-1].filename.startswith((_WORKER, "<frozen importlib")):
        frames.pop()
    return frames or list(stack)


def _place(frame: Any, places: Places, inside: str) -> Frame:
    """Put the cell in place of the module, and say the same as a document."""
    code = frame.line or ""  # read now: it is looked up by file and line
    user = frame.filename.startswith(inside) or frame.filename in places
    span = _span(places.get(frame.filename, ()), frame.lineno)
    if span:
        shift = span["cell_line"] - span["first"]
        frame.filename, frame.lineno = span["label"], frame.lineno + shift
        if getattr(frame, "end_lineno", None):
            frame.end_lineno += shift
    elif frame.filename.startswith(inside):
        frame.filename = frame.filename[len(inside) :]
    found: Frame = {"where": frame.filename, "line": frame.lineno or 0, "function": frame.name, "user": user}
    if code:
        found["code"] = code
    if span and span.get("cell_id"):
        found["cell_id"] = span["cell_id"]
    return found


def _placed_syntax_error(part: Any, places: Places) -> list[Frame]:
    """What can't be compiled is in no frame: the line of the cell that it is about, as one."""
    cells = places.get(getattr(part, "filename", None) or "", ())
    span = _span(cells, int(getattr(part, "lineno", None) or 0))
    if not span:
        return []
    shift = span["cell_line"] - span["first"]
    part.filename, part.lineno = span["label"], str(int(part.lineno) + shift)
    if getattr(part, "end_lineno", None):
        part.end_lineno = str(int(part.end_lineno) + shift)
    found: Frame = {"where": part.filename, "line": int(part.lineno), "function": "<module>", "user": True}
    if part.text and part.text.strip():
        found["code"] = part.text.strip()
    if span.get("cell_id"):
        found["cell_id"] = span["cell_id"]
    return [found]


def _span(cells: Sequence[CellSpan], line: Any) -> CellSpan | None:
    return next((span for span in cells if line and span["first"] <= line <= span["last"]), None)


def warning_text(places: Places) -> Callable[..., str]:
    """In place of `warnings.formatwarning`: `cell [7], line 3: UserWarning: …` of what was typed in a cell."""

    def format(message: Any, category: Any, filename: str, line: int, code: str | None = None) -> str:
        span = _span(places.get(filename, ()), line)
        if not span:
            return _FORMAT_WARNING(message, category, filename, line, code)
        code = (code or linecache.getline(filename, line)).strip()
        said = f"{span['label']}, line {line + span['cell_line'] - span['first']}: {category.__name__}: {message}\n"
        return said + (f"  {code}\n" if code else "")

    return format


def _with_cells(text: str, places: Places) -> str:
    """`File "cell [7]", line 3` reads as `cell [7], line 3`."""
    for label in {span["label"] for cells in places.values() for span in cells}:
        text = re.sub(rf'File "{re.escape(label)}", line', f"{label}, line".replace("\\", r"\\"), text)
    return text
