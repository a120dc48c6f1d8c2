"""All errors of the product, one tree; the server turns them into a Problem, the client turns them back.

DHError
├── NotFound        404  there is no such thing
├── Invalid         400  the request can't be met as it was put
├── Conflict        400  a thing of that identity exists ("Duplicated entity", as Core says)
├── Unauthorized    401  no identity
├── Forbidden       403  an identity without the right
├── NotInstalled    400  a plug-in or package is missing
├── NotCaptured     -    code in a notebook can't become a function (kernel only)
├── Unavailable     503  the broker, a store or an executor can't be reached now
├── Busy            503  no free place now; try again when something has ended
└── RunFailed       -    raised by `run.result` (kernel only)
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class DHError(Exception):
    """What went wrong and which thing it was (`message`), and what to do (`hint`).

    `code` is the word on the wire (`Problem.errorCode`), `status` the HTTP status, `details` one line for each fault.
    """

    code = "error"
    status = 500

    def __init__(self, message: str, hint: str = "", details: Sequence[str] = ()):
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = tuple(details)

    def __str__(self) -> str:
        return "\n".join(line for line in (self.message, *self.details, self.hint) if line)

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback: one block, the message set off."""
        return [f"\x1b[1;31m{self.message}\x1b[0m", *self.details, *([self.hint] if self.hint else [])]


class NotFound(DHError):
    """There is no such thing; the hint names the nearest one."""

    code, status = "not_found", 404


class Invalid(DHError):
    """The request can't be met as it was put."""

    code, status = "invalid", 400


class Conflict(DHError):
    """A thing of that identity is there already."""

    code, status = "conflict", 400


class Unauthorized(DHError):
    """No identity came with the request."""

    code, status = "unauthorized", 401


class Forbidden(DHError):
    """This identity may not do that."""

    code, status = "forbidden", 403


class NotInstalled(DHError):
    """A plug-in or a package is missing; the hint is the line to type."""

    code, status = "not_installed", 400


class NotCaptured(DHError):
    """Code in a notebook can't become a function; `details` names every reason."""

    code, status = "not_captured", 400


class Unavailable(DHError):
    """The broker, a store or an executor can't be reached now."""

    code, status = "unavailable", 503


class Busy(DHError):
    """No place is free now; the message says what is waited for, and `lacks` of what there is too little: CPU or GPU."""

    code, status = "busy", 503

    def __init__(self, message: str, hint: str = "", details: Sequence[str] = (), *, lacks: str = ""):
        super().__init__(message, hint, details)
        self.lacks = lacks


class RunFailed(DHError):
    """A run did not succeed: the remote traceback mapped to its cell, the diagnosis, and what to type next."""

    code, status = "run_failed", 400


class StoppedWaiting(KeyboardInterrupt):
    """Ctrl-C while something was waited for: the waiting ended, and what was waited for goes on. Its text says so."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


BY_CODE: dict[str, type[DHError]] = {
    kind.code: kind
    for kind in (NotFound, Invalid, Conflict, Unauthorized, Forbidden, NotInstalled, NotCaptured, Unavailable, Busy)
}
BY_STATUS: dict[int, type[DHError]] = {404: NotFound, 400: Invalid, 401: Unauthorized, 403: Forbidden, 503: Unavailable}


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """A hint with the nearest of `choices`, or with all of them if none is near and they are few."""
    known = sorted(choices)
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6) or _sharing_a_beginning(word, known)
    if near:
        return f"Did you mean '{near[0]}'?"
    if not known:
        return ""
    shown = ", ".join(known[:8])
    return f"There is: {shown}." if len(known) <= 8 else f"There is: {shown}, … {len(known) - 8} more."


def _sharing_a_beginning(word: str, known: Sequence[str]) -> list[str]:
    """`lrate` for `lr`, `flight` for `flights-2013`: the longest that begins the other."""
    related = [name for name in known if len(name) > 1 and (word.startswith(name) or name.startswith(word))]
    return sorted(related, key=len)[-1:]
