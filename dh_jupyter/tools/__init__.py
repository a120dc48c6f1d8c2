"""Web tools of the project (MLflow's pages, Optuna's dashboard), each in a process of its own that only this server reaches."""

from __future__ import annotations

from .running import Tools
from .table import TOOLS, Place, Tool, check_installed, tool_of

__all__ = ["TOOLS", "Place", "Tool", "Tools", "check_installed", "tool_of"]
