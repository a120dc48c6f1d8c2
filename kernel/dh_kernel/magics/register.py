"""Put `%dh` into a shell, and take it out. Nothing of the toolkit is imported before its first use."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

from IPython.core.magic import no_var_expand

_WORTH_READING = re.compile(r"^\s*(?:async\s+)?(?:def|class|import|from)\b", re.M)
_MATCHER = "dh_kernel"
_AHEAD = "dh_kernel.capture.ahead"
_OURS_ALONE = re.compile(r"^\s*(?:\w+\s*=\s*)?%{1,2}dh\s")  # not so `dh.job`, which may be Python
_LINE = re.compile(r"^\s*(?:\w+\s*=\s*)?%{0,2}dh\b")


def load(shell: Any) -> None:
    """Register the magic, its help by `?`, and its completion. Doing it twice is doing it once."""

    @no_var_expand
    def dh(line: str, cell: str | None = None) -> Any:
        """DigitalHub in the notebook. `%dh` alone lists the verbs; `%dh run?` explains one."""
        from .dh import cell_magic, line_magic

        return line_magic(shell, line) if cell is None else cell_magic(shell, line, cell)

    shell.register_magic_function(dh, "line_cell", "dh")
    unload(shell, magic=False)
    shell.events.register("pre_run_cell", _KeepId(shell))
    shell.events.register("post_run_cell", _ReadAhead(shell))
    shell.input_transformers_cleanup.append(_question_mark)
    _complete_lines(shell)


def unload(shell: Any, magic: bool = True) -> None:
    """Take everything out again."""
    if _question_mark in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.remove(_question_mark)
    matchers = getattr(shell.Completer, "custom_matchers", [])
    matchers[:] = [one for one in matchers if getattr(one, "matcher_identifier", "") != _MATCHER]
    for event in ("pre_run_cell", "post_run_cell"):
        waiting = shell.events.callbacks[event]
        waiting[:] = [one for one in waiting if not isinstance(one, (_KeepId, _ReadAhead))]
    if magic:
        for kind in ("line", "cell"):
            shell.magics_manager.magics[kind].pop("dh", None)


class _KeepId:
    """Called by IPython before each cell: which cell of the notebook it is, nobody can be asked later."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._ids: dict[int, str] = vars(shell).setdefault("_dh_cell_ids", {})

    def __call__(self, info: Any) -> None:
        cell_id = getattr(info, "cell_id", None)  # IPython < 8.3 has none
        if info.store_history and isinstance(cell_id, str):
            # The place that it will have there; whether the count has been raised yet, versions differ.
            self._ids[len(self._shell.history_manager.input_hist_raw)] = cell_id


class _ReadAhead:
    """Called by IPython after each cell: capture reads what was defined, so that registering has less to read."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell

    def __call__(self, result: Any) -> None:
        if _AHEAD in sys.modules or _WORTH_READING.search(result.info.raw_cell or ""):
            from ..capture.ahead import read_ahead

            read_ahead(self._shell)


def _question_mark(lines: list[str]) -> list[str]:
    if not any("dh" in line and "?" in line for line in lines):
        return lines
    from .help import take_question_mark

    return take_question_mark(lines)


class _Nothing:
    """No completions, of a line that is ours: IPython asks for their number, and offers words of Python's if there are none."""

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[Any]:
        return iter(())


def _complete_lines(shell: Any) -> None:
    """A matcher of our own, since the names of Python's that Jedi finds stand beside those of a hook."""
    try:
        from IPython.core.completer import SimpleCompletion, context_matcher
    except ImportError:  # IPython < 8.6
        shell.set_hook("complete_command", _complete, re_key=_LINE)
        return

    @context_matcher(priority=1000, identifier=_MATCHER)  # type: ignore[untyped-decorator]
    def matcher(context: Any) -> Any:
        line = context.full_text.split("\n")[context.cursor_line][: context.cursor_position]
        if not _LINE.match(line):
            return {"completions": []}
        found = list(map(SimpleCompletion, _completions(shell, line, context.token)))
        return {
            "completions": found or (_Nothing() if _OURS_ALONE.match(line) else []),
            "suppress": True,
            "ordered": True,
        }

    shell.Completer.custom_matchers.append(matcher)


def _complete(shell: Any, event: Any) -> list[str]:
    return _completions(shell, getattr(event, "text_until_cursor", None) or event.line, event.symbol)


def _completions(shell: Any, line: str, token: str) -> list[str]:
    """IPython's token begins after the last of its delimiters (= @ $ …), our word after the last blank."""
    from .complete import complete
    from .given import own_names

    word = line.rpartition(" ")[2]
    known = len(word) - len(token)
    return [one[known:] for one in complete(line, own_names(shell)) if one.startswith(word[:known])]
