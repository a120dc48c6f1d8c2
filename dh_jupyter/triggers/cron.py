"""Schedules, in Quartz's form and in unix', and their next tick (core-api, section 11). Pure.

5 fields are unix': minute hour day month weekday, Sunday being 0 or 7. 6 and 7 are Quartz': second first, year last, Sunday
being 1. `?` is no value, `L` the last day of the month, `L-3` three before it, `6L` the last of that weekday, `6#2` the
second of it. Ranges may go over the end: `FRI-MON`, `22-2`. Where both day and weekday are restricted, either will do.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from dh_kernel.errors import Invalid, did_you_mean

WORDS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
LIMITS = {
    "second": (0, 59),
    "minute": (0, 59),
    "hour": (0, 23),
    "day": (1, 31),
    "month": (1, 12),
    "year": (1970, 2199),
}
ANY = ("*", "?")
YEARS_LOOKED_AHEAD = 40  # the 29th of February on a Monday may be 40 years away
_PART = re.compile(r"(?:(\*)|([A-Z]{3}|\d+)(?:-([A-Z]{3}|\d+))?)(?:/(\d+))?", re.ASCII)


@dataclass(frozen=True)
class Days:
    """Which days of a month: by number, from the month's end, and by weekday (0 is Monday)."""

    numbers: frozenset[int] | None = None  # None: all
    from_end: frozenset[int] = frozenset()  # 0 is the last
    weekdays: frozenset[int] | None = None
    last: frozenset[int] = frozenset()  # the last such weekday
    nth: frozenset[tuple[int, int]] = frozenset()  # (weekday, which)

    def of(self, year: int, month: int) -> list[int]:
        """The days, in order."""
        first, length = calendar.monthrange(year, month)
        days = range(1, length + 1)
        by_number = self.numbers is not None or bool(self.from_end)
        by_weekday = self.weekdays is not None or bool(self.last or self.nth)
        if not by_number and not by_weekday:
            return list(days)
        return [
            day
            for day in days
            if (by_number and self._numbered(day, length))
            or (by_weekday and self._named(day, (first + day - 1) % 7, length))
        ]

    def _numbered(self, day: int, length: int) -> bool:
        return day in (self.numbers or ()) or length - day in self.from_end

    def _named(self, day: int, weekday: int, length: int) -> bool:
        if weekday in (self.weekdays or ()) or (weekday, (day - 1) // 7 + 1) in self.nth:
            return True
        return weekday in self.last and day + 7 > length


@dataclass(frozen=True)
class Schedule:
    """When it ticks, in the server's local time."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: frozenset[int]
    days: Days
    years: frozenset[int] | None = None

    def after(self, moment: datetime) -> datetime | None:
        """The first tick later than a (naive) moment; None if none comes within decades."""
        start = moment.replace(microsecond=0) + timedelta(seconds=1)
        for day in self._days(start):
            found = self._time_of(start if day == (start.year, start.month, start.day) else None)
            if found is not None:
                return datetime(*day, *found)
        return None

    def _days(self, start: datetime) -> Iterator[tuple[int, int, int]]:
        ahead = range(start.year, min(start.year + YEARS_LOOKED_AHEAD, 9999) + 1)
        for year in ahead if self.years is None else sorted(each for each in self.years if each >= start.year):
            for month in range(1, 13):
                if month in self.months and (year, month) >= (start.year, start.month):
                    here = (year, month) == (start.year, start.month)
                    yield from ((year, month, day) for day in self.days.of(year, month) if not here or day >= start.day)

    def _time_of(self, start: datetime | None) -> tuple[int, int, int] | None:
        """The first time of a day; of the day of `start`, not before it."""
        since = (start.hour, start.minute, start.second) if start else (0, 0, 0)
        for hour in self.hours:
            for minute in self.minutes if hour >= since[0] else ():
                if (hour, minute) >= since[:2]:
                    for second in self.seconds:
                        if (hour, minute, second) >= since:
                            return hour, minute, second
        return None


def parse(text: str) -> Schedule:
    """Raises Invalid, with the field, for what is no schedule, and for one that never ticks."""
    whole = text.strip()
    if whole.startswith("@") and whole not in WORDS:
        raise Invalid(f"spec.schedule: there is no '{whole[:40]}'.", did_you_mean(whole, WORDS))
    fields = WORDS.get(whole, whole).upper().split()
    if not 5 <= len(fields) <= 7:
        raise Invalid(f"spec.schedule: '{text[:80]}' has {len(fields)} fields.", "5 (unix) to 7 (Quartz), or @daily.")
    unix = len(fields) == 5
    second, minute, hour, day, month, weekday, year = (["0", *fields] if unix else fields) + ["*"] * (
        7 - max(6, len(fields))
    )
    numbers, from_end = _days(day)
    weekdays, last, nth = _weekdays(weekday, unix)
    found = Schedule(
        _values(second, "second"),
        _values(minute, "minute"),
        _values(hour, "hour"),
        frozenset(_values(month, "month")),
        Days(numbers, from_end, weekdays, last, nth),
        None if year in ANY else frozenset(_values(year, "year")),
    )
    if found.after(datetime(2000, 1, 1)) is None and found.after(datetime.now()) is None:
        raise Invalid(f"spec.schedule: '{text[:80]}' never comes.")
    return found


def next_tick(schedule: Schedule, after: float) -> float | None:
    """The next tick in seconds since 1970. An hour that the clock repeats ticks once more, one that it leaves out late."""
    moment: datetime | None = datetime.fromtimestamp(after)
    for _ in range(4000):  # seconds of an hour that is repeated
        moment = schedule.after(moment) if moment else None
        if moment is None:
            return None
        for fold in (0, 1):
            tick = moment.replace(fold=fold).timestamp()
            if tick > after:
                return tick
    return None


def _values(field: str, name: str) -> tuple[int, ...]:
    if field in ANY:
        low, high = LIMITS[name]
        return tuple(range(low, high + 1))
    return tuple(sorted({value for part in field.split(",") for value in _part(part, name, LIMITS[name])}))


def _part(part: str, name: str, limits: tuple[int, int], wide: int = 0) -> Iterator[int]:
    """`*`, `*/n`, `a`, `a/n`, `a-b`, `a-b/n`. `wide`: what a unix weekday may be above its limit (7 is 0)."""
    match = _PART.fullmatch(part)
    if not match:
        raise _wrong(name, part)
    everything, first, second, step = match.groups()
    low, high = limits
    start = low if everything else _number(first, name, low, high + wide)
    end = _number(second, name, low, high + wide) if second else high if everything or step else start
    every = int(step or 1)
    if not 1 <= every <= high + 1:
        raise _wrong(name, part)
    size = high - low + 1
    span = end - start if end >= start else end - start + size
    yield from (low + (start - low + offset) % size for offset in range(0, span + 1, every))


def _number(word: str, name: str, low: int, high: int) -> int:
    if name == "month" and word in MONTHS:
        return MONTHS[word]
    if name == "weekday" and word in WEEKDAYS:
        return WEEKDAYS.index(word) + low
    if not word.isdigit() or len(word) > 4 or not low <= int(word) <= high:
        raise _wrong(name, word)
    return int(word)


def _days(field: str) -> tuple[frozenset[int] | None, frozenset[int]]:
    """Days of the month by number (None: not restricted), and from its end."""
    if field in ANY:
        return None, frozenset()
    numbers: set[int] = set()
    from_end: set[int] = set()
    for part in field.split(","):
        if match := re.fullmatch(r"L(?:-([0-9]{1,2}))?", part):
            from_end.add(int(match[1] or 0))
            if int(match[1] or 0) > 30:
                raise _wrong("day", part)
        else:
            numbers.update(_part(part, "day", LIMITS["day"]))
    return frozenset(numbers), frozenset(from_end)


def _weekdays(field: str, unix: bool) -> tuple[frozenset[int] | None, frozenset[int], frozenset[tuple[int, int]]]:
    """Weekdays (0 is Monday; None: not restricted), those that are the last of a month, and (weekday, which)."""
    if field in ANY:
        return None, frozenset(), frozenset()
    low, wide = (0, 1) if unix else (1, 0)
    plain: set[int] = set()
    last: set[int] = set()
    nth: set[tuple[int, int]] = set()
    for part in field.split(","):
        if match := re.fullmatch(r"([A-Z]{3}|[0-9])(?:(L)|#([1-5]))", part):
            day = (_number(match[1], "weekday", low, low + 6 + wide) - low + 6) % 7
            if match[2]:
                last.add(day)
            else:
                nth.add((day, int(match[3])))
        elif part == "L":
            plain.add(5)  # Quartz: the last day of the week, Saturday
        else:
            plain.update((day - low + 6) % 7 for day in _part(part, "weekday", (low, low + 6), wide))
    return frozenset(plain) if plain else None, frozenset(last), frozenset(nth)


def _wrong(name: str, part: str) -> Invalid:
    low, high = LIMITS.get(name, (1, 7))
    return Invalid(f"spec.schedule: '{part[:40]}' is no {name}.", f"{name}: {low} to {high}, or * */n a-b a,b.")
