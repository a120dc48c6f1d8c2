"""Whose run is next: fair between people, and for each person between what they started by hand and their sweeps.

Every place that is given is paid for in cores, by the user and by the group within the user (a sweep or a workflow, or ""
for runs that were started one by one). Who has paid least is next. Single runs pay a quarter: a person who waits for one
comes before their own sweeps, three times of four, and the sweeps still move. Who comes (again) begins where the others
are: nobody saves up for later. Pure: plain dicts in and out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

BY_HAND = 4.0  # how much less a run that was started by hand pays

Share = tuple[str, ...]  # (user,) or (user, group)


@dataclass(frozen=True)
class Waiting:
    """A run that waits for a place. `group`: what it is a step of; "" if it was started by hand."""

    project: str
    run_id: str
    executor: str = "local"
    cores: int = 1
    gpus: int = 0
    user: str = ""
    group: str = ""

    @property
    def shares(self) -> tuple[Share, Share]:
        """Who pays for it."""
        return (self.user,), (self.user, self.group)


@dataclass
class Paid:
    """What each share has paid. `level` is what the last that was served had paid, among all users and within each."""

    by: dict[Share, float] = field(default_factory=dict)
    level: dict[Share, float] = field(default_factory=dict)


def join(paid: Paid, run: Waiting, waiting: Iterable[Waiting]) -> None:
    """A run comes to the line: a share of which nobody waits yet begins where the others are."""
    present = {share for other in waiting for share in other.shares}
    for share in run.shares:
        if share not in present:
            paid.by[share] = max(paid.by.get(share, 0.0), paid.level.get(share[:-1], 0.0))


def next_of(waiting: Sequence[Waiting], paid: Paid) -> Waiting:
    """Who is next. `waiting` is in the order of coming, and not empty."""

    def rank(place: int) -> tuple[float, float, bool, int]:
        run = waiting[place]
        user, group = run.shares
        return paid.by.get(user, 0.0), paid.by.get(group, 0.0), run.group != "", place

    return waiting[min(range(len(waiting)), key=rank)]


def pay(paid: Paid, run: Waiting) -> None:
    """The run got its place."""
    price = float(run.cores) / (1.0 if run.group else BY_HAND)
    user, group = run.shares
    for share, cost in ((user, float(run.cores)), (group, price)):
        before = paid.by.get(share, 0.0)
        paid.level[share[:-1]] = max(paid.level.get(share[:-1], 0.0), before)
        paid.by[share] = before + cost


def forget(paid: Paid, waiting: Iterable[Waiting]) -> None:
    """Keep the accounts of those who wait, and of those who are ahead of the level: they must not gain by coming back.

    Where nobody waits, nobody owes anybody anything.
    """
    waiting = list(waiting)
    if not waiting:
        paid.by.clear()
        paid.level.clear()
    present = {share for run in waiting for share in run.shares}
    ahead = {share for share, cores in paid.by.items() if cores > paid.level.get(share[:-1], 0.0)}
    paid.by = {share: cores for share, cores in paid.by.items() if share in present | ahead}
