"""Sweeps as a person writes and sees them: ranges and choices, the request, the handle. The broker owns the study."""

from __future__ import annotations

from . import space

__all__ = ["space"]
