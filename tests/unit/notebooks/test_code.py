"""The Python of cells, with magics in it."""

from __future__ import annotations

import pytest

from dh_kernel.notebooks.code import assignments, free_names, imported, needed, python_of, texts


@pytest.mark.parametrize(
    ("typed", "python"),
    [
        ("x = 1\ny", "x = 1\ny"),
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("if x:\n    !ls -l\n    y = 1", "if x:\n    pass\n    y = 1"),
        ("files = !ls\nx", "files = None\nx"),
        ("r = %dh run train", "r = None"),
        ("a, b = %sql x", "a, b = None"),
        ("df?\ndf.head??\n?df", "pass\npass\npass"),
        ("!echo \\\n  two\nx = 1", "pass\n\nx = 1"),
        ('s = """\n%not a magic\n"""', 's = """\n%not a magic\n"""'),
        ("y = (a\n  % b)", "y = (a\n  % b)"),
        ("await f()", "await f()"),
        ("%%time\nx = 1", "\nx = 1"),
        ("\n%%dh function f --cpu 2\ndef f(): pass", "\n\ndef f(): pass"),
        ("%%bash\nls", None),
        ("%%html\n<b>", None),
        ("def f(:\n  pass", None),
        ("x = 'a\\0b'\n\0", None),
    ],
)
def test_python_of(typed: str, python: str | None) -> None:
    assert python_of(typed) == python


def test_assignments_at_the_top_level() -> None:
    typed = "a = 1; b: float = 2.0\nc, d = 1, 2\nif a:\n    e = 1\nf = !ls\ng: int\n[h] = [1]\ni.j = 3\nk = l = 4\nä = (1,\n  2)"
    found = {one.name: (one.annotation, one.start, one.end) for one in assignments(typed)}
    assert found == {
        "a": ("", (1, 0), (1, 5)),
        "b": ("float", (1, 7), (1, 21)),
        "ä": ("", (10, 0), (11, 4)),
    }


@pytest.mark.parametrize(
    ("cells", "free"),
    [
        (["x = lr\ny = x"], {"lr"}),
        (["def f():\n    return g(z)", "def g(q): return q"], {"z"}),
        (["import os\nfor i in range(3): print(i, os)\n[j for j in y]"], {"y"}),
        (["from x import *\nprint(a)"], set()),
        (["%run other.py", "print(a)"], set()),
        (["display(get_ipython())\nwith open('a') as f: f\ntry:\n    1\nexcept E as e:\n    e"], {"E"}),
        (["class A:\n    b = 1\n    def c(self): return self.b + b\nb = A"], set()),
        (["%%bash\nls"], set()),
    ],
)
def test_free_names(cells: list[str], free: set[str]) -> None:
    assert free_names(cells) == free


def test_what_is_imported_and_named() -> None:
    typed = "%time 1\nimport a.b, c as d\ndef f():\n    from e import g\nx = open('data/t.csv')"
    assert imported(typed) == {"a.b", "c", "e"}
    assert list(texts(typed)) == ["data/t.csv"]


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        (["x = 1", "y = x + z"], {"z"}),
        (["x = x + 1"], {"x"}),
        (["x += 1"], {"x"}),
        (["n: int = n"], {"n", "int"}),
        (["y = x\nx = 1"], {"x"}),
        (["def f():\n    return g(a)", "def g(q=b): return f", "f()"], {"a", "b"}),
        (["f = lambda: later", "later = 1"], set()),
        (["class A(Base):\n    c = d\n    def m(self): return A, e"], {"Base", "d", "e"}),
        (["for i in items: print(i)\n[k for k in ks]"], {"items", "ks", "print"}),
        (["import a.b as c, d\nfrom e import f\nc, d, f"], set()),
        (["with open(p) as h: h"], {"open", "p"}),
        (["try:\n    1\nexcept E as e:\n    e"], {"E"}),
        (["if (w := q) > 1: w"], {"q"}),
        (["%time x\n!ls\nawait z"], {"z"}),
        (["%%bash\nls", "x"], {"x"}),
        (["del x"], {"x"}),
        (["a.b = 1\nc[d] = 2"], {"a", "c", "d"}),
    ],
)
def test_needed(cells: list[str], names: set[str]) -> None:
    assert needed(cells) == names
