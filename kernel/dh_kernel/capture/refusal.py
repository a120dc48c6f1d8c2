"""What can't be captured, in words: the name, its type and size, and what to do."""

from __future__ import annotations

import builtins
import functools
import sys
import types
from collections.abc import Iterable, Sequence
from typing import Any

from ..arguments import unpassable
from ..errors import NotCaptured, did_you_mean

_CODE = (types.FunctionType, functools.partial, type(functools.lru_cache(len)))
OF_THE_SHELL = {"In", "Out", "_ih", "_oh", "_dh", "_", "__", "___", "_i", "_ii", "_iii", "exit", "quit"}


def refuse(target: str, faults: Iterable[str]) -> None:
    """Raise NotCaptured with all faults, if there are any."""
    lines = list(dict.fromkeys(faults))
    if lines:
        raise NotCaptured(lines[0], "Nothing was registered.", lines[1:])


def undefined(by: str, name: str, known: Iterable[str]) -> str:
    """A name that nobody has defined."""
    near = did_you_mean(name, [other for other in [*known, *dir(builtins)] if not other.startswith("_")])
    hint = near if near.startswith("Did") else "Define it in a cell first."
    if name == "dh":
        hint = "Write in a cell: import dh_kernel as dh"
    return f"{by}() uses {name}, which is not defined. {hint}"


class Uncapturable(str):
    """The words for a value that no expression makes again, and what they are about: the function that uses it, its name
    there, what it is, and whether a run can be given it."""

    by: str
    name: str
    described: str
    can_travel: bool


def uncapturable(target: str, by: str, name: str, value: object) -> str:
    """A value that no expression makes again."""
    if callable(value) and not isinstance(value, type) and (isinstance(value, _CODE) or by == name):
        return _sourceless(target, by, name, value)
    what, refused = described(value), unpassable(name, value)
    cure = f"Make it a parameter: def {target}({name}, …), and pass it with %dh run {target} {name}=${name}."
    if not _can_travel(value):
        cure = f"It is of this process alone: make one inside {by}()."
    elif refused is not None:
        way = f"{refused.hint[0].lower()}{refused.hint[1:]}"
        cure = f"Make it inside {by}(). Or make it a parameter, def {target}({name}, …): {way}"
    fault = Uncapturable(f"{by}() uses {name} ({what}). {cure}")
    fault.by, fault.name, fault.described, fault.can_travel = by, name, what, _can_travel(value) and refused is None
    return fault


def _can_travel(value: object) -> bool:
    """Not a lock, a connection, an open file or a generator."""
    try:
        value.__reduce_ex__(5)  # nothing large is copied
    except TypeError:
        return False
    except Exception:  # noqa: BLE001 - any object may be asked, and passing it says what is wrong with it
        return True
    return True


def _sourceless(target: str, by: str, name: str, value: Any) -> str:
    """A function that was made by exec() or a call, or whose module has another in its place."""
    what = (
        f"{by}() uses {name}, whose code is found in no cell"
        if by != name
        else f"The code of {name}() is found in no cell"
    )
    module = str(getattr(value, "__module__", None) or "__main__")
    if module == "__main__":
        return f"{what}. Write it as a def in a cell."
    other = str(getattr(value, "__qualname__", name)).partition(".")[0]
    again = f"from {module} import {other}{f' as {name}' if other != name else ''}"
    return f"{what}, and {module} has not got it any more. Import it again: {again}"


def unlike(by: str, name: str, why: str, also: Sequence[str] = (), gone: Sequence[str] = ()) -> str:
    """A thing that its text would not make again. `also`: what depends on it, and is to be made again with it; those that are
    `gone` have no name in the notebook."""
    kind = "it" if by == name else f"{name}"
    cure = "Run its cell again"
    if also:
        cure += f", then define {', '.join(also)} again"
    if gone:
        cure += f", and keep the name{'s' if len(gone) > 1 else ''} {', '.join(gone)}"
    return f"{by}() can't be captured: {kind} is not what its code says, {why}. {cure}, or write the change into it."


def shared(by: str, name: str, why: str) -> str:
    """A thing that would be two in a run, and is one here."""
    cure = "Give what is shared a name of its own, and use that name in both."
    return f"{by}() uses {name}, which can't be made again alone: {why}. {cure}"


def described(value: object) -> str:
    """`DataFrame, 336,776 x 19, 96 MB`: the type, and the size where it has one."""
    parts = [type(value).__name__]
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and shape and all(isinstance(size, int) for size in shape):
        parts.append(" x ".join(f"{size:,}" for size in shape) + ("" if len(shape) > 1 else " elements"))
    elif hasattr(value, "__len__"):
        parts.append(_counted(value))
    size = _bytes(value)
    if size >= 1024:
        parts.append(_shown(size))
    return ", ".join(part for part in parts if part)


def _counted(value: Any) -> str:
    try:
        return f"{len(value):,} elements"
    except TypeError:
        return ""


def _bytes(value: Any) -> int:
    try:
        usage = getattr(value, "memory_usage", None)
        if callable(usage):
            found = usage(deep=False)
            return int(found if isinstance(found, int) else found.sum())
        return int(getattr(value, "nbytes", None) or sys.getsizeof(value))
    except Exception:  # noqa: BLE001 - it is for a message only, and any object may be asked
        return 0


def _shown(size: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.0f} {unit}" if size >= 10 or unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return ""
