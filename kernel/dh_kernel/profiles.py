"""The administrator's profiles, as tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from .display.table import Table
from .options import shown_options, typed_seconds
from .session import Session

if TYPE_CHECKING:
    from ._contract import Profile

_PATH = "/api/v1/profiles"
_GPUS = "?gpus=true"  # with what is free of them
_WORDS = {"mem": "memory"}


def table(session: Session) -> Table:
    """All: name, what it is for, where it runs, what it gives and the most that it allows."""
    answer = session.client.request("GET", _PATH + _GPUS)
    found: list[Profile] = answer.body
    rows = [_row(profile) for profile in found]
    columns: tuple[str, ...] = ("profile", "for", "runs on", "resources", "at most")
    if any("gpus" in profile for profile in found):
        columns += ("GPUs",)
        rows = [(*row, profile.get("gpus", "")) for row, profile in zip(rows, found)]
    note = "%dh run FUNCTION --profile NAME" if rows else "None is set up here. Give resources: --cpu 2 --memory 8Gi"
    if trouble := unquote(answer.headers.get("x-dh-trouble", "")):
        note = trouble
    return Table(columns, rows, note=note, kind="profiles")


def details(session: Session, name: str) -> Table:
    """One, in full. Raises NotFound with the nearest name."""
    profile: Profile = session.client.get(f"{_PATH}/{quote(str(name), safe='')}{_GPUS}")
    options: dict[str, Any] = dict(profile["options"])
    limits: dict[str, Any] = dict(profile["limits"])
    rows: list[tuple[str, str]] = [
        ("for", profile.get("description", "")),
        ("runs on", options.get("executor", "local")),
    ]
    rows += [("GPUs", profile.get("gpus", ""))]
    rows += [("an hour costs", f"{profile['price']:g}")] if "price" in profile else []
    rows += [("options", flag) for flag in shown_options({**options, "executor": None})]
    rows += [("variable", f"{env['name']}={env['value']}") for env in options.get("envs", [])]
    rows += [("secret", secret) for secret in options.get("secrets", [])]
    rows += [("at most", _amounts({name: value})) for name, value in limits.items()]
    placement: dict[str, Any] = dict(profile["placement"])
    rows += [(field.replace("_", " "), _plain(value)) for field, value in placement.items()]
    return Table(("", ""), [row for row in rows if row[1]], title=f"profile {name}", widest=200, kind="profile")


def names(session: Session) -> list[str]:
    """All names, for completion."""
    return [profile["name"] for profile in session.client.get(_PATH)]


def _row(profile: Profile) -> tuple[str, ...]:
    options = profile["options"]
    return (
        profile["name"],
        profile.get("description", ""),
        options.get("executor", "local"),
        _amounts(options.get("resources") or {}),
        _amounts(profile["limits"]),
    )


def _amounts(fields: Mapping[str, Any]) -> str:
    """`cpu 2, memory 8Gi`."""
    return ", ".join(f"{_WORDS.get(name, name)} {_amount(name, value)}" for name, value in fields.items())


def _amount(name: str, value: Any) -> str:
    return typed_seconds(value) if name == "timeout" else str(value)


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={item}" for name, item in value.items())
    if isinstance(value, list):
        return "; ".join(_plain(item) for item in value)
    return str(value)
