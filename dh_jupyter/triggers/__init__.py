"""Triggers: runs that are started by the clock, or by what happens to an entity."""

from __future__ import annotations

from .triggers import Triggers

__all__ = ["Triggers"]
