"""Which tools there are, what each needs, and how it is started. Pure."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from dh_kernel.errors import NotFound, NotInstalled, did_you_mean

ADDRESS = "dh-tools"  # below the server's base URL
CURE = "pip install 'dh-jupyter[tools]'"
PROXY = "jupyter_server_proxy"
STUDIES = "cache/optuna"  # in the home


@dataclass(frozen=True)
class Place:
    """What a tool works with. `prefix` is the path of its address, with the base URL and without a slash at its end."""

    prefix: str
    tracking: str  # MLflow's URI
    artifacts: str  # the folder in which MLflow keeps files, or empty where it knows a place
    studies: Path  # the folder that names the sweeps which Optuna's dashboard shows


@dataclass(frozen=True)
class Tool:
    """`command` gets the number of the socket that it is to listen on as last argument; `about` is the page of a run."""

    name: str
    title: str
    needs: str  # the package that it is, by its import's name
    command: Callable[[Place], list[str]]
    about: str = "/open?run={run}"
    is_of_sweeps: bool = False  # the run that it shows must be one
    is_told: bool = False  # it shows what the tracker tells MLflow, which is to be told by then
    environment: Mapping[str, str] = field(default_factory=dict)

    def elsewhere(self, place: Place) -> str:
        """The address of a server that is there already, if this tool is one; else empty."""
        return place.tracking if self.name == "mlflow" and place.tracking.startswith(("http://", "https://")) else ""

    def page(self, prefix: str, run: str = "") -> str:
        """Path of the page to begin with; `run` is the key of a run that it is to show."""
        return prefix + (self.about.format(run=quote(run, safe="")) if run else "/")


def _python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", f"dh_jupyter.tools.{module}", *arguments]


TOOLS: dict[str, Tool] = {
    one.name: one
    for one in (
        Tool(
            "mlflow",
            "MLflow",
            "mlflow",
            lambda place: _python("mlflow_pages", place.tracking, place.artifacts),
            is_told=True,
            environment={
                "MLFLOW_DISABLE_TELEMETRY": "true",
                "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # eight more processes, for what notebooks do not use
                "GIT_PYTHON_REFRESH": "quiet",
            },
        ),
        Tool(
            "optuna",
            "Optuna dashboard",
            "optuna_dashboard",
            lambda place: _python("optuna_pages", place.prefix, str(place.studies)),
            is_of_sweeps=True,
        ),
    )
}


def tool_of(name: str) -> Tool:
    """Raises NotFound."""
    try:
        return TOOLS[name]
    except KeyError:
        near = did_you_mean(name, TOOLS) or f"There are {', '.join(TOOLS)}."
        raise NotFound(f"There is no tool '{name[:40]}'.", near) from None


def check_installed(tool: Tool, is_there: Callable[[str], bool]) -> None:
    """Raise NotInstalled, with what to install, if a package is missing. `is_there(module)` says whether one can be imported."""
    for module in (PROXY, tool.needs):
        if not is_there(module):
            package = module.replace("_", "-")
            raise NotInstalled(f"{tool.title} opens in JupyterLab with the package {package}, which is missing.", CURE)
