"""Constants: every kind that an expression makes again, equal and of the same type."""

from __future__ import annotations

import datetime
import decimal
import math
import threading
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dh_kernel.capture.values import NoExpression, Writer, is_same
from tests.notebooks.values import VALUES

from .conftest import Notebook


@pytest.mark.parametrize("text", VALUES)
def test_a_constant_is_the_same_elsewhere(text: str, notebook: Notebook) -> None:
    notebook.type(f"K = {text}", "def f():\n    return K")
    captured = notebook.capture()
    assert is_same(notebook.elsewhere(captured)(), notebook.names["K"]), captured.module
    assert "K" in captured.module


def test_a_users_name_does_not_hide_the_modules_of_constants(notebook: Notebook) -> None:
    notebook.type(
        "from datetime import datetime\nDAY = datetime(2013, 1, 2)", "def f():\n    return DAY, datetime(2013, 1, 1)"
    )
    later, first = notebook.elsewhere(notebook.capture())()
    assert later > first


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=4)
    ),
    max_leaves=12,
)
others = st.decimals() | st.datetimes() | st.dates() | st.times() | st.timedeltas() | st.uuids() | st.fractions()


@given(json_like | others | st.lists(others, max_size=3))
def test_what_is_written_is_the_same(value: Any) -> None:
    writer = Writer(lambda thing: thing.__name__)
    text = writer.write(value)
    assert is_same(eval(text, {f"_{module}": __import__(module) for module in writer.imports}), value), text


@pytest.mark.parametrize(
    ("one", "other"), [(1, True), (1, 1.0), (0.0, -0.0), ([1], (1,)), ({"a": 1}, {"a": True}), (math.nan, 1.0)]
)
def test_equal_is_not_the_same(one: Any, other: Any) -> None:
    assert not is_same(one, other)


def test_the_same_kinds() -> None:
    for value in (math.nan, [math.nan], {"a": math.nan}, decimal.Decimal("1.0"), uuid.uuid4(), datetime.date.today()):
        assert is_same(value, value)


def test_what_has_no_expression() -> None:
    with pytest.raises(NoExpression):
        Writer(lambda thing: thing.__name__).write([threading.Lock()])
