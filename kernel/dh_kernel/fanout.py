"""Many runs at once: start them a few at a time, wait for all over one connection, and keep results in order."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from .display import show
from .display.fanout import fanout_bundle
from .display.words import counted, listed
from .errors import DHError, Invalid, StoppedWaiting, Unavailable
from .finding import find_run, named
from .follow import ended
from .handles import RunHandle
from .mapped import Items, many
from .session import session
from .states import FINISHED

if TYPE_CHECKING:
    from ._contract import Entity

IN_A_CLUSTER = (
    100  # runs unfinished at a time, unless it is said: they wait in the cluster's own queue, for its machines
)
UPDATE_EVERY = 0.25  # seconds between two updates of the line that is shown, at least


class Function(Protocol):
    """What is started for each item: a `FunctionHandle`."""

    entity: Entity

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def spec(self) -> dict[str, Any]: ...

    def run(self, *args: Any, **params: Any) -> RunHandle:
        """Start a run."""

    def run_some(self, given: Sequence[Mapping[str, Any]]) -> tuple[list[RunHandle], int]:
        """Start as many as begin together."""


class Results(list[Any]):
    """What runs returned, in the order in which they were asked for; in place of a result that there is not, the DHError
    that says why. `runs` are their handles, None where a run could not even start."""

    def __init__(self, results: Iterable[Any], runs: Sequence[RunHandle | None]):
        super().__init__(results)
        self.runs = list(runs)

    @property
    def failed(self) -> dict[int, DHError]:
        """Errors by place."""
        return {place: one for place, one in enumerate(self) if isinstance(one, DHError)}

    def raise_first(self) -> Results:
        """Raise the first error, if there is one."""
        for error in self.failed.values():
            raise error
        return self


def wait_all(runs: Iterable[RunHandle | str], timeout: float | None = None) -> list[RunHandle]:
    """Block until all runs have ended, however they ended; their handles in the same order.

    One connection is enough for any number. Raises TimeoutError after `timeout` seconds.
    """
    handles = [run if isinstance(run, RunHandle) else find_run(session(), named(run)) for run in many(runs)]
    deadline = None if timeout is None else time.monotonic() + timeout
    try:
        for some in _by_project(handles).values():
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            for _ in _as_they_end(some, left):
                pass
    except TimeoutError:
        going = sum(handle.seen not in FINISHED for handle in handles)
        raise TimeoutError(f"{going} of {len(handles)} runs have not ended after {timeout:g} s. They go on.") from None
    except KeyboardInterrupt:
        raise _stopped(handles) from None
    return handles


def gather(*runs: RunHandle | str | Iterable[RunHandle | str], return_exceptions: bool = False) -> Results:
    """What runs returned, in order, once all have ended. Raises the first failure, unless it is to be returned in place."""
    flat: list[RunHandle | str] = []
    for one in runs:
        flat += [one] if isinstance(one, (RunHandle, str)) else many(one)
    handles = wait_all(flat)
    results = Results([_result(handle) for handle in handles], handles)
    return results if return_exceptions else results.raise_first()


def map_runs(function: Function, items: Iterable[Any], at_once: int | None, fixed: Mapping[str, Any]) -> Results:
    """A run for each item, at most `at_once` unfinished at a time; see `FunctionHandle.map`."""
    limit = _limit(at_once)
    given = Items(function.name, function.spec.get("parameters") or {}, items, fixed)
    return _Fanout(function, given, limit).go()


def _limit(at_once: int | None) -> int | None:
    """What was said, if it can be."""
    if at_once is not None and (isinstance(at_once, bool) or not isinstance(at_once, int) or at_once < 1):
        raise Invalid(f"at_once is {at_once!r}.", "It is how many runs may be unfinished at a time, at least 1.")
    return at_once


def _usual(run: RunHandle) -> int:
    """How many such runs may be unfinished, unless it is said. Two for each core: a place that becomes free here finds the
    next run waiting."""
    is_local = run.entity["spec"].get("executor", "local") == "local"
    return 2 * (os.cpu_count() or 1) if is_local else IN_A_CLUSTER


class _Fanout:
    """One map: what is to be started, what is on its way, and what is shown of it."""

    def __init__(self, function: Function, items: Items, limit: int | None):
        self.function = function
        self.items = items
        self.limit = limit
        self.handles: list[RunHandle | None] = []
        self.refused: dict[int, DHError] = {}
        self._begin_together = True  # as far as is known of where they run
        self._unfinished: list[RunHandle] = []
        self._display_id = f"dh-map-{function.id}-{id(self)}"
        self._updated = 0.0

    def go(self) -> Results:
        """Until all have ended. While runs go on, one item more than can start is read: it takes the next free place."""
        try:
            self._fill()
            show.show(self._bundle(), self._display_id)
            while self._going:
                self.items.has_more()
                self._wait_for_one()
                self._fill()
                self._show_now_and_then()
        except KeyboardInterrupt:
            raise _stopped(self._going, self._unread) from None
        except DHError:
            raise
        except Exception as error:
            self._note(error)
            raise
        finally:
            show.update(self._bundle(), self._display_id)
        return Results(map(self._result, range(len(self.handles))), self.handles)

    @property
    def _going(self) -> list[RunHandle]:
        self._unfinished = [handle for handle in self._unfinished if handle.seen not in FINISHED]
        return self._unfinished

    @property
    def _unread(self) -> str:
        """Of what was not started."""
        if self.items.total is None:
            return "Nothing more was started."
        rest = self.items.total - len(self.handles)
        return f"{rest:,} {'was' if rest == 1 else 'were'} not started." if rest else ""

    def _fill(self) -> None:
        """Start as many as there is room for. The first one refused means that all would be; a later one is kept."""
        while (room := IN_A_CLUSTER if self.limit is None else self.limit - len(self._going)) > 0:
            if not self.items.has_more():
                return
            if not self._start_some(room):
                self._start()

    def _start_some(self, room: int) -> bool:
        """By one request, where they begin together. Whether that was for them."""
        some = self.items.take_some(room) if self._begin_together and room > 1 else []
        started: list[RunHandle] = []
        try:
            if len(some) > 1:
                started, asked = self.function.run_some(some)
                self._begin_together = len(started) > 1 or asked == 1
        except Unavailable:
            raise
        except DHError:
            started = []  # whatever is wrong with which of them, each is told for itself
        self.items.give_back(some[len(started) :])
        self._take(started)
        return bool(started)

    def _start(self) -> None:
        """The next one."""
        try:
            started = self.function.run(**self.items.take())
        except Unavailable:
            raise
        except DHError as error:
            if not any(self.handles):
                raise
            self.refused[len(self.handles)] = error
            self.handles.append(None)
        else:
            self._take([started])

    def _take(self, started: Sequence[RunHandle]) -> None:
        """The first ones tell where they are, and so how many may be unfinished."""
        self.handles += started
        self._unfinished += started
        if self.limit is None and started:
            self.limit = _usual(started[0])

    def _note(self, error: Exception) -> None:
        """It is of whoever makes the items. Older Pythons have no notes."""
        if self._going and hasattr(error, "add_note"):
            error.add_note(str(_stopped(self._going, self._unread)))

    def _wait_for_one(self) -> None:
        for _ in _as_they_end(self._going, None):
            return

    def _result(self, place: int) -> Any:
        handle = self.handles[place]
        return self.refused[place] if handle is None else _result(handle)

    def _show_now_and_then(self) -> None:
        if time.monotonic() - self._updated >= UPDATE_EVERY and show.is_live():
            self._updated = time.monotonic()
            show.update(self._bundle(), self._display_id)

    def _bundle(self) -> dict[str, Any]:
        states = ["ERROR" if handle is None else handle.seen for handle in self.handles]
        return fanout_bundle(self.function.entity, self.items.total, states)


def _by_project(handles: Iterable[RunHandle]) -> dict[str, list[RunHandle]]:
    found: dict[str, list[RunHandle]] = {}
    for handle in handles:
        found.setdefault(handle.project, []).append(handle)
    return found


def _as_they_end(handles: Sequence[RunHandle], timeout: float | None) -> Iterator[RunHandle]:
    """Runs of one project, each when it has ended; those that have already come first."""
    by_id: dict[str, list[RunHandle]] = {}
    for handle in handles:
        if handle.seen in FINISHED:
            yield handle
        else:
            by_id.setdefault(handle.id, []).append(handle)
    if by_id:
        first = next(iter(by_id.values()))[0]
        for run in ended(first.session, first.project, list(by_id), timeout):
            for handle in by_id[run["id"]]:
                handle.see(run)
                yield handle


def _result(handle: RunHandle) -> Any:
    """What it returned, or the error that says why there is nothing."""
    try:
        return handle.result
    except DHError as error:
        return error


def _stopped(handles: Sequence[RunHandle], rest: str = "") -> StoppedWaiting:
    going = [handle.name for handle in handles if handle.seen not in FINISHED]
    goes = counted(len(going), "run") + (" goes on: " if len(going) == 1 else " go on: ") + listed(going)
    return StoppedWaiting(
        " ".join(filter(None, [f"{goes}.", rest, "Wait again by dh.wait_all, or end one by %dh stop."]))
    )
