"""Forms of ipywidgets: for a function's parameters, and for a run as it goes on. ipywidgets is imported here only."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

from ..errors import NotInstalled

if TYPE_CHECKING:
    from .function import FunctionForm
    from .run import RunView
    from .things import Function, Run


def function_form(function: Function) -> FunctionForm:
    """A form for a function's parameters. Raises NotInstalled without ipywidgets."""
    _need_widgets()
    from .function import FunctionForm

    return FunctionForm(function)


def run_view(run: Run) -> RunView:
    """A run, live. Raises NotInstalled without ipywidgets."""
    _need_widgets()
    from .run import RunView

    return RunView(run)


def _need_widgets() -> None:
    if importlib.util.find_spec("ipywidgets") is None:
        raise NotInstalled(
            "Forms need ipywidgets, which is not installed in this environment.",
            "%pip install ipywidgets, then load the page again; without it: %dh run FUNCTION name=value",
        )
