"""PostgreSQL: an index of parts of words, as SQLite has from the start. A server without pg_trgm does without it."""

from __future__ import annotations

import logging

from alembic import op
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

revision = "0002"
down_revision = "0001"

log = logging.getLogger("dh_jupyter.catalogue")


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    try:
        with connection.begin_nested():
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
    except DBAPIError as error:
        log.warning("search will be slow, without the extension pg_trgm: %s", error.orig)
        return
    connection.execute(text("CREATE INDEX search_index_trigrams ON entities USING gin (search gin_trgm_ops)"))


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        connection.execute(text("DROP INDEX IF EXISTS search_index_trigrams"))
