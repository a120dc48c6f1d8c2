"""Classes of a run's cells, from its function's code."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from dh_kernel import codes
from dh_kernel.values import rebuild

CODE = """
from __future__ import annotations
import dataclasses, enum
@dataclasses.dataclass
class Point:
    x: int
    def doubled(self):
        return Point(self.x * 2)
class Colour(enum.Enum):
    RED = 1
    def shown(self):
        return self.name.lower()
"""


class Functions:
    """A session that has one function, and counts how often it is asked."""

    def __init__(self, code: str) -> None:
        self.code, self.asked = code, 0

    def get(self, *path: str) -> Any:
        self.asked += 1
        assert path[0] == "functions"
        return {"spec": {"source": {"base64": base64.b64encode(self.code.encode()).decode()}}}


def run_of(ident: str) -> Any:
    return {"spec": {"function": f"python://demo/make:{ident}"}}


def instance(name: str, form: str, names: list[str], values: list[Any]) -> Any:
    parts = [{"json": value} for value in values]
    return {"instance": {"type": f"dh_code:{name}", "form": form, "names": names, "of": parts}}


def built(functions: Functions, ident: str, value: Any) -> Any:
    return rebuild(value, lambda name: None, lambda: codes.code_of(functions, run_of(ident)))  # type: ignore[arg-type]


def test_a_class_that_is_not_here_is_the_codes() -> None:
    functions = Functions(CODE)
    point = instance("Point", "dataclass", ["x"], [3])
    first, second = built(functions, "a" * 32, {"tuple_of": [point, point]})
    assert first.doubled() == type(second)(6)
    assert built(functions, "a" * 32, point) == first  # of one class, and asked for once
    assert functions.asked == 1
    assert built(functions, "a" * 32, instance("Colour", "enum", ["RED"], [1])).shown() == "red"


@pytest.mark.parametrize("code", ["import nowhere_at_all", "1 +", "class Point: pass", "raise SystemExit"])
def test_code_that_cannot_be_had_gives_one_like_it(code: str) -> None:
    point = built(Functions(code), "b" * 31 + str(len(code)), instance("Point", "dataclass", ["x"], [3]))
    assert (type(point).__name__, point.x) == ("Point", 3)


def test_nothing_is_asked_where_it_is_not_needed() -> None:
    functions = Functions(CODE)
    assert built(functions, "c" * 32, {"list_of": [{"json": 1}, {"built": {"type": "builtins.set", "of": []}}]}) == [
        1,
        set(),
    ]
    assert functions.asked == 0
