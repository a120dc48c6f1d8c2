"""What injected cells and scripts call: an input of the run, loaded."""

from __future__ import annotations

from typing import Any

from .errors import Invalid
from .loading import load_entity
from .reporting import run_folder


def given(name: str, want: Any = None) -> Any:
    """The input of that name, as `want` asks for it. Raises Invalid outside of a run."""
    folder = run_folder()
    if folder is None:
        raise Invalid(
            f"'{name}' was given to a run, and this is none.", f'Load it here: {name} = dh.load("dataset/NAME").'
        )
    return load_entity(folder.read_run()["inputs"][name], want)
