"""`%dh kernel`: this notebook's kernel moves to a run, and comes back. The kernel that asks goes on until the other is ready."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .display.run import failure_lines
from .errors import NotFound, StoppedWaiting, Unavailable
from .follow import follow
from .handles import RunHandle
from .lent.serve import PORT
from .options import run_options, words
from .states import FINISHED

if TYPE_CHECKING:
    from .session import Session

GOING = 120.0  # seconds for the server to end this kernel, once it has said that it will
_SHOWN = 5  # names of variables that are listed


def where(session: Session) -> str:
    """In words."""
    place = session.client.get("/api/v1/kernel")
    if not place["run"]:
        return "This notebook's kernel runs on the server's machine. Move it: %dh kernel --profile NAME, or --on kubernetes."
    run = RunHandle(session, session.within(place["project"]).get("runs", place["run"]))
    return f"This notebook's kernel is run/{run.name}. {_idle_words(place['idle'])}Back: %dh kernel --local"


def move(session: Session, options: Mapping[str, Any], names: Sequence[str]) -> str:
    """Ask for a place, wait until it is ready, and go there; this process ends meanwhile. `names`: of the variables that stay.

    Raises DHError, also with why no place can be had, and StoppedWaiting: then the kernel stays as it is.
    """
    asked = dict(options)
    requirements = words("requires", asked.pop("requires", ()))
    body = {**run_options(asked), **({"requirements": requirements} if requirements else {})}
    run = RunHandle(session, session.post("kernels", body=body))
    _say(f"{_left_behind(names)} Interrupt this cell to stay here.")
    run.show()
    try:
        _wait(session, run)
    except StoppedWaiting:
        run.stop()
        raise StoppedWaiting(f"The kernel stays where it is; run/{run.name} was stopped.") from None
    idle = session.client.get("/api/v1/kernel")["idle"]
    _say(f"The kernel moves now to run/{run.name}. {_idle_words(idle)}Back: %dh kernel --local")
    session.post("kernels", run.id, "move", body={})
    return _go()


def come_back(session: Session) -> str:
    """To the server's machine; this process ends meanwhile."""
    session.client.post("/api/v1/kernel", {})
    _say("The kernel moves back to the server's machine. Variables stay behind: run your cells again.")
    return _go()


def _wait(session: Session, run: RunHandle) -> None:
    """Until its door is open."""
    for message in follow(session, run.id, run.name, None):
        if "run" in message:
            run.see(message["run"])
        if any(PORT in point.get("values", {}) for point in message.get("points", ())):
            return
        if run.seen in FINISHED:
            raise Unavailable(
                f"run/{run.name} ended before the kernel was there.",
                f"This kernel stays as it is. %dh logs {run.name} says more.",
                failure_lines(run.last_seen),
            )
    raise NotFound(f"run/{run.name} is not there any more.", "This kernel stays as it is.")


def _go() -> str:
    """Wait for the end of this process. No cell after this one may run here: who runs all of a notebook means the new kernel."""
    until = time.monotonic() + GOING
    while time.monotonic() < until:
        try:
            threading.Event().wait(until - time.monotonic())
        except KeyboardInterrupt:  # the server's, before it ends this process
            continue
    raise Unavailable("The kernel was not moved.", "The server's log says why.")


def _left_behind(names: Sequence[str]) -> str:
    if not names:
        return "Nothing that this kernel has in memory moves."
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"Variables do not move: {', '.join(names[:_SHOWN])}{more} stay behind, and end with this kernel."


def _idle_words(seconds: float) -> str:
    return f"It ends after {seconds / 60:g} minutes without execution. " if seconds else ""


def _say(text: str) -> None:
    print(text)  # noqa: T201
    sys.stdout.flush()
