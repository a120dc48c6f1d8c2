"""Constants: every kind that an expression makes again, equal and of the same type."""

from __future__ import annotations

import datetime
import decimal
import math
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dh_kernel.capture.values import NoExpression, Writer, is_same

from .conftest import Notebook

VALUES = [
    "None", "True", "0", "-5", "1.5", "float('nan')", "float('inf')", "-0.0", "3 + 4j", "'é\\n\"quoted\"'", "b'\\x00a'", "...",
    "[1, [2, 'a']]", "(1,)", "()", "{1, 2}", "set()", "frozenset({1})", "frozenset()", "{'a': {'b': [1, None]}}", "{1: 2, (3, 4): 5}",
    "bytearray(b'ab')", "range(3, 9, 2)", "slice(1, None)", "__import__('decimal').Decimal('1.10')", "__import__('fractions').Fraction(1, 3)",
    "__import__('datetime').date(2013, 1, 1)", "__import__('datetime').datetime(2013, 1, 1, 5, tzinfo=__import__('datetime').timezone.utc)",
    "__import__('datetime').timedelta(days=1, seconds=5)", "__import__('datetime').time(5, 30)", "__import__('pathlib').Path('a/b c')",
    "__import__('pathlib').PurePosixPath('/x')", "__import__('uuid').UUID('12345678123456781234567812345678')",
    "__import__('re').compile(r'a\\'b.\"', __import__('re').I)", "__import__('re').compile(b'a')", "__import__('numpy').float64(1.5)",
    "__import__('numpy').int8(3)", "__import__('numpy').bool_(True)", "__import__('numpy').array([[1, 2], [3, 4]], dtype='int16')",
    "__import__('numpy').array([1.5, float('nan')])", "__import__('numpy').zeros((0, 3))", "__import__('numpy').dtype('float32')",
    "__import__('logging').getLogger('a.b')", "__import__('types').SimpleNamespace(a=1, b=[2])", "__import__('functools').partial(int, base=2)",
    "__import__('typing').Optional[int]", "list[int]", "dict[str, list[int]]", "int | None", "__import__('typing').Callable[[int], str]",
    "(__import__('polars').col('delay') > 15).alias('late')",
    "[__import__('decimal').Decimal('1'), __import__('pathlib').Path('datetime.x')]",
]  # fmt: skip


@pytest.mark.parametrize("text", VALUES)
def test_a_constant_is_the_same_elsewhere(text: str, notebook: Notebook) -> None:
    notebook.type(f"K = {text}", "def f():\n    return K")
    captured = notebook.capture()
    assert is_same(notebook.elsewhere(captured)(), notebook.names["K"]), captured.module
    assert "K" in captured.constants


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
        Writer(lambda thing: thing.__name__).write([object()])
