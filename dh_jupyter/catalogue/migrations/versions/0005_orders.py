"""Indexes in the order of the lists that they serve: by what changed last, and of one state.

SQLite is told what a big catalogue is like, once and for all: left to itself it takes all indexes that begin alike for
equally good, and an order for cheap to make. A server looks for itself.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import Connection, text

revision = "0005"
down_revision = "0004"

STATE = "ix_entities_listed_state"

# (table, index, rows, and how many of them have the same first column, the same first two, …): one project, of few types
LIKE = (
    ("entities", "ix_entities_created", "100000 100000 50000 300 1 1"),
    ("entities", "ix_entities_updated", "100000 100000 50000 300 1 1 1"),
    ("entities", "ix_entities_latest", "100000 100000 50000 20000 200 1 1"),
    ("entities", "ix_entities_latest_name", "100000 100000 50000 20000 1 1"),
    ("entities", "ix_entities_name", "100000 100000 50000 5 1"),
    ("entities", "ix_entities_listed_state", "100000 40000 40000 20000 100 1 1 1"),
    ("entities", "ix_entities_state", "100000 50000 20000 1"),
    ("entities", "ix_entities_function", "100000 100000 100"),
    ("entities", "ix_entities_task", "100000 100000 100"),
    ("entities", "sqlite_autoindex_entities_1", "100000 100000 50000 1"),
    ("entities", "sqlite_autoindex_entities_2", "100000 100000 50000 5 1"),
    ("documents", None, "100000"),
    ("counters", "sqlite_autoindex_counters_1", "50000 50000 25000 1"),
    ("labels", "sqlite_autoindex_labels_1", "200000 2 1"),
    ("labels", "ix_labels_project_label", "200000 200000 10000 1"),
    ("relations", "sqlite_autoindex_relations_1", "100000 2 1"),
    ("relations", "ix_relations_source", "100000 100000 4"),
    ("relations", "ix_relations_dest", "100000 100000 20"),
    ("aliases", "sqlite_autoindex_aliases_1", "1000 1000 500 2 1"),
    ("aliases", "ix_aliases_seq", "1000 1"),
    ("metrics", "sqlite_autoindex_metrics_1", "100000 5 1"),
    ("points", "sqlite_autoindex_points_1", "1000000 500 100 1"),
)


def upgrade() -> None:
    op.create_index("ix_entities_updated", "entities", ["project", "entity", "updated", "seq", "kind", "is_latest"])
    op.drop_index(STATE, table_name="entities")
    op.create_index(STATE, "entities", ["state", "project", "entity", "created", "seq", "kind", "is_latest"])
    if op.get_bind().dialect.name == "sqlite":
        _tell_what_it_is_like(op.get_bind())


def _tell_what_it_is_like(connection: Connection) -> None:
    connection.execute(text("ANALYZE alembic_version"))  # makes the table
    connection.execute(text("DELETE FROM sqlite_stat1"))
    row = text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:table, :index, :stat)")
    connection.execute(row, [{"table": table, "index": index, "stat": stat} for table, index, stat in LIKE])
    connection.execute(text("ANALYZE sqlite_master"))  # reads it


def downgrade() -> None:
    op.drop_index(STATE, table_name="entities")
    op.create_index(STATE, "entities", ["project", "entity", "state", "is_latest", "created", "seq", "kind"])
    op.drop_index("ix_entities_updated", table_name="entities")
