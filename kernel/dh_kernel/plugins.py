"""Plug-ins by entry point: executors, stores, flavors. Ours enter by the same door as a stranger's.

A group maps a name to `module:attribute`; the module is imported only when its name is asked for.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from .errors import NotInstalled

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

EXECUTORS = "dh_jupyter.executors"
STORES = "dh_kernel.stores"
FLAVORS = "dh_kernel.flavors"


@functools.cache
def _group(group: str) -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points  # here: a run that saves nothing starts without it

    found: Any = entry_points()
    points = found.select(group=group) if hasattr(found, "select") else found.get(group, [])  # Python 3.9 has a dict
    return {point.name: point for point in points}


def names(group: str) -> list[str]:
    """Names of the installed plug-ins of a group, sorted."""
    return sorted(_group(group))


def load(group: str, name: str) -> Any:
    """The object behind a plug-in's name. Raises NotInstalled, with what there is and what to type."""
    point = _group(group).get(name)
    if point is None:
        kind = group.rpartition(".")[2].rstrip("s")
        raise NotInstalled(
            f"{kind.capitalize()} '{name}' is not installed. Installed: {', '.join(names(group)) or 'none'}.",
            f"Add it: pip install dh-{name}",
        )
    try:
        return point.load()
    except ImportError as error:
        raise NotInstalled(
            f"'{name}' is installed but can't be loaded: {error}.", "pip install what it names."
        ) from error
