"""What SQLite needs besides tables: an index of trigrams for text search, and figures that its planner goes by."""

from __future__ import annotations

# `search` of entities by its trigrams; triggers keep it in step, so that no program can forget to
SEARCH_INDEX = (
    "CREATE VIRTUAL TABLE search_index USING fts5("
    "search, content='entities', content_rowid='seq', tokenize='trigram', detail='none')",
    "CREATE TRIGGER search_index_add AFTER INSERT ON entities BEGIN"
    " INSERT INTO search_index(rowid, search) VALUES (new.seq, new.search); END",
    "CREATE TRIGGER search_index_remove AFTER DELETE ON entities BEGIN"
    " INSERT INTO search_index(search_index, rowid, search) VALUES ('delete', old.seq, old.search); END",
    "CREATE TRIGGER search_index_change AFTER UPDATE OF search ON entities WHEN old.search <> new.search BEGIN"
    " INSERT INTO search_index(search_index, rowid, search) VALUES ('delete', old.seq, old.search);"
    " INSERT INTO search_index(rowid, search) VALUES (new.seq, new.search); END",
)

# Rows in a table, then rows for each value of 1, 2, … columns of the index: those of a catalogue of 100,000 entities.
# Without them SQLite takes the index that is sorted as asked, and walks through all of it for one name.
FIGURES = {
    "sqlite_autoindex_entities_1": "100000 20000 10000 1",  # project, entity, id
    "sqlite_autoindex_entities_2": "100000 20000 10000 10 1",  # project, entity, short_name, number
    "ix_entities_latest": "100000 20000 10000 7000 2 1 1",
    "ix_entities_created": "100000 20000 10000 2 1 1",
    "ix_entities_listed_state": "100000 20000 10000 3000 2500 2 1 1",
    "ix_entities_latest_name": "100000 20000 10000 7000 1 1",
    "ix_entities_name": "100000 20000 10000 10 1",
    "ix_entities_state": "100000 20000 5000 1",
    "ix_entities_function": "100000 20000 20",
    "ix_entities_task": "100000 20000 20",
    "ix_labels_project_label": "100000 20000 500 1",
}


def _table_of(index: str) -> str:
    return "labels" if "labels" in index else "entities"


def statements() -> list[str]:
    """All of it, in order. ANALYZE makes the table of figures, and at the end reads it again."""
    values = ", ".join(f"('{_table_of(name)}', '{name}', '{figures}')" for name, figures in FIGURES.items())
    return [
        *SEARCH_INDEX,
        "ANALYZE",
        "DELETE FROM sqlite_stat1 WHERE tbl IN ('entities', 'labels')",
        f"INSERT INTO sqlite_stat1(tbl, idx, stat) VALUES {values}",
        "ANALYZE sqlite_schema",
    ]
