"""What is refused, and what the refusal says. The last thing named `f` is the target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Refused(NamedTuple):
    """`says`: words of the message."""

    cells: list[str]
    says: list[str]
    files: Mapping[str, str] = {}


ROWS: dict[str, tuple[list[str], list[str]]] = {
    "a data frame": (["import pandas as pd\ndf = pd.DataFrame({'a': range(5000), 'b': 1.5})", "def f():\n    return df.a.sum()"], ["f() uses df (DataFrame, 5,000 x 2, 80 kB)", "def f(df, …)", "%dh run f df=$df"]),
    "an array": (["import numpy as np\nA = np.zeros((2000, 10))", "def f():\n    return A.sum()"], ["f() uses A (ndarray, 2,000 x 10, 160 kB)"]),
    "a fitted model": (["from sklearn.linear_model import LinearRegression\nm = LinearRegression().fit([[1]], [1])", "def f():\n    return m.predict([[2]])"], ["f() uses m (LinearRegression"]),
    "an open file": (["h = open(__import__('os').devnull)", "def f():\n    return h.read()"], ["f() uses h (TextIOWrapper", "make one inside f()"]),
    "a lock": (["import threading\nL = threading.Lock()", "def f():\n    with L:\n        return 1"], ["f() uses L (lock", "make one inside f()"]),
    "an object of a cell's class": (["class C:\n    pass\nc = C()", "def f():\n    return c"], ["f() uses c (C"]),
    "a list that holds one": (["class C:\n    pass\ncs = [C()]", "def f():\n    return cs"], ["f() uses cs (list, 1 elements"]),
    "a closure over a frame": (["import pandas as pd\ndef over(d):\n    def g():\n        return d.shape\n    return g\ng = over(pd.DataFrame({'a': [1]}))", "def f():\n    return g()"], ["g with d (DataFrame, 1 x 1"]),
    "used by a helper": (["import pandas as pd\ndf = pd.DataFrame({'a': [1]})\ndef g():\n    return df", "def f():\n    return g()"], ["g() uses df (DataFrame"]),
    "an undefined name": (["def f(x):\n    return x + lenght"], ["f() uses lenght, which is not defined"]),
    "a misspelt one": (["flights = 1", "def f(x):\n    return x + flihgts"], ["Did you mean 'flights'?"]),
    "two at once": (["import pandas as pd\ndf = pd.DataFrame({'a': [1]})", "def f(x):\n    return df + nothing"], ["f() uses df", "f() uses nothing"]),
    "too many characters": (["T = 'x' * 70000", "def f():\n    return T"], ["f() uses T (str, 70,000 elements, 70 kB)"]),
    "In": (["def f():\n    return In[0]"], ["f() uses In, which a run does not have"]),
    "__file__": (["__file__ = 'x'", "def f():\n    return __file__"], ["f() uses __file__"]),
    "a patched method": (["class C:\n    def m(self):\n        return 1", "C.m = lambda self: 2", "def f():\n    return C().m()"], ["its method m was replaced"]),
    "an added method": (["class C:\n    pass", "def m(self):\n    return 2\nC.m = m", "def f():\n    return C().m()"], ["its method m was added"]),
    "a changed attribute": (["class C:\n    k = 1", "C.k = 2", "def f():\n    return C.k"], ["its attribute k was changed"]),
    "an added attribute": (["class C:\n    pass", "C.k = 2", "def f():\n    return C.k"], ["its attribute k was set"]),
    "a base defined again": (["class A:\n    v = 1", "class B(A):\n    pass", "class A:\n    v = 2", "def f():\n    return B.v"], ["its base class A was defined again"]),
    "an attribute of a function": (["def g():\n    return g.k", "g.k = 3", "def f():\n    return g()"], ["its attribute k was set"]),
    "a default that changed": (["D = 4", "def f(x, y=D):\n    return x + y", "D = 5"], ["its default D was 4 when it was defined, and is 5 now"]),
    "by position only": (["def f(x, /):\n    return x"], ["f() takes x by position only"]),
    "any number of positions": (["def f(*xs):\n    return xs"], ["f() takes *xs by position only"]),
    "a class as target": (["class f:\n    pass"], ["f is a class"]),
    "a builtin as target": (["f = len"], ["f is built in"]),
    "a bound method": (["class C:\n    def m(self):\n        return 1\nf = C().m"], ["f is a method of an object"]),
    "a value as target": (["f = 3"], ["f is not a function but int"]),
    "executed text": (["exec('def f():\\n    return 1')"], ["code of f() can't be found"]),
    "nothing as target": (["g = 1"], ["f is not defined"]),
    "methods swapped": (["class C:\n    def a(self):\n        return 'a'\n    def b(self):\n        return 'b'", "C.a, C.b = C.b, C.a", "def f():\n    return C().a()"], ["C is not what its code says, its method", "was replaced"]),
    "a method deleted": (["class C:\n    def __len__(self):\n        return 1\n    def m(self):\n        return 1", "del C.m", "def f():\n    return hasattr(C, 'm')"], ["its method m was deleted"]),
    "a protected attribute changed": (["class C:\n    _k = [1]", "C._k.append(2)", "def f():\n    return C._k"], ["its attribute _k was changed"]),
    "a special method added": (["class C:\n    pass", "C.__len__ = lambda self: 3", "def f():\n    return len(C())"], ["its method __len__ was added"]),
    "a property replaced": (["class C:\n    @property\n    def x(self):\n        return 1", "C.x = property(lambda self: 2)", "def f():\n    return C().x"], ["its attribute x was changed"]),
    "a dataclass whose default was changed": (["from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int = 1", "P.x = 2", "def f():\n    return P.x"], ["its attribute x was changed"]),
    "a method of an enumeration": (["import enum\nclass E(enum.Enum):\n    A = 1\n    def m(self):\n        return 1", "E.m = lambda self: 2", "def f():\n    return E.A.m()"], ["its method m was replaced"]),
    "an enumeration of changed constants": (["import enum\nK = 1\nclass E(enum.Enum):\n    A = K", "K = 5", "def f():\n    return E.A.value"], ["E is not what its code says"]),
    "a class attribute of a changed constant": (["K = 1\nclass C:\n    k = K", "K = 5", "def f():\n    return C.k"], ["its attribute k was changed"]),
    "a class attribute that was measured": (["import time\nclass C:\n    begun = time.time()", "def f():\n    return C.begun"], ["C is not what its code says, its attribute begun"]),
    "a model of SQLAlchemy that was deleted": (["from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column\nclass Base(DeclarativeBase):\n    pass", "class User(Base):\n    __tablename__ = 'user'\n    id: Mapped[int] = mapped_column(primary_key=True)", "KEPT = [User.__name__]\nkept = [User]\ndel User", "def f():\n    return list(Base.metadata.tables)"], ["was changed after it was defined", "then define User again, and keep the name User"]),
    "what a library's base class keeps, in a body": (["from sqlalchemy import MetaData\nfrom sqlalchemy.orm import DeclarativeBase\nclass Base(DeclarativeBase):\n    info = [1]", "Base.info.append(2)", "def f():\n    return Base.info"], ["its attribute info was changed"]),
    "a generator of random numbers": (["import numpy as np\nrng = np.random.default_rng(3)", "def f():\n    return rng.normal()"], ["f() uses rng (Generator). Make it inside f(). Or make it a parameter, def f(rng, …): return it from a function, so that it becomes an artifact, and pass that: rng=artifact/NAME."]),
    "a registry that absent classes fill": (["class Base:\n    all = {}\n    def __init_subclass__(cls):\n        Base.all[cls.__name__] = cls", "class A(Base):\n    pass\ndel A", "def f():\n    return sorted(Base.all)"], ["its attribute all was changed"]),
    "a counter of instances": (["class C:\n    made = 0\n    def __init__(self):\n        type(self).made += 1", "C(); C()", "def f():\n    C()\n    return C.made"], ["its attribute made was changed"]),
    "a class registered with an abstract one": (["from abc import ABC\nclass A(ABC):\n    pass", "A.register(int)", "def f():\n    return isinstance(3, A)"], ["a class was registered with it"]),
    "a decorator defined again": (["def twice(fn):\n    def inner(x):\n        return 2 * fn(x)\n    return inner", "@twice\ndef g(x):\n    return x", "def twice(fn):\n    def inner(x):\n        return 200 * fn(x)\n    return inner", "def f(x):\n    return g(x)"], ["g is not what its code says, it has other code"]),
    "a decorator's argument changed": (["N = 3\ndef times(n):\n    def wrap(fn):\n        def inner(x):\n            return n * fn(x)\n        return inner\n    return wrap", "@times(N)\ndef g(x):\n    return x", "N = 5", "def f(x):\n    return g(x)"], ["its variable n is 3, and would be 5 in a run"]),
    "a decorator that counted calls": (["class Counted:\n    def __init__(self, fn):\n        self.fn, self.calls = fn, 0\n    def __call__(self, *a):\n        self.calls += 1\n        return self.fn(*a)", "@Counted\ndef g(x):\n    return x", "g(1), g(2)", "def f():\n    return g.calls"], ["its attribute calls is 2, and would be 0 in a run"]),
    "a decorator's counter in a closure": (["def counted(fn):\n    n = 0\n    def inner(*a):\n        nonlocal n\n        n += 1\n        return n, fn(*a)\n    return inner", "@counted\ndef g(x):\n    return x", "g(1)", "def f():\n    return g(1)"], ["its variable n is 1, and would be 0 in a run"]),
    "an attribute set on a decorated function": (["import functools\n@functools.lru_cache\ndef g():\n    return g.k", "g.k = 3", "def f():\n    return g()"], ["its attribute k was set"]),
    "a variable that two closures change": (["def make():\n    n = 0\n    def inc():\n        nonlocal n\n        n += 1\n    def get():\n        return n\n    return inc, get\ninc, get = make()", "def f():\n    inc()\n    return get()"], ["shares its variable n"]),
    "a list that two closures hold": (["def make():\n    seen = []\n    return (lambda x: seen.append(x)), (lambda: len(seen))\nput, size = make()", "def f():\n    put(1)\n    return size()"], ["holds it too"]),
    "rows that are one row": (["M = [[0] * 2] * 2", "def f():\n    M[0][0] = 1\n    return M"], ["f() uses M", "it holds one thing in two places"]),
    "a list that holds itself": (["L = []\nL.append(L)", "def f():\n    return L"], ["f() uses L"]),
    "a cache that is out of date": (["import functools\nK = 1\n@functools.lru_cache\ndef g():\n    return K", "g()", "K = 2", "def f():\n    return g()"], ["g", "its cache", "g.cache_clear()"]),
    "a view of another array": (["import numpy as np\nA = np.zeros(4)\nV = A[:2]", "def f():\n    A[0] = 9\n    return V.tolist()"], ["holds it too"]),
    "globals": (["K = 1", "def f():\n    return globals().get('K', 'none')"], ["f() uses globals()"]),
    "the notebook as a module": (["K = 1", "def f():\n    import __main__\n    return __main__.K"], ["imports __main__"]),
    "an instance with a session": (["import logging\nclass S:\n    def __init__(self):\n        self.h = open(__import__('os').devnull)\ns = S()", "def f():\n    return s.h.read()"], ["f() uses s (S"]),
    "a dataclass that holds a frame": (["import pandas as pd\nfrom dataclasses import dataclass\n@dataclass\nclass D:\n    df: object\nD1 = D(pd.DataFrame({'a': [1]}))", "def f():\n    return D1.df"], ["f() uses D1 (D"]),
    "a dataclass with more than its fields": (["from dataclasses import dataclass\n@dataclass\nclass D:\n    x: int = 1\nd = D()\nd.extra = 5", "def f():\n    return d.extra"], ["f() uses d (D"]),
    "a generator": (["g = (i for i in range(3))", "def f():\n    return list(g)"], ["f() uses g (generator", "make one inside f()"]),
    "an iterator": (["it = iter([1, 2])", "def f():\n    return next(it)"], ["f() uses it (list_iterator"]),
    "a random generator": (["import numpy as np\nrng = np.random.default_rng(0)", "def f():\n    return rng.random()"], ["f() uses rng (Generator"]),
    "a series": (["import pandas as pd\ns = pd.Series([1, 2])", "def f():\n    return s.sum()"], ["f() uses s (Series, 2 elements"]),
    "a polars frame": (["import polars as pl\np = pl.DataFrame({'a': [1]})", "def f():\n    return p.height"], ["f() uses p (DataFrame, 1 x 1"]),
    "a connection": (["import sqlite3\nc = sqlite3.connect(':memory:')", "def f():\n    return c.execute('select 1').fetchone()"], ["f() uses c (Connection"]),
    "a thread and an event": (["import threading\ne = threading.Event()\nt = threading.Thread(target=print)", "def f():\n    return e.is_set(), t.name"], ["f() uses e (Event", "f() uses t (Thread"]),
    "a context variable": (["import contextvars\nv = contextvars.ContextVar('v', default=1)", "def f():\n    return v.get()"], ["f() uses v (ContextVar"]),
    "a subclass of a dict": (["class D(dict):\n    pass\nd = D(a=1)", "def f():\n    return d"], ["f() uses d (D"]),
    "an array of objects": (["import numpy as np\nA = np.array([object(), 'x'], dtype=object)", "def f():\n    return len(A)"], ["f() uses A (ndarray"]),
    "Out": (["10", "def f():\n    return Out[1]"], ["f() uses Out, which a run does not have"]),
    "the toolkit without its import": (["def f(x):\n    dh.report(x=x)"], ["f() uses dh, which is not defined. Write in a cell: import dh_kernel as dh"]),
    "an undefined base": (["class A:\n    pass", "class B(A):\n    pass", "del A", "def f():\n    return B()"], ["B() uses A, which is not defined"]),
    "an undefined name of a helper": (["def g(x):\n    return nothing(x)", "def f(x):\n    return g(x)"], ["g() uses nothing, which is not defined"]),
    "a deleted helper": (["def g(x):\n    return x", "def f(x):\n    return g(x)", "del g"], ["f() uses g, which is not defined"]),
    "a default that can't be written": (["import threading\ndef make():\n    return threading.Lock()", "def g(x, lock=make()):\n    return x", "def f(x):\n    return g(x)"], ["its default make() is computed"]),
    "a mutable default that was used": (["def g(x, seen=[]):\n    seen.append(x)\n    return seen", "g(1)", "def f(x):\n    return g(x)"], ["its default [] was [1] when it was defined"]),
    "a class method as target": (["class C:\n    @classmethod\n    def m(cls):\n        return 1\nf = C.m"], ["f is a method of an object"]),
    "an object that can be called as target": (["class C:\n    def __call__(self):\n        return 1\nf = C()"], ["f is an object of class C"]),
    "a function that exec made": (["exec('def g(x): return x + 1')", "def f(x):\n    return g(x)"], ["f() uses g, whose code is found in no cell. Write it as a def in a cell."]),
    "a library's function as target": (["from os.path import join as f"], ["f"]),
}  # fmt: skip

WITH_FILES = {
    "a function of a module that was reloaded": Refused(["import again9\nfrom again9 import g as go", "from pathlib import Path\nimport importlib\n_ = Path('again9.py').write_text('def g(x):\\n    return x * 1000\\n')\nimportlib.reload(again9)", "def f(x):\n    return go(x)"], ["again9 has not got it any more", "from again9 import g as go"], {"again9.py": "def g(x):\n    return x\n"}),
    "a script's constant changed since": Refused(["%run script9.py", "K = 5", "def f(x):\n    return g(x) + K"], ["uses K, which is one thing there and another in the notebook"], {"script9.py": "K = 1\ndef g(x):\n    return x * K\n"}),
    "a module edited since": Refused(["import edited9", "from pathlib import Path\n_ = Path('edited9.py').write_text('def g(x):\\n    return 2\\n')", "def f(x):\n    return edited9.g(x)"], ["edited9.py was changed after it was imported", "importlib.reload(edited9)"], {"edited9.py": "def g(x):\n    return 1\n"}),
    "a setting of a module that is a frame": Refused(["import tools9\nimport pandas as pd", "tools9.DATA = pd.DataFrame({'a': [1]})", "def f():\n    return tools9.DATA"], ["tools9.DATA (DataFrame, 1 x 1"], {"tools9.py": "DATA = None\n"}),
    "a module's list that was changed": Refused(["from conf9 import NAMES", "NAMES.append('b')", "def f():\n    return NAMES"], ["NAMES", "conf9.py"], {"conf9.py": "NAMES = ['a']\n"}),
    "a module's dict that was changed": Refused(["import conf8", "conf8.SETTINGS['a'] = 2", "def f():\n    return conf8.SETTINGS"], ["conf8.SETTINGS", "conf8.py"], {"conf8.py": "SETTINGS = {'a': 1}\n"}),
}  # fmt: skip

CASES = {**{name: Refused(*row) for name, row in ROWS.items()}, **WITH_FILES}
