"""What clients give as inputs: references and keys; or an entity itself, which the SDK makes easy to do. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dh_kernel.errors import Invalid

_KEY_IN_TEXT = re.compile(r"""["']key["']: ?["'](store://[^"'\s]{1,600})["']""")


def with_keys(posted: Mapping[str, Any]) -> Mapping[str, Any]:
    """A posted run with the key of an entity in place of its document. Raises Invalid for one that has none."""
    spec = posted.get("spec")
    inputs = spec.get("inputs") if isinstance(spec, Mapping) else None
    if not isinstance(inputs, Mapping) or not any(isinstance(given, Mapping) for given in inputs.values()):
        return posted
    keys = {name: _key(name, given) if isinstance(given, Mapping) else given for name, given in inputs.items()}
    return {**posted, "spec": {**posted["spec"], "inputs": keys}}


def _key(name: str, document: Mapping[str, Any]) -> str:
    key = document.get("key")
    if isinstance(key, str) and key.startswith("store://"):
        return key
    known = " ".join(str(document[part])[:60] for part in ("kind", "name") if isinstance(document.get(part), str))
    raise Invalid(
        f"$.spec.inputs.{name}: {known or 'an object'} without a key is no input.",
        "Give its key, store://PROJECT/TYPE/KIND/NAME:ID, or a reference, e.g. dataset/flights.",
    )


def check_is_no_text(name: str, given: str) -> None:
    """Raise Invalid for an entity's text, which is what the SDK sends for the object, with the key that it has in it."""
    if not given.lstrip().startswith("{"):
        return
    key = _KEY_IN_TEXT.search(given)
    raise Invalid(
        f"spec.inputs.{name}: that is the text of an object, not a key.",
        f"Give the key, x.key in place of x: {key[1]}" if key else "Give its key, x.key in place of x.",
    )
