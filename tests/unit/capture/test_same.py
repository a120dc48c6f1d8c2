"""The table of what is captured: cells, a call, and the same call elsewhere."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest

from .conftest import Notebook

# name: (cells; the last defines f), arguments
CASES: dict[str, tuple[list[str], tuple[Any, ...]]] = {
    "alone": (["def f(x):\n    return x + 1"], (1,)),
    "a constant": (["SEED = 7", "def f(x):\n    return x + SEED"], (1,)),
    "an import": (["import math", "def f(x):\n    return math.sqrt(x)"], (2,)),
    "an import by another name": (["import math as m", "def f(x):\n    return m.sqrt(x)"], (2,)),
    "a name from a module": (["from math import sqrt as root", "def f(x):\n    return root(x)"], (2,)),
    "a submodule": (["import os.path", "def f(x):\n    return os.path.join('a', x)"], ("b",)),
    "two submodules": (["import os.path\nimport xml.dom\nimport xml.sax", "def f(x):\n    return xml.dom.__name__ + xml.sax.__name__"], (0,)),
    "a star import": (["from math import *", "def f(x):\n    return floor(x) + pi"], (2.5,)),
    "an import in try": (["try:\n    import json as j\nexcept ImportError:\n    j = None", "def f(x):\n    return j.dumps(x)"], ([1],)),
    "an import inside": (["def f(x):\n    import math\n    return math.ceil(x)"], (1.5,)),
    "a helper": (["def g(x):\n    return 2 * x", "def f(x):\n    return g(x)"], (3,)),
    "a helper of a helper": (["A = 2", "def h(x):\n    return A * x", "def g(x):\n    return h(x)", "def f(x):\n    return g(x)"], (3,)),
    "a helper defined later": (["def f(x):\n    return g(x)", "def g(x):\n    return -x"], (3,)),
    "a helper defined again": (["def g(x):\n    return 1", "def f(x):\n    return g(x)", "def g(x):\n    return 2"], (3,)),
    "a value bound again": (["K = 1", "def f(x):\n    return x * K", "K = 5"], (3,)),
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
    "a lambda by name": (["g = lambda x: x * 3", "def f(x):\n    return g(x)"], (3,)),
    "a second name": (["def g(x):\n    return x + 1\nh = g", "def f(x):\n    return h(x)"], (3,)),
    "a decorator of a cell": (["import functools\ndef twice(fn):\n    @functools.wraps(fn)\n    def inner(*a):\n        return 2 * fn(*a)\n    return inner", "@twice\ndef g(x):\n    return x", "def f(x):\n    return g(x)"], (3,)),
    "a decorator without wraps": (["def twice(fn):\n    def inner(*a):\n        return 2 * fn(*a)\n    return inner", "@twice\ndef g(x):\n    return x", "def f(x):\n    return g(x)"], (3,)),
    "a decorator with arguments": (["def times(n):\n    def wrap(fn):\n        def inner(*a):\n            return n * fn(*a)\n        return inner\n    return wrap", "@times(3)\ndef g(x):\n    return x", "def f(x):\n    return g(x)"], (3,)),
    "a decorated target": (["import functools\ndef twice(fn):\n    @functools.wraps(fn)\n    def inner(*a):\n        return 2 * fn(*a)\n    return inner", "@twice\ndef f(x):\n    return x"], (3,)),
    "a cache": (["from functools import lru_cache", "@lru_cache(maxsize=None)\ndef fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)", "def f(n):\n    return fib(n)"], (20,)),
    "a partial": (["import functools\ndef g(a, b):\n    return a - b\nh = functools.partial(g, 10)", "def f(x):\n    return h(x)"], (3,)),
    "a partial of a library": (["import functools\nparse = functools.partial(int, base=2)", "def f(x):\n    return parse(x)"], ("101",)),
    "a closure": (["def adder(n):\n    def add(x):\n        return x + n\n    return add\nplus = adder(5)", "def f(x):\n    return plus(x)"], (3,)),
    "a closure over a function": (["def g(x):\n    return x * 2\ndef over(fn):\n    def call(x):\n        return fn(x) + 1\n    return call\nh = over(g)", "def f(x):\n    return h(x)"], (3,)),
    "a dict of functions": (["def a(x):\n    return x\ndef b(x):\n    return -x\nOPS = {'a': a, 'b': b}", "def f(k):\n    return OPS[k](4)"], ("b",)),
    "a class": (["class C:\n    k = 2\n    def m(self, x):\n        return self.k * x", "def f(x):\n    return C().m(x)"], (3,)),
    "inheritance across cells": (["class A:\n    def m(self):\n        return 'A'", "class B(A):\n    def m(self):\n        return super().m() + 'B'", "def f():\n    return B().m()"], ()),
    "a library's base": (["from collections import UserDict", "class D(UserDict):\n    def twice(self):\n        return 2 * len(self)", "def f(n):\n    return D({i: i for i in range(n)}).twice()"], (3,)),
    "a class with helpers": (["LIMIT = 3\ndef clip(x):\n    return min(x, LIMIT)", "class C:\n    def __init__(self, x):\n        self.x = clip(x)", "def f(x):\n    return C(x).x"], (9,)),
    "a property": (["class C:\n    def __init__(self, x):\n        self._x = x\n    @property\n    def x(self):\n        return self._x\n    @x.setter\n    def x(self, v):\n        self._x = v\n    @staticmethod\n    def s(a):\n        return a\n    @classmethod\n    def c(cls, a):\n        return cls(a)", "def f(x):\n    c = C.c(x)\n    c.x = C.s(c.x + 1)\n    return c.x"], (1,)),
    "a dataclass": (["from dataclasses import dataclass, field\nN = 3", "@dataclass\nclass P:\n    x: int\n    y: int = N\n    z: list = field(default_factory=list)", "def f(x):\n    return P(x).y, P(x).z"], (1,)),
    "a dataclass with slots": (["from dataclasses import dataclass", "@dataclass(slots=True, frozen=True)\nclass P:\n    x: int\n    def up(self):\n        return self.x + 1", "def f(x):\n    return P(x).up()"], (1,)),
    "an enumeration": (["import enum\nclass Color(enum.Enum):\n    RED = 1\n    BLUE = 2\nBEST = Color.BLUE", "def f():\n    return Color.RED.value, BEST.name"], ()),
    "a typed tuple": (["from typing import NamedTuple", "class P(NamedTuple):\n    x: int\n    y: int = 2", "def f(x):\n    return sum(P(x))"], (1,)),
    "a typed dict": (["from typing import TypedDict", "class T(TypedDict):\n    x: int", "def f(x):\n    t: T = {'x': x}\n    return t['x']"], (1,)),
    "a protocol": (["from typing import Protocol", "class HasX(Protocol):\n    x: int", "def f(x: int):\n    def g(o: HasX):\n        return o\n    return g(x)"], (1,)),
    "a metaclass": (["class Meta(type):\n    def __new__(m, n, b, d):\n        d['tag'] = n.lower()\n        return super().__new__(m, n, b, d)", "class C(metaclass=Meta):\n    pass", "def f():\n    return C.tag"], ()),
    "an abstract class": (["from abc import ABC, abstractmethod", "class A(ABC):\n    @abstractmethod\n    def m(self): ...", "class B(A):\n    def m(self):\n        return 1", "def f():\n    return B().m()"], ()),
    "a context manager": (["from contextlib import contextmanager", "@contextmanager\ndef held(x):\n    yield x + 1", "def f(x):\n    with held(x) as y:\n        return y"], (1,)),
    "a generator": (["def gen(n):\n    yield from range(n)", "def f(n):\n    return list(gen(n))"], (3,)),
    "async": (["import asyncio\nasync def g(x):\n    return x + 1", "async def f(x):\n    return await g(x)"], (1,)),
    "lazy annotations": (["from __future__ import annotations\nclass C: ...\ndef f(x: NoSuch, y: C = None) -> AlsoNot:\n    return x"], (1,)),
    "annotations of locals": (["def f(x):\n    y: NoSuch = x\n    return y"], (1,)),
    "annotations as text": (["def f(x: 'NoSuch') -> 'list[AlsoNot]':\n    return x"], (1,)),
    "annotations of a library": (["import decimal", "def f(x: decimal.Decimal):\n    return str(decimal.Decimal(x))"], (1,)),
    "a conditional definition": (["import sys\nif sys.version_info > (3,):\n    def g(x):\n        return 'new'\nelse:\n    def g(x):\n        return 'old'", "def f(x):\n    return g(x)"], (1,)),
    "a shadowed builtin": (["def sum(xs):\n    return 'mine'", "def f(xs):\n    return sum(xs)"], ([1],)),
    "a name deleted and made again": (["G = 1", "del G", "G = 2", "def f():\n    return G"], ()),
    "a module-level global that it changes": (["COUNT = 0", "def f(n):\n    global COUNT\n    COUNT += n\n    return COUNT"], (0,)),
    "magics around it": (["%matplotlib --list\n!true\nimport math\ndef f(x):\n    %time math.sqrt(4)\n    return math.floor(x)"], (2.5,)),
    "a trailing call": (["def f(x):\n    return x * 2\nf(1); print('only here')"], (2,)),
    "display": (["def f(x):\n    display(x)\n    return x"], (2,)),
    "get_ipython": (["def f(x):\n    return get_ipython() is None or x"], (True,)),
    "__name__": (["def f():\n    return bool(__name__)"], ()),
    "numpy by its names": (["import numpy as np\nW = np.array([1.5, 2.5])\nK = np.float32(2)", "def f():\n    return (W * K).tolist()"], ()),
    "unicode and odd formatting": (["π = 3\ndef f( x ,\n       y = 'é' ) :\n        # a comment\n        return  x*π ,  y"], (2,)),
    "a multi-line string": (["def f():\n    return '''a\n  b\n'''"], ()),
    "f-strings": (["W = 5", "def f(x):\n    return f'{x:>{W}}|{W!r}'"], (2,)),
    "exceptions of a cell": (["class Bad(ValueError):\n    pass", "def f(x):\n    try:\n        raise Bad(x)\n    except Bad as e:\n        return str(e)"], (2,)),
    "operators of a class": (["class V:\n    def __init__(self, x):\n        self.x = x\n    def __add__(self, o):\n        return V(self.x + o.x)", "def f(x):\n    return (V(x) + V(1)).x"], (2,)),
    "a base class with helpers in a circle": (["def make(n):\n    return Node(n)", "class Node:\n    def __init__(self, n):\n        self.kids = [make(i) for i in range(n)]\n    def count(self):\n        return 1 + len(self.kids)", "def f(n):\n    return make(n).count()"], (3,)),
    "a decorator that needs a constant": (["PRE = 'p'\ndef tag(fn):\n    fn.tag = PRE\n    return fn", "@tag\ndef g():\n    return 1", "def f():\n    return g.tag"], ()),
    "singledispatch": (["from functools import singledispatch\n@singledispatch\ndef show(x):\n    return 'any'", "def f(x):\n    return show(x)"], (2,)),
}  # fmt: skip


def called(function: Any, arguments: tuple[Any, ...]) -> Any:
    value = function(*arguments)
    return asyncio.run(value) if inspect.iscoroutine(value) else value


@pytest.mark.parametrize("name", CASES)
def test_the_same_elsewhere(name: str, notebook: Notebook) -> None:
    cells, arguments = CASES[name]
    notebook.type(*cells)
    captured = notebook.capture()
    expected = called(notebook.names["f"], arguments) if name != "get_ipython" else True
    assert called(notebook.elsewhere(captured), arguments) == expected, captured.module
    assert notebook.capture().id == captured.id
