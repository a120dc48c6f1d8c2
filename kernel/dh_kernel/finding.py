"""What a reference names, as the handle of its kind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .entities import EntityHandle
from .errors import Invalid, NotFound
from .handles import RunHandle
from .refs import parse
from .session import Session
from .sweeping.handle import Sweep, is_sweep

if TYPE_CHECKING:
    from ._contract import Entity

_RUN_NAME = re.compile(r".+-\d+|[0-9a-f]{6,32}")


def is_run_name(name: str) -> bool:
    """Whether it reads as `train-42` or an id of a run."""
    return _RUN_NAME.fullmatch(name) is not None


def named(thing: Any) -> str:
    """A reference as it was written, or a handle's key. Raises Invalid for what names nothing."""
    text = thing if isinstance(thing, str) else getattr(thing, "key", None)
    if not isinstance(text, str):
        raise Invalid(
            f"A {type(thing).__name__} names nothing of the catalogue.",
            'Give a handle, or a reference: "function/train@2".',
        )
    return text


def find_run(session: Session, reference: str) -> RunHandle:
    """The handle of `run/train-42`, `train-42`, an id or a key."""
    return run_handle(session, session.resolve(reference, "run"))


def run_handle(session: Session, run: Entity, note: str = "") -> RunHandle:
    """The handle of a run's document, by its kind."""
    return (Sweep if is_sweep(run) else RunHandle)(session, run, note)


def find_function_or_run(session: Session, name: str) -> Entity:
    """A function's document; a run's where no function has that name. Raises NotFound, about the function."""
    try:
        return session.resolve(name, "function")
    except NotFound as missing:
        if not is_run_name(name):
            raise
        try:
            return session.resolve(name, "run")
        except NotFound:
            raise missing from None


def find_entity(session: Session, reference: str) -> EntityHandle | RunHandle:
    """The handle of whatever a reference names; of bare names only those of runs (train-42) say what they are."""
    bare = "/" not in reference
    if bare and not is_run_name(reference):
        raise Invalid(f"'{reference}' names no type.", f"Write it as type/name, e.g. function/{reference}.")
    entity = session.resolve(reference, "run" if bare else None)
    is_run = parse(entity["key"]).entity == "run"
    return run_handle(session, entity) if is_run else EntityHandle(session, entity)
