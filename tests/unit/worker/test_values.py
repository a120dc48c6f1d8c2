"""What is taken apart is built again equal and of the same type: the trees of plain values, through JSON."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import json
import math
import sys
import threading
import uuid
import zoneinfo
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from dh_jupyter.validation import check_shape
from dh_kernel.rundir import RunFolder
from dh_kernel.values import rebuild
from dh_kernel.worker.outputs import NotSaved, Outputs
from dh_kernel.worker.plain import Thing, Whole, holds_itself, metric_of, plain_tree, shown

ROME = zoneinfo.ZoneInfo("Europe/Rome")
EAST = datetime.timezone(datetime.timedelta(hours=5, minutes=30))


class Mode(enum.Enum):
    FAST = "fast"
    PAIR = (1, 2)


class Level(enum.IntEnum):
    LOW = 1


class Rights(enum.Flag):
    READ = 1
    WRITE = 2


class Celsius(float):
    pass


class Pair(NamedTuple):
    low: Any
    high: Any = None


@dataclasses.dataclass
class Point:
    x: Any
    y: Any = dataclasses.field(default=0, repr=False)


@dataclasses.dataclass(frozen=True)
class Slotted:
    __slots__ = ("x",)
    x: Any


@dataclasses.dataclass
class Derived:
    x: int
    double: int = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        self.double = self.x * 2


VALUES: list[Any] = [
    *(None, True, 1, -1, 0.5, -0.0, "text", "ünïcode 🐛", "", "a\0b", "\ud800"),
    *(1 << 63, -(1 << 64), 10**5000, float("inf"), -math.inf, 1e308, 5e-324),
    *([], {}, (), [[]], [()], ((),), {"a": None}, {"a": [1, (2, {"b": (3,)})]}),
    *({1: "x", "1": "y"}, {None: 1}, {True: 1}, {1.5: 2}, {(1, 2): "z"}, {float("inf"): 1}, {b"k": 1}),
    *(set(), {1, 2}, frozenset({"a"}), {(1, "a")}, {frozenset({1}), frozenset()}, [{1}], {"s": {1.5}}, {b"x"}),
    *(1 + 2j, complex(math.inf, 0), range(3), range(9, 0, -2), slice(1, None), [b"short"], {"k": [b""]}),
    *(decimal.Decimal("0.1"), decimal.Decimal("Infinity"), fractions.Fraction(1, 3), uuid.UUID(int=7)),
    *(datetime.date(2026, 3, 29), datetime.datetime(2026, 3, 29, 2, 30, 0, 1), datetime.timedelta(-1, 5, 7)),
    datetime.datetime(2026, 10, 25, 2, 30, tzinfo=ROME, fold=1),
    datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
    *(datetime.time(1, 2, tzinfo=EAST), datetime.time(3)),
    collections.OrderedDict([("b", 1), ("a", 2)]),
    collections.Counter("aab"),
    collections.Counter({("x", 1): 0}),
    collections.defaultdict(list, {"a": [1]}),
    collections.defaultdict(None, {1: {2}}),
    collections.deque([1, 2], maxlen=3),
    *(Mode.FAST, Mode.PAIR, Level.LOW, Rights.READ, Rights.READ | Rights.WRITE, {Mode.FAST: Level.LOW}, Celsius(1.5)),
    *(Pair(1, (2,)), Point(1, [Pair("a", Mode.FAST)]), Slotted({1}), Derived(2), Point(None)),
    *(np.float32(0.1), np.float64(0.5), np.int8(-3), np.uint64(2**64 - 1), np.bool_(True), np.float16(1.5)),
    *(np.longdouble("0.1"), np.complex64(1 + 2j), np.str_("x"), np.bytes_(b"x"), np.array(0.5), np.array(3, "int8")),
    *(np.datetime64("2026-01-01"), np.datetime64("2026-01-01T01:02:03.5", "ns"), np.timedelta64(3, "D")),
    *(pd.Timestamp("2026-01-01 00:00:00.123456789"), pd.Timestamp("2026-03-29 03:30", tz="Europe/Rome")),
    *(pd.Timestamp("2026-01-01", tz="UTC"), pd.Timedelta(3, "s"), pd.Timedelta(-7, "ns"), pd.NaT, pd.NA),
    {str(index): index for index in range(10_000)},
    {index: str(index) for index in range(10_000)},
]


def again(value: Any) -> Any:
    tree: Any = json.loads(json.dumps(plain_tree(value), allow_nan=False))
    check_shape("Value", tree)
    json.dumps(shown(plain_tree(value)), allow_nan=False)
    return rebuild(tree, lambda name: pytest.fail("there is no output"))


def same(one: Any, other: Any) -> bool:
    """Equal, and of the same types all the way down."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one.items(), other.items(), strict=True))
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, (datetime.datetime, datetime.time)) and (one.fold, repr(one)) != (other.fold, repr(other)):
        return False
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and bool(one == other)
    return one is other or repr(one)[:999] == repr(other)[:999] if one is pd.NA or one is pd.NaT else bool(one == other)


