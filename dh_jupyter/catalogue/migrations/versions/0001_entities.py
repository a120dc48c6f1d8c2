"""Entities, documents, counters, labels, aliases, relations, metrics."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from dh_jupyter.catalogue.migrations import sqlite_0001

revision = "0001"
down_revision = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TABLES = ("points", "metrics", "relations", "aliases", "labels", "counters", "documents", "entities")


def upgrade() -> None:
    _entities()
    op.create_table(
        "documents", _owner("documents"), _text("document"), sa.PrimaryKeyConstraint("seq", name="pk_documents")
    )
    op.create_table(
        "counters",
        *(_text(name) for name in ("project", "entity", "name")),
        *(_integer(name) for name in ("number", "touched")),
        sa.PrimaryKeyConstraint("project", "entity", "name", name="pk_counters"),
    )
    op.create_table(
        "labels",
        _owner("labels"),
        *(_text(name) for name in ("label", "project")),
        sa.PrimaryKeyConstraint("seq", "label", name="pk_labels"),
    )
    op.create_index("ix_labels_project_label", "labels", ["project", "label", "seq"])
    op.create_table(
        "aliases",
        *(_text(name) for name in ("project", "entity", "name", "alias")),
        _owner("aliases"),
        *(_text(name) for name in ("user", "created", "note")),
        sa.PrimaryKeyConstraint("project", "entity", "name", "alias", name="pk_aliases"),
    )
    op.create_index("ix_aliases_seq", "aliases", ["seq"])
    op.create_table(
        "relations",
        _owner("relations"),
        _integer("position"),
        *(_text(name) for name in ("project", "type", "source", "dest")),
        sa.PrimaryKeyConstraint("seq", "position", name="pk_relations"),
    )
    op.create_index("ix_relations_source", "relations", ["project", "source"])
    op.create_index("ix_relations_dest", "relations", ["project", "dest"])
    _metrics()
    if op.get_bind().dialect.name == "sqlite":
        for statement in sqlite_0001.statements():
            op.get_bind().exec_driver_sql(statement)


def _entities() -> None:
    op.create_table(
        "entities",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        *(_text(name) for name in ("project", "entity", "id", "kind", "name", "short_name")),
        *(_integer(name) for name in ("number", "touched")),
        sa.Column("is_latest", sa.Boolean, nullable=False),
        *(_text(name) for name in ("user", "state", "created", "updated")),
        _integer("revision"),
        *(sa.Column(name, TEXT) for name in ("function", "workflow", "task")),
        _text("search"),
        sa.PrimaryKeyConstraint("seq", name="pk_entities"),
        sa.UniqueConstraint("project", "entity", "id", name="uq_entities_project_entity_id"),
        sa.UniqueConstraint(
            "project", "entity", "short_name", "number", name="uq_entities_project_entity_short_name_number"
        ),
        sqlite_autoincrement=True,
    )
    listed = ["created", "seq", "kind"]
    op.create_index("ix_entities_latest", "entities", ["project", "entity", "is_latest", *listed])
    op.create_index("ix_entities_created", "entities", ["project", "entity", *listed])
    op.create_index("ix_entities_listed_state", "entities", ["project", "entity", "state", "is_latest", *listed])
    op.create_index("ix_entities_latest_name", "entities", ["project", "entity", "is_latest", "name", "seq"])
    op.create_index("ix_entities_name", "entities", ["project", "entity", "name", "seq"])
    op.create_index("ix_entities_state", "entities", ["entity", "state", "seq"])
    op.create_index("ix_entities_function", "entities", ["project", "function"])
    op.create_index("ix_entities_task", "entities", ["project", "task"])


def _metrics() -> None:
    op.create_table(
        "metrics",
        _owner("metrics"),
        _text("name"),
        sa.Column("is_series", sa.Boolean, nullable=False),
        _integer("length"),
        sa.PrimaryKeyConstraint("seq", "name", name="pk_metrics"),
    )
    op.create_table(
        "points",
        _owner("points"),
        _text("name"),
        _integer("position"),
        sa.Column("step", BIG),
        *(sa.Column(name, sa.Float) for name in ("time", "value")),
        sa.PrimaryKeyConstraint("seq", "name", "position", name="pk_points"),
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=False)


def _integer(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def _owner(table: str) -> sa.Column[Any]:
    key = sa.ForeignKey("entities.seq", ondelete="CASCADE", name=f"fk_{table}_seq")
    return sa.Column("seq", BIG, key, nullable=False)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.drop_table("search_index")
    for table in TABLES:
        op.drop_table(table)
