"""The module that a run's function was, in a kernel that may never have seen its cells: for the classes of what it returned."""

from __future__ import annotations

import base64
import sys
import types
from typing import TYPE_CHECKING

from .refs import parse
from .session import Session

if TYPE_CHECKING:
    from ._contract import Entity


def code_of(session: Session, run: Entity) -> types.ModuleType:
    """The module, made once for each version of a function. It defines, and calls nothing. Raises ImportError.

    It stays among the loaded modules, where dataclasses and pickle look for the module of a class.
    """
    function = parse(run["spec"]["function"])
    name = f"dh_code_{function.selector}"
    if name not in sys.modules:
        source = session.get("functions", str(function.selector))["spec"]["source"]
        sys.modules[name] = _made(name, base64.b64decode(source["base64"]).decode())
    return sys.modules[name]


def _made(name: str, text: str) -> types.ModuleType:
    module = types.ModuleType(name)
    sys.modules[name] = module
    try:
        exec(compile(text, f"<{name}>", "exec"), module.__dict__)
    except BaseException as error:
        del sys.modules[name]
        raise ImportError(f"{name}: {error!r}") from error
    return module
