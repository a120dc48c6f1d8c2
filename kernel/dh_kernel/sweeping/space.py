"""Ranges and choices of a sweep: `train.sweep(lr=dh.space.log(1e-5, 1e-1), leaves=dh.space.int(8, 64))`."""

from __future__ import annotations

import builtins
from typing import Any

from . import dimensions
from .dimensions import Dimension, Fixed

__all__ = ["choice", "fixed", "float", "int", "log"]


def log(low: Any, high: Any) -> Dimension:
    """From `low` to `high`, each power of ten as likely as any other; whole numbers if both bounds are."""
    return dimensions.span(low, high, log=True)


def float(low: Any, high: Any, step: Any = None, *, log: builtins.bool = False) -> Dimension:
    """Any number from `low` to `high`; with `step` only low, low + step, …"""
    return dimensions.span(low, high, log=log, step=step, whole=False)


def int(low: Any, high: Any, step: Any = None, *, log: builtins.bool = False) -> Dimension:
    """A whole number from `low` to `high`, both included."""
    return dimensions.span(low, high, log=log, step=step, whole=True)


def choice(*values: Any) -> Dimension:
    """One of these values: `dh.space.choice("adam", "sgd")`. A plain list means the same."""
    return dimensions.choice(values)


def fixed(value: Any) -> Fixed:
    """The same value for all trials, where it would be taken for choices or a range: `dh.space.fixed([64, 64])`."""
    return Fixed(value)
