"""Functions of every form."""

from __future__ import annotations

import sys

from .case import Case

ROWS: dict[str, tuple[list[str], tuple[object, ...]]] = {
    "alone": (["def f(x):\n    return x + 1"], (1,)),
    "a constant": (["SEED = 7", "def f(x):\n    return x + SEED"], (1,)),
    "a helper": (["def g(x):\n    return 2 * x", "def f(x):\n    return g(x)"], (3,)),
    "a helper of a helper": (["A = 2", "def h(x):\n    return A * x", "def g(x):\n    return h(x)", "def f(x):\n    return g(x)"], (3,)),
    "recursion": (["def f(n):\n    return 1 if n < 2 else n * f(n - 1)"], (5,)),
    "recursion in a circle": (["def even(n):\n    return n == 0 or odd(n - 1)\ndef odd(n):\n    return n != 0 and even(n - 1)", "def f(n):\n    return even(n)"], (7,)),
    "a nested function": (["def f(x):\n    def inner(y):\n        return x + y\n    return inner(2)"], (3,)),
    "nonlocal": (["def f(n):\n    c = 0\n    def add():\n        nonlocal c\n        c += 1\n    for _ in range(n):\n        add()\n    return c"], (4,)),
    "comprehensions": (["N = 3", "def f(x):\n    return [i * N for i in range(x)], {i: N for i in range(x)}, sum(N for _ in range(x))"], (3,)),
    "a walrus": (["def f(x):\n    return (y := x + 1) * y"], (3,)),
    "match": (["def f(x):\n    match x:\n        case [a, b]:\n            return a + b\n        case _:\n            return 0"], ([1, 2],)),
    "defaults by name": (["D = 4", "def f(x, y=D):\n    return x + y"], (1,)),
    "keyword only": (["def f(x, *, y=2):\n    return x * y"], (3,)),
    "open-ended": (["def f(x, **more):\n    return x + len(more)"], (3,)),
    "a second name": (["def g(x):\n    return x + 1\nh = g", "def f(x):\n    return h(x)"], (3,)),
    "a generator": (["def gen(n):\n    yield from range(n)", "def f(n):\n    return list(gen(n))"], (3,)),
    "async": (["import asyncio\nasync def g(x):\n    return x + 1", "async def f(x):\n    return await g(x)"], (1,)),
    "a shadowed builtin": (["def sum(xs):\n    return 'mine'", "def f(xs):\n    return sum(xs)"], ([1],)),
    "keyword arguments passed on": (["def g(*a, **k):\n    return a, sorted(k.items())", "def f(x):\n    return g(x, 1, y=2, **{'z': x})"], (3,)),
    "closures made in a run": (["def make(n):\n    def add(x):\n        nonlocal n\n        n += x\n        return n\n    return add", "def f(x):\n    add = make(10)\n    return add(x), add(x)"], (2,)),
    "three scopes deep": (["K = 2", "def f(x):\n    def a(y):\n        def b(z):\n            return x + y + z + K\n        return b\n    return a(1)(2)"], (3,)),
    "comprehensions in comprehensions": (["M = [[1, 2], [3, 4]]", "def f(n):\n    return [[v * n for v in row if v != n] for row in M], {k: [v for v in M[0]] for k in range(n)}"], (2,)),
    "a comprehension's name is not global": (["i = 99", "def f(n):\n    return [i for i in range(n)], i"], (3,)),
    "walrus in a comprehension": (["T = 3", "def f(xs):\n    return [y for x in xs if (y := x * T) > 4], y"], ([1, 2, 3],)),
    "match on classes": (["from dataclasses import dataclass\n@dataclass\nclass Point:\n    x: int\n    y: int", "ORIGIN = 0", "def f(a, b):\n    match Point(a, b):\n        case Point(x=0, y=0):\n            return 'origin'\n        case Point(x=x, y=y) if x == y:\n            return ('diagonal', x, ORIGIN)\n        case _:\n            return 'else'"], (4, 4)),
    "match on values and mappings": (["import enum\nclass K(enum.Enum):\n    A = 1\n    B = 2", "def f(x):\n    match {'k': K(x), 'r': [1, 2, 3]}:\n        case {'k': K.A}:\n            return 'a'\n        case {'k': K.B, 'r': [first, *rest]}:\n            return first, rest"], (2,)),
    "a generator that is sent to": (["def echo():\n    got = yield 'begin'\n    while got is not None:\n        got = yield got * 2", "def f(x):\n    g = echo()\n    return next(g), g.send(x), g.send(x + 1)"], (3,)),
    "yield from and return": (["def inner(n):\n    yield from range(n)\n    return 'done'\ndef outer(n):\n    word = yield from inner(n)\n    yield word", "def f(n):\n    return list(outer(n))"], (3,)),
    "a generator expression at once": (["N = 4", "def f(x):\n    return sum(i * x for i in range(N)), any(i == x for i in range(N))"], (3,)),
    "async generators and comprehensions": (["async def ticks(n):\n    for i in range(n):\n        yield i", "async def f(n):\n    return [i async for i in ticks(n)], {i: i * i async for i in ticks(n) if i}"], (4,)),
    "async with and gather": (["import asyncio\nfrom contextlib import asynccontextmanager", "@asynccontextmanager\nasync def doubled(x):\n    yield 2 * x", "async def one(x):\n    async with doubled(x) as y:\n        await asyncio.sleep(0)\n        return y", "async def f(n):\n    return list(await asyncio.gather(*(one(i) for i in range(n))))"], (4,)),
    "try, except, else, finally": (["class Odd(Exception):\n    pass", "def check(x):\n    if x % 2:\n        raise Odd(x)\n    return x", "def f(xs):\n    out = []\n    for x in xs:\n        try:\n            v = check(x)\n        except Odd as e:\n            out.append(str(e))\n        else:\n            out.append(v)\n        finally:\n            out.append('f')\n    return out"], ([1, 2],)),
    "exception groups": (["def boom():\n    raise ExceptionGroup('g', [ValueError(1), KeyError(2)])", "def f():\n    found = []\n    try:\n        boom()\n    except* ValueError as e:\n        found.append(len(e.exceptions))\n    except* KeyError as e:\n        found.append('key')\n    return found"], ()),
    "global in a helper": (["TOTAL = 0", "def add(n):\n    global TOTAL\n    TOTAL += n", "def f(n):\n    for i in range(n):\n        add(i)\n    return TOTAL"], (4,)),
    "a global that only it makes": (["def f(n):\n    global MADE\n    MADE = n * 2\n    return MADE"], (4,)),
    "a global made by a helper": (["def prepare():\n    global STATE\n    STATE = [1]", "def f(n):\n    prepare()\n    STATE.append(n)\n    return STATE"], (4,)),
    "a function in a default": (["def g(x):\n    return x + 1", "def f(x, fn=g):\n    return fn(x)"], (3,)),
    "a mutable default that is fresh": (["def f(x, seen=[]):\n    return [*seen, x]"], (3,)),
    "a default made by a constructor": (["from pathlib import Path", "def f(x, p=Path('a') / 'b', xs=tuple([1, 2])):\n    return str(p), xs, x"], (3,)),
    "a default that was measured": (["import time", "def g(begun=time.time()):\n    return begun", "def f():\n    return g()"], ()),
    "a default from a helper": (["import random\ndef draw():\n    return random.random()", "def g(x, noise=draw()):\n    return x + noise", "def f(x):\n    return g(x)"], (1,)),
    "keyword defaults that were drawn": (["import uuid", "def g(*, ident=uuid.uuid4(),\n      other=str(uuid.uuid4())):\n    return str(ident), other", "def f():\n    return g()"], ()),
    "positional only in a helper": (["def g(a, /, b, *, c=3):\n    return a, b, c", "def f(x):\n    return g(x, b=1)"], (3,)),
    "a star in the middle": (["def f(xs):\n    first, *rest = xs\n    return [*rest, first], {**{'a': 1}, 'b': first}"], ([1, 2, 3],)),
    "del inside": (["def f(x):\n    y = x + 1\n    z = y\n    del y\n    return z, 'y' in locals()"], (3,)),
    "chained comparisons, ternaries, slices": (["LOW, HIGH = 1, 5", "def f(x):\n    xs = list(range(x))\n    return (LOW < x < HIGH, xs[LOW:HIGH:2], 'a' if x > LOW else 'b', not xs)"], (4,)),
    "decorated in the function": (["import functools", "def f(x):\n    @functools.lru_cache\n    def g(n):\n        return n * 2\n    return g(x), g(x), g.cache_info().hits"], (3,)),
    "a class in the function": (["K = 5", "def f(x):\n    class Local:\n        k = K\n        def m(self):\n            return self.k * x\n    return Local().m()"], (3,)),
    "a lambda in the function": (["K = 5", "def f(xs):\n    return sorted(xs, key=lambda v: -v * K), list(map(lambda v: v + K, xs))"], ([1, 3, 2],)),
    "a lambda with defaults": (["K = 5\ng = lambda x, k=K: x * k", "def f(x):\n    return g(x)"], (3,)),
    "two lambdas on a line": (["g, h = lambda x: x + 1, lambda x: x - 1", "def f(x):\n    return g(x), h(x)"], (3,)),
    "lambdas in a list": (["STEPS = [lambda x: x + 1, lambda x: x * 10, (lambda x: x - 2)]", "def f(x):\n    for step in STEPS:\n        x = step(x)\n    return x"], (3,)),
    "lambdas in a dict": (["K = 3\nOPS = {'add': lambda a, b: a + b, 'mul': lambda a, b: a * b * K}", "def f(a, b):\n    return {name: op(a, b) for name, op in OPS.items()}"], (3, 4)),
    "lambdas of a loop": (["STEPS = [lambda x, i=i: x + i for i in range(3)]", "def f(x):\n    return [step(x) for step in STEPS]"], (3,)),
    "a lambda target": (["K = 4\nf = lambda x: x * K"], (3,)),
    "a function of another name": (["def g(x):\n    return x + 1\nf = g"], (3,)),
    "mutual recursion across cells": (["def even(n):\n    return n == 0 or odd(n - 1)", "def odd(n):\n    return n != 0 and even(n - 1)", "def f(n):\n    return even(n), odd(n)"], (9,)),
    "recursion through the target": (["def g(n):\n    return f(n - 1) if n else 'end'", "def f(n):\n    return g(n)"], (3,)),
    "a helper named like a local": (["def total(xs):\n    return sum(xs)", "def f(xs):\n    def inner(total):\n        return total\n    return total(xs), inner(1)"], ([1, 2],)),
    "names that shadow builtins": (["max = 7\ndef len(x):\n    return 'long'\nlist = 'word'", "def f(x):\n    return max, len(x), list, min(x)"], ([1, 2],)),
    "a parameter that shadows a helper": (["def g(x):\n    return 'global'", "def f(g):\n    return g"], (3,)),
    "string formatting of every kind": (["W = 6\nNAME = 'n'", "def f(x):\n    return f'{x:0{W}d}', '%s-%s' % (NAME, x), '{0}{n}'.format(x, n=NAME), f'{NAME=}'"], (3,)),
    "numbers of every base": (["def f(x):\n    return 0x1F + 0b11 + 0o17 + 1_000, 1e-3, 2j * x, x // 2, -x % 3, x ** 2, x << 1, ~x"], (5,)),
    "a long function": (["def f(x):\n" + "".join(f"    v{i} = x + {i}\n" for i in range(200)) + "    return v0 + v199"], (1,)),
    "type hints of every kind": (["from typing import Any, Callable, Generic, Iterable, Optional, TypeVar, Union\nT = TypeVar('T')", "class Box(Generic[T]):\n    def __init__(self, v: T) -> None:\n        self.v = v", "def f(x: int, y: Optional[list[int]] = None, *, z: Union[int, str] = 1, fn: Callable[[int], Any] | None = None) -> dict[str, Any]:\n    return {'v': Box(x).v, 'y': y, 'z': z}"], (3,)),
    "aliases of types": (["from typing import Union\nNumber = Union[int, float]\nPairs = dict[str, tuple[int, ...]]", "def f(x: Number) -> Pairs:\n    p: Pairs = {'a': (x,)}\n    return p"], (3,)),
    "NewType and ParamSpec": (["from typing import Callable, NewType, ParamSpec, TypeVar\nUserId = NewType('UserId', int)\nP = ParamSpec('P')\nR = TypeVar('R')", "def same(fn: Callable[P, R]) -> Callable[P, R]:\n    return fn", "@same\ndef g(u: UserId) -> int:\n    return UserId(u) + 1", "def f(x):\n    return g(x)"], (3,)),
    "overloads": (["from typing import overload\n@overload\ndef g(x: int) -> int: ...\n@overload\ndef g(x: str) -> str: ...\ndef g(x):\n    return x * 2", "def f(x):\n    return g(x)"], (3,)),
    "eval of a text": (["K = 3", "def f(x):\n    return eval('x + 1'), K"], (3,)),
}  # fmt: skip

NEWER = {
    "generics of Python 3.12": (["class Stack[T]:\n    def __init__(self) -> None:\n        self.items: list[T] = []\ntype Pair[A, B] = tuple[A, B]\ntype Json = int | list[Json]\ndef first[T: (int, str)](xs: list[T]) -> T:\n    return xs[0]", "class Numbers(Stack[int]):\n    def total(self):\n        return sum(self.items, start=4)", "def f(x: Pair[int, str] | None = None):\n    return [first([3, 4]), Numbers().total(), Pair.__name__, str(Json.__value__), first.__type_params__[0].__name__]"], ()),
}  # fmt: skip
if sys.version_info >= (3, 12):
    ROWS.update(NEWER)

CASES = {name: Case(*row) for name, row in ROWS.items()}
