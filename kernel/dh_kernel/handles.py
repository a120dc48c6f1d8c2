"""A run, as verbs return it: it holds the document last seen and asks the broker for more."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .arguments import sort_arguments
from .codes import code_of
from .datasets import saved_arguments
from .display import show
from .display.repeats import retry_note
from .display.run import failure_lines, run_bundle, run_name, run_text
from .display.words import state_of
from .entities import EntityHandle, Outputs
from .errors import RunFailed
from .follow import follow
from .loglines import last_lines, line_count, lines_of
from .options import NAMES, run_options, shown_options
from .session import Session
from .states import FINISHED
from .values import rebuild

if TYPE_CHECKING:
    from ._contract import Diagnosis, Entity, Environment, Progress
    from .forms.run import RunView

UPDATE_EVERY = 0.25  # seconds between two updates of a card, at least


class RunHandle:
    """A run. Reading a property asks the broker unless the run has ended; nothing polls."""

    def __init__(self, session: Session, run: Entity, note: str = ""):
        self._session = session.within(run["project"])
        self._run = run
        self._note = note
        self._shown_in: int | None = None

    @property
    def id(self) -> str:
        return self._run["id"]

    @property
    def name(self) -> str:
        """`train-42`."""
        return run_name(self._run)

    @property
    def key(self) -> str:
        return self._run["key"]

    @property
    def project(self) -> str:
        return self._run["project"]

    @property
    def session(self) -> Session:
        """The broker's, through which this handle asks."""
        return self._session

    @property
    def last_seen(self) -> Entity:
        """The document as it was when the broker was last asked."""
        return self._run

    @property
    def seen(self) -> str:
        """The stored state, in Core's word, of the document last seen."""
        return str(self._run["status"].get("state", "CREATED"))

    @property
    def entity(self) -> Entity:
        """The document as it is now."""
        if self.seen not in FINISHED:
            self.see(self._session.get("runs", self.id))
        return self._run

    @property
    def state(self) -> str:
        """queued, starting, running, succeeded, failed or stopped."""
        return state_of(self.entity)

    @property
    def outputs(self) -> Outputs:
        """Entities by name; empty until the run has succeeded."""
        keys: Any = self.entity["status"].get("outputs") or {}
        return Outputs(self._session, self.name, keys)

    @property
    def metrics(self) -> dict[str, Any]:
        """Numbers, or lists of them, by name."""
        found = self._session.get("runs", self.id, "metrics")
        return {name: _numbers(value) for name, value in found.items()}

    @property
    def diagnosis(self) -> Diagnosis | None:
        """Why it failed; None if it did not."""
        status: Any = self.entity["status"]
        return status.get("diagnosis")  # type: ignore[no-any-return]

    @property
    def environment(self) -> Environment:
        """What was installed where it ran: `python`, `platform`, `packages` (name==version), `digest`."""
        return self._session.get("runs", self.id, "environment")  # type: ignore[no-any-return]

    @property
    def result(self) -> Any:
        """What the function returned; waits for it. Raises RunFailed if the run did not succeed."""
        self.wait()
        if self.state != "succeeded":
            raise run_failed(self._run)
        status: Any = self._run["status"]
        outputs = self.outputs
        return rebuild(
            status.get("value", {}),
            lambda name: _as_returned(outputs[name]),
            lambda: code_of(self._session, self._run),
        )

    def wait(self, timeout: float | None = None, *, progress: bool = False) -> RunHandle:
        """Block until the run has ended, however it ended. Raises TimeoutError after `timeout` seconds.

        The card shows the end; with `progress` also what happens on the way.
        """
        updated = 0.0
        if self.seen not in FINISHED:
            for message in follow(self._session, self.id, self.name, timeout):
                if "run" in message:
                    self.see(message["run"], quiet=not progress)
                elif progress and "progress" in message and time.monotonic() - updated >= UPDATE_EVERY:
                    updated = time.monotonic()
                    self._update(message["progress"])
        return self

    def logs(self, follow: bool = False, *, tail: int | None = None) -> Any:
        """The log as a string; with `follow` an iterator of lines that ends with the run. `tail`: of what there is by
        now only so many lines, the last ones."""
        last = line_count(tail)
        return self._lines(last) if follow else log_text(self._session, self.id, last)

    def _lines(self, tail: int) -> Iterator[str]:
        messages = follow(self._session, self.id, self.name, None, log=True, tail=tail)
        return lines_of(message.get("text", "") for message in messages)

    def stop(self) -> RunHandle:
        """Ask the run to end. A finished one stays as it is."""
        self.see(self._session.post("runs", self.id, "stop", body={}))
        return self

    def retry(self, **changes: Any) -> RunHandle:
        """A new run, linked to this one; `changes` are options (memory="16Gi") and parameters."""
        return type(self)(self._session, *retried(self._session, self._run, changes))

    def see(self, run: Entity, quiet: bool = False) -> None:
        """Take a newer document, and change the card; if `quiet`, only at the run's end."""
        changed = run["status"] != self._run["status"]
        self._run = run
        if changed and (not quiet or run["status"].get("state") in FINISHED):
            self._update()

    def form(self) -> RunView:
        """The run as widgets that follow it, where the card does not: without our JupyterLab extension."""
        from .forms import run_view

        return run_view(self)

    # -- the card --------------------------------------------------------------------------------------------------

    def show(self) -> None:
        """Show the card in the running cell; it is not shown there a second time as the cell's value."""
        self._shown_in = show.cell_number()
        show.show(self._bundle(), self._display_id)

    def _update(self, progress: Progress | None = None) -> None:
        if progress is None or show.is_live():
            show.update(self._bundle(progress), self._display_id)

    def _bundle(self, progress: Progress | None = None) -> dict[str, Any]:
        return run_bundle(self._run, progress, self._note)

    @property
    def _display_id(self) -> str:
        return f"dh-run-{self.id}"

    def _ipython_display_(self) -> None:
        if self._shown_in is None or self._shown_in != show.cell_number():
            self.show()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return self._bundle()

    def __repr__(self) -> str:
        return run_text(self._run, note=self._note)


