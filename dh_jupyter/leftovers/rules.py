"""Which files nothing refers to. Pure: names, sizes and times in, leftovers out.

Only what lies where we put things is looked at, `PROJECT/TYPE/NAME/ID` and `PROJECT/.runs/RUN`; files that people placed
in the store themselves are theirs. What is younger than GRACE may be on its way to be registered.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dh_kernel._contract import Leftover

GRACE = 86_400.0  # seconds
UNUSED = 30 * 86_400.0  # seconds after which a cache is one for nobody
DELIVERIES, CODE = ".runs", "code-"  # see deliveries.py
CODE_AGAIN = "code of runs that have had a day to fetch it; it is put there again when it is needed"
NEVER_COMPLETED = "it was begun, and never completed"
TYPES = ("artifact", "dataitem", "model")
WHOLE = ".whole"  # the mark beside a folder in an S3
SHARED = "an S3 may be another catalogue's, too: --store if it is not"


@dataclass(frozen=True)
class Stored:
    """A file in the store: its name below the store's root, and when it was written (seconds since 1970)."""

    name: str
    size: int
    written: float


def unit_of(name: str) -> str | None:
    """What is kept or removed as a whole, of a file's name; None for what is not ours."""
    parts = name.split("/")
    if len(parts) > 2 and parts[1] == DELIVERIES:
        return "/".join(parts[:3])
    if len(parts) > 3 and parts[1] in TYPES:
        last = parts[3].removesuffix(WHOLE) if len(parts) == 4 else parts[3]
        return "/".join((*parts[:3], last))
    return None


def unreferenced(
    files: Iterable[Stored],
    referenced: Collection[str],
    run_state: Callable[[str, str], str | None],
    now: float,
    *,
    is_shared: bool,
) -> list[Leftover]:
    """`referenced`: names below the root that entities have as their path. `run_state(project, run)`: open, ended, or None
    for one that is not there. `is_shared`: another catalogue may have things in the same store."""
    sizes: dict[str, int] = {}
    written: dict[str, float] = {}
    for each in files:
        unit = unit_of(each.name)
        if unit is not None:
            sizes[unit] = sizes.get(unit, 0) + each.size
            written[unit] = max(written.get(unit, 0.0), each.written)
    kept = {unit for path in referenced if (unit := unit_of(f"{path.rstrip('/')}/x"))}
    kept |= {unit for path in referenced if (unit := unit_of(path))}
    found = []
    for unit in sorted(sizes):
        if now - written[unit] >= GRACE and unit not in kept:
            found += _leftover(unit, sizes[unit], now - written[unit], run_state, is_shared)
    return found


def _leftover(
    unit: str, size: int, age: float, run_state: Callable[[str, str], str | None], is_shared: bool
) -> list[Leftover]:
    parts = unit.split("/")
    is_delivery = parts[1] == DELIVERIES
    state = run_state(parts[0], parts[2]) if is_delivery else None
    if state == "open":
        return []
    why = f"nothing has it as its path ({parts[1]} '{parts[2]}')"
    if is_delivery:
        gone = CODE_AGAIN if parts[2].startswith(CODE) else "its run is not there any more"
        why = "its run has ended, and what it gave is registered" if state else gone
    held = {"held": SHARED} if is_shared and state is None else {}
    row: Leftover = {
        "what": "delivery" if is_delivery else "file",
        "where": unit,
        "bytes": size,
        "age": age,
        "why": why,
        "removed": False,
        **held,  # type: ignore[typeddict-item]
    }
    return [row]


def expired(run: Mapping[str, object], ended: float, days: int, now: float, is_needed: bool) -> bool:
    """Whether a run that has ended is older than what is kept; one whose outputs are there is their history."""
    return days > 0 and not is_needed and now - ended > days * 86_400
