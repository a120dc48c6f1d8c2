"""`%dh` and `%%dh`: a raw line becomes a call of `dh_kernel.api`. The very same objects come back."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .. import api
from ..errors import Invalid, NotFound, did_you_mean
from ..follow import leaves_running
from ..functions import FunctionHandle, register, split_settings
from ..handles import RunHandle
from ..launch import left_plain
from ..loglines import as_shown
from ..reporting import run_folder
from ..session import session
from .given import arguments as _arguments
from .given import own_names as _own
from .given import registered as _registered_first
from .given import settings as _settings
from .given import text_of as _text
from .given import variable as _variable
from .help import HelpText, all_help, verb_help
from .parse import Command, Option, Variable, parse
from .run_cell import defined_last, run_cell
from .verbs import Verb, find_verb, ready

HELP = Option("help", says="this page")


def line_magic(shell: Any, line: str) -> Any:
    """`%dh …`."""
    name, _, rest = line.strip().partition(" ")
    if name in ("help", "--help", "-h"):
        name, rest = rest.strip(), "--help"
    if not name:
        return all_help()
    verb = find_verb(name)
    return call(shell, verb, parse(rest, (*verb.options, HELP)))


def call(shell: Any, verb: Verb, command: Command) -> Any:
    """Do what a parsed line says; of the shell only `user_ns` and `user_ns_hidden` are looked at."""
    if command.options.pop("help", False):
        return verb_help(verb)
    check(ready(verb), command)
    return _VERBS[verb.name](shell, command)


def cell_magic(shell: Any, line: str, cell: str) -> Any:
    """`%%dh function …`."""
    name, _, rest = line.strip().partition(" ")
    verb = find_verb(name) if name else find_verb("function")
    if ready(verb).name != "function":
        raise Invalid(f"%%dh {verb.name} takes no cell.", f"In a line of its own: {verb.usage}")
    command = parse(rest, (*verb.options, HELP))
    if command.options.pop("help", False):
        return verb_help(verb)
    check(verb, command)
    settings = split_settings(_settings(command))
    run_cell(shell, cell)
    target = _text(command.values[0]) if command.values else defined_last(cell)
    return _registered(shell, target, settings)


def check(verb: Verb, command: Command) -> None:
    """Words that the verb does not take, or lacks, are refused."""
    least, most = verb.values
    if not least <= len(command.values) <= most:
        extra = [str(_text(value)) for value in command.values[most:]]
        fault = f"'{extra[0]}' is one word too many." if extra else "A word is missing."
        raise Invalid(f"%dh {verb.name}: {fault}", f"It is {verb.usage}")
    if command.assigned and not verb.assigns:
        name = next(iter(command.assigned))
        hint = did_you_mean(name, [one.name for one in verb.options])
        raise Invalid(
            f"%dh {verb.name} takes no '{name}='.", f"It is {verb.usage}" if "mean" not in hint else f"--{name} VALUE"
        )


# -- verbs -------------------------------------------------------------------------------------------------------------


def _function(shell: Any, command: Command) -> Any:
    if not command.values:
        raise Invalid("%dh function: the name is missing.", "%dh function NAME, or %%dh function above a cell.")
    return _registered(shell, _text(command.values[0]), split_settings(_settings(command)))


def _registered(shell: Any, target: str, settings: dict[str, Any]) -> Any:
    """Capture, register, show the line, and put the handle under the function's name."""
    if not target.isidentifier():
        hint = "A name has letters, digits and _, and begins with no digit."
        raise Invalid(f"'{target}' can't be the name of a function.", hint)
    if target not in shell.user_ns:
        near = did_you_mean(target, [name for name in _own(shell) if callable(shell.user_ns[name])])
        raise NotFound(f"There is no function '{target}'.", near if "mean" in near else f"Define it: def {target}(…):")
    if run_folder() is not None:
        left_plain(shell.user_ns[target])  # a notebook that runs as a job
        return None
    with _plain(shell.user_ns, target):
        handle = register(session(), target, shell.user_ns, **settings)
    shell.user_ns[target] = handle
    handle.show()
    return handle


@contextlib.contextmanager
def _plain(namespace: dict[str, Any], target: str) -> Iterator[None]:
    """Inside, a handle's name means the plain function again."""
    before = namespace[target]
    if isinstance(before, FunctionHandle):
        namespace[target] = vars(before).get("__wrapped__", before)
    try:
        yield
    finally:
        namespace[target] = before


def _run(shell: Any, command: Command) -> Any:
    options = _settings(command)
    same_as = options.pop("same_as", "")
    if not same_as and not command.values:
        raise Invalid("%dh run: the function is missing.", "It is %dh run FUNCTION, or %dh run --same-as RUN")
    target = command.values[0] if command.values else ""
    if isinstance(target, Variable):
        target = getattr(_variable(shell, target), "key", "")
    given = _arguments(shell, command.assigned)
    if same_as:
        return _shown(api.run(_text(target) or None, same_as=same_as, **{**given, **options}), command)
    name = _text(target)
    with _registered_first(shell, name):
        run = api.start(name, given, options)
    return _shown(run, command)


