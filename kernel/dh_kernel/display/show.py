"""Put a bundle into the notebook, and change it later. Outside IPython nothing is shown, unless a terminal asks for the
changes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

_shown: set[str] = set()
_listener: Callable[[str], None] | None = None


def shell() -> Any | None:
    """IPython's shell, if this runs in one."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module is not None else None


def is_live() -> bool:
    """Whether an output that was shown can be changed in its place: in a kernel, not in IPython's terminal."""
    return _listener is not None or hasattr(shell(), "kernel")


def on_update(listener: Callable[[str], None] | None) -> None:
    """Give the text of what can change, and of each change, to `listener`: for programs that write to a terminal."""
    global _listener
    _listener = listener


def cell_number() -> int | None:
    """The running cell's number."""
    ip = shell()
    return None if ip is None else int(ip.execution_count)


def show(bundle: dict[str, Any], display_id: str | None = None) -> None:
    """Show it now, in the running cell."""
    if display_id:
        _shown.add(display_id)
        _tell(bundle)
    if shell() is not None:
        from IPython.display import display

        display(bundle, raw=True, **({"display_id": display_id} if display_id else {}))  # type: ignore[no-untyped-call]


def update(bundle: dict[str, Any], display_id: str) -> None:
    """Change every output that this kernel has shown under this id, in whatever cell it stands."""
    if display_id in _shown:
        _tell(bundle)
    if display_id in _shown and shell() is not None:
        from IPython.display import update_display

        update_display(bundle, display_id=display_id, raw=True)  # type: ignore[no-untyped-call]


def _tell(bundle: dict[str, Any]) -> None:
    if _listener is not None:
        _listener(bundle["text/plain"])
