"""Values become files in an attempt's outputs/, with the OutputDocument of what was saved."""

from __future__ import annotations

from .frames import save_frame

__all__ = ["save_frame"]
