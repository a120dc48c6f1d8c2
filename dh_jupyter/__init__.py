"""The broker: a Jupyter server extension that keeps the catalogue and runs functions; and the built lab extension.

Importing this package costs next to nothing; the database and the rest are imported when the broker starts.
"""

from __future__ import annotations

from typing import Any

from dh_kernel._version import __version__

__all__ = ["__version__"]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Where JupyterLab finds the browser's half."""
    return [{"src": "labextension", "dest": "dh-jupyter"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """What a Jupyter server loads."""
    from .app import DhExtension

    return [{"module": "dh_jupyter", "app": DhExtension}]
