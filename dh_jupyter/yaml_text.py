"""YAML as what it says in JSON: no tags, no anchors, dates as the text they are. Pure."""

from __future__ import annotations

import functools
import math
from typing import Any

from dh_kernel.errors import Invalid

TAG = "tag:yaml.org,2002:"
LEFT_OUT = (f"{TAG}timestamp", f"{TAG}merge", f"{TAG}value")  # that plain YAML 1.1 would make of a text


def parse_yaml(text: bytes) -> Any:
    """The document. Raises Invalid for what is not YAML, and for what JSON has no word for."""
    import yaml

    try:
        found = yaml.load(text, Loader=loader())
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Invalid("The body is not YAML.", " ".join(str(error).split())[:200]) from error
    check_values(found)
    return found


@functools.cache
def loader() -> Any:
    """Anchors are refused: a few lines of them stand for gigabytes."""
    import yaml

    class Loader(yaml.SafeLoader):
        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
                raise yaml.composer.ComposerError(None, None, "aliases (*name) are not accepted", mark)
            return super().compose_node(parent, index)

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in pairs if tag not in LEFT_OUT]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return Loader


def check_values(part: Any, path: str = "$") -> None:
    """Raise Invalid, with the path, for what JSON has no word for."""
    if isinstance(part, dict):
        for name, value in part.items():
            if not isinstance(name, str):
                raise Invalid(f"{path}: the key {name!r} is not a text.", "Put it in quotes.")
            check_values(value, f"{path}.{name}")
    elif isinstance(part, list):
        for index, value in enumerate(part):
            check_values(value, f"{path}[{index}]")
    elif not isinstance(part, (str, int, float, type(None))):
        raise Invalid(f"{path}: a {type(part).__name__} is not accepted.", "Put it in quotes.")
    elif isinstance(part, float) and not math.isfinite(part):
        raise Invalid(f"{path}: {part} is no number in JSON.")
    elif isinstance(part, str):
        _check_text(part, path)


def _check_text(text: str, path: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Invalid(f"{path}: half a character.", str(error)[:200]) from error
