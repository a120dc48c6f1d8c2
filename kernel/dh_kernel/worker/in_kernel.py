"""Runs in a notebook's kernel: before the first cell, and after a cell has failed."""

from __future__ import annotations

import json
import linecache
import subprocess
import sys
from collections.abc import Collection, Mapping
from typing import Any, Callable

from ..notebooks.installs import without_installs
from ..reporting import run_folder
from ..rundir import RunFolder
from .failures import Places, describe
from .terminal import in_terminal

_TIMED = "<timed exec>"  # what %%time compiles the rest of its cell as
_NO_DROP = 69  # ZMQ_XPUB_NODROP, which PUB has too


def prepare(shell: Any, has_magics: bool) -> None:
    """`%pip install` and `!pip install` do nothing: what they name was installed before the first cell, and the
    interpreter may be that of other runs, too. `has_magics`: cells say `%dh`, which another cell may have loaded, or the shell's
    own settings; the extension's door is taken, so that `%load_ext` says nothing of it."""
    _drop_nothing(shell)
    if has_magics:
        sys.modules["dh_kernel"].load_ipython_extension(shell)
    original = shell.find_line_magic("pip")

    def pip(line: str) -> Any:
        if "install" not in line.split()[:1]:
            return original(line) if original else None
        _say_left_out("%pip install")
        return None

    shell.register_magic_function(pip, "line", "pip")
    shell.system, shell.getoutput = _system(shell), _getoutput(shell.getoutput)


def _system(shell: Any) -> Callable[[str], None]:
    """As IPython's: `!command`, with the variables of the notebook and of a function that calls."""

    def system(command: str) -> None:
        if command.rstrip().endswith("&"):
            raise OSError("Background processes not supported.")  # IPython's own words
        code = in_terminal(shell.var_expand(_left(command) or "true", depth=1))
        shell.user_ns["_exit_code"] = code
        if code and getattr(shell, "system_raise_on_error", False):
            raise subprocess.CalledProcessError(code, command)

    return system


def _getoutput(original: Callable[..., Any]) -> Callable[..., Any]:
    def getoutput(command: str, split: bool = True, depth: int = 0) -> Any:
        return original(_left(command) or "true", split=split, depth=depth + 1)

    return getoutput


def _left(command: str) -> str:
    """Of a command's parts those that install nothing."""
    left = without_installs(command)
    if left != command:
        _say_left_out("!pip install")
    return left


def _say_left_out(what: str) -> None:
    print(f"{what} is left out in a run: what it names was installed before.", file=sys.stderr)  # noqa: T201


def _drop_nothing(shell: Any) -> None:
    """What the kernel shows waits for us. Otherwise what is more than a thousand messages ahead is dropped, and with it
    the word that the cell has ended, for which we would wait for ever."""
    thread = shell.kernel.iopub_thread
    thread.schedule(lambda: thread.socket.setsockopt(_NO_DROP, 1))


def last_failure(shell: Any, labels: Mapping[str, Any]) -> str:
    """The ErrorDocument of the last exception, as JSON. `labels`: by execution count (label, id, empty lines above)."""
    error: Any = sys.last_value
    places = _places(shell, {int(count): cell for count, cell in labels.items()})
    trace = _from(error.__traceback__, {_TIMED}) or _from(error.__traceback__, places)
    shown = error.with_traceback(trace) if trace is not None or isinstance(error, SyntaxError) else error
    return json.dumps(describe(shown, run_folder() or RunFolder("."), places))


def _from(trace: Any, files: Collection[str]) -> Any:
    """Without IPython's own frames, which come first; None if there is no frame of these files."""
    while trace is not None and trace.tb_frame.f_code.co_filename not in files:
        trace = trace.tb_next
    return trace


def _places(shell: Any, labels: Mapping[int, Any]) -> Places:
    """The file that each cell was compiled as. What a cell magic compiles comes under the number that is next."""
    counts: Mapping[str, int] = getattr(shell.compile, "_filename_map", {})
    last = max(labels)
    found = {
        filename: [_span(len(linecache.getlines(filename)), labels[min(count, last)])]
        for filename, count in counts.items()
        if min(count, last) in labels
    }
    return {**found, _TIMED: [_span(sys.maxsize, labels[last], 1)]}


def _span(lines: int, cell: Any, magic_lines: int = 0) -> Any:
    label, ident, empty = cell
    first = 1 + empty + magic_lines
    return {"first": 1, "last": max(1, lines), "label": label, "cell_line": first, "cell_id": ident}
