"""Classes of cells live on in what a run saved: another kernel, which has never seen them, loads it."""

from __future__ import annotations

from collections.abc import Callable

from .conftest import Kernel

CLASSES = """import functools
from dataclasses import dataclass, field
from sklearn.base import BaseEstimator, TransformerMixin
OFFSET = 10
def shifted(x):
    return x + OFFSET
class Shift(BaseEstimator, TransformerMixin):
    def __init__(self, times=1):
        self.times = times
    def fit(self, X, y=None):
        self.seen_ = len(X)
        return self
    def transform(self, X):
        return [[self.times * shifted(v) for v in row] for row in X]
@dataclass
class Point:
    x: int
    ys: list = field(default_factory=list)
    def moved(self):
        return Point(shifted(self.x), [*self.ys, self.x])
class Node:
    def __init__(self, depth):
        self.inner = Node(depth - 1) if depth else None
    @functools.cached_property
    def depth(self):
        return 1 + (self.inner.depth if self.inner else 0)"""
MAKE = """%%dh function make --out transformer,pipeline,point,nodes
def make(n: int):
    from sklearn.linear_model import LinearRegression
    from sklearn.pipeline import make_pipeline
    rows = [[i] for i in range(n)]
    pipeline = make_pipeline(Shift(2), LinearRegression()).fit(rows, range(n))
    return Shift(3).fit(rows), pipeline, Point(n, [1]), {"deep": Node(2)}"""


SHOWN = "print(t.transform([[1]]), round(float(p.predict([[2]])[0]), 6), nodes['deep'].depth)"


def test_another_kernel_loads_them(kernel: Callable[[], Kernel]) -> None:
    first = kernel()
    *_, same, moved = first.run(
        CLASSES, MAKE, "r = make.run(n=5)\nr.wait().state", f"t, p, point, nodes = r.result\n{SHOWN}", "print(point.moved())"
    )  # fmt: skip
    assert moved == "Point(x=15, ys=[1, 5])\n"
    second = kernel()
    *_, other, named, fields = second.run(
        "r = dh.run('run/make-1')",
        f"t, p, nodes = *(dh.load(r.outputs[name]) for name in ('transformer', 'pipeline')), r.result[3]\n{SHOWN}",
        "print(type(t).__name__, t.seen_, t.get_params())",
        "point = r.result[2]  # of the run's own code\nprint(point, point.moved(), type(point) is type(r.result[2]))",
    )  # fmt: skip
    assert same == other == "[[33]] 2.0 3\n"
    assert named == "Shift 5 {'times': 3}\n"
    assert fields == "Point(x=5, ys=[1]) Point(x=15, ys=[1, 5]) True\n"
