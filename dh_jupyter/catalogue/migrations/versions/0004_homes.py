"""Which homes work on the catalogue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "homes",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("place", TEXT, nullable=False),
        sa.Column("seen", sa.Float, nullable=False),
        sa.Column("stopped", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_homes"),
    )


def downgrade() -> None:
    op.drop_table("homes")
