"""Constants of every kind that an expression makes again."""

from __future__ import annotations

from .case import Case

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
    "__import__('logging').getLogger('a.b')", "__import__('types').SimpleNamespace(a=1, b=[2])", "__import__('argparse').Namespace(lr=0.1, layers=[1])", "__import__('functools').partial(int, base=2)",
    "__import__('typing').Optional[int]", "list[int]", "dict[str, list[int]]", "int | None", "__import__('typing').Callable[[int], str]",
    "(__import__('polars').col('delay') > 15).alias('late')",
    "[__import__('decimal').Decimal('1'), __import__('pathlib').Path('datetime.x')]",
    "__import__('pandas').Timestamp('2013-06-01', tz='UTC')", "__import__('pandas').Timedelta('90min')", "__import__('numpy').datetime64('2013-01-01')",
    "__import__('numpy').timedelta64(5, 'h')", "__import__('zoneinfo').ZoneInfo('UTC')", "__import__('datetime').timezone(__import__('datetime').timedelta(hours=2))",
    "__import__('datetime').datetime(2013, 1, 1, tzinfo=__import__('zoneinfo').ZoneInfo('UTC'))", "__import__('collections').Counter('aab')",
    "__import__('collections').OrderedDict(a=1, b=[2])", "__import__('collections').defaultdict(list, a=[1])", "__import__('collections').deque([1, 2], 5)",
    "__import__('types').MappingProxyType({'a': 1})", "__import__('operator').itemgetter(1, 2)", "__import__('operator').attrgetter('a.b')",
    "__import__('array').array('d', [1.5, 2])", "__import__('ipaddress').ip_address('10.0.0.1')", "__import__('ipaddress').ip_network('10.0.0.0/8')",
    "__import__('pandas').Period('2020Q1')", "__import__('pandas').Interval(0, 1.5, closed='left')", "__import__('pandas').NA", "__import__('pandas').NaT",
    "__import__('pandas').CategoricalDtype(['x', 'y'], ordered=True)", "__import__('pandas').CategoricalDtype()",
    "__import__('numpy').dtype([('a', 'i4'), ('b', 'f8', (2,))])", "__import__('collections').ChainMap({'a': 1}, {'b': [2]})",
    "__import__('pandas').offsets.MonthEnd(2)", "__import__('pandas').DateOffset(months=1, days=2)", "__import__('pandas').offsets.Week(weekday=2)",
    "__import__('pandas').offsets.CustomBusinessDay(holidays=['2024-01-01'])", "__import__('pandas').Index([1, 3], name='n')", "__import__('pandas').Index(['a', 'b'])",
    "str.upper", "','.join", "dict.fromkeys", "__import__('math').sqrt", "__import__('os.path').path.join", "int", "type(None)", "__import__('numpy').sqrt",
]  # fmt: skip
_BOUND = "\n".join(f"K{number} = {text}" for number, text in enumerate(VALUES))
_SHOWN = ", ".join(f"repr(K{number})" for number in range(len(VALUES)) if " at 0x" not in repr(eval(VALUES[number])))

CASES = {"constants of every kind": Case([_BOUND, f"def f():\n    return [{_SHOWN}]"])}
