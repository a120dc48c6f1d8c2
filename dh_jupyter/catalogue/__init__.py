"""The catalogue: entities, versions, aliases, labels, relations and metrics on SQLAlchemy Core.

Importing this package imports SQLAlchemy, so the server does it when the broker starts and not before.
"""

from __future__ import annotations

from .catalogue import Catalogue
from .query import Query
from .search import Search

__all__ = ["Catalogue", "Query", "Search"]
