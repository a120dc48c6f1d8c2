"""The audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TEXTS = ("time", "user", "verb", "path", "project")


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", BIG, nullable=False, autoincrement=True),
        *(sa.Column(name, TEXT, nullable=False) for name in TEXTS),
        sa.Column("status", sa.Integer, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("address", "client")),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
        sqlite_autoincrement=True,
    )
    for name, columns in (("project_seq", ["project", "seq"]), ("user_seq", ["user", "seq"]), ("time", ["time"])):
        op.create_index(f"ix_audit_{name}", "audit", columns)


def downgrade() -> None:
    op.drop_table("audit")
