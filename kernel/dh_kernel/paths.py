"""Paths as a person types them."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import Invalid

_SHOWN = 60  # characters of a path that is none


def typed_path(text: str | Path) -> Path:
    """With `~` made a home folder. Raises Invalid for what no file can be called."""
    if not isinstance(text, (str, os.PathLike)):
        raise Invalid(f"A {type(text).__name__} is no path.", "Name a file or folder of yours.")
    path = os.path.expanduser(text)
    try:
        os.lstat(path)
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:  # too long, through a file, a folder that we may not enter, a null
        shown = str(text) if len(str(text)) <= _SHOWN else f"{str(text)[:_SHOWN]}…"
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise Invalid(f"'{shown}' can't be used as a path: {why}.", "Name a file or folder of yours.") from None
    return Path(path)


def is_folder(text: str) -> bool:
    """Whether a word is the path of a folder; False also for what can be no path."""
    return os.path.isdir(os.path.expanduser(text))
