"""The end of a run that has a result: outputs go into the store and become entities. Doing it twice is doing it once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dh_kernel import refs
from dh_kernel.errors import Invalid
from dh_kernel.rundir import RunFolder

if TYPE_CHECKING:
    from dh_kernel._contract import Entity, MetricLine, OutputDocument, Result


def output_id(run_id: str, output: OutputDocument) -> str:
    """Datasets: from name and content, so that equal content is one version. All else: from the run and the name."""
    return refs.output_id(run_id, output["entity"], output["name"], output.get("digest", ""))


def is_elsewhere(output: OutputDocument) -> bool:
    """Whether it has no file of the run's: user code registered what lies at a URI."""
    return "://" in output["path"]


def place_of(output: OutputDocument, project: str, ident: str, store_root: str, folder: Path) -> str:
    """Where an output will lie: STORE/P/ENTITY/NAME/ID/FILE, or …/ID/ for a folder; or where it lies already. Raises Invalid
    if the worker names a path outside of outputs/."""
    if is_elsewhere(output):
        return output["path"]
    if base := delivered_to(output, folder):
        name = source_of(output, folder).relative_to(folder.resolve()).as_posix()
        return base + name + ("/" if output["path"].endswith("/") else "")
    base = f"{store_root.rstrip('/')}/{project}/{output['entity']}/{output['name']}/{ident}/"
    return base if output["path"].endswith("/") else base + Path(output["path"]).name


def delivered_to(output: OutputDocument, folder: Path) -> str:
    """Where the attempt has put it into the store itself: what its path is relative to; empty if it is here."""
    delivered = RunFolder(folder).read_delivered()
    return delivered["base"] if delivered and not source_of(output, folder).exists() else ""


def source_of(output: OutputDocument, folder: Path) -> Path:
    """Where an output lies in the attempt's folder. Raises Invalid if the worker names a path outside of outputs/."""
    outputs = (folder / "outputs").resolve()
    source = (folder / output["path"]).resolve()
    if not source.is_relative_to(outputs) or source == outputs:
        raise Invalid(f"Output '{output['name']}' lies outside of the run's folder: {output['path']}.")
    return source


def document_of(output: OutputDocument, run: Entity, ident: str, path: str) -> dict[str, Any]:
    """The entity that an output becomes."""
    given: Mapping[str, Any] = output.get("metadata", {})
    labels = [*(run["metadata"].get("labels") or []), *(given.get("labels") or [])]
    links = [{"type": "produced_by", "dest": run["key"]}]
    return {
        "kind": output["kind"],
        "project": run["project"],
        "name": output["name"],
        "id": ident,
        "metadata": {**given, "relationships": links, **({"labels": list(dict.fromkeys(labels))} if labels else {})},
        "spec": {**output["spec"], "path": path},
        "status": {**output["status"], "state": "READY"},
        **({"metrics": output["metrics"]} if "metrics" in output else {}),
    }


def with_names(outputs: dict[str, str], result: Result, run: Entity) -> dict[str, str]:
    """Keys of outputs by name, those by more names among them. A key that was no input of the run is left out."""
    inputs = set((run["spec"].get("inputs") or {}).values())
    more = {name: outputs.get(known, known) for name, known in result.get("named", {}).items()}
    return {**outputs, **{name: key for name, key in more.items() if key in inputs or key in outputs.values()}}


def series_of(lines: Iterable[MetricLine]) -> dict[str, list[tuple[int | None, float, float]]]:
    """Metric points by name, each (step, time, value), in the order of the file."""
    series: dict[str, list[tuple[int | None, float, float]]] = {}
    for line in lines:
        for name, value in line.get("values", {}).items():
            series.setdefault(name, []).append((line.get("step"), line["time"], float(value)))
    return series


def last_values(series: Mapping[str, list[tuple[int | None, float, float]]]) -> dict[str, Any]:
    """The newest value of each metric, as JSON takes it."""
    return {name: number_as_json(points[-1][2]) for name, points in series.items()}


def number_as_json(value: float) -> float | str:
    """What JSON lacks becomes a word: NaN, Infinity, -Infinity."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return value
