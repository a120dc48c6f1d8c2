"""Secrets: their values in files that only the owner reads, their names in the catalogue."""

from __future__ import annotations

from .secrets import Secrets
from .values import SecretValues

__all__ = ["SecretValues", "Secrets"]
