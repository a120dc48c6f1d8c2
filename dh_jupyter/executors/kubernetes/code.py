"""How an attempt's code comes into its pod: small, in a ConfigMap that all attempts with the same code share; big, by a link."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .manifest import code_path
from .objects import CODE, LARGEST, content_map, zipped
from .prepared import code_files

if TYPE_CHECKING:
    from dh_kernel._contract import PodCode

Object = dict[str, Any]


def packed(folder: Path) -> bytes:
    """All but run.json, as one zip; the same code is the same bytes."""
    return zipped(code_files(folder))


def is_big(archive: bytes) -> bool:
    """Whether no ConfigMap holds it."""
    return len(archive) > LARGEST


def sent(archive: bytes, make: Callable[[Object], str], url: str) -> tuple[str, PodCode]:
    """The ConfigMap's name (empty: there is none), and what the pod is told. `make` gives the name of a ConfigMap that is
    there then; to what is big leads `url`."""
    digest = hashlib.sha256(archive).hexdigest()
    if not is_big(archive):
        return make(content_map("code", CODE, archive)), {"path": code_path(), "sha256": digest}
    return "", {"url": url, "sha256": digest}
