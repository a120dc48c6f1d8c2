"""The catalogue: entities, versions, aliases, labels, relations and metrics on SQLAlchemy Core.

Importing this package imports SQLAlchemy, so the server does it when the broker starts and not before.
"""

from __future__ import annotations

from .catalogue import Catalogue
from .matching import Search
from .query import Query

__all__ = ["Catalogue", "Query", "Search"]