@pytest.mark.parametrize(
    "value",
    VALUES,
    ids=lambda value: (
        f"{type(value).__name__}-{str(value)[:20].encode('ascii', 'replace')!r}"
        if not isinstance(value, int) or value < 1 << 99
        else "big"
    ),
)
def test_it_comes_back_the_same(value: Any) -> None:
    assert same(again(value), value)


@pytest.mark.parametrize(
    "value", [math.nan, np.float32("nan"), complex(math.nan, 1), decimal.Decimal("NaN"), np.datetime64("NaT")]
)
def test_what_is_not_itself(value: Any) -> None:
    found = again(value)
    assert (type(found), found != found, str(found)) == (type(value), True, str(value))


def test_a_list_that_is_changed_does_not_change_the_tree() -> None:
    tree = plain_tree({"a": [1]})
    rebuild(tree, str)["a"].append(2)
    assert rebuild(tree, str) == {"a": [1]}


def test_what_was_masked_can_still_be_built() -> None:
    tree: Any = {"built": {"type": "builtins.bytes", "of": [{"json": "***TOKEN***"}]}}
    assert rebuild(tree, str) == b"***TOKEN***"


def test_the_same_output_is_the_same_object() -> None:
    one, other = rebuild({"list_of": [{"output": "a"}, {"output": "a"}]}, lambda name: [name])
    assert one is other


def of_the_notebook(kind: Any, monkeypatch: pytest.MonkeyPatch, name: str = "") -> None:
    """As if the worker had written it, and a cell defined it."""
    monkeypatch.setattr(kind, "__module__", "dh_code")
    monkeypatch.setattr(sys.modules["__main__"], name or kind.__name__, kind, raising=False)


@pytest.mark.parametrize("value", [Mode.FAST, Level.LOW, Pair(1, 2), Point(1), Celsius(2.5)], ids=str)
def test_classes_of_cells_are_the_live_ones(value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    of_the_notebook(type(value), monkeypatch)
    assert same(again(value), value)


@pytest.mark.parametrize(
    ("value", "shows"),
    [(Mode.PAIR, "<Mode.PAIR: (1, 2)>"), (Level.LOW, "1"), (Pair(1, 2), "Pair(low=1, high=2)"), (Celsius(2.5), "2.5")],
    ids=str,
)
def test_without_its_class_it_is_like_it(value: Any, shows: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(value), "__module__", "dh_code")
    assert repr(again(value)) == shows


def test_a_dataclass_without_its_class_has_its_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Point, "__module__", "dh_code")
    found = again(Point({1}, 2))
    assert (type(found).__name__, dataclasses.asdict(found)) == ("Point", {"x": {1}, "y": 2})


def test_a_class_that_was_changed_since_is_not_filled_wrongly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Point, "__module__", "dh_code")
    monkeypatch.setattr(sys.modules["__main__"], "Point", dataclasses.make_dataclass("Point", ["z"]), raising=False)
    assert [field.name for field in dataclasses.fields(again(Point(1, 2)))] == ["x", "y"]


def test_what_is_shown() -> None:
    value = {
        "d": decimal.Decimal("1.50"),
        "s": {1},
        "m": Mode.PAIR,
        "p": Pair(1, math.nan),
        "when": datetime.date(2026, 1, 2),
        3: np.float32(0.5),
    }
    assert shown(plain_tree(value)) == {
        "d": "1.50",
        "s": [1],
        "m": "PAIR",
        "p": {"low": 1, "high": "NaN"},
        "when": "2026-01-02",
        "3": 0.5,
    }


