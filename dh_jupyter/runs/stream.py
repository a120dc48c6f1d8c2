"""A run as a stream of messages: what it is now, then what changes, then its end. Nobody polls."""

from __future__ import annotations

import codecs
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dh_kernel.rundir import RunFolder

from .observe import LOG_CHUNK
from .states import FINISHED

if TYPE_CHECKING:
    from dh_kernel._contract import StreamMessage

    from .manager import RunManager

Call = Callable[..., Awaitable[Any]]


@dataclass
class _Position:
    """How far a listener has come."""

    log: int  # byte; negative: no log wanted
    line: int = 0  # of metrics.jsonl
    attempt: int = 0
    document: Any = None
    decoder: Any = field(default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace"))


async def follow(
    runs: RunManager, call: Call, project: str, run_id: str, log_from: int = 0
) -> AsyncGenerator[StreamMessage, None]:
    """Messages of a run: first `run`, then `log` from byte `log_from` (negative: none), `metrics`, `progress`, `run`
    again whenever it changed, and last `end`.

    `call` runs a function in a thread. Raises NotFound before the first message.
    """
    at = _Position(log_from)
    with runs.topics.listen(run_id) as news:
        while True:
            news.clear()
            messages, more, over = await call(_read, runs, project, run_id, at)
            for message in messages:
                yield message
            if over and not more:
                yield {"type": "end"}
                return
            if runs.closing:
                return
            if not more:
                await news.wait()


async def follow_many(
    runs: RunManager, call: Call, project: str, run_ids: Collection[str]
) -> AsyncGenerator[StreamMessage | None, None]:
    """First None, when all the runs are known; then a `run` for each one that has ended, and last `end`.

    Raises NotFound for a run that is not there, or not any more.
    """
    waiting = set(run_ids)
    with runs.topics.listen(*waiting) as news:
        ended = await call(_ended, runs, project, waiting)
        yield None
        while True:
            for run in ended:
                waiting.discard(run["id"])
                yield {"type": "run", "run": run}
            if not waiting:
                yield {"type": "end"}
                return
            if runs.closing:
                return
            await news.wait()
            ended = await call(_ended, runs, project, news.take() & waiting)


def _ended(runs: RunManager, project: str, run_ids: Iterable[str]) -> list[Any]:
    """Those that have ended, the one that ended first before the others."""
    found = [runs.catalogue.get(project, "run", run_id) for run_id in run_ids]
    ended = [run for run in found if run["status"].get("state") in FINISHED]
    return sorted(ended, key=lambda run: str(run["status"].get("ended", "")))


def _read(runs: RunManager, project: str, run_id: str, at: _Position) -> tuple[list[StreamMessage], bool, bool]:
    """What is new: (messages, whether there is more to read now, whether the run is over)."""
    run = runs.catalogue.get(project, "run", run_id)
    messages: list[StreamMessage] = []
    attempt = run["status"].get("attempt", 0)
    if attempt > at.attempt:
        if at.attempt:
            at.line, at.log = 0, min(at.log, 0)
            at.decoder.reset()
        at.attempt = attempt
    if run["status"] != at.document:
        at.document = run["status"]
        messages.append({"type": "run", "run": run})
    more = False
    over = run["status"].get("state") in FINISHED
    if attempt:
        messages += _metrics(runs, run, at)
        if at.log >= 0:
            chunk = runs.observe.read_log(run, at.log)
            more = len(chunk) >= LOG_CHUNK
            messages += _log(at, chunk, last=over and not more)
    return messages, more, over


def _log(at: _Position, chunk: bytes, *, last: bool) -> list[StreamMessage]:
    """The chunk as text. A character that it breaks off waits for the next chunk, also for who comes back at `offset`."""
    at.log += len(chunk)
    text = at.decoder.decode(chunk, final=last)
    pending, _ = at.decoder.getstate()
    return [{"type": "log", "offset": at.log - len(pending), "text": text}] if text else []


def _metrics(runs: RunManager, run: Any, at: _Position) -> list[StreamMessage]:
    lines, at.line = RunFolder(runs.observe.folder(run)).read_metrics(at.line)
    messages: list[StreamMessage] = []
    points = [line for line in lines if "values" in line]
    if points:
        messages.append({"type": "metrics", "points": points})
    progress = [line["progress"] for line in lines if "progress" in line]
    if progress:
        messages.append({"type": "progress", "progress": progress[-1]})
    return messages
