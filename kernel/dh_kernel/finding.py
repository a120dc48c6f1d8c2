"""What a reference names, as the handle of its kind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .entities import EntityHandle
from .errors import Invalid
from .handles import RunHandle
from .refs import parse
from .session import Session
from .sweeping.handle import Sweep, is_sweep

if TYPE_CHECKING:
    from ._contract import Entity

_RUN_NAME = re.compile(r".+-\d+|[0-9a-f]{6,32}")


def find_run(session: Session, reference: str) -> RunHandle:
    """The handle of `run/train-42`, `train-42`, an id or a key."""
    return run_handle(session, session.resolve(reference, "run"))


def run_handle(session: Session, run: Entity, note: str = "") -> RunHandle:
    """The handle of a run's document, by its kind."""
    return (Sweep if is_sweep(run) else RunHandle)(session, run, note)


def find_entity(session: Session, reference: str) -> EntityHandle | RunHandle:
    """The handle of whatever a reference names; of bare names only those of runs (train-42) say what they are."""
    bare = "/" not in reference
    if bare and not _RUN_NAME.fullmatch(reference):
        raise Invalid(f"'{reference}' names no type.", f"Write it as type/name, e.g. function/{reference}.")
    entity = session.resolve(reference, "run" if bare else None)
    is_run = parse(entity["key"]).entity == "run"
    return run_handle(session, entity) if is_run else EntityHandle(session, entity)
