"""The live object wins: what was changed after it was typed is captured as it is now."""

from __future__ import annotations

from .case import Case

ROWS: dict[str, tuple[list[str], tuple[object, ...]]] = {
    "a helper defined again": (["def g(x):\n    return 1", "def f(x):\n    return g(x)", "def g(x):\n    return 2"], (3,)),
    "a value bound again": (["K = 1", "def f(x):\n    return x * K", "K = 5"], (3,)),
    "a module-level global that it changes": (["COUNT = 0", "def f(n):\n    global COUNT\n    COUNT += n\n    return COUNT"], (0,)),
    "a helper defined later": (["def f(x):\n    return g(x)", "def g(x):\n    return -x"], (3,)),
    "a list that grew": (["NAMES = ['a']", "NAMES.append('b')\nNAMES += ['c']", "def f():\n    return NAMES"], ()),
    "a dict that was changed": (["CONFIG = {'lr': 0.1}", "CONFIG['lr'] = 0.5\nCONFIG.update(depth=3)", "def f():\n    return CONFIG"], ()),
    "a helper's helper edited": (["def h(x):\n    return 'old'", "def g(x):\n    return h(x)", "def h(x):\n    return 'new'", "def f(x):\n    return g(x)"], (1,)),
    "a value that becomes a function": (["g = 3", "def g(x):\n    return x", "def f(x):\n    return g(x)"], (1,)),
    "a function that becomes a value": (["def g(x):\n    return x", "g = 3", "def f(x):\n    return g * x"], (2,)),
    "an import that is shadowed": (["from math import floor", "def floor(x):\n    return 'mine'", "def f(x):\n    return floor(x)"], (2.5,)),
    "a definition that is shadowed by an import": (["def floor(x):\n    return 'mine'", "from math import floor", "def f(x):\n    return floor(x)"], (2.5,)),
    "an import made anew from elsewhere": (["from math import sqrt", "from cmath import sqrt", "def f(x):\n    return sqrt(x)"], (-4,)),
    "a builtin taken back": (["sum = 3", "del sum", "def f(xs):\n    return sum(xs)"], ([1, 2],)),
    "a class defined again": (["class C:\n    def m(self):\n        return 'old'", "class C:\n    def m(self):\n        return 'new'\n    def n(self):\n        return self.m()", "def f():\n    return C().n()"], ()),
    "an old function under another name": (["def g(x):\n    return 'old'", "before = g", "def g(x):\n    return 'new ' + before(x)", "def f(x):\n    return g(x), before(x)"], (1,)),
    "an old class under another name": (["class C:\n    v = 'old'", "Old = C", "class C(Old):\n    v = 'new'", "def f():\n    return C.v, Old.v, issubclass(C, Old)"], ()),
    "a wrapped helper": (["def g(x):\n    return x", "def loud(fn):\n    def inner(x):\n        return f'{fn(x)}!'\n    return inner\ng = loud(g)", "def f(x):\n    return g(x)"], (1,)),
    "two names of one list": (["A = [1]\nB = A", "def f(x):\n    A.append(x)\n    return B, A is B"], (2,)),
    "a list inside another": (["ROW = [1]\nTABLE = [ROW, [2]]", "def f(x):\n    ROW.append(x)\n    return TABLE"], (2,)),
    "a sentinel": (["MISSING = object()", "def g(x=MISSING):\n    return 'none' if x is MISSING else x", "def f(x):\n    return g(), g(x), MISSING is MISSING"], (2,)),
    "a sentinel of a class": (["class _Missing:\n    def __bool__(self):\n        return False\nMISSING = _Missing", "def f(x=None):\n    return MISSING is _Missing, x"], (2,)),
    "a global counter that was counted": (["COUNT = 0\ndef tick():\n    global COUNT\n    COUNT += 1\n    return COUNT", "tick(); tick()", "def f():\n    return tick()"], ()),
    "a setting of a module": (["import decimal\nfrom decimal import Decimal", "def f():\n    return str(Decimal(1) / Decimal(3))"], ()),
    "a nan and an infinity": (["import numpy as np, math\nN = float('nan')\nI = -np.inf\nM = math.nan", "def f():\n    return N != N, I, M != M"], ()),
    "a bool that was a number": (["FLAG = 1", "FLAG = bool(FLAG)", "def f():\n    return FLAG, type(FLAG).__name__"], ()),
    "a conditional value": (["import os\nDEVICE = 'cuda' if os.environ.get('NO_SUCH_THING') else 'cpu'\nN = os.cpu_count() and 2", "def f():\n    return DEVICE, N"], ()),
    "unpacked names": (["(A, B), *REST = (1, 2), 3, 4\nC = D = [0]\nE, F = divmod(7, 2)", "def f():\n    D.append(1)\n    return A, B, REST, C, E, F"], ()),
    "a value of a with or for": (["for LAST in range(3):\n    pass\nwith open(__import__('os').devnull) as handle:\n    TEXT = handle.read()", "def f():\n    return LAST, TEXT"], ()),
    "a walrus at the top level": (["print(K := 5)", "def f():\n    return K"], ()),
    "a type that is a value": (["KIND = int\nKINDS = (int, str, None, type(None))", "def f(x):\n    return KIND(x), KINDS[1](x), KINDS[3] is None.__class__"], ("3",)),
    "a library's function replaced": (["import colorsys", "def mine(r, g, b):\n    return r, 'mine'\ncolorsys.rgb_to_hsv = mine", "def f(x):\n    return colorsys.rgb_to_hsv(x, x, x)" ], (1,)),
    "a library's constant set": (["import math", "math.my_pi = 3", "def f():\n    return math.my_pi"], ()),
    "a library's method replaced": (["import collections", "class Tally(collections.Counter):\n    pass\ncollections.Counter.twice = lambda self: 2 * len(self)", "def f():\n    return Tally('ab').twice(), collections.Counter('a').twice()"], ()),
    "a setting by setattr": (["import string", "setattr(string, 'my_letters', 'abc')", "def f():\n    return string.my_letters"], ()),
    "two names of one array": (["import numpy as np\nA = np.zeros(3)\nB = A", "def f():\n    A[0] = 9\n    return B.tolist()"], ()),
    "tables within tables": (["import numpy as np\nfrom collections import OrderedDict, deque\nT = {'rows': [np.array([[1, 2], [3, 4]]), np.array([[5], [6]])], 'd': OrderedDict(a=[1], b=deque([[2], [3]]))}", "def f():\n    return [row.tolist() for row in T['rows']], list(T['d']), list(T['d']['b'])"], ()),
    "containers that hold each other": (["A = {}\nB = {'a': A}\nA['b'] = B", "def f():\n    return A['b']['a'] is A, list(B)"], ()),
    "a name bound to a part of itself": (["import functools\ndef g(a, b):\n    return a - b\ng = functools.partial(g, 10)", "def f(x):\n    return g(x)"], (3,)),
    "a target wrapped afterwards": (["import functools\ndef timed(fn):\n    @functools.wraps(fn)\n    def inner(*a, **k):\n        return 'timed', fn(*a, **k)\n    return inner", "def f(x):\n    return x\nf = timed(f)"], (3,)),
    "another's code": (["def other(x):\n    return 'other'\ndef g(x):\n    return x\ng.__code__ = other.__code__", "def f(x):\n    return g(x)"], (3,)),
    "a class of the shell's name": (["class In:\n    k = 3", "def f():\n    return In.k"], ()),
    "a class made by type()": (["Dyn = type('Dyn', (), {'k': 5, 'm': lambda self: self.k})", "def f():\n    return Dyn().m()"], ()),
    "a partial as target": (["import functools\ndef g(a, b=2, c=3):\n    return a, b, c\nf = functools.partial(g, c=9)"], (1,)),
}  # fmt: skip

WITH_FILES = {
    "a constant of a module set": Case(["import tools7", "tools7.K = 9", "def f(x):\n    return tools7.times(x)"], (3,), {"tools7.py": "K = 2\ndef times(x):\n    return K * x\n"}),
    "a function of a module replaced": Case(["import tools8", "def mine(x):\n    return 'mine'\ntools8.inner = mine", "def f(x):\n    return tools8.outer(x)"], (3,), {"tools8.py": "def inner(x):\n    return x\ndef outer(x):\n    return inner(x)\n"}),
    "a module edited and reloaded": Case(["import tools6, importlib", "from pathlib import Path\n_ = Path('tools6.py').write_text('def g(x):\\n    return 22\\n')\n_ = importlib.reload(tools6)", "def f(x):\n    return tools6.g(x)"], (3,), {"tools6.py": "def g(x):\n    return 1\n"}),
}  # fmt: skip

CASES = {**{name: Case(*row) for name, row in ROWS.items()}, **WITH_FILES}
