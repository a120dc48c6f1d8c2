"""Help in a shell's words, from the same table as that of the notebook."""

from __future__ import annotations

from dataclasses import replace

from ..magics import help as notebook
from ..magics.help import HelpText
from ..magics.parse import Option
from ..magics.verbs import VERBS, Verb
from .output import as_shell

OURS = (Option("json", says="the machine form"), Option("project", "NAME", "in this project, not in DH_PROJECT"))
_END = """All verbs take --json (the machine form) and --project NAME.
Exit codes: 0 done, 1 the run failed (with --wait), 2 bad input, 3 no broker.
Completion: eval "$(dh completion bash)" or zsh.
One verb's help: dh run --help"""


def all_help() -> HelpText:
    """What `dh` alone prints."""
    there = [verb for verb in VERBS.values() if not verb.later and not verb.notebook_only]
    width = max(len(verb.name) for verb in there)
    lines = [f"  {verb.name.ljust(width)}  {verb.says}" for verb in there]
    return HelpText("\n".join(["dh VERB …", *lines, _END]))


def verb_help(verb: Verb) -> HelpText:
    """What `dh run --help` prints."""
    usage, *examples = verb.in_shell or (verb.usage, *filter(_for_shells, verb.examples))
    own = {one.name for one in verb.options}
    options = (*verb.options, *(one for one in OURS if one.name not in own))
    return HelpText(as_shell(notebook.verb_help(replace(verb, usage=usage, examples=tuple(examples), options=options))))


def _for_shells(example: str) -> bool:
    """No variables, no cells."""
    return example.startswith("%dh") and "$" not in example
