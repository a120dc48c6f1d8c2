"""Things made of functions: decorators, partials, caches, closures, dispatch, registries."""

from __future__ import annotations

from .case import Case

ROWS: dict[str, tuple[list[str], tuple[object, ...]]] = {
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
    "a lambda by name": (["g = lambda x: x * 3", "def f(x):\n    return g(x)"], (3,)),
    "a decorator that needs a constant": (["PRE = 'p'\ndef tag(fn):\n    fn.tag = PRE\n    return fn", "@tag\ndef g():\n    return 1", "def f():\n    return g.tag"], ()),
    "singledispatch": (["from functools import singledispatch\n@singledispatch\ndef show(x):\n    return 'any'", "def f(x):\n    return show(x)"], (2,)),
    "a context manager": (["from contextlib import contextmanager", "@contextmanager\ndef held(x):\n    yield x + 1", "def f(x):\n    with held(x) as y:\n        return y"], (1,)),
    "decorators on decorators": (["import functools\ndef plus(fn):\n    @functools.wraps(fn)\n    def inner(*a, **k):\n        return fn(*a, **k) + 1\n    return inner\ndef times(n):\n    def wrap(fn):\n        @functools.wraps(fn)\n        def inner(*a, **k):\n            return n * fn(*a, **k)\n        return inner\n    return wrap", "@plus\n@times(3)\n@functools.lru_cache(maxsize=2)\ndef g(x):\n    return x", "def f(x):\n    return g(x), g.__name__"], (3,)),
    "a decorator class": (["class Shout:\n    def __init__(self, fn):\n        self.fn = fn\n    def __call__(self, *a):\n        return str(self.fn(*a)).upper()", "@Shout\ndef g(x):\n    return f'a{x}'", "def f(x):\n    return g(x)"], (3,)),
    "a decorator class with arguments": (["class Times:\n    def __init__(self, n):\n        self.n = n\n    def __call__(self, fn):\n        def inner(x):\n            return self.n * fn(x)\n        return inner", "@Times(4)\ndef g(x):\n    return x", "def f(x):\n    return g(x)"], (3,)),
    "a decorator with an optional argument": (["import functools\ndef retry(fn=None, *, times=2):\n    if fn is None:\n        return functools.partial(retry, times=times)\n    @functools.wraps(fn)\n    def inner(*a):\n        for attempt in range(times):\n            try:\n                return fn(*a, attempt)\n            except ValueError:\n                continue\n    return inner", "@retry(times=3)\ndef g(x, attempt):\n    if attempt < 2:\n        raise ValueError\n    return x, attempt\n@retry\ndef h(x, attempt):\n    return x, attempt", "def f(x):\n    return g(x), h(x)"], (3,)),
    "a decorated target that is called as before": (["import functools, time\ndef timed(fn):\n    @functools.wraps(fn)\n    def inner(*a, **k):\n        begun = time.perf_counter()\n        try:\n            return fn(*a, **k)\n        finally:\n            assert time.perf_counter() >= begun\n    return inner", "@timed\ndef f(x, y=2):\n    return x * y"], (3,)),
    "a cached target": (["import functools\n@functools.cache\ndef f(x):\n    return x * 2"], (3,)),
    "a warm cache": (["import functools\n@functools.lru_cache\ndef g(x):\n    return x * 2", "g(1), g(2)", "def f(x):\n    return g(x), g(1)"], (3,)),
    "partials of partials and methods": (["import functools\nfrom functools import partial\ndef g(a, b, c=0):\n    return (a, b, c)\nh = partial(partial(g, 1), c=3)\nup = str.upper\njoin = '-'.join", "def f(x):\n    return h(x), up('a'), join(['a', 'b'])"], (3,)),
    "operator's functions": (["import operator\npick = operator.itemgetter(1)\nfield = operator.attrgetter('real')\nlow = operator.methodcaller('lower')\nadd = operator.add", "def f(x):\n    return pick([1, x]), field(x), low('A'), add(x, 1)"], (3,)),
    "reduce and map": (["from functools import reduce\nimport operator", "def f(xs):\n    return reduce(operator.mul, xs, 1), list(map(str, xs)), list(filter(None, [0, *xs]))"], ([1, 2, 3],)),
    "a closure over a list": (["def keeper(items):\n    def pick(i):\n        return items[i]\n    return pick\npick = keeper(['a', 'b'])", "def f(i):\n    return pick(i)"], (1,)),
    "a counter with its count": (["def counter():\n    n = 0\n    def add():\n        nonlocal n\n        n += 1\n        return n\n    return add\ncount = counter()\ncount(); count()", "def f():\n    return count(), count()"], ()),
    "closures in a dict": (["def power(n):\n    def raised(x):\n        return x ** n\n    return raised\nPOWERS = {n: power(n) for n in (1, 2, 3)}\nsquare = POWERS[2]", "def f(x):\n    return square(x)"], (3,)),
    "a closure over a closure": (["def outer(a):\n    def middle(b):\n        def inner(c):\n            return a + b + c\n        return inner\n    return middle\ng = outer(1)(2)", "def f(x):\n    return g(x)"], (3,)),
    "a closure that uses a helper and a constant": (["K = 10\ndef half(x):\n    return x / 2\ndef make(n):\n    def g(x):\n        return half(x) + n + K\n    return g\ng = make(1)", "def f(x):\n    return g(x)"], (3,)),
    "composition": (["def compose(*fns):\n    def run(x):\n        for fn in fns:\n            x = fn(x)\n        return x\n    return run\ndef inc(x):\n    return x + 1\nboth = compose(inc, str, len)", "def f(x):\n    return both(x)"], (99,)),
    "a lambda closure": (["def make(n):\n    return lambda x: x * n\ntriple = make(3)", "def f(x):\n    return triple(x)"], (3,)),
    "dispatch with implementations of other cells": (["from functools import singledispatch\n@singledispatch\ndef show(x):\n    return 'any'", "@show.register\ndef _(x: int):\n    return f'int {x}'", "@show.register(list)\ndef _(x):\n    return [show(v) for v in x]", "@show.register(str)\n@show.register(bytes)\ndef text(x):\n    return 'text'", "def f(x):\n    return show(x), show('s'), show(b'b'), show(None), show([x, 's'])"], (3,)),
    "a registry filled by a decorator": (["REGISTRY = {}\ndef register(fn):\n    REGISTRY[fn.__name__] = fn\n    return fn", "@register\ndef a(x):\n    return x + 1\n@register\ndef b(x):\n    return x * 2", "def f(name, x):\n    return REGISTRY[name](x), sorted(REGISTRY)"], ("b", 5)),
    "a registry of classes": (["MODELS = {}\ndef model(name):\n    def wrap(cls):\n        MODELS[name] = cls\n        return cls\n    return wrap", "@model('linear')\nclass Linear:\n    def fit(self):\n        return 'linear fit'", "@model('tree')\nclass Tree:\n    def fit(self):\n        return 'tree fit'", "def f(name):\n    return MODELS[name]().fit(), list(MODELS)"], ("tree",)),
    "hooks in a list": (["HOOKS = []\ndef hook(fn):\n    HOOKS.append(fn)\n    return fn", "@hook\ndef one(x):\n    return x + 1\n@hook\ndef two(x):\n    return x * 10", "def f(x):\n    for h in HOOKS:\n        x = h(x)\n    return x, len(HOOKS)"], (3,)),
    "a number that a decorator counts": (["MADE = 0\ndef counted(fn):\n    global MADE\n    MADE += 1\n    return fn", "@counted\ndef g(x):\n    return x", "def f(x):\n    return g(x), MADE"], (3,)),
    "an attribute that a decorator sets": (["def meta(**k):\n    def wrap(fn):\n        fn.meta = k\n        return fn\n    return wrap", "@meta(owner='me', level=3)\ndef g(x):\n    return x", "def f(x):\n    return g(x), g.meta"], (3,)),
    "contextlib's tools": (["import contextlib\n@contextlib.contextmanager\ndef quiet(*kinds):\n    try:\n        yield\n    except kinds:\n        pass\nclass Deco(contextlib.ContextDecorator):\n    def __enter__(self):\n        return self\n    def __exit__(self, *a):\n        return False", "@Deco()\ndef g(x):\n    return x", "def f(x):\n    with quiet(ValueError), contextlib.suppress(KeyError):\n        raise ValueError\n    return g(x)"], (3,)),
    "a decorator that uses another helper": (["def log(text):\n    return f'[{text}]'\ndef logged(fn):\n    def inner(*a):\n        return log(fn.__name__), fn(*a)\n    return inner", "@logged\ndef g(x):\n    return x", "def f(x):\n    return g(x)"], (3,)),
    "a property made by a function": (["def attribute(name, default):\n    def get(self):\n        return getattr(self, '_' + name, default)\n    def put(self, v):\n        setattr(self, '_' + name, v)\n    return property(get, put)", "class C:\n    x = attribute('x', 5)", "def f(v):\n    c = C()\n    before = c.x\n    c.x = v\n    return before, c.x"], (3,)),
    "a class of a library around a function": (["import numpy as np\n@np.vectorize\ndef clip(x):\n    return min(x, 3)", "def f():\n    return clip([1, 5]).tolist()"], ()),
    "a decorator of a library": (["from joblib import Memory, delayed, wrap_non_picklable_objects\n@wrap_non_picklable_objects\ndef g(x):\n    return x + 1", "def f(x):\n    return g(x)"], (3,)),
}  # fmt: skip

CASES = {name: Case(*row) for name, row in ROWS.items()}
