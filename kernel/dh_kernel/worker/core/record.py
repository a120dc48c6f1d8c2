"""What code logs by the SDK's calls becomes outputs of the run, written down at once: one line each of handed.jsonl."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import Invalid, NotFound
from ...refs import NAME, key_of, output_id
from ...rundir import RunFolder
from ...saving.files import MOST_FILES, file_entries, output_folder
from ...saving.frames import frame_kind, save_frame
from .objects import Material, Metrics

if TYPE_CHECKING:
    from ..._contract import HandedLine, OutputDocument

_METADATA = ("description", "labels", "version", "embedded")
_NOT_KEPT = (
    "drop_existing",
    "uuid",
    "relationships",
    "file_format",
    "read_df_params",
    "engine",
    "keep_dir_structure",
    "sql",
)


class Logged(Material):
    """What was logged in this run. It is registered when the run ends, under the id that it has already."""

    def __init__(self, output: OutputDocument, project: str, run_id: str, folder: RunFolder) -> None:
        remote = "://" in output["path"]
        spec = {**output["spec"], "path": output["path"] if remote else str(folder.path / output["path"])}
        entity, kind, name = output["entity"], output["kind"], output["name"]
        ident = output_id(run_id, entity, name, output.get("digest", ""))
        identity = {"project": project, "id": ident, "key": key_of(project, entity, kind, name, ident)}
        super().__init__({**output, **identity, "spec": spec}, entity, folder)
        self.output = output
        self._metrics = Metrics()

    @property
    def metrics(self) -> dict[str, Any]:
        """As they will be registered."""
        return dict(self._metrics.values)

    def log_metric(self, key: str, value: Any, overwrite: bool = False, single_value: bool = False) -> None:
        """Beside the model, as the SDK does it."""
        self._metrics.log(key, value, overwrite, single_value)
        self.save()

    def log_metrics(self, metrics: Mapping[str, Any], overwrite: bool = False, single_value: bool = False) -> None:
        """Several at once; a name that is new has a number."""
        for key, value in metrics.items():
            self._metrics.log(key, value, overwrite, single_value or key not in self._metrics.values)
        self.save()

    def add_label(self, label: str) -> None:
        """One more."""
        self.metadata.labels = sorted({*(getattr(self.metadata, "labels", None) or []), label})
        self.save()

    def save(self, update: bool = False) -> Logged:
        """Write it down as it is now."""
        spec = {name: value for name, value in vars(self.spec).items() if name != "path"}
        self.output = {**self.output, "spec": spec, "metadata": _checked(vars(self.metadata))}
        if self._metrics.values:
            self.output["metrics"] = self.metrics
        hand_over(self._folder, self.output)
        return self


def _checked(metadata: Mapping[str, Any]) -> Any:
    """What the catalogue takes. Raises Invalid for what is of another type."""
    kept = {name: value for name, value in metadata.items() if name in _METADATA and value is not None}
    if isinstance(kept.get("labels"), (tuple, set)):
        kept["labels"] = list(kept["labels"])
    if "labels" in kept and not (isinstance(kept["labels"], list) and all(isinstance(x, str) for x in kept["labels"])):
        raise Invalid("labels must be a list of texts.", 'e.g. labels=["tried"]')
    for name in ("description", "version"):
        if name in kept and not isinstance(kept[name], str):
            raise Invalid(f"{name} must be a text, and is {type(kept[name]).__name__}.")
    return {**kept, **({"embedded": bool(kept["embedded"])} if "embedded" in kept else {})}


def hand_over(folder: RunFolder, output: OutputDocument, warnings: Sequence[str] = ()) -> None:
    """One output of the run. A name that comes again for the same type replaces what it was."""
    from ..masked import masking_of

    line: HandedLine = {
        "name": f"{output['entity']}/{output['name']}",
        "value": {"output": output["name"]},
        "results": {},
        "numbers": {},
        "outputs": [output],
        "warnings": list(warnings),
    }
    line = masking_of(folder.read_run(), os.environ).document(line)
    folder.append_handed(line)


def check_name(name: Any) -> None:
    """Raise Invalid for what can't be the name of an entity."""
    if not isinstance(name, str) or not NAME.fullmatch(name) or not name.strip("."):
        raise Invalid(f"'{name}' can't be a name.", "Names have a-z, A-Z, 0-9 and . _ + - in them, as size_2 has.")


def log_entity(folder: RunFolder, project: str, entity: str, kind: str, name: str, given: Mapping[str, Any]) -> Logged:
    """`given` are the SDK's arguments: source or data, spec fields and metadata. Raises Invalid or NotFound."""
    check_name(name)
    named = {key: value for key, value in given.items() if value is not None}
    data, source, path = named.pop("data", None), named.pop("source", None), named.pop("path", None)
    if data is None and frame_kind(source):
        data, source = source, None
    metadata: Any = {key: named.pop(key) for key in _METADATA if key in named}
    spec = {key: value for key, value in named.items() if key not in _NOT_KEPT}
    output = _saved(folder, entity, kind, name, data, source, path)
    output = {**output, "entity": entity, "kind": kind, "spec": {**output["spec"], **spec}}  # type: ignore[typeddict-item]
    logged = Logged({**output, "metadata": metadata}, project, folder.read_run()["id"], folder)
    return logged.save()


def _saved(
    folder: RunFolder, entity: str, kind: str, name: str, data: Any, source: Any, path: str | None
) -> OutputDocument:
    place = RunFolder(folder.outputs / entity)  # a model and a table may have the same name
    shutil.rmtree(place.outputs / name, ignore_errors=True)  # of an earlier one of that name
    if data is not None:
        if not frame_kind(data):
            raise Invalid(f"'{name}': a {type(data).__name__} is no table.", "Give a DataFrame.")
        saved = save_frame(data, place.path, name)
        return {**saved, "path": f"outputs/{entity}/{saved['path']}"}
    sources = source if isinstance(source, (list, tuple)) else [source] if source is not None else []
    remote = next((str(one) for one in sources if "://" in str(one)), path if path and not sources else None)
    output: Any = {"name": name, "entity": entity, "kind": kind, "spec": {}, "status": {}}
    if remote:
        output["path"] = remote
        return output  # type: ignore[no-any-return]
    if not sources:
        raise Invalid(f"{entity} '{name}' has neither source nor path.", "Give it source=FILE, or path=URI.")
    target = _copied([Path(one) for one in sources], output_folder(place.path, name), name)
    relative = target.relative_to(folder.path).as_posix() + ("/" if target.is_dir() else "")
    output.update(path=relative, status={"files": file_entries(target)[:MOST_FILES]})
    return output  # type: ignore[no-any-return]


def _copied(sources: Sequence[Path], place: Path, name: str) -> Path:
    """A file alone, or a folder of all of them; what is copied stays where it is, too."""
    for source in sources:
        if not source.exists():
            raise NotFound(f"'{name}': there is no '{source}'.", f"The run's folder is {Path.cwd()}.")
    if len(sources) == 1 and sources[0].is_file():
        return Path(shutil.copyfile(sources[0], place / sources[0].name))
    for source in sources:
        if source.is_dir():
            shutil.copytree(source, place, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, place / source.name)
    return place