@pytest.mark.parametrize(
    ("value", "metric"),
    [(1, 1), (0.5, 0.5), (math.nan, "NaN"), (True, None), ("NaN", None), (np.int8(3), 3), (np.bool_(True), None), (10**400, None),
     (decimal.Decimal("0.5"), 0.5), (np.array(2.5), 2.5), (Level.LOW, None), (Celsius(1.5), 1.5), (1j, None), (None, None)],
    ids=repr,
)  # fmt: skip
def test_which_numbers_are_metrics(value: Any, metric: Any) -> None:
    assert metric_of(plain_tree(value)) == metric


def deep(levels: int) -> Any:
    found: Any = []
    for _ in range(levels):
        found = [found]
    return found


def doubled(levels: int) -> Any:
    found: Any = [1]
    for _ in range(levels):
        found = [found, found]
    return found


def knot() -> Any:
    found: Any = {"a": []}
    found["a"] += [found, found]
    return found


def test_what_is_tangled_too_deep_or_too_big_is_saved_whole() -> None:
    for value in (knot(), deep(200), doubled(60), list(range(500_000)), "x" * 50_000_000):
        with pytest.raises(Whole):
            plain_tree(value)
    assert holds_itself([knot(), threading.Lock()])
    assert not holds_itself(doubled(40))


def test_what_is_more_than_its_parts_is_a_thing() -> None:
    extended, local = Point(1), dataclasses.make_dataclass("Local", ["x"])
    local.__qualname__ = "f.<locals>.Local"
    extended.note = "not a field"  # type: ignore[attr-defined]
    for value in (
        extended,
        local(1),
        object(),
        [b"x" * 5000],
        np.arange(3),
        {object(): 1},
        type("Mine", (list,), {})(),
    ):
        with pytest.raises(Thing):
            plain_tree(value)


# -- outputs -----------------------------------------------------------------------------------------------------------


def taken(value: Any, tmp_path: Any) -> Outputs:
    outputs = Outputs(RunFolder(tmp_path), "f", [])
    outputs.take(value)
    return outputs


def test_a_big_dict_is_one_result_and_no_metrics(tmp_path: Any) -> None:
    found = taken({str(index): index for index in range(10_000)}, tmp_path)
    assert (list(found.results), found.numbers, found.documents) == (["f"], {}, [])


def test_a_huge_integer_is_a_result_and_no_metric(tmp_path: Any) -> None:
    found = taken({"n": 10**400, "m": 2**62}, tmp_path)
    assert (found.results["n"], found.numbers) == (str(10**400), {"m": 2**62})


def test_results_that_are_too_much_together_become_files(tmp_path: Any) -> None:
    found = taken({f"t{index}": "x" * 1_000_000 for index in range(6)}, tmp_path)
    assert (len(found.results), [one["name"] for one in found.documents]) == (4, ["t4", "t5"])


def test_a_knot_is_one_pickle(tmp_path: Any) -> None:
    found = taken(knot(), tmp_path)
    assert ([one["spec"]["codec"] for one in found.documents], found.value) == (["pickle"], {"output": "f"})


def test_the_fields_of_a_dataclass_are_outputs(tmp_path: Any) -> None:
    found = taken(Point(pd.DataFrame({"a": [1]}), 0.5), tmp_path)
    assert ([one["name"] for one in found.documents], found.numbers) == (["x"], {"y": 0.5})


class Trainer:
    def __init__(self) -> None:
        self.parts = {"a": [threading.Lock()]}


class Breaks:
    def __reduce__(self) -> Any:
        return int, ("no number",)


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ({"a": [1, Trainer()]}, "result['a'][1].parts['a'][0] (lock): TypeError: cannot pickle"),
        (threading.Lock(), "result (lock): TypeError"),
        ((1, {"k": open}), None),
        (Point(1, Trainer()), "result.y.parts['a'][0] (lock)"),
        ([lambda: knot, (lambda lock: lambda: lock)(threading.Lock())], "result[1] (its variable lock) (lock)"),
        (Breaks(), "result: It can be pickled, but not be loaded again: ValueError"),
    ],
    ids=range(6),
)
def test_the_error_names_the_part_that_is_to_blame(value: Any, where: str | None, tmp_path: Any) -> None:
    if where is None:
        assert taken(value, tmp_path).documents
        return
    with pytest.raises(NotSaved) as caught:
        taken(value, tmp_path)
    assert where in str(caught.value)
    assert not [path for path in (tmp_path / "outputs").rglob("*") if path.is_file() and path.suffix == ".tmp"]
