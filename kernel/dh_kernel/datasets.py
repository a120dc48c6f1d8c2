"""Save a table as an immutable dataset: a file in the store, then an entity whose id derives from name and content."""

from __future__ import annotations

import contextlib
import glob
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .arguments import is_table
from .broker import home
from .display import html, show
from .display.entity import reference_of
from .display.words import counted
from .entities import EntityHandle
from .errors import DHError, Invalid, NotFound
from .paths import typed_path
from .refs import NAME, dataset_id

if TYPE_CHECKING:
    from ._contract import Entity
    from .session import Session

_READABLE = (".parquet", ".csv")


class DatasetHandle(EntityHandle):
    """A dataset that was just saved; `line` says what happened."""

    def __init__(self, session: Session, entity: Entity, existing: bool):
        super().__init__(session, entity)
        self.existing = existing
        self._shown_in: int | None = None

    @property
    def line(self) -> str:
        """`dataset/flights@2 · saved · 336,776 rows x 19 columns`, or `unchanged, dataset/flights@2`."""
        if self.existing:
            return f"unchanged, {self.reference}"
        columns = len((self.spec.get("schema") or {}).get("fields") or [])
        rows = self.status.get("rows")
        size = f"{counted(rows, 'row')} x {counted(columns, 'column')}" if isinstance(rows, int) else ""
        return " · ".join(part for part in (self.reference, "saved", size) if part)

    def show(self) -> None:
        """Show the line in the running cell; it is not shown there a second time as the cell's value."""
        self._shown_in = show.cell_number()
        ids = {"id": self.id, "project": self.entity["project"]}
        show.show(html.bundle("dataset", ids, self.line, html.card(html.text(self.line))))

    def _ipython_display_(self) -> None:
        if self._shown_in is None or self._shown_in != show.cell_number():
            show.show(self._repr_mimebundle_())


@contextlib.contextmanager
def saved_arguments(session: Session) -> Iterator[Callable[[str, Any], tuple[str, str]]]:
    """Gives a function that saves a table that is passed to a run: (name, table) → (key, line).

    If what is done with it is refused, datasets that were not there before are deleted again.
    """
    made: list[DatasetHandle] = []

    def save(name: str, table: Any) -> tuple[str, str]:
        saved = save_dataset(session, name, table)
        if not saved.existing:
            made.append(saved)
        verb = "is" if saved.existing else "was saved as"
        return saved.key, f"{name} {verb} {reference_of(saved.entity)}"

    try:
        yield save
    except DHError:
        for saved in made:
            session.delete("dataitems", saved.entity["id"], cascade=True)
        raise


def save_dataset(session: Session, name: str, data: Any) -> DatasetHandle:
    """Save a DataFrame, an Arrow table, or files (a path, a pattern, or a list of them: parquet or csv)."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise Invalid(
            f"'{name}' can't be a dataset's name.", "Names have a-z, A-Z, 0-9 and . _ + - in them, as size_2 has."
        )
    table = data if is_table(data) else read_files(data)
    from .saving import save_frame
    from .transfer import put

    root = session.configuration()["dhcore_default_files_store"].rstrip("/")
    with tempfile.TemporaryDirectory(prefix="dh-", dir=_same_disk()) as folder:
        saved = save_frame(table, Path(folder), name)
        ident = dataset_id(name, saved["digest"])
        file = Path(folder) / saved["path"]
        target = f"{root}/{session.project}/dataitem/{name}/{ident}/{file.name}"
        put(session, file, target)
    document = {
        "kind": "table",
        "project": session.project,
        "name": name,
        "id": ident,
        "metadata": {"name": name},
        "spec": {**saved["spec"], "path": target},
        "status": {"state": "READY", **saved["status"]},
    }
    answer = session.register("dataitem", document)
    return DatasetHandle(session, answer.body, answer.headers.get("x-dh-existing", "") == "true")


def _same_disk() -> str | None:
    """The home folder, where the file store is by default: moving in is then a rename."""
    return str(home()) if home().is_dir() else None


def read_files(data: Any) -> Any:
    """The rows of parquet or csv files as one Arrow table. Raises NotFound or Invalid with what was looked for."""
    patterns = [data] if isinstance(data, (str, Path)) else data
    if not isinstance(patterns, Sequence):
        kind = type(data).__name__
        raise Invalid(
            f"A {kind} can't be a dataset.", "Pass a DataFrame, an Arrow table, or a path to parquet or csv files."
        )
    paths = [path for pattern in patterns for path in _matching(str(pattern))]
    kinds = {Path(path).suffix.lower() for path in paths}
    if len(kinds) != 1 or not kinds <= set(_READABLE):
        raise Invalid(
            f"Files of kind {', '.join(sorted(kinds))} can't be read together.",
            "Use files of one kind: parquet or csv.",
        )
    import pyarrow.dataset

    return pyarrow.dataset.dataset(paths, format=kinds.pop()[1:]).to_table()


def _matching(pattern: str) -> list[str]:
    found = sorted(glob.glob(str(typed_path(pattern)), recursive=True))
    if not found:
        raise NotFound(
            f"There is no file '{pattern}' below {Path.cwd()}.", "The path is relative to the working folder."
        )
    return found
