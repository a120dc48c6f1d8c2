"""The schema by migrations is the schema of tables.py, up, down and up again; two programs may start at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from dh_jupyter.catalogue import Catalogue, migrations
from dh_jupyter.catalogue.engine import Database
from dh_jupyter.catalogue.tables import metadata
from dh_kernel.errors import Unavailable


def test_up_down_up(catalogue_url):
    database = Database(catalogue_url)
    for _ in range(2):
        with database.write() as connection:
            migrations.upgrade(connection)
        with database.read() as connection:
            assert migrations.current(connection) == migrations.HEAD
            options = {"include_name": lambda name, *_: not str(name).startswith("search_index")}
            context = MigrationContext.configure(connection, opts=options)
            assert compare_metadata(context, metadata) == []
        with database.write() as connection:
            migrations.downgrade(connection, "base")
        with database.read() as connection:
            assert sqlalchemy.inspect(connection).get_table_names() == ["alembic_version"]
    database.close()


def test_migrating_twice_keeps_what_is_there(catalogue, catalogue_url):
    again = Catalogue(catalogue_url)
    again.migrate()
    assert again.get("demo", "project", "demo")["user"] == "ada"
    again.close()


def test_many_start_at_once(catalogue_url):
    opened = [Catalogue(catalogue_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(Catalogue.migrate, opened))
    assert opened[0].list("project")["empty"]
    for each in opened:
        each.close()


def test_a_database_that_cannot_be_opened_is_unavailable(tmp_path):
    with pytest.raises(Unavailable, match="can't be used now"):
        Catalogue(f"sqlite:///{tmp_path / 'missing' / 'catalogue.sqlite'}").migrate()
