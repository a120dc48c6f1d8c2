"""What a function returned becomes results, outputs and the tree from which `r.result` is built again.

Names: `out=` by position, else a returned dict's keys, else the function's name. All outputs that can be saved are saved,
also when one of them can't.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..masking import NOTHING, Masking
from ..refs import NAME
from ..saving.frames import frame_kind
from .plain import as_json, is_plain, plain_tree, scalar
from .save import save_value

if TYPE_CHECKING:
    from .._contract import OutputDocument, Value
    from ..rundir import RunFolder

_BIGGEST_RESULT = 1 << 20  # characters of JSON; what is bigger becomes an artifact


class NotSaved(Exception):
    """Outputs that can't be saved, each with its name and why."""


class Outputs:
    """Collects; `take` is called once with what the function returned."""

    def __init__(self, folder: RunFolder, function: str, names: Sequence[str], masking: Masking = NOTHING) -> None:
        self.results: dict[str, Any] = {}
        self.numbers: dict[str, Any] = {}  # those of the results that are metrics; a text "NaN" is none
        self.documents: list[OutputDocument] = []
        self.warnings: list[str] = []
        self.value: Value | None = None
        self._folder = folder
        self._function = function
        self._names = list(names)
        self._masking = masking
        self._frame: Any = None
        self._faults: list[str] = []
        self._saved: dict[Any, tuple[Any, str]] = {}  # by id (with the object, so that it stays its own) or path

    def note_inputs(self, values: Sequence[Any]) -> None:
        """Of the first table among them a model's input example is made."""
        self._frame = next((value for value in values if frame_kind(value) == "pandas"), None)

    def take(self, returned: Any) -> None:
        """Raises NotSaved after everything else was saved."""
        self.value = self._top(returned)
        if self._faults:
            raise NotSaved("\n".join(self._faults))

    def _top(self, returned: Any) -> Value:
        if returned is None:
            return {"json": None}
        if len(self._names) == 1:
            return self._add(self._names[0], returned)
        if isinstance(returned, (tuple, list)) and (self._names or isinstance(returned, tuple)):
            return self._sequence(returned, self._element_names(returned))
        if type(returned) is list and not is_plain(returned):
            return self._sequence(returned, [f"{self._function}_{index}" for index in range(len(returned))])
        if isinstance(returned, dict) and returned and all(isinstance(key, str) for key in returned):
            return {"pairs": [[{"json": key}, self._add(key, item)] for key, item in returned.items()]}
        return self._add(self._names[0] if self._names else self._function, returned)

    def _element_names(self, returned: Sequence[Any]) -> list[str]:
        if self._names:
            if len(self._names) != len(returned):
                self.warnings.append(
                    f"{self._function} returned {len(returned)} values for {len(self._names)} names ({', '.join(self._names)})."
                )
            return [*self._names, *(f"{self._function}_{i}" for i in range(len(self._names), len(returned)))]
        fields = getattr(returned, "_fields", None)
        if fields:
            return list(fields)
        things = [index for index, item in enumerate(returned) if not is_plain(item)]
        names = [f"{self._function}_{index}" for index in range(len(returned))]
        if len(things) == 1:
            names[things[0]] = self._function
        return names

    def _sequence(self, items: Sequence[Any], names: Sequence[str]) -> Value:
        parts = [self._add(name, item) for name, item in zip(names, items)]
        return {"tuple_of": parts} if isinstance(items, tuple) else {"list_of": parts}

    def _add(self, name: str, value: Any, depth: int = 0) -> Value:
        """A value under its name, and where it went."""
        if value is None:
            return {"json": None}
        if is_plain(value):
            found = self._add_plain(name, value)
            if found is not None:
                return found
        elif depth < 4 and _has_parts(value):
            return self._add_parts(name, value, depth + 1)
        return self._save(name, value)

    def _add_plain(self, name: str, value: Any) -> Value | None:
        """None if it is too big for a result."""
        text = as_json(value)
        if len(json.dumps(text)) > _BIGGEST_RESULT:
            return None
        if isinstance(value, dict) and value and all(scalar(item) is not None for item in value.values()):
            for key, item in text.items():
                self._add_number(key, item)
        elif scalar(value) is not None:
            self._add_number(name, text)
        else:
            self.results[self._free(name, self.results)] = text
        return plain_tree(value)

    def _add_number(self, name: str, number: Any) -> None:
        free = self._free(name, self.results)
        self.results[free] = self.numbers[free] = number

    def _add_parts(self, name: str, value: Any, depth: int) -> Value:
        if isinstance(value, dict):
            pairs = [[plain_tree(key), self._add(f"{name}_{key}", item, depth)] for key, item in value.items()]
            return {"pairs": pairs}
        parts = [self._add(f"{name}_{index}", item, depth) for index, item in enumerate(value)]
        return {"tuple_of": parts} if isinstance(value, tuple) else {"list_of": parts}

    def _save(self, name: str, value: Any) -> Value:
        same: Any = str(value.resolve()) if isinstance(value, Path) else id(value)
        if same in self._saved:
            return {"output": self._saved[same][1]}
        free = self._free(name, {document["name"] for document in self.documents})
        try:
            document, warnings = save_value(value, self._folder.path, free, self._frame)
        except Exception as error:  # noqa: BLE001  a stranger's object may raise anything; the other outputs are kept
            self._faults.append(
                f"Output '{free}' ({type(value).__name__}) can't be saved: {type(error).__name__}: {error}"
            )
            return {"json": None}
        self.documents.append(document)
        self.warnings += warnings
        self._saved[same] = (value, free)
        return {"output": free}

    def _free(self, name: str, taken: Any) -> str:
        """A name that references take, and that no other output has."""
        name = self._masking.text(name)
        wanted = name if NAME.fullmatch(name) and name.strip(".") else slug(name, self._function)
        free, count = wanted[:200], 1
        while free in taken:
            count += 1
            free = f"{wanted[:200]}_{count}"
        return free


def _has_parts(value: Any) -> bool:
    """A collection whose items are outputs of their own; a dict only if its keys are plain."""
    return type(value) in (list, tuple) or (type(value) is dict and is_plain(list(value)))


def slug(name: str, otherwise: str) -> str:
    """A name that references take, near to what was wanted."""
    return re.sub(r"[^A-Za-z0-9._+-]+", "-", name).strip("-.")[:200] or otherwise