def _as_returned(output: EntityHandle) -> Any:
    """A table as the library's that the function returned, a figure as its file."""
    from .loading import as_returned

    return output.load(as_returned(output.spec))


def _numbers(value: Any) -> Any:
    """A metric as numbers: what JSON lacks came as a word, `float` reads it."""
    return list(map(_numbers, value)) if isinstance(value, list) else float(value) if isinstance(value, str) else value


def log_text(session: Session, run_id: str, tail: int = 0) -> str:
    """The log of a run so far, or its last lines; of a very long one the server gives head and tail, and says so."""
    logs = session.get("runs", run_id, "logs", tail=tail or None)
    text = "".join(base64.b64decode(one.get("content", "")).decode("utf-8", "replace") for one in logs)
    return last_lines(text, tail) if tail else text  # a Core knows no tail, and gives all of it


def retried(session: Session, run: Entity, changes: Mapping[str, Any]) -> tuple[Entity, str]:
    """A new run like an old one, and what is said of it. `changes` hold options and parameters; a name that is both is
    the parameter."""
    parameters = run["spec"].get("parameters") or {}
    options = {name: value for name, value in changes.items() if name in NAMES and name not in parameters}
    given = {name: value for name, value in changes.items() if name not in options}
    with saved_arguments(session) as save:
        arguments = sort_arguments(given, save)
        changed: dict[str, Any] = {**run_options(options)}
        for name, values in (("parameters", arguments.parameters), ("inputs", arguments.inputs)):
            if values:
                changed[name] = values
        answer: Entity = session.post("runs", run["id"], "retry", body={"changes": changed})
    note = retry_note(run_name(run), run["spec"], answer["spec"])
    return answer, "\n".join([*arguments.notes, note])


def run_failed(run: Entity) -> RunFailed:
    """The error for a run that did not succeed: what happened, the user's traceback, and two commands to type next."""
    name = run_name(run)
    status: Any = run["status"]
    if state_of(run) == "stopped":
        return RunFailed(f"{name} was stopped.", f"%dh retry {name}")
    summary, *more = failure_lines(run) or ["no reason is known"]
    traceback = ((status.get("error") or {}).get("traceback") or "").rstrip().splitlines()
    diagnosis = status.get("diagnosis") or {}
    options = shown_options(diagnosis.get("retry") or {})
    commands = [f"%dh logs {name}", f"%dh retry {' '.join([name, *options])}"]
    untold = [line for line in commands if line.partition(name)[0] + name not in diagnosis.get("cure", "")]
    return RunFailed(f"{name} failed: {summary}", "\n".join(untold), [*more, *traceback])
