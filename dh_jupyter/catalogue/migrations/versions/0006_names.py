"""An index of parts of names: of ids, names and what is executed, for lists that are narrowed by `q`, and for what a search
finds first. Triggers keep it in step; it is written once for an entity, and not at every step of a run."""

from __future__ import annotations

import logging

from alembic import op
from sqlalchemy import Connection, text

revision = "0006"
down_revision = "0005"

log = logging.getLogger("dh_jupyter.catalogue")

COLUMNS = ("id", "name", "function", "workflow")
_NEW, _OLD = (", ".join(f"{which}.{name}" for name in COLUMNS) for which in ("new", "old"))
_ADD = f"INSERT INTO search_index_names(rowid, {', '.join(COLUMNS)}) VALUES (new.seq, {_NEW});"
_DROP = f"INSERT INTO search_index_names(search_index_names, rowid, {', '.join(COLUMNS)}) VALUES ('delete', old.seq, {_OLD});"
_CHANGED = f"AFTER UPDATE OF {', '.join(COLUMNS)} ON entities"
_DIFFERS = " OR ".join(f"old.{name} IS NOT new.{name}" for name in COLUMNS)

SQLITE = (
    f"CREATE VIRTUAL TABLE search_index_names USING fts5({', '.join(COLUMNS)},"
    " content='entities', content_rowid='seq', tokenize='trigram', detail='none')",
    "INSERT INTO search_index_names(search_index_names) VALUES ('rebuild')",
    f"CREATE TRIGGER search_index_names_add AFTER INSERT ON entities BEGIN {_ADD} END",
    f"CREATE TRIGGER search_index_names_remove AFTER DELETE ON entities BEGIN {_DROP} END",
    f"CREATE TRIGGER search_index_names_change {_CHANGED} WHEN {_DIFFERS} BEGIN {_DROP} {_ADD} END",
)

_NAMES = "lower(concat_ws(E'\\n', {0}.id, {0}.name, {0}.function, {0}.workflow) COLLATE \"C\")"
POSTGRESQL = (
    'CREATE TABLE search_index_names (seq bigint PRIMARY KEY REFERENCES entities ON DELETE CASCADE, names text COLLATE "C")',
    f"INSERT INTO search_index_names SELECT seq, {_NAMES.format('entities')} FROM entities",
    "CREATE FUNCTION search_index_names_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    f" INSERT INTO search_index_names VALUES (new.seq, {_NAMES.format('new')})"
    " ON CONFLICT (seq) DO UPDATE SET names = excluded.names; RETURN NULL; END $$",
    "CREATE TRIGGER search_index_names_add AFTER INSERT ON entities"
    " FOR EACH ROW EXECUTE FUNCTION search_index_names_keep()",
    f"CREATE TRIGGER search_index_names_change {_CHANGED} FOR EACH ROW"
    f" WHEN (({_OLD}) IS DISTINCT FROM ({_NEW})) EXECUTE FUNCTION search_index_names_keep()",
)
TRIGRAMS = "CREATE INDEX search_index_names_trigrams ON search_index_names USING gin (names gin_trgm_ops)"


def upgrade() -> None:
    connection = op.get_bind()
    for statement in SQLITE if connection.dialect.name == "sqlite" else POSTGRESQL:
        connection.exec_driver_sql(statement)
    if connection.dialect.name == "postgresql" and _has_trigrams(connection):
        connection.exec_driver_sql(TRIGRAMS)


def _has_trigrams(connection: Connection) -> bool:
    """Whether the server has the extension that 0002 asked for."""
    found = connection.execute(text("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")).first() is not None
    if not found:
        log.warning("lists narrowed by a part of a name will be slow, without the extension pg_trgm")
    return found


def downgrade() -> None:
    connection = op.get_bind()
    on_server = connection.dialect.name == "postgresql"
    for name in ("add", "change") if on_server else ("add", "remove", "change"):
        connection.exec_driver_sql(f"DROP TRIGGER search_index_names_{name}" + (" ON entities" if on_server else ""))
    connection.exec_driver_sql("DROP TABLE search_index_names")
    if on_server:
        connection.exec_driver_sql("DROP FUNCTION search_index_names_keep()")
