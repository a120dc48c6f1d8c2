"""Runs of a file: a notebook in a kernel of its own, a script in this process. The value is what dh.output was given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..masking import Masking
from .outputs import Outputs

if TYPE_CHECKING:
    from .._contract import RunDocument, Value
    from ..rundir import RunFolder


def execute(folder: RunFolder, run: RunDocument, masking: Masking) -> None:
    """Raises what the code raises, and CellFailed for a cell of a notebook."""
    from ..notebooks.parameters import expressions

    name = run["function"]["file"]
    given = expressions(run["parameters"], run["inputs"])
    if name.endswith(".ipynb"):
        from .notebook import execute_notebook

        execute_notebook(folder, run, given, masking)
    else:
        from .script import execute_script

        execute_script(folder, name, given)


def take_handed(folder: RunFolder, outputs: Outputs) -> dict[str, Value]:
    """What dh.output has saved goes among the outputs; the values by name, each as it was given last."""
    latest = {line["name"]: line for line in folder.read_handed()}
    found = [document for line in latest.values() for document in line["outputs"]]
    documents = {(document["entity"], document["name"]): document for document in found}
    outputs.documents += documents.values()
    for line in latest.values():
        outputs.results.update(line["results"])
        outputs.numbers.update(line["numbers"])
        outputs.warnings += line["warnings"]
    return {name: line["value"] for name, line in latest.items()}


def take_file(folder: RunFolder, run: RunDocument, outputs: Outputs, values: dict[str, Value]) -> None:
    """The executed notebook is an output, too, also of a run that failed; then the value is whole."""
    name = run["function"]["file"]
    pairs: list[Any] = [[{"json": key}, value] for key, value in values.items()]
    if name.endswith(".ipynb") and (folder.path / name).exists():
        pairs.append([{"json": name}, outputs.add(name, folder.path / name)])
    outputs.value = {"pairs": pairs}
