"""The program: words in, text or JSON on stdout, errors on stderr, and an exit code."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from typing import Any

from ..errors import Busy, DHError, NotInstalled, StoppedWaiting, Unavailable
from .output import as_shell, machine_form, text_form
from .verbs import do

DONE, FAILED, REFUSED, AWAY, INTERRUPTED = 0, 1, 2, 3, 130
_AWAY = (Unavailable, Busy, NotInstalled)


def main(argv: Sequence[str] | None = None) -> int:
    """0 done · 1 the run failed, or the doctor found something · 2 bad input · 3 no broker · 130 interrupted."""
    words = list(sys.argv[1:] if argv is None else argv)
    _prepare()
    try:
        code = _do(words)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough; nothing may be written when Python ends either
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return DONE
    except OSError as error:
        return _say(f"What was asked for can't be written or read: {error}", FAILED)
    except StoppedWaiting as stopped:
        return _say(as_shell(str(stopped)), INTERRUPTED)
    except KeyboardInterrupt:
        return _say("Interrupted.", INTERRUPTED)
    except DHError as error:
        return _say(as_shell(str(error)), AWAY if isinstance(error, _AWAY) else REFUSED)
    return code


def _do(words: list[str]) -> int:
    request, result = do(words)
    shown = machine_form(result) if request.json and result is not None else text_form(result)
    if shown:
        sys.stdout.write(shown + "\n")
    return _code(result, request.waited)


def _code(result: Any, waited: bool) -> int:
    """1 for a run that was waited for and did not succeed, and for a table of the doctor's with a bad row."""
    if waited and getattr(result, "state", "succeeded") != "succeeded":
        return FAILED
    return FAILED if getattr(result, "bad", 0) else DONE


def _say(text: str, code: int) -> int:
    sys.stderr.write(text + "\n")
    return code


def _prepare() -> None:
    """Letters that the terminal lacks are replaced; a warning is one line."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    warnings.showwarning = _warn


def _warn(message: Any, *_: Any, **__: Any) -> None:
    _say(as_shell(f"warning: {message}"), DONE)
