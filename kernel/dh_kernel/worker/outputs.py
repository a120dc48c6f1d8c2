"""What a function returned becomes results, outputs and the tree from which `r.result` is built again.

Names: `out=` by position, else a returned dict's keys or a dataclass' fields, else the function's name. All outputs that can
be saved are saved, also when one of them can't.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..masking import NOTHING, Masking
from ..saving.forms import subject
from ..saving.frames import frame_kind
from .names import element_names, free_name
from .plain import Shape, Thing, Whole, holds_itself, metric_of, numbers_in, plain_tree, shape_of, shown
from .save import Saver, reason
from .streams import Stream, is_stream

if TYPE_CHECKING:
    from .._contract import OutputDocument, Value
    from ..asking import AnyTrial
    from ..rundir import RunFolder

_BIGGEST_RESULT = 1 << 20  # characters of JSON; what is bigger becomes an artifact
_ALL_RESULTS = 4 << 20
_MOST_NAMES = 200  # parts that have names of their own; a bigger collection is one value
_MOST_OUTPUTS = 1000
_DEEPEST = 4  # collections within collections, of which the things are outputs of their own


class NotSaved(Exception):
    """Outputs that can't be saved, each with its name and why."""


class Outputs:
    """Collects; `take` is called once with what the function returned."""

    def __init__(self, folder: RunFolder, function: str, names: Sequence[str], masking: Masking = NOTHING) -> None:
        self.results: dict[str, Any] = {}
        self.numbers: dict[str, Any] = {}  # those of the results that are metrics; a text "NaN" is none
        self.documents: list[OutputDocument] = []
        self.named: dict[str, str] = {}  # more names: of an output, or for the key of an input
        self.warnings: list[str] = []
        self.value: Value | None = None
        self.trial: AnyTrial | None = None  # that the function asks for its parameters, in a sweep
        self._saver = Saver(folder.path)
        self._function = function
        self._names = list(names)
        self._masking = masking
        self._faults: list[str] = []
        self._saved: dict[Any, tuple[Any, str]] = {}  # by id (with the object, so that it stays its own) or path
        self._room = _ALL_RESULTS
        self._raised: Exception | None = None

    def note_inputs(self, values: Sequence[Any]) -> None:
        """Of the first table among them a model's input example is made."""
        self._saver.frame = next((value for value in values if frame_kind(value) == "pandas"), None)

    def take(self, returned: Any) -> None:
        """Raises NotSaved, or what a generator raised, after everything else was saved."""
        self.value = self._top(_listed(returned))
        if self._raised is not None:
            raise self._raised
        if self._faults:
            raise NotSaved("\n".join(self._faults))

    def add(self, name: str, value: Any) -> Value:
        """One more value under a name of its own. Raises NotSaved."""
        before = len(self._faults)
        found = self._add(name, value, name)
        if len(self._faults) > before:
            raise NotSaved("\n".join(self._faults[before:]))
        return found

    def _top(self, returned: Any) -> Value:
        shape = None if returned is None or len(self._names) == 1 else shape_of(returned)
        names = self._names_for(returned, shape) if shape and len(shape.items) <= _MOST_NAMES else None
        if shape is None or names is None or holds_itself(returned):
            return self._add(self._names[0] if self._names else self._function, returned, "result")
        parts = zip(names, shape.items, shape.steps)
        return shape.wrap([self._add(name, item, f"result{step}") for name, item, step in parts])

    def _names_for(self, returned: Any, shape: Shape) -> list[str] | None:
        """Names for the parts of what was returned; None if it is one value."""
        if isinstance(returned, (tuple, list)):
            if self._names or isinstance(returned, tuple):
                return element_names(returned, self._function, self._names, self.warnings)
            return None if _is_plain(returned) else [f"{self._function}_{label}" for label in shape.labels]
        if isinstance(returned, dict):
            return shape.labels if returned and all(isinstance(key, str) for key in returned) else None
        return shape.labels if hasattr(returned, "__dataclass_fields__") else None

    def _add(self, name: str, value: Any, path: str, depth: int = 0) -> Value:
        """A value under its name, and where it went. `path` is how Python would reach it from what was returned."""
        if is_stream(value) or isinstance(value, Stream):
            return self._add_stream(name, value, path, depth)
        try:
            tree = plain_tree(value)
        except Thing:
            return self._add_parts(name, value, path, depth)
        except Whole:
            return self._save(name, value, path)
        return tree if self._keep(name, tree) else self._save(name, value, path)

    def _keep(self, name: str, tree: Value) -> bool:
        """As results. False if it is too big for that."""
        if tree.get("json", 0) is None:
            return True
        text = shown(tree)
        size = len(json.dumps(text))
        if size > min(_BIGGEST_RESULT, self._room):
            return False
        self._room -= size
        numbers = numbers_in(tree)
        if numbers is None or len(numbers) > _MOST_NAMES:
            numbers = {name: tree}
        for key, part in numbers.items():
            free = free_name(self._masking.text(key), self._function, self.results)
            self.results[free] = shown(part)
            if metric_of(part) is not None:
                self.numbers[free] = metric_of(part)
        return True

    def _add_parts(self, name: str, value: Any, path: str, depth: int) -> Value:
        """What holds things: each of them by a name of its own."""
        shape = shape_of(value) if depth < _DEEPEST else None
        if shape is None or (not depth and holds_itself(value)):
            return self._save(name, value, path)
        if len(shape.items) > _MOST_OUTPUTS:
            self.warnings.append(f"Output '{name}' holds {len(shape.items):,} things and was saved as one.")
            return self._save(name, value, path)
        parts = zip(shape.labels, shape.items, shape.steps)
        return shape.wrap([self._add(f"{name}_{label}", item, path + step, depth + 1) for label, item, step in parts])

    def _add_stream(self, name: str, value: Any, path: str, depth: int) -> Value:
        """Tables become one dataset as they come, other items a list."""
        if id(value) in self._saved:
            return {"output": self._saved[id(value)][1]}
        try:
            stream = value if isinstance(value, Stream) else Stream(value)
            if not stream.of_tables:
                return self._add(name, list(stream), path, depth)
            tree = self._save(name, stream, path)
            if "output" in tree:
                self._saved[id(value)] = (value, tree["output"])
            return tree
        except Exception as error:  # noqa: BLE001  user code may raise anything
            self._raised = self._raised or error
            return {"json": None}

    def _save(self, name: str, value: Any, path: str) -> Value:
        value = subject(value)
        same: Any = str(value.resolve()) if isinstance(value, Path) else id(value)
        if same in self._saved:
            return {"output": self._saved[same][1]}
        free = free_name(self._masking.text(name), self._function, {document["name"] for document in self.documents})
        try:
            document, warnings = self._saver.save(value, free)
        except Exception as error:  # a stranger's object may raise anything; the other outputs are kept
            if isinstance(value, Stream) and value.raised is not None:
                raise
            self._faults.append(
                f"Output '{free}' ({type(value).__name__}) can't be saved: {reason(value, path, error)}"
            )
            return {"json": None}
        self.documents.append(document)
        self.warnings += warnings
        self._saved[same] = (value, free)
        if type(value) is bytearray:
            return {"built": {"type": "builtins.bytearray", "of": [{"output": free}]}}
        return {"output": free}


def _listed(returned: Any) -> Any:
    """What a generator gave, if it is no tables."""
    stream = Stream(returned) if is_stream(returned) else None
    return returned if stream is None else stream if stream.of_tables else list(stream)


def _is_plain(value: Any) -> bool:
    try:
        plain_tree(value)
    except Thing:
        return False
    except Whole:
        return True
    return True
