"""`%dh sweep`: a new sweep of a function, or something done to one that there is."""

from __future__ import annotations

from typing import Any

from ..asking import is_asked_for
from ..errors import Invalid
from ..session import session
from ..sweeping.given import space_of_line
from ..sweeping.handle import SWEEP_NAME, Sweep, find_sweep
from ..sweeping.request import extension
from ..sweeping.start import schema_of, start
from .given import arguments, registered, settings, text_of, variable
from .parse import Command, Variable, read_value

_DOING = ("pause", "resume", "stop_trial", "trials", "timeout")  # of a sweep that there is


def sweep(shell: Any, command: Command) -> Sweep:
    """The handle. A first word like train-7 names a sweep."""
    target = command.values[0]
    name = getattr(variable(shell, target), "key", "") if isinstance(target, Variable) else text_of(target)
    if SWEEP_NAME.fullmatch(name):
        return _existing(shell, name, command)
    with registered(shell, name):
        function = session().resolve(name, "function")
    fixed = arguments(shell, command.assigned)
    conditional = is_asked_for(schema_of(function))
    space = space_of_line(command.typed, fixed.__getitem__, lambda text: _choice(shell, text), conditional)
    return start(session(), function, space, _options(shell, command))


def _options(shell: Any, command: Command) -> dict[str, Any]:
    """An earlier sweep may stand there as a variable: `--warm-start $s`."""
    options = settings(command)
    earlier = options.get("warm_start")
    if earlier is not None:
        options["warm_start"] = [_choice(shell, text) for text in ([earlier] if isinstance(earlier, str) else earlier)]
    return options


def _existing(shell: Any, name: str, command: Command) -> Sweep:
    """What was asked of a sweep that there is, in turn; nothing: its handle."""
    options = settings(command)
    others = [option for option in options if option not in _DOING]
    if others:
        raise Invalid(
            f"--{others[0].replace('_', '-')} is not changed once a sweep has begun.",
            f"%dh sweep {name} --trials +50, --pause, --resume, --stop-trial 7, or name=value for the next trial.",
        )
    found = find_sweep(session(), name)
    if command.assigned:
        found.enqueue(**arguments(shell, command.assigned))
    if extension(options):
        found = found.extend(options.get("trials"), options.get("timeout"))
    if "stop_trial" in options:
        found.stop_trial(_number(options["stop_trial"]))
    for verb in ("pause", "resume"):
        if options.get(verb):
            getattr(found, verb)()
    return found


def _choice(shell: Any, text: str) -> Any:
    return variable(shell, read_value(text))


def _number(text: str) -> int:
    if not text.isdigit():
        raise Invalid(f"--stop-trial {text} is not a trial's number.", "--stop-trial 7")
    return int(text)
