"""`dh`: the verbs of `%dh` from a shell. The same table of verbs, the same options, the same calls; words come as the
shell has split them."""

from __future__ import annotations

from .main import main

__all__ = ["main"]
