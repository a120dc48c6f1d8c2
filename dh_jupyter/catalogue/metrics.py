"""Metrics beside runs and models: a number or a series of numbers by name. Appending costs what is appended, no more."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from dh_kernel.errors import Invalid, NotFound, did_you_mean

from . import store
from .tables import metrics, points
from .types import MEASURED

Point = tuple[int | None, float | None, float]  # step, seconds since 1970, value
Added = tuple[str, int | None, float | None, float]  # name, step, time, value
Value = float | str  # a word for what JSON has no number for: NaN, Infinity, -Infinity

# Built once: building them costs more than the database's own work.
_POINTS = (
    select(points.c.name, points.c.step, points.c.time, points.c.value)
    .where(points.c.seq == bindparam("of"))
    .order_by(points.c.name, points.c.position)
)
_VALUES = (
    select(points.c.value)
    .where(points.c.seq == bindparam("of"), points.c.name == bindparam("named"))
    .order_by(points.c.position)
)
_DELETE_POINTS = delete(points).where(points.c.seq == bindparam("of"), points.c.name == bindparam("named"))
_DELETE_METRIC = delete(metrics).where(metrics.c.seq == bindparam("of"), metrics.c.name == bindparam("named"))
_INSERT_METRIC, _INSERT_POINT = insert(metrics), insert(points)

_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def owner(connection: Connection, project: str, entity: str, ident: str, *, lock: bool = False) -> int:
    """The `seq` of a run or model. Raises NotFound, and Invalid for what has no metrics."""
    if entity not in MEASURED:
        raise Invalid(f"A {entity} has no metrics.", f"These have: {', '.join(sorted(MEASURED))}.")
    return int(store.need(connection, project, entity, ident, lock=lock).seq)


def read(connection: Connection, seq: int, name: str | None = None) -> dict[str, Value | list[Value]]:
    """All metrics of an entity, or the one of a name; none is {}."""
    known = select(metrics.c.name, metrics.c.is_series).where(metrics.c.seq == seq)
    stored = select(points.c.name, points.c.value).where(points.c.seq == seq)
    if name is not None:
        known, stored = known.where(metrics.c.name == name), stored.where(points.c.name == name)
    is_series: dict[str, bool] = {row.name: row.is_series for row in connection.execute(known.order_by(metrics.c.name))}
    values: dict[str, list[Value]] = {each: [] for each in is_series}
    for each, value in connection.execute(stored.order_by(points.c.name, points.c.position)):
        values[each].append(_as_json(value))
    return {each: series if is_series[each] or not series else series[0] for each, series in values.items()}


def read_points(connection: Connection, seq: int) -> dict[str, list[Point]]:
    """All series with steps and times, by name."""
    series: dict[str, list[Point]] = {}
    for name, step, time, value in connection.execute(_POINTS, {"of": seq}):
        series.setdefault(name, []).append((step, time, math.nan if value is None else value))
    return series


def read_points_of(connection: Connection, seqs: Sequence[int]) -> dict[int, dict[str, list[Point]]]:
    """The same of many entities, by `seq`."""
    found: dict[int, dict[str, list[Point]]] = {}
    chosen = select(points.c.seq, points.c.name, points.c.step, points.c.time, points.c.value)
    for start in range(0, len(seqs), store.IDS_AT_ONCE):
        some = chosen.where(store.among(points.c.seq, seqs[start : start + store.IDS_AT_ONCE]))
        for seq, name, step, time, value in connection.execute(
            some.order_by(points.c.seq, points.c.name, points.c.position)
        ):
            point = (step, time, math.nan if value is None else value)
            found.setdefault(seq, {}).setdefault(name, []).append(point)
    return found


def read_one(connection: Connection, seq: int, name: str) -> Value | list[Value]:
    """One metric. Raises NotFound, with the nearest name."""
    found = read(connection, seq, name)
    if name not in found:
        known = connection.execute(select(metrics.c.name).where(metrics.c.seq == seq)).scalars()
        raise NotFound(f"There is no metric '{name}'.", did_you_mean(name, known))
    return found[name]


def put(connection: Connection, seq: int, name: str, value: object) -> None:
    """Replace a metric by a number or a flat list of numbers; anything else is Invalid. A list that goes on from what is
    there, as the public SDK sends it with each point, costs what is new; points keep their steps and times then."""
    series = value if isinstance(value, list) else [value]
    numbers = [_number(each, name) for each in series]
    known = _values(connection, seq, name) if isinstance(value, list) and len(numbers) > 1 else []
    if known and len(known) < len(numbers) and all(map(_is_same, known, numbers)):
        append(connection, seq, [(name, None, None, number) for number in numbers[len(known) :]])
    else:
        replace(connection, seq, {name: numbers}, is_series=isinstance(value, list))


def _values(connection: Connection, seq: int, name: str) -> Sequence[float | None]:
    return connection.execute(_VALUES, {"of": seq, "named": name}).scalars().all()


def _is_same(stored: float | None, number: float) -> bool:
    return math.isnan(number) if stored is None else stored == number


def replace(
    connection: Connection, seq: int, series: Mapping[str, Sequence[Any]], *, is_series: bool | None = None
) -> None:
    """Replace metrics by whole series of points, or of bare numbers. One point is a number unless `is_series` says else."""
    if not series:
        return
    named = [{"of": seq, "named": name} for name in series]
    connection.execute(_DELETE_POINTS, named)
    connection.execute(_DELETE_METRIC, named)
    connection.execute(
        _INSERT_METRIC,
        [
            {
                "seq": seq,
                "name": name,
                "is_series": len(values) != 1 if is_series is None else is_series,
                "length": len(values),
            }
            for name, values in series.items()
        ],
    )
    for name, values in series.items():
        _insert(connection, seq, name, 0, [_point(value, name) for value in values])


def append(connection: Connection, seq: int, added: Iterable[Added]) -> None:
    """Add points (name, step, time, value) at the end of their series; the second point makes a number a series."""
    by_name: dict[str, list[Point]] = {}
    for name, step, time, value in added:
        by_name.setdefault(name, []).append((step, time, _number(value, name)))
    known = select(metrics.c.name, metrics.c.length).where(metrics.c.seq == seq, metrics.c.name.in_(by_name))
    lengths: dict[str, int] = {row.name: row.length for row in connection.execute(known)}
    for name, new in by_name.items():
        length = lengths.get(name)
        if length is None:
            row = {"seq": seq, "name": name, "is_series": len(new) > 1, "length": len(new)}
            connection.execute(_INSERT_METRIC, row)
        else:
            same = (metrics.c.seq == seq) & (metrics.c.name == name)
            connection.execute(update(metrics).where(same).values(is_series=True, length=length + len(new)))
        _insert(connection, seq, name, length or 0, new)


def _insert(connection: Connection, seq: int, name: str, start: int, new: Sequence[Point]) -> None:
    if new:
        connection.execute(
            _INSERT_POINT,
            [
                {
                    "seq": seq,
                    "name": name,
                    "position": start + index,
                    "step": step,
                    "time": time,
                    "value": None if math.isnan(value) else value,
                }
                for index, (step, time, value) in enumerate(new)
            ],
        )


def _point(value: Any, name: str) -> Point:
    if isinstance(value, tuple):
        step, time, number = value
        return step, time, _number(number, name)
    return None, None, _number(value, name)


def _number(value: object, name: str) -> float:
    if isinstance(value, str) and value in _WORDS:
        return _WORDS[value]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Invalid(f"metric '{name}': {value!r} is not a number", "Send a number or a flat list of numbers.")
    try:
        return float(value)
    except OverflowError as error:
        raise Invalid(f"metric '{name}': the number is too big") from error


def _as_json(value: float | None) -> Value:
    if value is None:
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return int(value) if value.is_integer() and abs(value) < 2**53 else value
