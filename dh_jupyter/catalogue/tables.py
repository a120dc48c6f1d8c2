"""The tables. What is searched for or sorted by is a column; the document itself is JSON text that SQL never looks into.

`seq` is the order of insertion over all entities. Everything that belongs to an entity hangs on it and goes with it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    column,
    table,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts up only in a column of exactly the type INTEGER
_BIG = BigInteger().with_variant(Integer, "sqlite")
# PostgreSQL orders and compares text byte by byte, as SQLite does
_TEXT = Text().with_variant(Text(collation="C"), "postgresql")


def _owner(*, primary_key: bool = False, index: bool = False) -> Column[int]:
    """A column that points at an entity, and whose row goes with it."""
    key = ForeignKey("entities.seq", ondelete="CASCADE")
    return Column("seq", _BIG, key, nullable=False, primary_key=primary_key, index=index or None)


entities = Table(
    "entities",
    metadata,
    Column("seq", _BIG, primary_key=True, autoincrement=True),
    Column("project", _TEXT, nullable=False),
    Column("entity", _TEXT, nullable=False),
    Column("id", _TEXT, nullable=False),
    Column("kind", _TEXT, nullable=False),
    Column("name", _TEXT, nullable=False),
    Column("short_name", _TEXT, nullable=False),  # what `number` counts under: the name; of a run, its function's name
    Column("number", Integer, nullable=False),
    Column("touched", Integer, nullable=False),  # of the versions of a name, the one touched last is the latest
    Column("is_latest", Boolean, nullable=False),
    Column("user", _TEXT, nullable=False),
    Column("state", _TEXT, nullable=False),
    Column("created", _TEXT, nullable=False),  # YYYY-MM-DDTHH:MM:SS.mmmZ, so that text order is time order
    Column("updated", _TEXT, nullable=False),
    Column("revision", Integer, nullable=False),  # counts up with every change
    Column("function", _TEXT),  # of tasks, runs, triggers: the executable string
    Column("workflow", _TEXT),
    Column("task", _TEXT),
    Column("search", _TEXT, nullable=False),  # lower case: name, labels, description, columns
    UniqueConstraint("project", "entity", "id"),
    UniqueConstraint("project", "entity", "short_name", "number"),
    Index("ix_entities_latest", "project", "entity", "is_latest", "created", "seq", "kind"),
    Index("ix_entities_created", "project", "entity", "created", "seq", "kind"),
    Index("ix_entities_updated", "project", "entity", "updated", "seq", "kind", "is_latest"),
    # the state first: SQLite would take it for lists of all states, in whose order it is not
    Index("ix_entities_listed_state", "state", "project", "entity", "created", "seq", "kind", "is_latest"),
    Index("ix_entities_latest_name", "project", "entity", "is_latest", "name", "seq"),
    Index("ix_entities_name", "project", "entity", "name", "seq"),
    Index("ix_entities_state", "entity", "state", "seq"),
    Index("ix_entities_function", "project", "function"),
    Index("ix_entities_task", "project", "task"),
    sqlite_autoincrement=True,
)

# SQLite only: the trigrams of `search`, made by the migration and kept by its triggers
search_index = table("search_index", column("rowid", Integer), column("search_index", Text))

# the same of its names, on both databases: a table with `rowid` and the match, or with `seq` and `names`
search_names = table(
    "search_index_names",
    column("rowid", Integer),
    column("search_index_names", Text),
    column("seq", BigInteger),
    column("names", Text),
)

documents = Table("documents", metadata, _owner(primary_key=True), Column("document", _TEXT, nullable=False))

# one row for each name that ever had a version: numbers are never given twice, not even after a delete
counters = Table(
    "counters",
    metadata,
    Column("project", _TEXT, primary_key=True),
    Column("entity", _TEXT, primary_key=True),
    Column("name", _TEXT, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("touched", Integer, nullable=False),
)

labels = Table(
    "labels",
    metadata,
    _owner(primary_key=True),
    Column("label", _TEXT, primary_key=True),
    Column("project", _TEXT, nullable=False),
    Index("ix_labels_project_label", "project", "label", "seq"),
)

aliases = Table(
    "aliases",
    metadata,
    Column("project", _TEXT, primary_key=True),
    Column("entity", _TEXT, primary_key=True),
    Column("name", _TEXT, primary_key=True),
    Column("alias", _TEXT, primary_key=True),
    _owner(index=True),
    Column("user", _TEXT, nullable=False),
    Column("created", _TEXT, nullable=False),
    Column("note", _TEXT, nullable=False),
)

relations = Table(
    "relations",
    metadata,
    _owner(primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("project", _TEXT, nullable=False),
    Column("type", _TEXT, nullable=False),
    Column("source", _TEXT, nullable=False),
    Column("dest", _TEXT, nullable=False),
    Index("ix_relations_source", "project", "source"),
    Index("ix_relations_dest", "project", "dest"),
)

metrics = Table(
    "metrics",
    metadata,
    _owner(primary_key=True),
    Column("name", _TEXT, primary_key=True),
    Column("is_series", Boolean, nullable=False),  # a list of numbers; else one number
    Column("length", Integer, nullable=False),
)

# what was done over the API; of projects that are gone, too
audit = Table(
    "audit",
    metadata,
    Column("seq", _BIG, primary_key=True, autoincrement=True),
    Column("time", _TEXT, nullable=False),
    Column("user", _TEXT, nullable=False),
    Column("verb", _TEXT, nullable=False),
    Column("path", _TEXT, nullable=False),
    Column("project", _TEXT, nullable=False),  # empty: of none
    Column("status", Integer, nullable=False),
    Column("address", _TEXT, nullable=False),
    Column("client", _TEXT, nullable=False),
    Index("ix_audit_project_seq", "project", "seq"),
    Index("ix_audit_user_seq", "user", "seq"),
    Index("ix_audit_time", "time"),
    sqlite_autoincrement=True,
)

points = Table(
    "points",
    metadata,
    _owner(primary_key=True),
    Column("name", _TEXT, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("step", _BIG),
    Column("time", Float),  # seconds since 1970
    Column("value", Float),  # NULL is "not a number", which SQLite can't hold
)

# a run's status names the home that it is in the hands of
homes = Table(
    "homes",
    metadata,
    Column("id", _TEXT, primary_key=True),
    Column("place", _TEXT, nullable=False),
    Column("seen", Float, nullable=False),  # seconds since 1970, by the database's clock
    Column("stopped", Boolean, nullable=False),
)
