"""Documents in a file of YAML or JSON, and the line of each of their parts. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dh_kernel.errors import Invalid

from ..depth import check_depth
from ..yaml_text import check_values, loader

_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]")
_PATH = re.compile(r"^(\$[^:\s]*)")


@dataclass(frozen=True)
class Place:
    """Where a part of a document is written."""

    file: str
    node: Any  # yaml.Node

    @property
    def line(self) -> int:
        """Counted from 1."""
        return int(self.node.start_mark.line) + 1

    def at(self, path: str) -> Place:
        """Of a JSON path ($.spec.source[0]); of the last part of it that is there."""
        node = self.node
        for name, index in _STEP.findall(path):
            found = _child(node, name, index)
            if found is None:
                break
            node = found
        return Place(self.file, node)

    def told(self, fault: str) -> str:
        """`dh.yaml:12: $.spec.path: …`, for a fault that begins with a JSON path."""
        match = _PATH.match(fault)
        return f"{self.file}:{self.at(match[1]).line if match else self.line}: {fault}"

    def refused(self, error: Invalid) -> Invalid:
        """The same refusal, with the file and the lines."""
        details = [self.told(each) for each in error.details]
        return Invalid(f"{self.file}:{self.line}: {error.message}", error.hint, details)


def _child(node: Any, name: str, index: str) -> Any:
    """The key's node stands for its value where that is on a line of its own: it is what a person looks for."""
    import yaml

    if name and isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == name), None)
    if index and isinstance(node, yaml.SequenceNode) and int(index) < len(node.value):
        return node.value[int(index)]
    return None


def documents(file: str, text: str) -> Iterator[tuple[dict[str, Any], Place]]:
    """Each document of the file: a mapping, or the mappings of a list. Raises Invalid with file and line."""
    for value, node in _values(file, text):
        if value is None:
            continue
        items = list(zip(value, node.value, strict=True)) if isinstance(value, list) else [(value, node)]
        for each, own in items:
            place = Place(file, own)
            if not isinstance(each, dict):
                raise Invalid(f"{file}:{place.line}: this is no document.", "A document has kind, name and spec.")
            yield each, place


def _values(file: str, text: str) -> Iterator[tuple[Any, Any]]:
    import yaml

    try:
        reading = loader()(text)
        while reading.check_node():
            node = reading.get_node()
            value = reading.construct_document(node)
            _check(file, value, node)
            yield value, node
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = f":{mark.line + 1}" if mark is not None else ""
        said = getattr(error, "problem", None) or " ".join(str(error).split())[:200]
        raise Invalid(f"{file}{line}: this is not YAML: {said}.", "Mend it there.") from error


def _check(file: str, value: Any, node: Any) -> None:
    try:
        check_values(value)
        check_depth(value)
    except Invalid as error:
        raise Invalid(Place(file, node).told(error.message), error.hint) from error
