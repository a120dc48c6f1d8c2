"""Alembic's entry: it runs on the connection, and in the transaction, that `migrations.upgrade` was given."""

from __future__ import annotations

from alembic import context

from dh_jupyter.catalogue.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