def _sweep(shell: Any, command: Command) -> Any:
    from .sweep import sweep

    return _shown(sweep(shell, command), command)


def _job(shell: Any, command: Command) -> Any:
    given, options = _arguments(shell, command.assigned), _settings(command)
    path, cells = (_text(command.values[0]) if command.values else ""), options.pop("cells", "")
    follow = options.pop("follow", False)
    run = _shown(api.start_job(path, cells, given, options), command)
    return _followed(run) if follow else run


def _followed(run: RunHandle) -> RunHandle:
    """Print its log until it has ended."""
    _print_lines(run.logs(follow=True))
    return run.wait()


def _retry(shell: Any, command: Command) -> Any:
    given = _arguments(shell, command.assigned)
    return _shown(api.retry(_text(command.values[0]), **{**given, **_settings(command)}), command)


def _shown(handle: Any, command: Command) -> Any:
    with leaves_running(handle.name):
        handle.show()
        return handle.wait(progress=True) if command.options.get("wait") else handle


def _dataset(shell: Any, command: Command) -> Any:
    name, *data = command.values
    given = (
        _variable(shell, data[0]) if len(data) == 1 and isinstance(data[0], Variable) else [_text(one) for one in data]
    )
    return api.dataset(_text(name), given)


def _ls(shell: Any, command: Command) -> Any:
    words = [_text(value) for value in command.values]
    options = _settings(command)
    page = options.pop("page", "1")
    if not page.isdigit() or int(page) < 1:
        raise Invalid(f"--page {page} is not a page's number.", "--page 2")
    return api.ls(*words, page=int(page), **options)


def _show(shell: Any, command: Command) -> Any:
    return api.show(_text(command.values[0]), **_settings(command))


def _diff(shell: Any, command: Command) -> Any:
    return api.diff(*map(_text, command.values))


def _logs(shell: Any, command: Command) -> Any:
    name = _text(command.values[0])
    if not command.options.get("follow"):
        return HelpText(as_shown(api.logs(name, tail=command.options.get("tail"))))
    _print_lines(api.logs(name, follow=True, tail=command.options.get("tail")))
    return None


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def _stop(shell: Any, command: Command) -> Any:
    return api.stop(_text(command.values[0]))


def _publish(shell: Any, command: Command) -> Any:
    options = _settings(command)
    return api.publish(_text(command.values[0]), as_=options.pop("as", ""), **options)


def _load(shell: Any, command: Command) -> Any:
    return api.load(_text(command.values[0]), command.options.get("as"))


def _project(shell: Any, command: Command) -> Any:
    return HelpText(f"project {api.project(_text(command.values[0]))}") if command.values else api.projects()


def _export(shell: Any, command: Command) -> Any:
    ref, *file = map(_text, command.values)
    path = api.export(ref, "".join(file), **_settings(command))
    return HelpText(f"{path} was written.")


def _apply(shell: Any, command: Command) -> Any:
    return api.apply(*map(_text, command.values), **_settings(command))


def _import(shell: Any, command: Command) -> Any:
    return api.import_(_text(command.values[0]), **_settings(command))


def _profile(shell: Any, command: Command) -> Any:
    return api.profile(_text(command.values[0]) if command.values else "")


def _secret(shell: Any, command: Command) -> Any:
    if command.assigned or len(command.values) > 1:
        name = next(iter(command.assigned), None) or _text(command.values[0])
        raise Invalid(
            "A secret's value is not typed here: the notebook and the history would keep it.",
            f"%dh secret {name} asks for it. Clear this line, and take another value if others have seen it.",
        )
    name = _text(command.values[0]) if command.values else ""
    return api.secret(name, delete=bool(command.options.get("delete")))


def _form(shell: Any, command: Command) -> Any:
    target = command.values[0]
    return api.form(_variable(shell, target) if isinstance(target, Variable) else _text(target))


def _gc(shell: Any, command: Command) -> Any:
    return api.gc(**_settings(command))


def _doctor(shell: Any, command: Command) -> Any:
    return api.doctor()


def _kernel(shell: Any, command: Command) -> Any:
    from ..moving import come_back, move, where

    options = _settings(command)
    if options.pop("local", False):
        return HelpText(come_back(session()))
    if not options:
        return HelpText(where(session()))
    modules = type(sys)
    return HelpText(move(session(), options, [one for one in _own(shell) if type(shell.user_ns[one]) is not modules]))


_VERBS: dict[str, Callable[[Any, Command], Any]] = {
    "function": _function,
    "run": _run,
    "sweep": _sweep,
    "job": _job,
    "retry": _retry,
    "dataset": _dataset,
    "ls": _ls,
    "show": _show,
    "diff": _diff,
    "logs": _logs,
    "stop": _stop,
    "publish": _publish,
    "load": _load,
    "project": _project,
    "profile": _profile,
    "secret": _secret,
    "export": _export,
    "import": _import,
    "apply": _apply,
    "form": _form,
    "doctor": _doctor,
    "kernel": _kernel,
    "gc": _gc,
}
