"""DigitalHub in the notebook: `%load_ext dh_kernel`, or `import dh_kernel as dh`.

Nothing is imported before it is used, so that loading costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

from ._version import __version__

_PLACES = {
    "function": "api",
    "run": "api",
    "dataset": "api",
    "load": "api",
    "publish": "api",
    "ls": "api",
    "show": "api",
    "diff": "api",
    "logs": "api",
    "stop": "api",
    "retry": "api",
    "form": "api",
    "doctor": "api",
    "gc": "api",
    "profile": "api",
    "project": "api",
    "secret": "api",
    "projects": "api",
    "export": "api",
    "apply": "api",
    "import_": "api",
    "wait_all": "fanout",
    "gather": "fanout",
    "report": "reporting",
    "progress": "reporting",
    "FixedTrial": "asking",
    "TrialPruned": "asking",
    "output": "handing",
    "space": "sweeping",
    "job": "api",
    "sweep": "api",
    "Results": "fanout",
    "Dataset": "loading",
    "DHError": "errors",
    "RunFailed": "errors",
    "FunctionHandle": "functions",
    "RunHandle": "handles",
    "Sweep": "sweeping.handle",
    "Trial": "sweeping.handle",
    "EntityHandle": "entities",
}
__all__ = ["__version__", "load_ipython_extension", "unload_ipython_extension", *_PLACES]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'dh_kernel' has no attribute '{name}'")
    value = getattr(importlib.import_module(f".{_PLACES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_PLACES})


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext dh_kernel`."""
    from .magics.register import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """`%unload_ext dh_kernel`."""
    from .magics.register import unload

    unload(shell)
