"""What a run had installed, and the same run once more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .display.table import Table
from .errors import Invalid
from .handles import RunHandle
from .options import NAMES, run_options

if TYPE_CHECKING:
    from .session import Session


def repeat(session: Session, same_as: str | RunHandle, options: Mapping[str, Any], function: Any = None) -> RunHandle:
    """Post a run that is the same as another. `options` are run options. Raises Invalid with what can't be repeated."""
    name = same_as.key if isinstance(same_as, RunHandle) else _reference(same_as)
    strange = [option for option in options if option not in NAMES]
    if strange:
        shown = getattr(same_as, "name", same_as)
        raise Invalid(
            f"'{strange[0]}' can't be given: a run that is the same as {shown} has its arguments.",
            f"To change some: %dh retry {shown} {strange[0]}=VALUE",
        )
    spec = {"same_as": name, **({"function": str(function)} if function else {}), **run_options(options)}
    run = session.post("runs", body={"project": session.project, "spec": spec})
    notes = [f"not the same: {note}" for note in run["status"].get("warnings") or []]
    shown = getattr(same_as, "name", str(same_as).rpartition("/")[2])
    return RunHandle(session, run, "\n".join([f"the same as {shown}: code, inputs, parameters, packages", *notes]))


def _reference(text: str) -> str:
    return text if "/" in text else f"run/{text}"


def environment_table(environment: Mapping[str, Any], name: str) -> Table:
    """Python, platform and all packages with their versions."""
    rows = []
    for line in environment["packages"]:
        package, sign, version = line.partition("==") if "==" in line else line.partition(" @ ")
        rows.append((package, version if sign else ""))
    title = f"{name}: Python {environment['python']} on {environment['platform']}"
    return Table(("package", "version"), rows, title, note=f"{len(rows)} packages · {environment['digest']}")
