"""Rows of saved tables for a page that is scrolled: read in a process of their own, some at a time."""

from __future__ import annotations

from .asking import Reader
from .parts import parts_of

__all__ = ["Reader", "parts_of"]
