"""From a shell's words to a call: what `magics` does with a line, and the few verbs that a shell has otherwise."""

from __future__ import annotations

import contextlib
import json as json_
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .. import api
from .._version import __version__
from ..errors import Invalid
from ..magics.dh import HELP, call, check
from ..magics.given import settings, text_of
from ..magics.help import HelpText
from ..magics.parse import Command, parse_words
from ..magics.verbs import Verb, find_verb, ready
from ..session import session
from .help import OURS, all_help, verb_help
from .progress import Progress


class Terminal:
    """A shell without variables, in place of IPython's."""

    def __init__(self) -> None:
        self.user_ns: dict[str, Any] = {}
        self.user_ns_hidden: dict[str, Any] = {}


@dataclass(frozen=True)
class Request:
    """How the answer is wanted, and whether a run's end was waited for."""

    json: bool = False
    waited: bool = False


def do(words: list[str]) -> tuple[Request, Any]:
    """Do what the words say. Raises DHError."""
    if words[:1] in (["--help"], ["-h"], ["help"]):
        words = [*words[1:2], "--help"] if words[1:] else []
    if not words:
        return Request(), all_help()
    if words[0] == "--version":
        return Request(), HelpText(f"dh {__version__}")
    if words[0] in _HIDDEN:
        return Request(), _HIDDEN[words[0]](words[1:])
    verb = find_verb(words[0])
    return _call(verb, parse_words(words[1:], (HELP, *OURS, *verb.options)))


def _call(verb: Verb, command: Command) -> tuple[Request, Any]:
    options = command.options
    if options.pop("help", False):
        return Request(), verb_help(verb)
    if options.get("project") and not any(one.name == "project" for one in verb.options):
        session().work_in(options.pop("project"))
    waits = options.get("wait") or (verb.name == "job" and options.get("follow"))
    request = Request(bool(options.pop("json", False)), bool(waits))
    check(ready(verb), command)
    if verb.notebook_only:
        raise Invalid(f"dh {verb.name} needs a notebook.", f"There: {verb.usage}")
    own = _OWN.get(verb.name)
    with Progress(sys.stderr) if request.waited else contextlib.nullcontext():
        return request, own(command, request) if own else call(Terminal(), verb, command)


# -- verbs that a shell has otherwise ----------------------------------------------------------------------------------


def _function(command: Command, request: Request) -> Any:
    from .files import function_of

    if not command.values:
        raise Invalid("dh function: the file is missing.", "dh function FILE.py:NAME")
    return api.function(function_of(text_of(command.values[0])), **settings(command))


def _logs(command: Command, request: Request) -> Any:
    name, tail = text_of(command.values[0]), command.options.get("tail")
    if not command.options.get("follow"):
        log = api.logs(name, tail=tail)
        return {"log": log} if request.json else HelpText(log)
    for line in api.logs(name, follow=True, tail=tail):
        sys.stdout.write((json_.dumps({"line": line}, ensure_ascii=False) if request.json else line) + "\n")
        sys.stdout.flush()
    return None


def _complete(words: list[str]) -> Any:
    from .completion import complete

    return HelpText("\n".join(complete(words[0] if words else "")))


def _completion(words: list[str]) -> Any:
    from .completion import script

    return HelpText(script(words[0] if words else ""))


_OWN: dict[str, Callable[[Command, Request], Any]] = {"function": _function, "logs": _logs}
_HIDDEN: dict[str, Callable[[list[str]], Any]] = {"complete": _complete, "completion": _completion}
