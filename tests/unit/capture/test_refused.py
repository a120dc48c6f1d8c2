"""What is refused, and what the refusal says."""

from __future__ import annotations

import pytest

from dh_kernel.errors import NotCaptured

from .conftest import Notebook

# name: (cells; the last defines f unless it says else), what must be said
CASES: dict[str, tuple[list[str], list[str]]] = {
    "a data frame": (["import pandas as pd\ndf = pd.DataFrame({'a': range(5000), 'b': 1.5})", "def f():\n    return df.a.sum()"], ["f() uses df (DataFrame, 5,000 x 2, 80 kB)", "def f(df, …)", "%dh run f df=$df"]),
    "an array": (["import numpy as np\nA = np.zeros((2000, 10))", "def f():\n    return A.sum()"], ["f() uses A (ndarray, 2,000 x 10, 160 kB)"]),
    "a fitted model": (["from sklearn.linear_model import LinearRegression\nm = LinearRegression().fit([[1]], [1])", "def f():\n    return m.predict([[2]])"], ["f() uses m (LinearRegression"]),
    "an open file": (["h = open(__import__('os').devnull)", "def f():\n    return h.read()"], ["f() uses h (TextIOWrapper"]),
    "a lock": (["import threading\nL = threading.Lock()", "def f():\n    with L:\n        return 1"], ["f() uses L (lock"]),
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
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_refused(name: str, notebook: Notebook) -> None:
    cells, says = CASES[name]
    notebook.type(*cells)
    with pytest.raises(NotCaptured) as caught:
        notebook.capture()
    for words in says:
        assert words in str(caught.value), str(caught.value)


def test_a_lambda_without_a_name(notebook: Notebook) -> None:
    with pytest.raises(NotCaptured, match="A lambda has no name"):
        notebook.capture(lambda x: x)
