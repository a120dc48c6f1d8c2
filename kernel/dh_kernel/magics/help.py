"""Help: the list of verbs, and one verb's page. Also the input transformer that keeps IPython from taking the `?`."""

from __future__ import annotations

import re

from .parse import Option
from .verbs import VERBS, Verb

_ASKED = re.compile(r"^(?P<head>\s*%{1,2}dh\b)(?P<rest>[^\n?]*?)\s*\?{1,2}\s*$")


class HelpText(str):
    """Text that shows as itself."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def all_help() -> HelpText:
    """What `%dh` alone prints."""
    width = max(len(name) for name in VERBS)
    there = [f"  {verb.name.ljust(width)}  {verb.says}" for verb in VERBS.values() if not verb.later]
    later = ", ".join(verb.name for verb in VERBS.values() if verb.later)
    return HelpText("\n".join(["%dh VERB …", *there, f"Not there yet: {later}.", "One verb's help: %dh run?"]))


def verb_help(verb: Verb) -> HelpText:
    """What `%dh run?` prints."""
    lines = [verb.usage, verb.says]
    if verb.later:
        lines.append(f"Not there yet. {verb.later}.")
    if verb.options:
        shown = [(_written(one), one.says) for one in verb.options]
        width = max(len(name) for name, _ in shown)
        lines += ["Options:", *(f"  {name.ljust(width)}  {says}" for name, says in shown)]
    if verb.examples:
        lines += ["Examples:", *(f"  {example}" for example in verb.examples)]
    return HelpText("\n".join(lines))


def _written(option: Option) -> str:
    """`--follow, -f`, `--memory 8Gi` or `--prune [median]`."""
    short = f", -{option.short}" if option.short else ""
    takes = f"[{option.may_take[0]}]" if option.may_take else option.takes
    return f"--{option.name}{short} {takes}".strip()


def take_question_mark(lines: list[str]) -> list[str]:
    """An input transformer: `%dh run?` becomes `%dh run --help`, in a cell's first line or any later one."""
    return [_asked(line) for line in lines]


def _asked(line: str) -> str:
    match = _ASKED.match(line)
    if not match:
        return line
    return f"{match['head'].replace('%%', '%')}{match['rest']} --help\n"
